//! User journeys in a real browser, with JavaScript on and off.

use crate::support::app::{CAPTIONS, TOKEN, TestApp};
use crate::support::browser::{Browser, Scripts};

/// Starts a service and a browser for it.
async fn site(scripts: Scripts, width: u32) -> (TestApp, Browser) {
    let app = TestApp::new().await;
    let base = format!("http://{}", app.listen().await);
    let browser = Browser::open(&base, scripts, width).await;
    (app, browser)
}

#[tokio::test]
async fn a_pasted_transcript_becomes_a_sermon() {
    let (_app, browser) = site(Scripts::On, 1280).await;
    browser.goto("/").await;
    assert!(browser.text(".empty").await.contains("Add the first one"));
    browser.click(".paste summary").await;
    browser.fill("#transcript", CAPTIONS).await;
    browser.fill("#title", "Crossing Over").await;
    browser.fill("#channel", "Grace Church").await;
    browser.click(".paste button.main").await;
    // The job's page redirects when the sermon is ready.
    assert_eq!(browser.text(".sermon h1").await, "Crossing Over");
    assert_eq!(browser.text(".label .amount b:last-child").await, "2");
    assert!(browser.text(".mention").await.contains("John 5:24"));
    assert_eq!(browser.text(".mention mark").await, "John chapter 5 verse 24");

    browser.goto("/?q=crossing").await;
    assert_eq!(browser.text(".sermons h3").await, "Crossing Over");
    browser.click(".sermons h3 a").await;
    assert_eq!(browser.text(".sermon h1").await, "Crossing Over");
    browser.close().await;
}

#[tokio::test]
async fn a_pasted_transcript_becomes_a_sermon_without_scripts() {
    let (_app, browser) = site(Scripts::Off, 1280).await;
    browser.goto("/").await;
    browser.click(".paste summary").await;
    browser.fill("#transcript", CAPTIONS).await;
    browser.fill("#title", "Crossing Over").await;
    browser.click(".paste button.main").await;
    // The job's page reloads until it links to the sermon.
    browser.click(".job a.button.main").await;
    assert_eq!(browser.text(".sermon h1").await, "Crossing Over");
    browser.click(".mention summary").await;
    assert!(browser.text(".mention details").await.contains("full reference"));
    browser.close().await;
}

#[tokio::test]
async fn the_steps_of_a_link_appear_as_they_happen() {
    let (app, browser) = site(Scripts::On, 1280).await;
    browser.goto("/").await;
    browser.fill("#url", "https://www.youtube.com/watch?v=waits_here_").await;
    browser.click(".add button").await;
    browser.find(r#"[data-step="video"][data-state="done"]"#).await;
    let waiting = browser.find(r#"[data-step="captions"][data-state="running"]"#).await;
    assert!(waiting.text().await.expect("words").contains("Fetch the captions"));
    app.youtube.gate.add_permits(1);
    assert_eq!(browser.text(".sermon h1").await, "The sermon waits_here_");
    let watch = browser.find(".mention .when a").await.attr("href").await.expect("an attribute").expect("a link");
    assert_eq!(watch, "https://www.youtube.com/watch?v=waits_here_&t=1s");
    browser.close().await;
}

#[tokio::test]
async fn when_youtube_refuses_the_page_says_why_and_the_paste_form_has_the_link() {
    for scripts in [Scripts::On, Scripts::Off] {
        let (_app, browser) = site(scripts, 1280).await;
        browser.goto("/").await;
        browser.fill("#url", "https://youtu.be/german_only").await;
        browser.click(".add button").await;
        assert!(browser.text(".notice").await.contains("Captions are available in: de."));
        let link = browser.find("#paste-url").await.prop("value").await.expect("a property");
        assert_eq!(link.as_deref(), Some("https://www.youtube.com/watch?v=german_only"));
        browser.fill("#transcript", CAPTIONS).await;
        browser.fill("#title", "By hand").await;
        browser.click(".job button.main").await;
        if scripts == Scripts::Off {
            browser.click(".job a.button.main").await;
        }
        assert_eq!(browser.text(".sermon h1").await, "By hand");
        assert!(browser.driver.current_url().await.expect("an address").path().ends_with("/video/german_only"));
        browser.close().await;
    }
}

#[tokio::test]
async fn the_timeline_links_to_the_video_and_references_are_sorted_both_ways() {
    for scripts in [Scripts::On, Scripts::Off] {
        let (app, browser) = site(scripts, 1280).await;
        let job = app.post("/api/videos", &serde_json::json!({ "url": "https://youtu.be/sErm0n_Tst1" })).await;
        let job = app.wait_for_job(job.header("location")).await;
        browser.goto(job["result_url"].as_str().expect("an address")).await;
        let mark = browser.find(".chart a").await;
        assert_eq!(
            mark.attr("href").await.expect("an attribute").as_deref(),
            Some("https://www.youtube.com/watch?v=sErm0n_Tst1&t=1s")
        );
        let label = mark.attr("aria-label").await.expect("an attribute");
        assert_eq!(label.as_deref(), Some("0:01, John 5:24: confirmed"));
        assert_eq!(browser.text(".mentions .passage a").await, "John 5:24");

        browser.click(".tabs a:not([aria-current])").await;
        assert!(browser.text(".group").await.starts_with("John"));
        browser.find("#r1 .passage").await;
        browser.click(".mention .passage a").await;
        assert_eq!(browser.text("h1").await, "John 5:24");
        assert!(browser.text(".citations").await.contains("0:01"));
        if scripts == Scripts::On {
            browser.goto(job["result_url"].as_str().expect("an address")).await;
            let focused = browser.eval("document.querySelector('.chart a').focus(); return document.activeElement.getAttribute('aria-label')").await;
            assert_eq!(focused, "0:01, John 5:24: confirmed", "a mark can have the focus");
        }
        browser.close().await;
    }
}

#[tokio::test]
async fn the_dashboard_shows_statistics_that_link_to_books_churches_and_passages() {
    let (app, browser) = site(Scripts::Off, 1280).await;
    let body = serde_json::json!({ "transcript": CAPTIONS, "title": "Crossing Over", "channel": "Grace Church" });
    app.wait_for_job(app.post("/api/videos", &body).await.header("location")).await;
    browser.goto("/").await;
    assert!(browser.text(".tiles").await.contains("of 66"));
    browser.click(".tabs a").await;
    assert_eq!(browser.text(".tabs [aria-current]").await, "30 days");
    assert!(browser.text(".compared").await.contains("previous 30 days"));
    browser.click(".canon a[href$='/book/John']").await;
    assert_eq!(browser.text("h1").await, "John");
    browser.click(".citing .meta a").await;
    assert_eq!(browser.text("h1").await, "Grace Church");
    browser.fill("#find", "Rom 8\n").await;
    assert_eq!(browser.text("h1").await, "Romans 8");
    browser.close().await;
}

#[tokio::test]
async fn the_theme_is_remembered() {
    for scripts in [Scripts::On, Scripts::Off] {
        let (_app, browser) = site(scripts, 1280).await;
        browser.goto("/docs").await;
        let mut backgrounds = Vec::new();
        for theme in ["light", "dark"] {
            browser.click(&format!(".theme [value={theme}]")).await;
            browser.find(&format!("html[data-theme={theme}] .theme [value={theme}][aria-pressed=true]")).await;
            browser.goto("/docs").await;
            browser.find(&format!("html[data-theme={theme}]")).await;
            backgrounds.push(browser.find("body").await.css_value("background-color").await.expect("a color"));
        }
        assert_ne!(backgrounds[0], backgrounds[1]);
        browser.close().await;
    }
}

#[tokio::test]
async fn the_admin_creates_verifies_restores_and_undoes_with_and_without_scripts() {
    for (scripts, width) in [(Scripts::On, 1280), (Scripts::Off, 1280), (Scripts::On, 360)] {
        let (app, browser) = site(scripts, width).await;
        let body = serde_json::json!({ "transcript": CAPTIONS, "title": "Crossing Over" });
        app.wait_for_job(app.post("/api/videos", &body).await.header("location")).await;
        browser.goto("/audit").await;
        assert_eq!(browser.text("h1").await, "Log in as admin");
        browser.fill("#token", TOKEN).await;
        browser.click("form.stack button").await;
        browser.find(".rows").await;
        assert_eq!(browser.text("h1").await, "Audit log");
        assert!(browser.text(".rows").await.contains("admin.login"));

        browser.goto("/backup").await;
        browser.click("form[action='/backup/create'] button").await;
        assert_eq!(browser.text(".notice h2").await, "Backup created");
        // Loading the page again removes the notice.
        browser.goto("/backup").await;
        browser.click("form[action^='/backup/verify/'] button").await;
        assert_eq!(browser.text(".notice h2").await, "Backup verified");
        assert!(browser.text(".notice").await.contains("1 sermon"));
        let link = browser.find("a[href^='/api/backup/download/']").await;
        let link = link.attr("href").await.expect("an attribute").expect("a link");
        let name = link.rsplit('/').next().expect("a name").to_owned();
        assert!(app.data_dir.backups().join(&name).is_file(), "{name}");

        browser.click(&format!("a[href='/backup/restore/{name}']")).await;
        browser.fill("#confirm", "restore").await;
        browser.click("form[action='/backup/restore'] button").await;
        assert_eq!(browser.text(".notice h2").await, "Backup restored");
        // Loading the page again removes the notice.
        browser.goto("/backup").await;
        browser.click("form[action^='/backup/undo/'] button").await;
        assert_eq!(browser.text(".notice h2").await, "Restore undone");
        if scripts == Scripts::On {
            let overflows = browser.eval("return document.documentElement.scrollWidth > innerWidth").await;
            assert_eq!(overflows, false, "the page fits the screen");
        }
        browser.click("form[action='/logout'] button").await;
        browser.find(".hero").await;
        browser.goto("/backup").await;
        assert_eq!(browser.text("h1").await, "Log in as admin");
        browser.close().await;
    }
}

#[tokio::test]
async fn every_page_fits_a_narrow_phone() {
    let (app, browser) = site(Scripts::On, 360).await;
    let body = serde_json::json!({ "transcript": CAPTIONS, "title": "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch ".repeat(3), "channel": "Grace Church" });
    let job = app.wait_for_job(app.post("/api/videos", &body).await.header("location")).await;
    let failed = app.post("/api/videos", &serde_json::json!({ "url": "rob0t_check" })).await;
    let failed = app.wait_for_job(failed.header("location")).await;
    let pages = [
        "/".to_owned(),
        job["result_url"].as_str().expect("an address").to_owned(),
        format!("/jobs/{}", failed["id"].as_str().expect("an id")),
        "/docs".to_owned(),
        format!("{}?view=book", job["result_url"].as_str().expect("an address")),
        "/book/Ps".to_owned(),
        "/book/John".to_owned(),
        "/passage/John.5.24".to_owned(),
        "/search?q=turn".to_owned(),
        "/?days=30".to_owned(),
        "/?sort=title".to_owned(),
        "/church/grace-church".to_owned(),
    ];
    for path in pages {
        browser.goto(&path).await;
        browser.find("h1").await;
        let width = browser.eval("return document.documentElement.scrollWidth").await;
        assert_eq!(width, 360, "{path} fits the screen");
    }
    browser.close().await;
}

#[tokio::test]
async fn five_files_are_uploaded_and_a_failed_job_is_retried_with_and_without_scripts() {
    for scripts in [Scripts::On, Scripts::Off] {
        let (app, browser) = site(scripts, 1280).await;
        let files = tempfile::tempdir().expect("a directory");
        let paths: Vec<_> = (1..=5)
            .map(|number| {
                let path = files.path().join(format!("Sermon {number}.txt"));
                std::fs::write(&path, format!("Turn with me to Romans chapter {number} this morning."))
                    .expect("a file");
                path.to_str().expect("UTF-8").to_owned()
            })
            .collect();
        browser.goto("/").await;
        browser.click("a[href='/add']").await;
        browser.fill("#links", "rob0t_check").await;
        browser.fill("#files", &paths.join("\n")).await;
        browser.fill("#channel", "Grace Church").await;
        browser.click("form[action='/add'] button.main").await;
        browser.find("a.main[href='/jobs']").await;
        assert_eq!(browser.text("h1").await, "6 sermons are in the queue");
        browser.click("a.main[href='/jobs']").await;
        browser.find("nav[aria-label=State]").await;
        // The page loads itself again until all jobs have ended.
        browser.goto("/jobs?state=failed").await;
        let retry = "form[action^='/jobs/'][action$='/retry'] button[aria-label^='Retry Video']";
        for _ in 0..100 {
            if browser.text("main").await.contains("YouTube refuses") {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            browser.goto("/jobs?state=failed").await;
        }
        browser.click(retry).await;
        // The page of the job loads itself again until the job has failed once more.
        browser.find("[data-job-state=failed]").await;
        for _ in 0..100 {
            browser.goto("/jobs?state=done").await;
            if browser.text("main").await.contains("Done 5") {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        let done = browser.text("main").await;
        for number in 1..=5 {
            assert!(done.contains(&format!("Sermon {number}")), "{done}");
        }
        browser.close().await;
        drop(app);
    }
}

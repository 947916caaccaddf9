//! Journeys of visitors, an editor and an admin in a real browser, with JavaScript on and off.

use std::time::Duration;

use serde_json::json;

use super::token;
use crate::support::{
    app::{CAPTIONS, TOKEN, TestApp},
    browser::{Browser, Scripts},
};

/// Starts an empty service and a browser for it.
async fn site(scripts: Scripts) -> (TestApp, Browser) {
    let app = TestApp::new().await;
    let browser = Browser::open(&format!("http://{}", app.listen().await), scripts, 1280).await;
    (app, browser)
}

/// Opens the page of jobs until this number of them is done.
async fn wait_until_done(browser: &Browser, number: u32) {
    for _ in 0..100 {
        browser.goto("/jobs").await;
        if browser.text(".tabs").await.contains(&format!("Done {number}")) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{}", browser.text("main").await);
}

/// Starts a service with one sermon, and a browser that is logged in with this token.
async fn logged_in(scripts: Scripts, scopes: Option<&[&str]>) -> (TestApp, Browser, String) {
    let app = TestApp::new().await;
    let body = json!({ "transcript": CAPTIONS, "title": "Wk 3 FINAL", "channel": "Grace Church" });
    let job = app.wait_for_job(app.post("/api/videos", &body).await.header("location")).await;
    let sermon = job["result_url"].as_str().expect("an address").to_owned();
    let secret = match scopes {
        Some(scopes) => token(&app, "desk", scopes).await.0,
        None => TOKEN.to_owned(),
    };
    let browser = Browser::open(&format!("http://{}", app.listen().await), scripts, 1280).await;
    browser.goto(&format!("/login?next={sermon}")).await;
    browser.fill("#token", &secret).await;
    browser.click("form.stack button").await;
    assert_eq!(browser.text(".sermon h1").await, "Wk 3 FINAL");
    (app, browser, sermon)
}

#[tokio::test]
async fn an_editor_edits_a_sermon_and_restores_what_was_fetched() {
    for scripts in [Scripts::On, Scripts::Off] {
        let (_app, browser, sermon) = logged_in(scripts, Some(&["edit"])).await;
        browser.click(&format!("a[href='{sermon}/edit']")).await;
        browser.find("#title").await.clear().await.expect("an empty field");
        browser.fill("#title", "The Sower").await;
        browser.fill("#speaker", "Ann Lee").await;
        browser.fill("#published_at", "May 31").await;
        browser.click("form.stack button.main").await;
        assert!(browser.text("#published_at-problem").await.contains("Not a date"));
        // Chromium logs every error response itself.
        let complaints = browser.complaints().await;
        assert!(complaints.iter().all(|complaint| complaint.contains("status of 422")), "{complaints:?}");
        browser.find("#published_at").await.clear().await.expect("an empty field");
        browser.fill("#published_at", "2026-05-31").await;
        browser.click("form.stack button.main").await;
        assert_eq!(browser.text(".sermon h1").await, "The Sower");
        assert!(browser.text(".notice").await.contains("Your changes were saved"));
        browser.click("a[href='/speaker/ann-lee']").await;
        assert_eq!(browser.text("h1").await, "Ann Lee");
        browser.click(".sermons h3 a").await;
        browser.click(&format!("a[href='{sermon}/edit']")).await;
        browser.click("#reset-title").await;
        browser.click("form.stack button.main").await;
        assert_eq!(browser.text(".sermon h1").await, "Wk 3 FINAL");
        browser.close().await;
    }
}

#[tokio::test]
async fn an_editor_corrects_a_reference_and_adds_one() {
    for scripts in [Scripts::On, Scripts::Off] {
        let (_app, browser, sermon) = logged_in(scripts, Some(&["edit"])).await;
        browser.click(".mention .foot > a[href*='/correct']").await;
        assert_eq!(browser.text("mark").await, "John chapter 5 verse 24");
        browser.click("#wrong").await;
        browser.click("form.stack button.main").await;
        assert_eq!(browser.text(".label .amount b:last-child").await, "1");
        assert!(browser.text("#corrections").await.contains("Measured: John 5:24"));
        browser.click("#corrections a.button").await;
        browser.fill("#quote", "turn with me").await;
        browser.fill("#passage", "Luke 15").await;
        browser.click("form.stack button.main").await;
        assert_eq!(browser.text(".label .amount b:last-child").await, "2");
        assert!(browser.text(".mentions").await.contains("Luke 15"));
        browser.goto(&sermon).await;
        browser.click("#corrections form button").await;
        assert!(browser.text(".notice").await.contains("was undone"));
        assert_eq!(browser.text(".label .amount b:last-child").await, "3");
        browser.close().await;
    }
}

#[tokio::test]
async fn the_admin_deletes_a_sermon_and_restores_it() {
    for scripts in [Scripts::On, Scripts::Off] {
        let (_app, browser, sermon) = logged_in(scripts, None).await;
        browser.click(&format!("a[href='{sermon}/delete']")).await;
        assert_eq!(browser.text("h1").await, "Delete this sermon?");
        browser.click("main form button.main").await;
        assert_eq!(browser.text("h1").await, "This sermon was deleted");
        browser.goto("/").await;
        browser.find(".empty").await;
        browser.goto(&sermon).await;
        browser.click("main form button.main").await;
        assert_eq!(browser.text(".sermon h1").await, "Wk 3 FINAL");
        browser.click(&format!("a[href='{sermon}/history']")).await;
        assert!(browser.text(".versions").await.contains("Deleted"));
        browser.close().await;
    }
}

#[tokio::test]
async fn a_volunteer_uploads_five_files_with_the_speaker_and_the_day_and_finds_them_by_that_day() {
    let directory = tempfile::tempdir().expect("a directory");
    let paths: Vec<_> = (1..=5)
        .map(|number| {
            let path = directory.path().join(format!("Evening {number}.txt"));
            std::fs::write(&path, format!("Turn with me to John chapter {number} this evening.")).expect("written");
            path.to_str().expect("UTF-8").to_owned()
        })
        .collect();
    for scripts in [Scripts::On, Scripts::Off] {
        let (app, browser) = site(scripts).await;
        let other = json!({ "transcript": CAPTIONS, "title": "Another day", "published_at": "2026-05-24" });
        app.wait_for_job(app.post("/api/videos", &other).await.header("location")).await;
        browser.goto("/add").await;
        browser.fill("#files", &paths.join("\n")).await;
        browser.fill("#speaker", "Ann Lee").await;
        browser.fill("#series", "Evenings").await;
        browser.fill("#published_at", "05312026").await;
        browser.click("form.stack button.main").await;
        assert_eq!(browser.text("h1").await, "5 sermons are in the queue");
        browser.click("a.button.main").await;
        assert_eq!(browser.text("h1").await, "Jobs");
        wait_until_done(&browser, 5).await;
        assert!(browser.text(".jobs .title").await.starts_with("Evening"));

        browser.goto("/?sort=title").await;
        assert!(browser.text(".sermons").await.contains("Another day"));
        browser.fill("#from", "05302026").await;
        browser.fill("#to", "05312026").await;
        browser.click("form.filter button").await;
        assert_eq!(browser.text("h1").await, "5 sermons found");
        assert!(!browser.text(".sermons").await.contains("Another day"));
        browser.click(".sermons h3 a").await;
        assert!(browser.text(".meta").await.contains("May 31, 2026"));
        browser.click(".meta a[href='/series/evenings']").await;
        assert_eq!(browser.text("h1").await, "Evenings");
        browser.close().await;
    }
}

#[tokio::test]
async fn a_failed_job_is_retried_and_becomes_a_sermon() {
    for scripts in [Scripts::On, Scripts::Off] {
        let (app, browser) = site(scripts).await;
        let captions = std::mem::take(&mut app.youtube.captions.lock().expect("a lock").0);
        browser.goto("/").await;
        browser.fill("#url", "https://youtu.be/sErm0n_Tst1").await;
        browser.click(".add button").await;
        assert!(browser.text(".notice.bad").await.contains("empty"));
        browser.goto("/jobs?state=failed").await;
        assert!(browser.text(".jobs").await.contains("The sermon sErm0n_Tst1"));
        captions.clone_into(&mut app.youtube.captions.lock().expect("a lock").0);
        browser.click(".jobs form[action$='/retry'] button").await;
        wait_until_done(&browser, 1).await;
        browser.click(".jobs a.button").await;
        assert_eq!(browser.text(".sermon h1").await, "The sermon sErm0n_Tst1");
        browser.close().await;
    }
}

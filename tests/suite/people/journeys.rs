//! Journeys of an editor and an admin in a real browser, with JavaScript on and off.

use serde_json::json;

use super::token;
use crate::support::{
    app::{CAPTIONS, TOKEN, TestApp},
    browser::{Browser, Scripts},
};

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

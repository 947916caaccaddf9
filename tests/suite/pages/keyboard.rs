//! A whole visit without a pointer: Tab, Enter, and letters.

use thirtyfour::prelude::*;

use crate::{
    support::app::{CAPTIONS, TOKEN, TestApp},
    support::browser::{Browser, Scripts},
};

/// More presses than any page has things to stop at.
const ENOUGH: usize = 150;

/// Says what has the focus: nothing if it is the one that is looked for; otherwise why a person would be lost, or where
/// they are.
const FOCUS: &str = "
    const it = document.activeElement;
    if (it === document.body) return { at: 'body' };
    const box = it.getBoundingClientRect(), style = getComputedStyle(it);
    const at = it.outerHTML.slice(0, 120);
    const seen = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    const marked = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
    return { at, seen, marked, found: it.matches(arguments[0]) };";

/// Presses Tab until the focus is there. Whatever has the focus on the way is in sight and marked.
async fn tab_to(browser: &Browser, css: &str) {
    browser.find(css).await;
    for _ in 0..ENOUGH {
        browser.press(Key::Tab).await;
        let focus = browser.driver.execute(FOCUS, vec![css.into()]).await.expect("a focus").json().clone();
        if focus["at"] != "body" {
            assert!(focus["seen"] == true && focus["marked"] == true, "on the way to {css}: {focus}");
        }
        if focus["found"] == true {
            return;
        }
    }
    panic!("{css} cannot be reached with Tab");
}

/// Presses Enter on what Tab reaches.
async fn enter(browser: &Browser, css: &str) {
    tab_to(browser, css).await;
    browser.press(Key::Enter).await;
}

/// Types into what has the focus.
async fn keys(browser: &Browser, words: &str) {
    browser.driver.action_chain().send_keys(words).perform().await.expect("keys that are pressed");
}

async fn fill(browser: &Browser, css: &str, words: &str) {
    tab_to(browser, css).await;
    keys(browser, words).await;
}

#[tokio::test]
async fn the_keys_alone_add_a_sermon_follow_a_mark_switch_the_theme_log_in_and_restore() {
    let app = TestApp::new().await;
    let browser = Browser::open(&format!("http://{}", app.listen().await), Scripts::On, 1280).await;
    browser.goto("/").await;
    // The first stop leads past the head of the page.
    enter(&browser, "a.skip").await;
    assert_eq!(browser.ask("return document.activeElement.id").await, "main");
    enter(&browser, ".paste summary").await;
    fill(&browser, "#transcript", CAPTIONS).await;
    fill(&browser, "#title", "Crossing Over").await;
    fill(&browser, "#paste-url", "https://youtu.be/by_the_keys").await;
    enter(&browser, ".paste button.main").await;
    assert_eq!(browser.text(".sermon h1").await, "Crossing Over");

    enter(&browser, "a[href*='watch?v='][href*='t=']").await;
    let mut address = String::new();
    for _ in 0..100 {
        address = browser.driver.current_url().await.expect("an address").to_string();
        if address.contains("youtube") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(address, "https://www.youtube.com/watch?v=by_the_keys&t=1s");
    browser.driver.back().await.expect("the page before");
    browser.find(".sermon h1").await;
    // Leaving the site was meant; its name is not resolved in tests.
    browser.complaints().await;

    enter(&browser, ".theme [value=dark]").await;
    browser.find("html[data-theme=dark] .theme [value=dark][aria-pressed=true]").await;

    enter(&browser, "nav a[href='/backup']").await;
    fill(&browser, "#token", TOKEN).await;
    browser.press(Key::Enter).await;
    enter(&browser, "form[action='/backup/create'] button").await;
    assert!(browser.text(".notice").await.contains("Backup made"));
    let link = browser.find("a[href^='/backup/restore/']").await.attr("href").await.expect("one").expect("a link");
    let name = link.rsplit('/').next().expect("a name").to_owned();
    enter(&browser, "a[href^='/backup/restore/']").await;
    fill(&browser, "#confirm", &name).await;
    enter(&browser, "form[action='/backup/restore'] button").await;
    assert!(browser.text(".notice").await.contains("is restored and was read back"));
    enter(&browser, "form[action='/logout'] button").await;
    browser.find(".hero").await;
    browser.close().await;
}

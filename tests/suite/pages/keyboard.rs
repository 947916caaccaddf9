//! A complete journey through the site with the keyboard alone.

use thirtyfour::prelude::*;

use crate::{
    support::app::{CAPTIONS, TOKEN, TestApp},
    support::browser::{Browser, Scripts},
};

/// More than the number of focusable elements on any page.
const MAX_TABS: usize = 150;

/// Describes the focused element: whether it is visible, has a focus ring, and matches the selector.
const FOCUS: &str = "
    const it = document.activeElement;
    if (it === document.body) return { at: 'body' };
    const box = it.getBoundingClientRect(), style = getComputedStyle(it);
    const at = it.outerHTML.slice(0, 120);
    const visible = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    const marked = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
    return { at, visible, marked, matches: it.matches(arguments[0]) };";

/// Presses Tab until the element has the focus. Asserts that every element focused along the way is visible and marked.
async fn tab_to(browser: &Browser, css: &str) {
    browser.find(css).await;
    for _ in 0..MAX_TABS {
        browser.press(Key::Tab).await;
        let focus = browser.driver.execute(FOCUS, vec![css.into()]).await.expect("a focus").json().clone();
        if focus["at"] != "body" {
            assert!(focus["visible"] == true && focus["marked"] == true, "on the way to {css}: {focus}");
        }
        if focus["matches"] == true {
            return;
        }
    }
    panic!("{css} cannot be reached with Tab");
}

/// Tabs to an element and presses Enter.
async fn enter(browser: &Browser, css: &str) {
    tab_to(browser, css).await;
    browser.press(Key::Enter).await;
}

/// Tabs to a field and types into it.
async fn fill(browser: &Browser, css: &str, text: &str) {
    tab_to(browser, css).await;
    browser.driver.action_chain().send_keys(text).perform().await.expect("key presses");
}

#[tokio::test]
async fn a_sermon_is_added_and_a_backup_restored_with_the_keyboard_only() {
    let app = TestApp::new().await;
    let browser = Browser::open(&format!("http://{}", app.listen().await), Scripts::On, 1280).await;
    browser.goto("/").await;
    // The first focusable element skips the navigation.
    enter(&browser, "a.skip").await;
    assert_eq!(browser.eval("return document.activeElement.id").await, "main");
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
    // Discards the expected complaint about leaving the site.
    browser.complaints().await;

    enter(&browser, ".theme [value=dark]").await;
    browser.find("html[data-theme=dark] .theme [value=dark][aria-pressed=true]").await;

    enter(&browser, "nav a[href='/backup']").await;
    fill(&browser, "#token", TOKEN).await;
    browser.press(Key::Enter).await;
    enter(&browser, "form[action='/backup/create'] button").await;
    assert_eq!(browser.text(".notice h2").await, "Backup created");
    let link = browser.find("a[href^='/backup/restore/']").await.attr("href").await.expect("one").expect("a link");
    let name = link.rsplit('/').next().expect("a name").to_owned();
    enter(&browser, "a[href^='/backup/restore/']").await;
    fill(&browser, "#confirm", &name).await;
    enter(&browser, "form[action='/backup/restore'] button").await;
    assert_eq!(browser.text(".notice h2").await, "Backup restored");
    enter(&browser, "form[action='/logout'] button").await;
    browser.find(".hero").await;
    browser.close().await;
}

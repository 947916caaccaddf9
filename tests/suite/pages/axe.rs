//! axe-core finds nothing that keeps people out, serious or not; and every page fits its screen.
//!
//! It is put into the page by `WebDriver`, which the page's content security policy does not bind; nothing of it is part
//! of the program or of its source. `scripts/axe` puts it below `target/`.

use std::{fs, path::PathBuf};

use serde_json::Value;

use crate::{
    pages::site::{Listed, Site},
    support::browser::{Browser, Scripts},
};

/// Runs axe on the page as it is, and hands over what it found.
const RUN: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'], reporter: 'v2' }).then(
        (found) => done({ rules: found.passes.length, violations: found.violations.map((violation) => ({
            id: violation.id,
            impact: violation.impact,
            help: violation.help,
            nodes: violation.nodes.map((node) => `${node.html} ${node.any.map((check) => check.message).join('; ')}`),
        })) }),
        (error) => done({ error: String(error) }),
    );";

/// The source of axe-core.
fn axe() -> String {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).parent().expect("a target directory").to_owned();
    let path = target.join("npm/node_modules/axe-core/axe.min.js");
    fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("could not read axe-core ({}: {error}): run scripts/axe, which fetches it with npm", path.display())
    })
}

/// What axe finds on the page that the browser shows.
async fn violations(browser: &Browser, axe: &str) -> Vec<Value> {
    browser.driver.execute(axe, Vec::new()).await.expect("axe loads");
    let found = browser.driver.execute_async(RUN, Vec::new()).await.expect("axe runs").json().clone();
    assert!(found["rules"].as_u64().is_some_and(|rules| rules > 5), "axe looked: {found}");
    found["violations"].as_array().expect("a list").clone()
}

async fn look_at_all(site: &Site, width: u32) -> Vec<String> {
    let axe = axe();
    let mut found_on_all = Vec::new();
    site.look(Scripts::On, width, async |page: &Listed, browser: &Browser| {
        let needed = browser.ask("return document.documentElement.scrollWidth").await;
        // A scroll bar of its own takes some of it.
        if needed.as_u64().is_none_or(|needed| needed > width.into()) {
            found_on_all.push(format!("{} is {needed} px wide on a screen of {width} px", page.name));
        }
        for theme in ["light", "dark"] {
            browser.ask(&format!("document.cookie = 'theme={theme}; path=/'; location.reload()")).await;
            browser.find(&format!("html[data-theme={theme}] h1")).await;
            let found = violations(browser, &axe).await;
            found_on_all.extend(found.into_iter().map(|one| format!("{}, {theme}, {width} px: {one:#}", page.name)));
        }
    })
    .await;
    found_on_all
}

#[tokio::test]
async fn axe_finds_nothing_wrong_on_any_page_on_a_wide_screen() {
    let mut found = look_at_all(&Site::new().await, 1280).await;
    found.extend(look_at_all(&Site::empty().await, 1280).await);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn axe_finds_nothing_wrong_on_any_page_on_a_telephone() {
    let mut found = look_at_all(&Site::new().await, 360).await;
    found.extend(look_at_all(&Site::empty().await, 360).await);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn axe_sees_what_is_wrong_in_spite_of_the_content_security_policy() {
    let site = Site::empty().await;
    site.look(Scripts::On, 1280, async |_: &Listed, browser: &Browser| {
        browser.ask("document.querySelector('h1').outerHTML = '<h1>Hi</h1><input><img src=\"/favicon.ico\">'").await;
        let found: Vec<_> =
            violations(browser, &axe()).await.into_iter().map(|violation| violation["id"].clone()).collect();
        assert!(found.contains(&"label".into()) && found.contains(&"image-alt".into()), "{found:?}");
    })
    .await;
}

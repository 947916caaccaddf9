//! axe-core finds no accessibility problems on any page, and every page fits its screen.
//!
//! axe-core is injected over `WebDriver`, which bypasses the content security policy. `scripts/axe` downloads axe-core
//! to `target/`; it is not part of the program or the repository.

use std::{fs, path::PathBuf};

use serde_json::Value;

use crate::{
    pages::site::{PageCase, Site},
    support::browser::{Browser, Scripts},
};

/// Runs axe on the current page and returns the violations.
const RUN: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'], reporter: 'v2' }).then(
        (results) => done({ passes: results.passes.length, violations: results.violations.map((violation) => ({
            id: violation.id,
            impact: violation.impact,
            help: violation.help,
            nodes: violation.nodes.map((node) => `${node.html} ${node.any.map((check) => check.message).join('; ')}`),
        })) }),
        (error) => done({ error: String(error) }),
    );";

/// Returns the source of axe-core.
fn axe() -> String {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).parent().expect("a target directory").to_owned();
    let path = target.join("npm/node_modules/axe-core/axe.min.js");
    fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("could not read axe-core ({}: {error}); run scripts/axe to download it", path.display())
    })
}

/// Returns the violations on the current page.
async fn violations(browser: &Browser, axe: &str) -> Vec<Value> {
    browser.driver.execute(axe, Vec::new()).await.expect("axe loads");
    let results = browser.driver.execute_async(RUN, Vec::new()).await.expect("axe runs").json().clone();
    assert!(results["passes"].as_u64().is_some_and(|passes| passes > 5), "axe checked the page: {results}");
    results["violations"].as_array().expect("a list").clone()
}

/// Returns the violations on all pages of a site in both themes, and the pages that are too wide.
async fn check_all(site: &Site, width: u32) -> Vec<String> {
    let axe = axe();
    let mut problems = Vec::new();
    site.visit(Scripts::On, width, async |page: &PageCase, browser: &Browser| {
        let needed = browser.eval("return document.documentElement.scrollWidth").await;
        // It may be less than the width because of a scroll bar.
        if needed.as_u64().is_none_or(|needed| needed > width.into()) {
            problems.push(format!("{} is {needed} px wide on a screen of {width} px", page.name));
        }
        for theme in ["light", "dark"] {
            browser.eval(&format!("document.cookie = 'theme={theme}; path=/'; location.reload()")).await;
            browser.find(&format!("html[data-theme={theme}] h1")).await;
            let violations = violations(browser, &axe).await;
            problems.extend(violations.into_iter().map(|it| format!("{}, {theme}, {width} px: {it:#}", page.name)));
        }
    })
    .await;
    problems
}

#[tokio::test]
async fn axe_finds_no_problems_on_a_wide_screen() {
    let mut problems = check_all(&Site::new().await, 1280).await;
    problems.extend(check_all(&Site::empty().await, 1280).await);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test]
async fn axe_finds_no_problems_on_a_phone() {
    let mut problems = check_all(&Site::new().await, 360).await;
    problems.extend(check_all(&Site::empty().await, 360).await);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test]
async fn axe_works_despite_the_content_security_policy() {
    let site = Site::empty().await;
    site.visit(Scripts::On, 1280, async |_: &PageCase, browser: &Browser| {
        browser.eval("document.querySelector('h1').outerHTML = '<h1>Hi</h1><input><img src=\"/favicon.ico\">'").await;
        let rules: Vec<_> =
            violations(browser, &axe()).await.into_iter().map(|violation| violation["id"].clone()).collect();
        assert!(rules.contains(&"label".into()) && rules.contains(&"image-alt".into()), "{rules:?}");
    })
    .await;
}

//! Checks that the list of pages in `site.rs` is complete.

use std::{collections::BTreeSet, fs, path::Path};

use crate::pages::site::Site;

/// Returns the `GET` routes of all pages.
fn routes() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/web/mod.rs");
    let code = fs::read_to_string(path).expect("a readable file");
    let routes = code.split(".route(\"").skip(1);
    routes
        .filter_map(|rest| {
            let (route, rest) = rest.split_once('"')?;
            let handlers = rest.split(".route(").next()?;
            (handlers.contains("get(") && is_page(route)).then(|| route.to_owned())
        })
        .collect()
}

/// Returns whether a route returns a page; other routes return files or redirect.
fn is_page(route: &str) -> bool {
    let is_file = ["svg", "png", "txt", "srt", "csv", "webmanifest"];
    let is_file = Path::new(route).extension().is_some_and(|extension| is_file.iter().any(|it| extension == *it));
    let is_for_crawlers = route == "/robots.txt" || route.starts_with("/sitemap");
    !is_file && !is_for_crawlers && route != "/church"
}

#[tokio::test]
async fn every_page_route_is_tested() {
    let site = Site::new().await;
    let listed: BTreeSet<_> = site.pages().filter_map(|page| page.route).map(str::to_owned).collect();
    let routes = routes();
    assert!(routes.len() > 5, "{routes:?}");
    assert_eq!(routes.difference(&listed).collect::<Vec<_>>(), [""; 0], "routes missing in site.rs");
    for page in site.pages() {
        let answer = site.get(&page.path, "identity").await;
        let expected = if page.route.is_some() { 200 } else { 404 };
        assert_eq!(answer.status.as_u16(), expected, "{}", page.name);
    }
}

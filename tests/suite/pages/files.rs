//! The static site: links work, only changed files are written, and a browser can use it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{Router, http::StatusCode, response::IntoResponse as _, routing::get};
use mannameter::{
    demo::DemoGenerator,
    domain::Sha256,
    http::{HttpSettings, SearchEngines, SiteLocation},
    site::{Site as StaticSite, SiteReport},
};
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use crate::{
    pages::site::{Site, today},
    support::app::{TestApp, TestSettings},
    support::browser::{Browser, Scripts},
};

const BASE: &str = "/manna";

/// Writes the static site of a service.
async fn write(app: &TestApp, directory: &Path, origin: &str) -> SiteReport {
    let place = SiteLocation { base: BASE.to_owned(), origin: origin.to_owned() };
    let (store, exporter) = (Arc::clone(&app.store), Arc::clone(&app.exporter));
    let site = StaticSite::new(app.router.clone(), store, exporter, place, Sha256::digest(b"these tests"));
    site.write(directory, |_, _| {}).await.expect("a site")
}

#[tokio::test]
async fn pages_ask_search_engines_to_stay_away_unless_they_are_welcome() {
    for engines in [SearchEngines::Off, SearchEngines::On] {
        let settings = TestSettings::default();
        let http = HttpSettings { search_engines: engines, ..settings.http };
        let app = TestApp::with(TestSettings { http, ..settings }).await;
        app.save(&DemoGenerator::new(1, today()).sermon(0).document).await;
        let directory = TempDir::new().expect("a directory");
        write(&app, directory.path(), "https://x.example").await;
        let pages = files(directory.path());
        let pages: Vec<_> = pages.iter().filter(|(path, _)| is_page(path) && path.as_str() != "404.html").collect();
        assert!(pages.len() > 3, "{pages:?}");
        for (path, html) in pages {
            let html = String::from_utf8_lossy(html);
            let asks = html.contains("<meta name=\"robots\" content=\"noindex, nofollow\">");
            assert_eq!(asks, engines == SearchEngines::Off, "{path}");
        }
    }
}

/// Returns the content of all files in a directory by their relative paths, without the site's own index.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(directory, &mut found);
    let path = |file: &Path| file.strip_prefix(directory).expect("below").to_str().expect("a text").to_owned();
    let files = found.iter().map(|file| (path(file), fs::read(file).expect("a file")));
    files.filter(|(path, _)| !path.starts_with(".mannameter-site")).collect()
}

/// Returns the addresses within the site that a page links to.
fn links(html: &str) -> impl Iterator<Item = &str> {
    ["href", "src", "action", "content", "data-copy"].into_iter().flat_map(move |name| {
        let values = html.split('<').flat_map(move |tag| tag.split(&format!(" {name}=\"")).skip(1).collect::<Vec<_>>());
        values
            .filter_map(|value| value.split('"').next())
            .filter(|value| value.starts_with('/') || value.starts_with("https://x.example"))
    })
}

/// Returns the links to missing files or fragments.
fn broken(files: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let mut broken = BTreeSet::new();
    for (path, bytes) in files.iter().filter(|(path, _)| is_page(path)) {
        let html = std::str::from_utf8(bytes).expect("UTF-8");
        for link in links(html) {
            let below = link.trim_start_matches("https://x.example").strip_prefix(BASE);
            let (address, fragment) =
                below.and_then(|below| below.split_once('#')).unwrap_or((below.unwrap_or("?"), ""));
            let file = if address == "/" { "index.html" } else { address.trim_start_matches('/') };
            let file = percent_encoding::percent_decode_str(file).decode_utf8().expect("UTF-8");
            let exists = files.get(&*file).is_some_and(|target| {
                let id = format!(" id=\"{fragment}\"");
                fragment.is_empty() || target.windows(id.len()).any(|part| part == id.as_bytes())
            });
            if !exists {
                broken.insert(format!("{path}: {link}"));
            }
        }
    }
    broken.into_iter().collect()
}

#[tokio::test]
async fn every_link_leads_to_a_file_and_no_page_needs_the_service() {
    let (site, directory) = (Site::new().await, TempDir::new().expect("a directory"));
    for origin in ["", "https://x.example"] {
        let report = write(&site.app, directory.path(), origin).await;
        let files = files(directory.path());
        assert_eq!(broken(&files), [""; 0]);
        assert_eq!(files.len(), report.files.written + report.files.unchanged);
        assert_eq!(files.contains_key("sitemap.xml"), !origin.is_empty());
        for name in ["index.html", "404.html", "results.json", "results.json.b64", ".nojekyll", "book/John.html"] {
            assert!(files.contains_key(name), "{name}");
        }
        for (path, bytes) in files.iter().filter(|(path, _)| is_page(path)) {
            let html = std::str::from_utf8(bytes).expect("UTF-8");
            for word in ["<form", "<input", "data-live", "/backup", "/api/", "http://localhost", "method="] {
                assert!(!html.contains(word), "{word} in {path}");
            }
            assert!(html.contains("http-equiv=\"content-security-policy\""), "{path}");
            assert!(origin.is_empty() != html.contains("og:image\"") || !path.starts_with("video/"), "{path}");
        }
        for page in site.public.iter().filter(|page| page.route == Some("/video/{video_id}")) {
            let id = page.path.trim_start_matches('/');
            for file in [".html", "/label.svg", "/label.png", "/card.png"] {
                // The preview card is only used with absolute addresses.
                let exists = files.contains_key(&format!("{id}{file}"));
                assert!(exists || (file == "/card.png" && origin.is_empty()), "{id}{file}");
            }
        }
    }
}

#[tokio::test]
async fn only_changed_files_are_written() {
    let (site, directory) = (Site::new().await, TempDir::new().expect("a directory"));
    let first = write(&site.app, directory.path(), "https://x.example").await;
    assert!(first.files.written > 100 && first.files.unchanged == 0, "{first:?}");
    let again = write(&site.app, directory.path(), "https://x.example").await;
    assert_eq!((again.files.written, again.files.removed), (0, 0), "{again:?}");

    let before = files(directory.path());
    let mut changed = DemoGenerator::new(1, today()).sermon(3).document;
    let (id, old) = (changed.video_id.to_string(), changed.title.clone());
    changed.title = "Quite Another Title".to_owned();
    site.app.save(&changed).await;
    let report = write(&site.app, directory.path(), "https://x.example").await;
    let after = files(directory.path());
    let written: Vec<_> = after.iter().filter(|(path, bytes)| before.get(*path) != Some(*bytes)).collect();
    assert_eq!(report.files.written, written.len());
    assert!(written.len() < after.len() / 2, "{} of {}", written.len(), after.len());
    // Pages show only the first part of the title.
    let old = old.split(" | ").next().expect("a title");
    for (path, bytes) in written {
        let now = String::from_utf8_lossy(bytes);
        let then = before.get(path).map(|bytes| String::from_utf8_lossy(bytes)).unwrap_or_default();
        let depends = now.contains("Quite Another Title") && then.contains(old);
        assert!(depends || path.starts_with("results.") || path.contains(&id) || path == "export.csv", "{path}");
    }

    let deleted = site.app.delete(&changed.video_id).await;
    assert_eq!(deleted.status, StatusCode::OK, "{}", deleted.text());
    let report = write(&site.app, directory.path(), "https://x.example").await;
    assert!(report.files.removed >= 4 && report.files.left.is_empty(), "{report:?}");
    assert!(!directory.path().join(format!("video/{id}")).exists());
    assert_eq!(broken(&files(directory.path())), [""; 0]);
}

/// Returns whether a file is an HTML page.
fn is_page(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "html")
}

/// Serves the files below the base path and returns the address of the server.
async fn serve(directory: PathBuf) -> String {
    let answer = move |path: String| {
        let file = if path.is_empty() { "index.html".to_owned() } else { path };
        let kind = match file.rsplit('.').next() {
            Some("html") => "text/html",
            Some("css") => "text/css",
            Some("js") => "text/javascript",
            Some("svg") => "image/svg+xml",
            Some("png") => "image/png",
            _ => "application/octet-stream",
        };
        if let Ok(bytes) = fs::read(directory.join(&file)) {
            ([("content-type", kind)], bytes).into_response()
        } else {
            let page = fs::read(directory.join("404.html")).expect("a page");
            (StatusCode::NOT_FOUND, [("content-type", "text/html")], page).into_response()
        }
    };
    let home = answer.clone();
    let router = Router::new().route(&format!("{BASE}/"), get(async move || home(String::new()))).route(
        &format!("{BASE}/{{*path}}"),
        get(async move |axum::extract::Path(path): axum::extract::Path<String>| answer(path)),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    TaskTracker::new().spawn(async move { axum::serve(listener, router).await.expect("a server") });
    format!("http://{address}")
}

#[tokio::test]
async fn the_static_site_works_in_a_browser_below_a_folder() {
    let (site, directory) = (Site::new().await, TempDir::new().expect("a directory"));
    write(&site.app, directory.path(), "").await;
    let base = serve(directory.path().to_owned()).await;
    for (scripts, width) in [(Scripts::On, 1280), (Scripts::Off, 1280), (Scripts::On, 360)] {
        let browser = Browser::open(&base, scripts, width).await;
        browser.goto(&format!("{BASE}/")).await;
        let background = browser.find("body").await.css_value("background-color").await.expect("a color");
        assert_ne!(background, "rgba(0, 0, 0, 0)", "the stylesheet is loaded");
        browser.click(".sermons a[href*='/video/']").await;
        browser.find(".sermon .label").await;
        let home = "a.brand";
        browser.click("a[href*='/church/']").await;
        browser.find(".church h1, main h1").await;
        browser.click(home).await;
        browser.click("a[href$='/book/John.html']").await;
        assert!(browser.text("h1").await.contains("John"));
        browser.click("a[href*='/passage/John.']").await;
        assert!(browser.text("h1").await.contains("John"));
        if scripts == Scripts::On {
            let overflows = browser.eval("return document.documentElement.scrollWidth > innerWidth").await;
            assert_eq!(overflows, false, "the page fits the screen");
        }
        assert_eq!(browser.complaints().await, [""; 0]);
        browser.goto(&format!("{BASE}/video/nothing.html")).await;
        browser.click(home).await;
        browser.find("#tagline, main h1").await;
        browser.complaints().await;
        browser.close().await;
    }
}

//! Every page fits a phone, even with a church of 77 characters, long titles, and words that cannot be broken.

use serde_json::{Value, json};

use crate::{
    http::admin::request,
    pages::site::{PageCase, Site},
    support::{
        app::{TOKEN, TestApp},
        browser::{Browser, Scripts},
    },
};

/// A church whose name has 77 characters.
const CHURCH: &str = "The Evangelical Free Church of the Holy Trinity and Saint Mary at Longbridges";

/// Returns the elements that reach beyond the right edge of the screen, innermost first.
const TOO_WIDE: &str = "
    const width = document.documentElement.clientWidth;
    const scrolls = (element) => element && (getComputedStyle(element).overflowX !== 'visible' || scrolls(element.parentElement));
    const wide = [...document.querySelectorAll('main *, header *, footer *')].filter((element) => {
        const { right, width: own } = element.getBoundingClientRect();
        return own > 1 && right > width + 1 && !scrolls(element.parentElement) && !element.closest('.visually-hidden');
    });
    return wide.reverse().slice(0, 3).map((element) => element.outerHTML.slice(0, 200));";

async fn send(app: &TestApp, method: &str, path: &str, body: &Value) -> Value {
    let authorization = format!("Bearer {TOKEN}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let response = app.send(request(method, path, &headers, body.to_string())).await;
    assert!(response.status.is_success(), "{path}: {}", response.text());
    response.json()
}

/// Gives every sermon and a new job, sermon and token long names.
async fn lengthen(site: &mut Site, church: &str, word: &str) {
    let app = &site.app;
    let long = |what: &str| format!("{what} {word} about the man who had been ill for thirty-eight years {word}");
    let sermon = json!({ "transcript": "Turn with me to John chapter 9.", "title": long("A pasted sermon") });
    let job = send(app, "POST", "/api/videos", &sermon).await;
    app.wait_for_job(&format!("/api/jobs/{}", job["id"].as_str().expect("an ID"))).await;
    let list = app.get("/api/videos?limit=200").await.json();
    for sermon in list["videos"].as_array().expect("sermons") {
        let path = format!("/api/video/{}", sermon["video_id"].as_str().expect("an ID"));
        let edit = json!({
            "title": format!("{} | {}", long("A sermon"), long("Part two")), "channel": church,
            "speaker": long("Pastor"), "series": long("Stories"), "location": long("Near"),
        });
        send(app, "PATCH", &path, &edit).await;
    }
    let token: String = word.chars().cycle().take(60).collect();
    send(app, "POST", "/api/tokens", &json!({ "name": token, "scopes": ["add", "edit"] })).await;
    // The groups have other addresses now.
    for (route, list) in
        [("/church/{slug}", "/api/churches"), ("/speaker/{slug}", "/api/speakers"), ("/series/{slug}", "/api/series")]
    {
        let groups = app.get(list).await.json();
        let group = groups.as_array().expect("groups").iter().max_by_key(|group| group["sermons"].as_i64());
        let slug = group.and_then(|group| group["slug"].as_str()).expect("a group").to_owned();
        for page in site.public.iter_mut().filter(|page| page.route == Some(route)) {
            page.path = route.replace("{slug}", &slug);
        }
    }
    for page in site.public.iter_mut().filter(|page| page.name == "search results") {
        page.path = format!("/search?q={word}");
    }
}

/// Returns the pages that do not fit the screen, with the elements that are too wide.
async fn pages_too_wide(site: &Site, scripts: Scripts, width: u32) -> Vec<String> {
    let mut problems = Vec::new();
    site.visit(scripts, width, async |page: &PageCase, browser: &Browser| {
        let root = "document.documentElement";
        let fits = browser.eval(&format!("return {root}.scrollWidth <= {root}.clientWidth")).await;
        let elements = browser.eval(TOO_WIDE).await;
        if fits != true || elements.as_array().is_none_or(|elements| !elements.is_empty()) {
            problems.push(format!("{} at {width} px: {elements:#}", page.name));
        }
        // The menus open over the page.
        browser.eval("document.querySelectorAll('details').forEach((details) => (details.open = true))").await;
        let fits = browser.eval(&format!("return {root}.scrollWidth <= {root}.clientWidth")).await;
        if fits != true {
            let elements = browser.eval(TOO_WIDE).await;
            problems.push(format!("{} at {width} px with everything opened: {elements:#}", page.name));
        }
    })
    .await;
    problems
}

#[tokio::test]
async fn no_page_is_wider_than_the_screen_with_long_names() {
    assert_eq!(CHURCH.len(), 77);
    let mut site = Site::new().await;
    lengthen(&mut site, CHURCH, "Siebenundsiebzig-Zeichen").await;
    let mut problems = pages_too_wide(&site, Scripts::On, 390).await;
    problems.extend(pages_too_wide(&site, Scripts::On, 1280).await);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test]
async fn no_page_is_wider_than_a_phone_with_words_that_cannot_be_broken() {
    let mut site = Site::new().await;
    let word: String = "Donaudampfschiffahrt".chars().cycle().take(77).collect();
    lengthen(&mut site, &word, &word).await;
    let problems = pages_too_wide(&site, Scripts::On, 390).await;
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

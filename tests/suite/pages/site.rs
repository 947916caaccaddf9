//! The list of all pages, on a site with content and on an empty one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{body::Body, http::Request};
use chrono::{DateTime, NaiveDate, Utc};
use mannameter::{
    clock::Clock,
    demo::{DemoGenerator, DemoSermon},
    domain::{Canon, Document, VideoId},
    http::{AdminToken, TranscriptAccess},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    http::admin::request,
    support::app::{CAPTIONS, TOKEN, TestApp, TestResponse, TestSettings},
    support::browser::{Browser, Scripts},
};

/// Number of demo sermons.
const SERMONS: u64 = 8;

/// A page to test.
#[derive(Debug, Clone)]
pub(crate) struct PageCase {
    /// Its name in snapshots and messages.
    pub(crate) name: &'static str,
    /// Its route in `src/http/web/mod.rs`; `None` for the page at an unknown address.
    pub(crate) route: Option<&'static str>,
    pub(crate) path: String,
    /// A selector that matches once the page is complete.
    pub(crate) ready: &'static str,
}

/// A running service and its pages.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) app: TestApp,
    /// The public pages.
    pub(crate) public: Vec<PageCase>,
    /// The pages that need the admin token.
    pub(crate) admin: Vec<PageCase>,
}

impl Site {
    /// Creates a site with demo sermons, a pasted sermon, jobs in several states, and a backup.
    pub(crate) async fn new() -> Self {
        let app = TestApp::with(settings()).await;
        let mut demo = DemoGenerator::new(1, today());
        let mut sermons: Vec<_> = (0..SERMONS).map(|number| demo.sermon(number)).collect();
        for DemoSermon { document, .. } in &sermons {
            app.save(document).await;
        }
        // The sermon with the most references is tested.
        sermons.sort_by_key(|sermon| sermon.document.manna(Canon::Protestant));
        let fullest = sermons.pop().expect("a sermon").document;
        let slug = fullest.channel.to_lowercase().replace(|letter: char| !letter.is_alphanumeric(), "-");
        let cited = fullest.references.iter().flatten().find(|reference| reference.verse.is_some());
        let passage = cited.map(|reference| reference.osis.clone()).expect("a verse");
        let job = async |body| app.post("/api/videos", &body).await.header("location").to_owned();
        let done = job(json!({ "transcript": CAPTIONS, "title": "Crossing Over", "channel": "Grace Church" })).await;
        let failed = job(json!({ "url": "rob0t_check" })).await;
        let pasted = app.wait_for_job(&done).await;
        app.wait_for_job(&failed).await;
        let pasted_url = pasted["result_url"].as_str().expect("a path").to_owned();
        revise(&app, &pasted_url).await;
        catch_up(&app).await;
        let deleted = Document { title: "A deleted sermon".to_owned(), ..fullest.clone() };
        let deleted = Document { video_id: VideoId::parse("deleted_Ser").expect("an ID"), ..deleted };
        app.save(&deleted).await;
        catch_up(&app).await;
        app.delete(&deleted.video_id).await;
        // The captions of this video never arrive.
        let running = job(json!({ "url": "waits_here_" })).await;
        while app.get(&running).await.json()["steps"].as_array().is_none_or(|steps| steps.len() < 3) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        catch_up(&app).await;
        let backup = app.admin_post("/api/backup/create").await.json();
        let backup = backup["backup"]["name"].as_str().unwrap_or_else(|| panic!("{backup}")).to_owned();

        let page = |name, route, path: String| PageCase { name, route: Some(route), path, ready: "h1" };
        let job_page = |location: &str| location.trim_start_matches("/api").to_owned();
        let public = vec![
            page("dashboard", "/", "/".to_owned()),
            page("dashboard filtered", "/", "/?q=the&book=John&sort=manna".to_owned()),
            page("dashboard without results", "/", "/?q=nothingofthekind".to_owned()),
            page("sermon", "/video/{video_id}", format!("/video/{}", fullest.video_id)),
            page("sermon pasted", "/video/{video_id}", pasted_url.clone()),
            page("history", "/video/{video_id}/history", format!("{pasted_url}/history")),
            page("speaker", "/speaker/{slug}", "/speaker/ann-lee".to_owned()),
            page("series", "/series/{slug}", "/series/sea-stories".to_owned()),
            page("church", "/church/{slug}", format!("/church/{}", slug.trim_end_matches('-'))),
            page("transcript", "/video/{video_id}/transcript", format!("{pasted_url}/transcript?q=turn")),
            page("book", "/book/{name}", "/book/John".to_owned()),
            page("book without citations", "/book/{name}", "/book/Obad".to_owned()),
            page("passage", "/passage/{text}", format!("/passage/{passage}")),
            page("search", "/search", "/search".to_owned()),
            page("search results", "/search", "/search?q=church".to_owned()),
            page("job done", "/jobs/{id}", job_page(&done)),
            page("job failed", "/jobs/{id}", job_page(&failed)),
            PageCase { ready: "[data-step=captions]", ..page("job running", "/jobs/{id}", job_page(&running)) },
            page("add many", "/add", "/add".to_owned()),
            page("jobs of a new visitor", "/jobs", "/jobs".to_owned()),
            page("api", "/docs", "/docs".to_owned()),
            // Shows the login form to clients that are not logged in.
            page("login", "/login", "/backup".to_owned()),
            PageCase { route: None, ..page("not found", "", "/nothing/there".to_owned()) },
        ];
        let admin = vec![
            page("backups", "/backup", "/backup".to_owned()),
            page("cleanup", "/backup/cleanup", "/backup/cleanup".to_owned()),
            page("restore", "/backup/restore/{name}", format!("/backup/restore/{backup}")),
            page("jobs failed", "/jobs", "/jobs?state=failed".to_owned()),
            page("audit log", "/audit", "/audit".to_owned()),
            page("tokens", "/tokens", "/tokens".to_owned()),
            page("edit", "/video/{video_id}/edit", format!("{pasted_url}/edit")),
            page("correct", "/video/{video_id}/correct", format!("{pasted_url}/correct?start_char=16&end_char=39")),
            page("add a reference", "/video/{video_id}/correct", format!("{pasted_url}/correct")),
            page("delete", "/video/{video_id}/delete", format!("{pasted_url}/delete")),
            page("deleted", "/video/{video_id}", "/video/deleted_Ser".to_owned()),
            page("sermon for editors", "/video/{video_id}", pasted_url),
        ];
        Self { app, public, admin }
    }

    /// Creates a site without sermons.
    pub(crate) async fn empty() -> Self {
        let app = TestApp::with(settings()).await;
        let dashboard = PageCase { name: "dashboard empty", route: Some("/"), path: "/".to_owned(), ready: "h1" };
        Self { app, public: vec![dashboard], admin: Vec::new() }
    }

    /// Returns all pages, the public ones first.
    pub(crate) fn pages(&self) -> impl Iterator<Item = &PageCase> {
        self.public.iter().chain(&self.admin)
    }

    /// Requests a page or asset as a logged-in browser would.
    pub(crate) async fn get(&self, path: &str, encoding: &str) -> TestResponse {
        let request = Request::get(path).header("accept", "text/html,*/*;q=0.8").header("accept-encoding", encoding);
        let request = request.header("authorization", format!("Bearer {TOKEN}"));
        self.app.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Opens each page in a browser and calls `check`. Asserts that no page contacts other sites or writes to the
    /// console.
    pub(crate) async fn visit(&self, scripts: Scripts, width: u32, mut check: impl AsyncFnMut(&PageCase, &Browser)) {
        let base = format!("http://{}", self.app.listen().await);
        let browser = Browser::open(&base, scripts, width).await;
        let mut complaints = Vec::new();
        for page in self.pages() {
            if self.admin.first().is_some_and(|first| first.name == page.name) {
                browser.goto("/login?next=/backup").await;
                browser.fill("#token", TOKEN).await;
                browser.click("form.stack button").await;
                browser.find("form[action='/logout']").await;
            }
            browser.goto(&page.path).await;
            browser.find(page.ready).await;
            check(page, &browser).await;
            for complaint in browser.complaints().await {
                // Chromium logs every error response itself.
                if page.route.is_some() || !complaint.contains("responded with a status of 404") {
                    complaints.push(format!("{}, scripts {scripts:?}: {complaint}", page.name));
                }
            }
        }
        assert!(complaints.is_empty(), "{complaints:#?}");
        browser.close().await;
    }
}

/// Waits for the export, so that the next write makes a safety backup of its own.
async fn catch_up(app: &TestApp) {
    app.exporter.catch_up().await.expect("an export");
}

/// Edits the sermon at this address, corrects its first reference, and creates a token.
async fn revise(app: &TestApp, sermon: &str) {
    let authorization = format!("Bearer {TOKEN}");
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let edit = json!({ "speaker": "Ann Lee", "series": "Sea Stories" });
    let right = json!({ "verdict": "right", "start_char": 16, "end_char": 39 });
    let token = json!({ "name": "sound desk", "scopes": ["add", "edit"] });
    for (method, path, body) in [
        ("PATCH", format!("/api{sermon}"), edit),
        ("POST", format!("/api{sermon}/corrections"), right),
        ("POST", "/api/tokens".to_owned(), token),
    ] {
        catch_up(app).await;
        let response = app.send(request(method, &path, &headers, body.to_string())).await;
        assert!(response.status.is_success(), "{path}: {}", response.text());
    }
}

/// The date of the newest demo sermon.
pub(crate) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 5, 31).expect("a date")
}

/// Test settings with a fixed clock.
fn settings() -> TestSettings {
    let mut settings = TestSettings { clock: Arc::new(FixedClock::default()), ..TestSettings::default() };
    settings.http.admin_token = AdminToken::new(TOKEN);
    settings.http.transcripts = TranscriptAccess::Public;
    settings
}

/// A clock with a fixed time and sequential IDs.
#[derive(Debug, Default)]
struct FixedClock {
    ids: AtomicU64,
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        today().and_hms_opt(12, 0, 0).expect("a time").and_utc()
    }

    fn new_id(&self) -> Uuid {
        let number = self.ids.fetch_add(1, Ordering::Relaxed) + 1;
        Uuid::from_u128(0x0191_0000_0000_7000_8000_0000_0000_0000 + u128::from(number))
    }
}

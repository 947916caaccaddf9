//! Every page, with something to see on it.

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
    demo::{Demo, Sermon},
    http::AdminToken,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    support::app::{Answer, CAPTIONS, TOKEN, TestApp, TestSettings},
    support::browser::{Browser, Scripts},
};

/// Invented sermons on the site.
const SERMONS: u64 = 8;

/// A page to look at.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    /// What it is called in snapshots and messages.
    pub(crate) name: &'static str,
    /// The route in `src/http/web/mod.rs`; none for a page that is not a route.
    pub(crate) route: Option<&'static str>,
    /// Where it is.
    pub(crate) path: String,
    /// It is all there when this is.
    pub(crate) shows: &'static str,
}

/// A site with something on every page.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) app: TestApp,
    /// What everybody sees.
    pub(crate) open: Vec<Listed>,
    /// What the admin sees.
    pub(crate) admin: Vec<Listed>,
}

impl Site {
    /// A site with invented sermons, one of them pasted, jobs in every state, and a backup.
    pub(crate) async fn new() -> Self {
        let app = TestApp::with(settings()).await;
        let mut demo = Demo::new(1, today());
        let mut sermons: Vec<_> = (0..SERMONS).map(|number| demo.sermon(number)).collect();
        for Sermon { document, .. } in &sermons {
            app.keep(document).await;
        }
        // The fullest page of a sermon.
        sermons.sort_by_key(|sermon| sermon.document.manna());
        let fullest = sermons.pop().expect("a sermon").document;
        let slug = fullest.channel.to_lowercase().replace(|letter: char| !letter.is_alphanumeric(), "-");
        let cited = fullest.references.iter().flatten().find(|reference| reference.verse.is_some());
        let passage = cited.map(|reference| reference.osis.clone()).expect("a verse");
        let job = async |body| app.post("/api/videos", &body).await.header("location").to_owned();
        let done = job(json!({ "transcript": CAPTIONS, "title": "Crossing Over", "channel": "Grace Church" })).await;
        let failed = job(json!({ "url": "rob0t_check" })).await;
        let pasted = app.ended(&done).await;
        app.ended(&failed).await;
        // Its captions never come.
        let running = job(json!({ "url": "waits_here_" })).await;
        while app.get(&running).await.json()["steps"].as_array().is_none_or(|steps| steps.len() < 3) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        app.exporter.catch_up().await.expect("an export");
        let backup = app.admin_post("/api/backup/create").await.json();
        let backup = backup["backup"]["name"].as_str().unwrap_or_else(|| panic!("{backup}")).to_owned();

        let page = |name, route, path: String| Listed { name, route: Some(route), path, shows: "h1" };
        let of_job = |location: &str| location.trim_start_matches("/api").to_owned();
        let open = vec![
            page("dashboard", "/", "/".to_owned()),
            page("dashboard narrowed", "/", "/?q=the&book=John&sort=manna".to_owned()),
            page("dashboard with nothing found", "/", "/?q=nothingofthekind".to_owned()),
            page("sermon", "/video/{video_id}", format!("/video/{}", fullest.video_id)),
            page("sermon that was pasted", "/video/{video_id}", pasted["result_url"].as_str().expect("a").to_owned()),
            page("church", "/church/{slug}", format!("/church/{}", slug.trim_end_matches('-'))),
            page("book", "/book/{name}", "/book/John".to_owned()),
            page("book that nobody cites", "/book/{name}", "/book/Obad".to_owned()),
            page("passage", "/passage/{text}", format!("/passage/{passage}")),
            page("search", "/search", "/search".to_owned()),
            page("search that found", "/search", "/search?q=church".to_owned()),
            page("job done", "/jobs/{id}", of_job(&done)),
            page("job failed", "/jobs/{id}", of_job(&failed)),
            Listed { shows: "[data-step=captions]", ..page("job running", "/jobs/{id}", of_job(&running)) },
            page("documentation", "/docs", "/docs".to_owned()),
            // Where one is sent who asks for it without anything to do there.
            page("login", "/login", "/backup".to_owned()),
            Listed { route: None, ..page("nothing there", "", "/nothing/there".to_owned()) },
        ];
        let admin = vec![
            page("backups", "/backup", "/backup".to_owned()),
            page("cleanup", "/backup/cleanup", "/backup/cleanup".to_owned()),
            page("restore", "/backup/restore/{name}", format!("/backup/restore/{backup}")),
            page("audit", "/audit", "/audit".to_owned()),
        ];
        Self { app, open, admin }
    }

    /// A site that nobody has added a sermon to.
    pub(crate) async fn empty() -> Self {
        let app = TestApp::with(settings()).await;
        let open = vec![Listed { name: "dashboard empty", route: Some("/"), path: "/".to_owned(), shows: "h1" }];
        Self { app, open, admin: Vec::new() }
    }

    /// All pages; first those that everybody sees.
    pub(crate) fn pages(&self) -> impl Iterator<Item = &Listed> {
        self.open.iter().chain(&self.admin)
    }

    /// A page or a part of one, as the admin's browser asks for it.
    pub(crate) async fn get(&self, path: &str, encoding: &str) -> Answer {
        let request = Request::get(path).header("accept", "text/html,*/*;q=0.8").header("accept-encoding", encoding);
        let request = request.header("authorization", format!("Bearer {TOKEN}"));
        self.app.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Lets a browser look at each page in turn. Whatever it looks for: no request may leave the site, and the console
    /// must be silent.
    pub(crate) async fn look(&self, scripts: Scripts, width: u32, mut look: impl AsyncFnMut(&Listed, &Browser)) {
        let base = format!("http://{}", self.app.listen().await);
        let browser = Browser::open(&base, scripts, width).await;
        let mut complaints = Vec::new();
        for page in self.pages() {
            if self.admin.first().is_some_and(|first| first.name == page.name) {
                browser.goto("/login?next=/backup").await;
                browser.write("#token", TOKEN).await;
                browser.click("form.stack button").await;
                browser.find("form[action='/logout']").await;
            }
            browser.goto(&page.path).await;
            browser.find(page.shows).await;
            look(page, &browser).await;
            for complaint in browser.complaints().await {
                // The browser itself says so of every answer that is an error.
                if page.route.is_some() || !complaint.contains("responded with a status of 404") {
                    complaints.push(format!("{} with scripts {scripts:?}: {complaint}", page.name));
                }
            }
        }
        assert!(complaints.is_empty(), "{complaints:#?}");
        browser.close().await;
    }
}

/// The day that the invented sermons are preached up to.
pub(crate) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 5, 31).expect("a date")
}

/// As usual, but that time stands still and submissions are enough for everybody.
fn settings() -> TestSettings {
    let mut settings = TestSettings { clock: Arc::new(StatsPosition::default()), ..TestSettings::default() };
    settings.http.admin_token = AdminToken::new(TOKEN);
    settings
}

/// Time that stands still, and ids in their order.
#[derive(Debug, Default)]
struct StatsPosition {
    ids: AtomicU64,
}

impl Clock for StatsPosition {
    fn now(&self) -> DateTime<Utc> {
        today().and_hms_opt(12, 0, 0).expect("a time").and_utc()
    }

    fn new_id(&self) -> Uuid {
        let number = self.ids.fetch_add(1, Ordering::Relaxed) + 1;
        Uuid::from_u128(0x0191_0000_0000_7000_8000_0000_0000_0000 + u128::from(number))
    }
}

//! The web service, wired as in the program, with its own database and a fake YouTube.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use mannameter::{
    clock::{Clock, SystemClock},
    domain::{Canon, Document, VideoId},
    http::{AdminToken, AppState, HttpSettings, SearchEngines, Services, Submissions, TranscriptAccess, router},
    jobs::{Analyzer, Jobs, Pipeline, Workers},
    safety::{
        Adoption, Backups, DataDir, Drill, Exporter, Integrity, Maintenance, MaintenanceSettings, OldDatabases,
        Replayer, Restores, Saver,
    },
    store::{DatabaseSettings, SavePolicy, SaveRequest, ScratchDatabases, Store, connect},
    telemetry::metrics::Metrics,
    youtube::{CaptionTrack, Channel, ErrorClass, FetchedVideo, YouTube, YouTubeError},
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;

/// The admin token.
pub(crate) const TOKEN: &str = "the admin token of the tests";

/// Delay between a worker's attempts to reach an unreachable database: short, so that tests do not depend on it.
const RETRY_DELAY: Duration = Duration::from_millis(200);

/// A running service.
#[derive(Debug)]
pub(crate) struct TestApp {
    pub(crate) router: Router,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) saver: Arc<Saver>,
    pub(crate) exporter: Arc<Exporter>,
    pub(crate) maintenance: Arc<Maintenance>,
    pub(crate) integrity: Arc<Integrity>,
    pub(crate) youtube: Arc<FakeYouTube>,
    pub(crate) data_dir: DataDir,
    clock: Arc<dyn Clock>,
    token: CancellationToken,
    _dir: TempDir,
}

/// Settings of a test service.
#[derive(Debug, Clone)]
pub(crate) struct TestSettings {
    /// URL of the database; `None` for a new SQLite file.
    pub(crate) database: Option<String>,
    /// How long to wait for a connection to the database.
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) http: HttpSettings,
    /// Number of workers.
    pub(crate) workers: usize,
    /// Time and IDs.
    pub(crate) clock: Arc<dyn Clock>,
}

impl Default for TestSettings {
    fn default() -> Self {
        let http = HttpSettings {
            submissions: Submissions::Open,
            submissions_per_minute: 10_000,
            admin_token: AdminToken::new(TOKEN),
            trusted_proxies: 0,
            search_engines: SearchEngines::Off,
            transcripts: TranscriptAccess::Admin,
            public_origin: None,
            base_path: String::new(),
            canon: Canon::default(),
        };
        Self { database: None, connect_timeout: None, http, workers: 2, clock: Arc::new(SystemClock) }
    }
}

impl TestApp {
    /// Starts a service on a new SQLite file.
    pub(crate) async fn new() -> Self {
        Self::with(TestSettings::default()).await
    }

    /// Starts a service with these settings.
    pub(crate) async fn with(settings: TestSettings) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let data_dir = DataDir::open(dir.path()).expect("a data directory");
        let sqlite = || format!("sqlite://{}", data_dir.sqlite_database().display());
        let url = settings.database.unwrap_or_else(sqlite);
        let mut database = DatabaseSettings {
            canon: settings.http.canon,
            clock: Some(Arc::clone(&settings.clock)),
            ..DatabaseSettings::new(url)
        };
        if let Some(timeout) = settings.connect_timeout {
            database.connect_timeout = timeout;
        }
        let store = connect(&database).expect("a store");
        store.migrate().await.expect("the schema");
        let (clock, token, tracker) = (settings.clock, CancellationToken::new(), TaskTracker::new());
        let exporter = Arc::new(Exporter::new(Arc::clone(&store), data_dir.clone(), Arc::clone(&clock)));
        let saver = Saver::new(
            Arc::clone(&store),
            Arc::clone(&exporter),
            data_dir.clone(),
            Arc::clone(&clock),
            tracker.clone(),
        );
        let saver = Arc::new(saver);
        let youtube = Arc::new(FakeYouTube::default());
        let analyzer = Arc::new(Analyzer::new(Arc::clone(&youtube) as Arc<dyn YouTube>, Arc::clone(&clock)));
        let pipeline = Pipeline::new(analyzer, Arc::clone(&store), Arc::clone(&saver), Arc::clone(&clock), "worker");
        let pipeline = Arc::new(pipeline);
        let jobs = Jobs::new(Arc::clone(&store), Arc::clone(&clock));
        let jobs = Arc::new(jobs.with_direct_fallback(Arc::clone(&pipeline), tracker.clone()));
        let workers =
            Workers::new(Arc::clone(&jobs), pipeline, Arc::clone(&store), Arc::clone(&clock), tracker.clone())
                .with_retry_delays(RETRY_DELAY, RETRY_DELAY);
        let stop = token.clone();
        tracker.spawn(async move { workers.run(settings.workers, stop).await });
        let (running, stop) = (Arc::clone(&exporter), token.clone());
        tracker.spawn(async move { running.run(stop).await });
        let backups = Arc::new(Backups::new(Arc::clone(&store), &data_dir, Arc::clone(&clock)));
        let restores = Restores::new(
            Arc::clone(&store),
            Arc::clone(&backups),
            Arc::clone(&exporter),
            data_dir.clone(),
            Arc::clone(&clock),
            tracker.clone(),
        );
        let replayer = Replayer::new(Arc::clone(&saver), Arc::clone(&store), Arc::clone(&clock));
        let stop = token.clone();
        tracker.spawn(async move { replayer.run(stop).await });
        let scratch = ScratchDatabases::new(database);
        let drill = Drill::new(scratch, Arc::clone(&backups), data_dir.clone(), Arc::clone(&clock));
        let maintenance = Arc::new(Maintenance::new(
            Arc::clone(&store),
            Arc::clone(&backups),
            drill,
            Arc::clone(&clock),
            MaintenanceSettings::default(),
        ));
        let integrity =
            Arc::new(Integrity::new(Arc::clone(&store), Arc::clone(&backups), data_dir.clone(), Arc::clone(&clock)));
        let adoption =
            Adoption::new(Arc::clone(&store), Arc::clone(&saver), Arc::clone(&clock), OldDatabases::default());
        let services = Services {
            adoption: Arc::new(adoption),
            store: Arc::clone(&store),
            jobs,
            exporter: Arc::clone(&exporter),
            saver: Arc::clone(&saver),
            backups,
            restores,
            maintenance: Arc::clone(&maintenance),
            integrity: Arc::clone(&integrity),
            tasks: tracker,
            data_dir: data_dir.clone(),
            data_dir_watch: Arc::new(data_dir.clone().into()),
            clock: Arc::clone(&clock),
            metrics: Metrics::install(),
            shutdown: token.clone(),
        };
        let router = router(AppState::new(services, settings.http));
        Self { router, store, saver, exporter, maintenance, integrity, youtube, data_dir, clock, token, _dir: dir }
    }

    /// Sends a request and reads the whole response.
    pub(crate) async fn send(&self, request: Request<Body>) -> TestResponse {
        let response = self.router.clone().oneshot(request).await.expect("a response");
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.expect("a whole body");
        TestResponse { status: parts.status, headers: parts.headers, body: body.to_vec() }
    }

    /// Sends `GET` as a program would.
    pub(crate) async fn get(&self, path: &str) -> TestResponse {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    /// Sends `GET` as a browser would.
    pub(crate) async fn browse(&self, path: &str) -> TestResponse {
        let request = Request::get(path).header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Sends `POST` with a JSON body.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> TestResponse {
        let request = Request::post(path).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }

    /// Sends `POST` without a body, as the admin.
    pub(crate) async fn admin_post(&self, path: &str) -> TestResponse {
        let request = Request::post(path).header("authorization", format!("Bearer {TOKEN}"));
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Deletes a sermon, as the admin.
    pub(crate) async fn delete(&self, id: &VideoId) -> TestResponse {
        let request = Request::delete(format!("/api/video/{id}")).header("authorization", format!("Bearer {TOKEN}"));
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Waits until a job has ended and returns it.
    pub(crate) async fn wait_for_job(&self, location: &str) -> Value {
        for _ in 0..400 {
            let job = self.get(location).await.json();
            if job["state"] == "done" || job["state"] == "failed" {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the job at {location} did not end")
    }

    /// Saves a document and waits until it is in the export.
    pub(crate) async fn save(&self, document: &Document) {
        let save = SaveRequest {
            save_id: self.clock.new_id(),
            document: document.clone(),
            transcript: None,
            policy: SavePolicy::Replace,
            actor: "import".into(),
            at: self.clock.now(),
        };
        let report = self.saver.save(save).await.expect("a save");
        let seq = report.saved().expect("saved in the database").state.seq;
        assert!(self.exporter.wait_for(seq, Duration::from_secs(10)).await, "write {seq} was not exported");
    }

    /// Listens on a free local port until the test ends.
    pub(crate) async fn listen(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let service = self.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        let stop = self.token.clone();
        let serving = axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned());
        TaskTracker::new().spawn(async move { serving.await.expect("a server") });
        address
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.token.cancel();
    }
}

/// A response with its whole body.
#[derive(Debug)]
pub(crate) struct TestResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl TestResponse {
    /// Returns the body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }

    /// Returns the body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Returns a header, or an empty string.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    /// Asserts that the response is a problem object with this status and code, and returns it.
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!((&problem["status"], &problem["code"]), (&Value::from(status), &Value::from(code)), "{problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{problem}");
        problem
    }
}

/// A fake YouTube. Every video has the same captions, except those that [`FakeYouTube::refusal`] names.
#[derive(Debug)]
pub(crate) struct FakeYouTube {
    /// The captions of every video, and whether they are automatic.
    pub(crate) captions: Mutex<(String, bool)>,
    /// Number of videos that were fetched.
    pub(crate) fetches: AtomicUsize,
    /// The captions of the video `waits_here_` are returned once a test adds a permit.
    pub(crate) gate: Semaphore,
}

impl Default for FakeYouTube {
    fn default() -> Self {
        Self {
            captions: Mutex::new((CAPTIONS.to_owned(), false)),
            fetches: AtomicUsize::new(0),
            gate: Semaphore::new(0),
        }
    }
}

/// The captions of every video.
pub(crate) const CAPTIONS: &str = "1\n00:00:01,000 --> 00:00:05,000\nTurn with me to John chapter 5 verse 24.\n\n\
     2\n00:00:05,000 --> 00:00:09,000\nAnd then to Romans chapter 8.\n";

impl FakeYouTube {
    /// Returns the error for a video that YouTube refuses.
    fn refusal(id: &VideoId) -> Option<YouTubeError> {
        let (class, message, languages) = match id.as_str() {
            "pr1vate_vid" => (ErrorClass::Private, "this video is private", Vec::new()),
            "german_only" => {
                (ErrorClass::NoEnglishTrack, "there are captions, but none in English", vec!["de".to_owned()])
            }
            "rob0t_check" => (ErrorClass::Blocked, "YouTube refuses this server: paste the transcript", Vec::new()),
            "not_a_video" => (ErrorClass::NotFound, "this video does not exist anymore", Vec::new()),
            _ => return None,
        };
        Some(YouTubeError { class, message: message.to_owned(), languages })
    }
}

#[async_trait]
impl YouTube for FakeYouTube {
    async fn video(&self, id: &VideoId) -> Result<FetchedVideo, YouTubeError> {
        if let Some(error) = Self::refusal(id) {
            return Err(error);
        }
        let track = CaptionTrack {
            base_url: "https://www.youtube.com/api/timedtext".to_owned(),
            language: "en".to_owned(),
            automatic: self.captions.lock().expect("a lock").1,
            name: "English".to_owned(),
        };
        Ok(FetchedVideo {
            video_id: id.clone(),
            title: if id.as_str() == "Ann_Lee_Ser" { "Grace | Ann Lee".to_owned() } else { format!("The sermon {id}") },
            channel: "Grace Church".to_owned(),
            channel_id: Some("UCmannameterTestChan0001".to_owned()),
            channel_url: "https://www.youtube.com/channel/UCmannameterTestChan0001".to_owned(),
            duration_seconds: Some(9.0),
            published_at: Some("2026-05-31".to_owned()),
            track,
        })
    }

    async fn channel(&self, channel_id: &str) -> Result<Channel, YouTubeError> {
        let title = "Grace Church".to_owned();
        Ok(Channel { channel_id: channel_id.to_owned(), title, is_church: Some(true), ..Channel::default() })
    }

    async fn captions(&self, video: &FetchedVideo) -> Result<Vec<u8>, YouTubeError> {
        if video.video_id.as_str() == "waits_here_" {
            self.gate.acquire().await.expect("an open gate").forget();
        }
        self.fetches.fetch_add(1, Ordering::Relaxed);
        Ok(self.captions.lock().expect("a lock").0.clone().into_bytes())
    }
}

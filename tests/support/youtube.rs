//! A fake YouTube server with scripted replies. It records the requests that it receives.
//!
//! Replies are scripted by key: `player/{video}/{client}`, `player/{video}`, `captions/{video}/{lang}`,
//! `captions/{video}/a.{lang}` (automatic), `captions/{video}`, `channel/{channel}`, `browse/{channel or token}`,
//! `oembed/{video}`, `videos/{video}`, `channels/{channel}`. A request gets the next reply for the most specific key
//! that has replies; the last reply for a key is repeated.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::Response,
};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};

#[path = "youtube_catalog.rs"]
mod catalog;

/// A scripted reply.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: u16,
    body: Vec<u8>,
    location: Option<String>,
    delay: Duration,
    truncated: bool,
}

impl Reply {
    /// Creates a reply with status 200.
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, body: body.into(), location: None, delay: Duration::ZERO, truncated: false }
    }

    /// Creates a reply from a file in `tests/fixtures/youtube`.
    pub(crate) fn file(name: &str) -> Self {
        Self::ok(fixture(name))
    }

    /// Sets the status.
    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Creates a redirect.
    pub(crate) fn redirect(location: &str) -> Self {
        Self { location: Some(location.to_owned()), ..Self::ok("").with_status(302) }
    }

    /// Delays the reply.
    pub(crate) fn delayed(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// Closes the connection in the middle of the body.
    pub(crate) fn truncated(self) -> Self {
        Self { truncated: true, ..self }
    }
}

/// Reads a file in `tests/fixtures/youtube`.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/youtube").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A recorded request.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedRequest {
    /// The most specific key of the request.
    pub(crate) key: String,
    pub(crate) path: String,
    pub(crate) query: HashMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

#[derive(Debug, Default)]
struct Script {
    replies: HashMap<String, VecDeque<Reply>>,
    requests: Vec<ReceivedRequest>,
}

/// A running server. Stops when dropped.
#[derive(Debug)]
pub(crate) struct FakeYouTube {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    tasks: JoinSet<()>,
}

impl FakeYouTube {
    /// Starts a server on a free port.
    pub(crate) async fn start() -> Self {
        Self::start_on(0).await
    }

    /// Starts a server on a port of 127.0.0.1.
    pub(crate) async fn start_on(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let script = Arc::new(Mutex::new(Script::default()));
        let router = Router::new().fallback(reply_to).with_state(Arc::clone(&script));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, router).await.expect("the server runs") });
        Self { address, script, tasks }
    }

    /// Returns the value to use for `YOUTUBE_BASE_URL`.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Scripts the replies for a key; see the module documentation.
    pub(crate) fn on(&self, key: &str, replies: impl IntoIterator<Item = Reply>) {
        self.locked().replies.insert(key.to_owned(), replies.into_iter().collect());
    }

    /// Scripts replies for every sermon in `tests/fixtures/youtube/sermons` and their churches, for the video in the
    /// other fixtures (`sErm0n_Tst1`), and for videos that cannot be fetched (`private____`, `no_captions`,
    /// `only_korean`, `upcoming___`, `still_live_`). Returns the IDs of the sermons.
    pub(crate) fn with_catalog(&self) -> Vec<String> {
        catalog::script(self)
    }

    /// Returns the requests so far.
    pub(crate) fn requests(&self) -> Vec<ReceivedRequest> {
        self.locked().requests.clone()
    }

    /// Returns the keys of the requests so far.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.locked().requests.iter().map(|request| request.key.clone()).collect()
    }

    /// Runs forever.
    pub(crate) async fn run(mut self) {
        self.tasks.join_next().await;
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records a request and returns its scripted reply.
async fn reply_to(
    State(script): State<Arc<Mutex<Script>>>,
    _method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query: HashMap<String, String> =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let keys = keys(uri.path(), &query, &body);
    let reply = {
        let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
        let key = keys.first().cloned().unwrap_or_default();
        script.requests.push(ReceivedRequest { key, path: uri.path().to_owned(), query, headers, body });
        let key = keys.iter().find(|key| script.replies.contains_key(*key));
        let replies = key.and_then(|key| script.replies.get_mut(key));
        replies.and_then(|replies| if replies.len() > 1 { replies.pop_front() } else { replies.front().cloned() })
    };
    let reply = reply.unwrap_or_else(|| unknown(&keys));
    tokio::time::sleep(reply.delay).await;
    let mut response = Response::builder().status(StatusCode::from_u16(reply.status).expect("a status"));
    if let Some(location) = reply.location {
        response = response.header("location", location);
    }
    let body = if reply.truncated {
        let half = reply.body.len() / 2;
        let parts = [Ok(Bytes::from(reply.body[..half].to_vec())), Err(std::io::Error::other("truncated"))];
        Body::from_stream(stream::iter(parts))
    } else {
        Body::from(reply.body)
    };
    response.body(body).expect("a valid response")
}

/// Returns YouTube's reply for an unknown video, and 404 for everything else.
fn unknown(keys: &[String]) -> Reply {
    if keys.iter().any(|key| key.starts_with("player/")) {
        return Reply::ok(
            json!({"playabilityStatus": {"status": "ERROR", "reason": "This video is unavailable"}}).to_string(),
        );
    }
    Reply::ok("Not Found").with_status(404)
}

/// Returns the keys of a request, the most specific first.
fn keys(path: &str, query: &HashMap<String, String>, body: &Value) -> Vec<String> {
    let parameter = |name: &str| query.get(name).cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match path.trim_start_matches('/').split('/').collect::<Vec<_>>().as_slice() {
        [.., "youtubei", "v1", "player"] => {
            let video = text(&body["videoId"]);
            let client = text(&body["context"]["client"]["clientName"]);
            vec![format!("player/{video}/{client}"), format!("player/{video}")]
        }
        [.., "youtubei", "v1", "browse"] => {
            let subject = body["browseId"].as_str().or_else(|| body["continuation"].as_str());
            vec![format!("browse/{}", subject.unwrap_or_default())]
        }
        [.., "api", "timedtext"] => {
            let automatic = if parameter("kind") == "asr" { "a." } else { "" };
            let (video, language) = (parameter("v"), parameter("lang"));
            vec![format!("captions/{video}/{automatic}{language}"), format!("captions/{video}")]
        }
        [.., "channel", channel, "about"] => vec![format!("channel/{channel}")],
        [.., "oembed"] => vec![format!("oembed/{}", parameter("url").rsplit('=').next().unwrap_or_default())],
        [.., "youtube", "v3", list] => vec![format!("{list}/{}", parameter("id"))],
        other => vec![other.join("/")],
    }
}

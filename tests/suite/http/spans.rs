//! Handlers, jobs, saves, store methods and YouTube calls have spans that carry the ID of the request.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use axum::{body::Body, http::Request};
use mannameter::{
    clock::SystemClock,
    domain::VideoId,
    youtube::{Client, Settings, YouTube},
};
use tracing::{
    Instrument as _, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
};
use tracing_subscriber::{Layer, filter::LevelFilter, layer::Context, prelude::*, registry::LookupSpan};

use crate::support::app::TestApp;

/// The prefix of the request IDs of these tests.
const PREFIX: &str = "spans-test-";

/// The names of spans, by the request ID that they or their parents carry.
#[derive(Debug, Clone, Default)]
struct Spans(Arc<Mutex<BTreeMap<String, BTreeSet<&'static str>>>>);

/// The request ID of a span.
struct RequestId(String);

#[derive(Default)]
struct RequestIdVisitor(Option<String>);

impl Visit for RequestIdVisitor {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "request_id" {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut visitor = RequestIdVisitor::default();
        attributes.record(&mut visitor);
        let span = context.span(id).expect("the span exists");
        if let Some(id) = visitor.0 {
            span.extensions_mut().insert(RequestId(id));
        }
        for parent in span.scope() {
            if let Some(RequestId(id)) = parent.extensions().get() {
                if id.starts_with(PREFIX) {
                    self.0.lock().expect("a lock").entry(id.clone()).or_default().insert(span.name());
                }
                break;
            }
        }
    }
}

impl Spans {
    /// Starts collecting the spans of this process. The subscriber is global: with a thread-local one, tests on other
    /// threads could disable spans for the whole process.
    fn collect() -> Self {
        static SPANS: OnceLock<Spans> = OnceLock::new();
        let install = || {
            let spans = Self::default();
            tracing_subscriber::registry()
                .with(spans.clone())
                .with(LevelFilter::INFO)
                .try_init()
                .expect("the only subscriber");
            spans
        };
        SPANS.get_or_init(install).clone()
    }

    fn of(&self, request_id: &str) -> BTreeSet<&'static str> {
        self.0.lock().expect("a lock").get(request_id).cloned().unwrap_or_default()
    }
}

#[tokio::test]
async fn spans_carry_the_request_id_from_the_handler_to_the_job_and_the_store() {
    let spans = Spans::collect();
    let app = TestApp::new().await;
    let request = Request::post("/api/videos")
        .header("content-type", "application/json")
        .header("x-request-id", "spans-test-job")
        .body(Body::from(r#"{"url":"sErm0n_Tst1"}"#))
        .expect("a request");
    let response = app.send(request).await;
    assert_eq!(response.header("x-request-id"), "spans-test-job");
    app.wait_for_job(response.header("location")).await;

    let found = spans.of("spans-test-job");
    for name in ["request", "submit", "enqueue", "job", "pipeline", "analyze", "save_sermon", "save", "finish"] {
        assert!(found.contains(name), "{name} in {found:?}");
    }
}

#[tokio::test]
async fn youtube_calls_have_spans() {
    let spans = Spans::collect();
    let settings = Settings {
        base_url: Settings::parse_base_url("http://127.0.0.1:1").expect("a URL"),
        backoff: Duration::from_millis(1),
        ..Settings::default()
    };
    let client = Client::new(settings, Arc::new(SystemClock)).expect("a client");
    let id = VideoId::parse("sErm0n_Tst1").expect("an ID");
    let request = tracing::info_span!("request", request_id = "spans-test-youtube");
    client.video(&id).instrument(request).await.expect_err("nothing listens on this port");
    let found = spans.of("spans-test-youtube");
    assert!(found.is_superset(&BTreeSet::from(["youtube_video", "youtube"])), "{found:?}");
}

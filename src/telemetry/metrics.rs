//! Metrics of the process, in the text format of Prometheus.
//!
//! Events (requests, jobs, saves, refusals, exports) are recorded where they happen, through the functions here.
//! State that can be looked up (rows, spool entries, backups) is read when `GET /metrics` is scraped.

use std::{fmt, sync::OnceLock, time::Duration};

use metrics::{
    Label, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram, with_local_recorder,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

const REQUEST_DURATION: &str = "mannameter_http_request_duration_seconds";
const JOB_DURATION: &str = "mannameter_job_duration_seconds";
const YOUTUBE_REFUSALS: &str = "mannameter_youtube_refusals_total";
const SAVES: &str = "mannameter_saves_total";
const EXPORT_DURATION: &str = "mannameter_export_duration_seconds";

/// Histogram buckets, in seconds.
const BUCKETS: [(&str, &[f64]); 3] = [
    (REQUEST_DURATION, &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0]),
    (JOB_DURATION, &[0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0]),
    (EXPORT_DURATION, &[0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0]),
];

/// How often histogram samples are moved into their buckets. Until then, each sample takes memory.
const DRAIN_INTERVAL: Duration = Duration::from_secs(5);

/// Records one HTTP request, timed until its response headers are ready. `route` is the matched pattern, such as
/// `/video/{video_id}`, so that the number of series stays small.
pub fn record_request(method: &'static str, route: String, status: u16, elapsed: Duration) {
    let labels =
        vec![Label::new("method", method), Label::new("route", route), Label::new("status", status.to_string())];
    histogram!(REQUEST_DURATION, labels).record(elapsed);
}

/// Records the work on one job: `done`, `failed`, `lease_lost` or `released`.
pub fn record_job(outcome: &'static str, elapsed: Duration) {
    histogram!(JOB_DURATION, "outcome" => outcome).record(elapsed);
}

/// Records a refusal by YouTube under the code of its error class.
pub fn record_youtube_refusal(class: &'static str) {
    counter!(YOUTUBE_REFUSALS, "class" => class).increment(1);
}

/// Records a save: its outcome (`created`, `updated`, `unchanged`, `kept_newer`, `spooled` or `failed`) and where the
/// result is now (`database`, `spool` or `none`).
pub fn record_save(outcome: &'static str, destination: &'static str) {
    counter!(SAVES, "outcome" => outcome, "destination" => destination).increment(1);
}

/// Records a run of the exporter that wrote files: `written`, `held_back` or `failed`.
pub fn record_export(outcome: &'static str, elapsed: Duration) {
    histogram!(EXPORT_DURATION, "outcome" => outcome).record(elapsed);
}

/// The recorded metrics of this process.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Installs the recorder for this process, or returns the one that is already installed.
    pub fn install() -> Self {
        static INSTALLED: OnceLock<Metrics> = OnceLock::new();
        let install = || {
            let recorder = builder().build_recorder();
            let metrics = Self(recorder.handle());
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another metrics recorder is installed: /metrics has no counters and histograms");
            }
            describe();
            metrics
        };
        INSTALLED.get_or_init(install).clone()
    }

    /// Moves histogram samples into their buckets at regular intervals, until the token is canceled.
    pub async fn drain(self, token: CancellationToken) {
        let draining = async {
            loop {
                sleep(DRAIN_INTERVAL).await;
                self.0.run_upkeep();
            }
        };
        token.run_until_cancelled(draining).await;
    }

    /// Renders the recorded metrics and the given gauges.
    pub fn render(&self, gauges: &[Gauge]) -> String {
        self.0.render() + &render_gauges(gauges)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// A gauge whose value is read at each scrape.
#[derive(Debug, Clone, PartialEq)]
pub struct Gauge {
    /// Its name, including the unit.
    pub name: &'static str,
    /// What it measures.
    pub help: &'static str,
    /// A label with its value.
    pub label: Option<(&'static str, String)>,
    /// Its value.
    pub value: f64,
}

impl Gauge {
    /// A gauge without labels.
    pub fn new(name: &'static str, help: &'static str, value: impl GaugeValue) -> Self {
        Self { name, help, label: None, value: value.to_f64() }
    }

    /// Adds a label.
    #[must_use]
    pub fn with_label(self, name: &'static str, value: impl Into<String>) -> Self {
        Self { label: Some((name, value.into())), ..self }
    }
}

/// A type that can be the value of a gauge.
pub trait GaugeValue {
    /// Converts the value to a float.
    fn to_f64(self) -> f64;
}

impl GaugeValue for bool {
    fn to_f64(self) -> f64 {
        f64::from(u8::from(self))
    }
}

impl GaugeValue for i64 {
    #[expect(clippy::cast_precision_loss, reason = "counts and Unix times are far below 2^53")]
    fn to_f64(self) -> f64 {
        self as f64
    }
}

impl GaugeValue for usize {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn to_f64(self) -> f64 {
        self as f64
    }
}

/// Renders gauges with a separate recorder, so that a gauge without a current value is absent rather than stale.
fn render_gauges(gauges: &[Gauge]) -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    with_local_recorder(&recorder, || {
        for Gauge { name, help, label, value } in gauges {
            describe_gauge!(*name, *help);
            match label {
                Some((label, of)) => gauge!(*name, *label => of.clone()).set(*value),
                None => gauge!(*name).set(*value),
            }
        }
    });
    recorder.handle().render()
}

fn builder() -> PrometheusBuilder {
    BUCKETS.into_iter().fold(PrometheusBuilder::new(), |builder, (name, buckets)| {
        builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets).expect("there are buckets")
    })
}

fn describe() {
    describe_histogram!(
        REQUEST_DURATION,
        "Time until the response headers of an HTTP request are sent, by method, route and status."
    );
    describe_histogram!(JOB_DURATION, "Time that a worker spent on a job, by outcome.");
    describe_counter!(YOUTUBE_REFUSALS, "Requests that YouTube refused or failed, by error class.");
    describe_counter!(SAVES, "Saves, by outcome and by where the result is now.");
    describe_histogram!(EXPORT_DURATION, "Time to write the export, by outcome.");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_rendered_with_their_labels_and_buckets() {
        let recorder = builder().build_recorder();
        with_local_recorder(&recorder, || {
            describe();
            record_request("GET", "/video/{video_id}".to_owned(), 200, Duration::from_millis(20));
            record_job("done", Duration::from_secs(3));
            record_youtube_refusal("blocked");
            record_save("created", "database");
            record_export("written", Duration::from_millis(70));
        });
        let text = recorder.handle().render();
        for line in [
            r#"mannameter_http_request_duration_seconds_bucket{method="GET",route="/video/{video_id}",status="200",le="0.025"} 1"#,
            r#"mannameter_http_request_duration_seconds_bucket{method="GET",route="/video/{video_id}",status="200",le="0.01"} 0"#,
            r#"mannameter_job_duration_seconds_sum{outcome="done"} 3"#,
            r#"mannameter_youtube_refusals_total{class="blocked"} 1"#,
            r#"mannameter_saves_total{outcome="created",destination="database"} 1"#,
            r#"mannameter_export_duration_seconds_count{outcome="written"} 1"#,
            "# TYPE mannameter_saves_total counter",
        ] {
            assert!(text.lines().any(|rendered| rendered == line), "{line} in\n{text}");
        }
    }

    #[test]
    fn label_values_are_escaped() {
        let gauge = Gauge::new("mannameter_test", "A test.", true).with_label("name", "a \"quote\", a \\ and a\nline");
        let text = render_gauges(&[gauge]);
        assert!(text.contains(r#"mannameter_test{name="a \"quote\", a \\ and a\nline"} 1"#), "{text}");
    }
}

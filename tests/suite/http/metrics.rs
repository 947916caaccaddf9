//! `GET /metrics`: the text is well-formed, the gauges match the database, and events are counted.
//!
//! Counters and histograms belong to the process, which runs other tests at the same time, so they are only compared
//! with a minimum.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use mannameter::{
    clock::SystemClock,
    domain::{Document, VideoId},
    youtube::{Client, Settings, YouTube},
};
use serde_json::json;

use crate::support::{
    app::{TOKEN, TestApp, TestSettings},
    postgres::Postgres,
};

/// One line of the text format.
#[derive(Debug)]
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

/// The metrics of a service.
#[derive(Debug)]
struct Metrics {
    types: HashMap<String, String>,
    samples: Vec<Sample>,
}

impl Metrics {
    async fn scrape(app: &TestApp) -> Self {
        let response = app.get("/metrics").await;
        assert_eq!(response.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        let text = response.text();
        assert!(!text.contains(TOKEN) && !text.contains("Sermon_01"), "{text}");
        Self::parse(&text)
    }

    /// Parses the text format, version 0.0.4, and checks its rules.
    fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line is complete");
        let (mut types, mut samples, mut series) = (HashMap::new(), Vec::new(), HashSet::new());
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(declared) = line.strip_prefix("# TYPE ") {
                let (name, kind) = declared.split_once(' ').expect("a name and a type");
                assert_eq!(types.insert(name.to_owned(), kind.to_owned()), None, "{name} is declared once");
            } else if !line.starts_with("# HELP ") {
                let sample = Sample::parse(line);
                assert!(series.insert((sample.name.clone(), sample.labels.clone())), "{line} occurs once");
                samples.push(sample);
            }
        }
        let metrics = Self { types, samples };
        metrics.check_types();
        metrics
    }

    fn check_types(&self) {
        for sample in &self.samples {
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| sample.name.strip_suffix(suffix));
            let base = base.filter(|base| self.types.contains_key(*base)).unwrap_or(&sample.name);
            let kind = self.types.get(base).unwrap_or_else(|| panic!("{} has no type", sample.name));
            assert!(sample.name.starts_with("mannameter_"), "{}", sample.name);
            assert!(kind != "counter" || sample.name.ends_with("_total"), "{}", sample.name);
            assert_eq!(kind == "histogram", base != sample.name, "{}", sample.name);
        }
    }

    /// Returns the value of the series with this name and these labels.
    fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let matches = |sample: &&Sample| {
            sample.name == name
                && labels.iter().all(|(label, value)| sample.labels.get(*label).is_some_and(|found| found == value))
        };
        self.samples.iter().find(matches).map(|sample| sample.value)
    }

    fn at_least_one(&self, name: &str, labels: &[(&str, &str)]) {
        assert!(self.value(name, labels).is_some_and(|value| value >= 1.0), "{name} {labels:?} in {self:#?}");
    }
}

impl Sample {
    fn parse(line: &str) -> Self {
        let end = line.find(['{', ' ']).expect("a name");
        let (name, mut rest) = line.split_at(end);
        assert!(name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_'), "{line}");
        let mut labels = BTreeMap::new();
        if let Some(list) = rest.strip_prefix('{') {
            rest = list;
            while !rest.starts_with('}') {
                let (label, after) = rest.split_once("=\"").expect("a label");
                let (value, after) = Self::label_value(after);
                assert_eq!(labels.insert(label.trim_start_matches(',').to_owned(), value), None, "{line}");
                rest = after;
            }
            rest = &rest[1..];
        }
        let value = rest.trim().parse().unwrap_or_else(|error| panic!("{error}: {line}"));
        Self { name: name.to_owned(), labels, value }
    }

    /// Reads a label value up to its closing quote, and returns it with the rest of the line.
    fn label_value(text: &str) -> (String, &str) {
        let (mut value, mut letters) = (String::new(), text.char_indices());
        while let Some((index, letter)) = letters.next() {
            match letter {
                '"' => return (value, &text[index + 1..]),
                '\\' => match letters.next().expect("an escaped character").1 {
                    'n' => value.push('\n'),
                    escaped @ ('"' | '\\') => value.push(escaped),
                    other => panic!("unknown escape \\{other}"),
                },
                letter => value.push(letter),
            }
        }
        panic!("no closing quote: {text}")
    }
}

async fn filled(database: Option<String>) -> TestApp {
    let app = TestApp::with(TestSettings { database, ..TestSettings::default() }).await;
    for id in ["a_Sermon_01", "b_Sermon_02"] {
        let document = json!({ "title": id, "counts": { "John": 1 }, "stats": { "scripture_references": 1 } });
        app.save(&Document::from_legacy(id, document).expect("a document")).await;
    }
    app
}

#[test]
fn escaped_labels_are_parsed() {
    let sample = Sample::parse(r#"mannameter_x{a="b \"c\" \\ \n",d="}"} 1.5"#);
    assert_eq!((sample.labels["a"].as_str(), sample.labels["d"].as_str()), ("b \"c\" \\ \n", "}"));
    assert_eq!((sample.name.as_str(), sample.value), ("mannameter_x", 1.5));
}

#[tokio::test]
async fn gauges_match_the_state_of_the_service() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = filled(database).await;
        app.admin_post("/api/backup/create").await;
        app.maintenance.run_drill(Arc::new(())).await.expect("a drill");
        let metrics = Metrics::scrape(&app).await;
        for (name, value) in [
            ("mannameter_database_up", 1.0),
            ("mannameter_sermons", 2.0),
            ("mannameter_manna", 2.0),
            ("mannameter_store_seq", 2.0),
            ("mannameter_export_ok", 1.0),
            ("mannameter_export_seq", 2.0),
            ("mannameter_export_sermons", 2.0),
            ("mannameter_export_lag_writes", 0.0),
            ("mannameter_spool_entries", 0.0),
            ("mannameter_spool_damaged_entries", 0.0),
        ] {
            assert_eq!(metrics.value(name, &[]), Some(value), "{name}");
        }
        assert_eq!(metrics.value("mannameter_jobs", &[("state", "queued")]), Some(0.0));
        assert_eq!(metrics.value("mannameter_info", &[("version", env!("CARGO_PKG_VERSION"))]), Some(1.0));
        for pool in ["readers", "writers", "staging"] {
            let size = metrics.value("mannameter_database_connections", &[("pool", pool)]).expect("a size");
            let idle = metrics.value("mannameter_database_idle_connections", &[("pool", pool)]).expect("a number");
            assert!(idle <= size, "{pool}: {idle} of {size}");
        }
        for name in [
            "mannameter_export_timestamp_seconds",
            "mannameter_last_verified_backup_timestamp_seconds",
            "mannameter_last_restore_drill_timestamp_seconds",
        ] {
            assert!(metrics.value(name, &[]).is_some_and(|at| at > 1_700_000_000.0), "{name}");
        }
    }
}

#[tokio::test]
async fn requests_jobs_saves_and_exports_are_counted() {
    let app = filled(None).await;
    assert_eq!(app.get("/api/video/a_Sermon_01").await.status, 200);
    assert_eq!(app.get("/no/such/route").await.status, 404);
    for (id, state) in [("sErm0n_Tst1", "done"), ("pr1vate_vid", "failed")] {
        let location = app.post("/api/videos", &json!({ "url": id })).await.header("location").to_owned();
        assert_eq!(app.wait_for_job(&location).await["state"], state);
    }
    let metrics = Metrics::scrape(&app).await;
    let requests = "mannameter_http_request_duration_seconds_count";
    metrics.at_least_one(requests, &[("method", "GET"), ("route", "/api/video/{video_id}"), ("status", "200")]);
    metrics.at_least_one(requests, &[("route", "none"), ("status", "404")]);
    let bucket = [("route", "/api/video/{video_id}"), ("le", "+Inf")];
    metrics.at_least_one("mannameter_http_request_duration_seconds_bucket", &bucket);
    metrics.at_least_one("mannameter_job_duration_seconds_count", &[("outcome", "done")]);
    metrics.at_least_one("mannameter_job_duration_seconds_count", &[("outcome", "failed")]);
    metrics.at_least_one("mannameter_saves_total", &[("outcome", "created"), ("destination", "database")]);
    metrics.at_least_one("mannameter_export_duration_seconds_count", &[("outcome", "written")]);
}

#[tokio::test]
async fn refusals_of_youtube_are_counted_by_class() {
    let app = TestApp::new().await;
    let settings = Settings {
        base_url: Settings::parse_base_url("http://127.0.0.1:1").expect("a URL"),
        backoff: Duration::from_millis(1),
        ..Settings::default()
    };
    let client = Client::new(settings, Arc::new(SystemClock)).expect("a client");
    client.video(&VideoId::parse("sErm0n_Tst1").expect("an ID")).await.expect_err("nothing listens on this port");
    Metrics::scrape(&app).await.at_least_one("mannameter_youtube_refusals_total", &[("class", "upstream")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn during_an_outage_the_spool_is_counted_and_the_database_is_missing() {
    let postgres = Postgres::new();
    let app = filled(Some(postgres.database())).await;
    postgres.stop();
    let sermon = json!({ "transcript": "Turn to John chapter 3 verse 16.", "title": "Spooled" });
    assert_eq!(app.post("/api/videos", &sermon).await.json()["stored"], "spool");
    let metrics = Metrics::scrape(&app).await;
    assert_eq!(metrics.value("mannameter_database_up", &[]), Some(0.0));
    assert_eq!(metrics.value("mannameter_spool_entries", &[]), Some(1.0));
    for name in ["mannameter_sermons", "mannameter_manna", "mannameter_jobs", "mannameter_export_lag_writes"] {
        assert_eq!(metrics.value(name, &[]), None, "{name}");
    }
    metrics.at_least_one("mannameter_saves_total", &[("outcome", "spooled"), ("destination", "spool")]);
}

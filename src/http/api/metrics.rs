//! `GET /metrics`: numbers for a monitoring system, in the text format of Prometheus.

use std::fmt::{Display, Write as _};

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use crate::{
    domain::JobState,
    http::{cache::CachePolicy, state::AppState},
    safety::ExportStatus,
    store::{StoreError, StoreState, Totals},
};

/// The format, version 0.0.4.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Numbers for a monitoring system. What the database must be asked for is left out while it is away.
#[utoipa::path(
    get, path = "/metrics", tag = "operation",
    responses((status = 200, description = "The numbers", content_type = "text/plain", body = String)),
)]
pub(super) async fn metrics(State(state): State<AppState>) -> Response {
    let mut text = Exposition::default();
    text.gauge("mannameter_info", "The running version.", [(concat!("version=\"", env!("CARGO_PKG_VERSION"), '"'), 1)]);
    let asked = Asked::of(&state).await.inspect_err(|error| tracing::warn!(%error, "metrics without the database"));
    text.gauge("mannameter_database_up", "Whether the database answers.", [("", u8::from(asked.is_ok()))]);
    if let Ok(asked) = &asked {
        asked.write(&mut text);
    }
    write_export(&mut text, &state.exporter.status(), asked.ok().map(|asked| asked.state.seq));
    (CachePolicy::NoStore, [(header::CONTENT_TYPE, CONTENT_TYPE)], text.0).into_response()
}

/// What the database says.
struct Asked {
    state: StoreState,
    totals: Totals,
    jobs: Vec<(JobState, i64)>,
}

impl Asked {
    async fn of(state: &AppState) -> Result<Self, StoreError> {
        let mut jobs = Vec::new();
        for job in [JobState::Queued, JobState::Running, JobState::Done, JobState::Failed] {
            jobs.push((job, state.store.count_jobs(job).await?));
        }
        Ok(Self { state: state.store.state().await?, totals: state.store.totals().await?, jobs })
    }

    fn write(&self, text: &mut Exposition) {
        text.gauge("mannameter_videos", "Sermons in the database.", [("", self.state.count)]);
        text.gauge("mannameter_manna", "Confirmed Bible references in all sermons.", [("", self.totals.manna)]);
        text.gauge("mannameter_store_seq", "Position of the last write.", [("", self.state.seq)]);
        let jobs: Vec<_> = self.jobs.iter().map(|(job, count)| (format!("state=\"{}\"", job.name()), *count)).collect();
        text.gauge("mannameter_jobs", "Jobs by state.", jobs);
    }
}

fn write_export(text: &mut Exposition, export: &ExportStatus, seq: Option<i64>) {
    let ok = export.last.is_some() && export.error.is_none() && export.suspect.is_none();
    text.gauge("mannameter_export_ok", "Whether the last export went well.", [("", u8::from(ok))]);
    let Some(last) = &export.last else { return };
    text.gauge("mannameter_export_seq", "The last write that is in the export.", [("", last.seq)]);
    if let Some(seq) = seq {
        text.gauge("mannameter_export_lag", "Writes that are not in the export yet.", [("", (seq - last.seq).max(0))]);
    }
    let (videos, at) = (last.videos, last.finished_at.timestamp());
    text.gauge("mannameter_export_videos", "Sermons in the export.", [("", videos)]);
    text.gauge("mannameter_export_timestamp_seconds", "When the export was made (Unix time).", [("", at)]);
}

/// The text.
#[derive(Debug, Default)]
struct Exposition(String);

impl Exposition {
    /// A number that goes up and down, for each set of labels.
    fn gauge<L: Display, V: Display>(&mut self, name: &str, help: &str, values: impl IntoIterator<Item = (L, V)>) {
        let written = (|| {
            writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} gauge")?;
            values.into_iter().try_for_each(|(labels, value)| match labels.to_string().as_str() {
                "" => writeln!(self.0, "{name} {value}"),
                labels => writeln!(self.0, "{name}{{{labels}}} {value}"),
            })
        })();
        written.expect("writing to memory does not fail");
    }
}

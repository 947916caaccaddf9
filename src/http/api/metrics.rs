//! `GET /metrics`: metrics for Prometheus.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use crate::{
    domain::JobState,
    http::{cache::CachePolicy, state::AppState},
    safety::{ExportStatus, MaintenanceTask, backup::Condition},
    store::{StoreError, StoreState},
    telemetry::metrics::Gauge,
};

/// The Prometheus text format, version 0.0.4.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Returns the metrics. While the database is unreachable, the metrics that come from it are missing.
#[utoipa::path(
    get, path = "/metrics", tag = "operation",
    responses((status = 200, description = "The metrics", content_type = "text/plain", body = String)),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn metrics(State(state): State<AppState>) -> Response {
    let database = DatabaseState::read(&state).await;
    let mut gauges = vec![
        Gauge::new("mannameter_info", "The running version.", true).with_label("version", env!("CARGO_PKG_VERSION")),
        Gauge::new("mannameter_database_up", "Whether the database responds.", database.is_ok()),
    ];
    match &database {
        Ok(database) => gauges.extend(database.gauges()),
        Err(error) => tracing::warn!(%error, "metrics without the database"),
    }
    gauges.extend(connection_gauges(&state));
    gauges.extend(export_gauges(&state.exporter.status(), database.ok().map(|database| database.state.seq)));
    gauges.extend(spool_gauges(&state).await);
    gauges.extend(backup_gauge(&state).await);
    let text = state.metrics.render(&gauges);
    (CachePolicy::NoStore, [(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response()
}

/// Values that are read from the database.
struct DatabaseState {
    state: StoreState,
    manna: i64,
    jobs: BTreeMap<&'static str, i64>,
    /// When the last successful restore drill finished, as Unix time.
    last_drill: Option<i64>,
}

impl DatabaseState {
    async fn read(state: &AppState) -> Result<Self, StoreError> {
        let mut jobs = BTreeMap::new();
        for job in [JobState::Queued, JobState::Running, JobState::Done, JobState::Failed] {
            jobs.insert(job.name(), state.store.count_jobs(job).await?);
        }
        let tasks = state.maintenance.status().await?;
        let drill = tasks.iter().find(|status| status.task == MaintenanceTask::Drill);
        Ok(Self {
            state: state.store.state().await?,
            manna: state.store.all_time_stats().await?.manna,
            jobs,
            last_drill: drill.and_then(|drill| drill.ok_at).map(|at| at.timestamp()),
        })
    }

    fn gauges(&self) -> Vec<Gauge> {
        let mut gauges = vec![
            Gauge::new("mannameter_sermons", "Sermons in the database.", self.state.count),
            Gauge::new("mannameter_manna", "Confirmed Bible references in all sermons.", self.manna),
            Gauge::new("mannameter_store_seq", "Sequence number of the last write.", self.state.seq),
        ];
        for (state, count) in &self.jobs {
            gauges.push(Gauge::new("mannameter_jobs", "Jobs by state.", *count).with_label("state", *state));
        }
        let help = "When the last successful restore drill finished (Unix time).";
        gauges
            .extend(self.last_drill.map(|at| Gauge::new("mannameter_last_restore_drill_timestamp_seconds", help, at)));
        gauges
    }
}

fn connection_gauges(state: &AppState) -> Vec<Gauge> {
    let mut gauges = Vec::new();
    for pool in state.store.pools() {
        let size = Gauge::new("mannameter_database_connections", "Open connections of a pool.", pool.size);
        let idle = Gauge::new("mannameter_database_idle_connections", "Idle connections of a pool.", pool.idle);
        gauges.push(size.with_label("pool", pool.name));
        gauges.push(idle.with_label("pool", pool.name));
    }
    gauges
}

fn export_gauges(export: &ExportStatus, seq: Option<i64>) -> Vec<Gauge> {
    let ok = export.last.is_some() && export.error.is_none() && export.suspect.is_none();
    let mut gauges = vec![Gauge::new("mannameter_export_ok", "Whether the last export succeeded.", ok)];
    if let Some(last) = &export.last {
        let at = last.finished_at.timestamp();
        gauges.push(Gauge::new("mannameter_export_seq", "The last write that the export includes.", last.seq));
        gauges.push(Gauge::new("mannameter_export_sermons", "Sermons in the export.", last.sermons));
        gauges.push(Gauge::new("mannameter_export_timestamp_seconds", "When it was exported (Unix time).", at));
        if let Some(seq) = seq {
            let lag = (seq - last.seq).max(0);
            gauges.push(Gauge::new("mannameter_export_lag_writes", "Writes that the export does not include.", lag));
        }
    }
    gauges
}

async fn spool_gauges(state: &AppState) -> [Gauge; 2] {
    let spool = state.saver.spool().refresh().await;
    [
        Gauge::new("mannameter_spool_entries", "Results that wait for the database.", spool.files),
        Gauge::new("mannameter_spool_damaged_entries", "Damaged spool entries that were set aside.", spool.damaged),
    ]
}

async fn backup_gauge(state: &AppState) -> Option<Gauge> {
    let backups = state.backups.list().await;
    let backups = backups.inspect_err(|error| tracing::warn!(%error, "metrics without the backups")).ok()?;
    let verified = backups.iter().filter(|backup| backup.condition == Condition::Verified);
    let created_at = verified.map(|backup| backup.created_at.timestamp()).max()?;
    let help = "When the newest verified backup was created (Unix time).";
    Some(Gauge::new("mannameter_last_verified_backup_timestamp_seconds", help, created_at))
}

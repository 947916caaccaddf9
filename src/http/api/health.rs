//! `GET /healthz`: alive. `GET /readyz`: can do its work.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    domain::JobState,
    http::{cache::CachePolicy, state::AppState},
    safety::{IntegrityStatus, OffsiteStatus, SpoolStatus, TaskStatus},
    store::StoreError,
};

/// The program runs.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// Always `ok`.
    status: &'static str,
    /// The program's version.
    version: &'static str,
}

/// Says that the program runs; asks nothing of the database.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, description = "Alive", body = Health)))]
pub(super) async fn healthz() -> impl IntoResponse {
    (CachePolicy::NoStore, Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") }))
}

/// Whether each part can do its work.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Readiness {
    /// `ready` or `not_ready`.
    status: &'static str,
    /// The database: whether it answers, and what it holds.
    database: DatabaseCheck,
    /// The last good export, and why there is no newer one.
    #[schema(value_type = Object)]
    export: Value,
    /// Whether the export reaches up to the last write.
    export_in_step: bool,
    /// Results that wait for the database, and those that were set aside as damaged.
    spool: SpoolCheck,
    /// The second place for backups, if there is one; trouble with it keeps nothing here from working.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    offsite: Option<OffsiteStatus>,
    /// Whether the database holds what was written, as it was last looked at, and whether it is a new one beside backups.
    #[schema(value_type = Object)]
    integrity: IntegrityStatus,
    /// What is done by itself: how each task went last, and when it is due. Null while the database is away.
    #[schema(value_type = Object)]
    maintenance: Option<Vec<TaskStatus>>,
}

/// How the spool stands.
#[derive(Debug, Serialize, ToSchema)]
struct SpoolCheck {
    /// Results that wait; they are put back by themselves.
    files: usize,
    /// Since when the first has waited.
    oldest: Option<DateTime<Utc>>,
    /// Entries that were set aside as `*.damaged`: somebody has to look at them.
    damaged: usize,
    /// Emergency saves of the system before ours: `mannameter recover` takes them.
    foreign: usize,
}

impl From<SpoolStatus> for SpoolCheck {
    fn from(SpoolStatus { files, oldest, damaged, foreign }: SpoolStatus) -> Self {
        Self { files, oldest, damaged, foreign }
    }
}

/// How the database stands.
#[derive(Debug, Serialize, ToSchema)]
struct DatabaseCheck {
    /// Whether it answers and has our schema.
    ok: bool,
    /// What is wrong, in a word.
    error: Option<&'static str>,
    /// Tables that are gone: `mannameter recover` shows what can be brought back.
    missing_tables: Vec<String>,
    /// Number of sermons.
    videos: Option<i64>,
    /// The last write.
    seq: Option<i64>,
    /// Jobs that wait.
    queued: Option<i64>,
}

/// Says whether the database answers and the export follows it.
#[utoipa::path(
    get, path = "/readyz", tag = "operation",
    responses(
        (status = 200, description = "Can do its work", body = Readiness),
        (status = 503, description = "Cannot; the parts say why", body = Readiness),
    ),
)]
pub(super) async fn readyz(State(state): State<AppState>) -> Response {
    let database = match check(&state).await {
        Ok(database) => database,
        Err(error) => {
            let missing = state.store.missing_tables().await.unwrap_or_default();
            DatabaseCheck { missing_tables: missing, ..DatabaseCheck::failed(&error) }
        }
    };
    let export = state.exporter.status();
    let in_step = export.last.as_ref().is_some_and(|last| database.seq.is_none_or(|seq| last.seq >= seq));
    let integrity = state.integrity.status();
    let exported = export.last.is_some() && export.error.is_none() && export.suspect.is_none();
    let ready = database.ok && exported && integrity.problem.is_none();
    let maintenance = if database.ok { state.maintenance.status().await.ok() } else { None };
    let readiness = Readiness {
        status: if ready { "ready" } else { "not_ready" },
        database,
        export: serde_json::to_value(export).expect("a status has only string keys"),
        export_in_step: in_step,
        spool: state.saver.spool().look().await.into(),
        offsite: state.backups.offsite().map(|offsite| offsite.status()),
        integrity,
        maintenance,
    };
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, CachePolicy::NoStore, Json(readiness)).into_response()
}

async fn check(state: &AppState) -> Result<DatabaseCheck, StoreError> {
    state.store.ready().await?;
    state.reads.is_back();
    let now = state.store.state().await?;
    let queued = state.store.count_jobs(JobState::Queued).await?;
    Ok(DatabaseCheck {
        ok: true,
        error: None,
        missing_tables: Vec::new(),
        videos: Some(now.count),
        seq: Some(now.seq),
        queued: Some(queued),
    })
}

impl DatabaseCheck {
    fn failed(error: &StoreError) -> Self {
        tracing::warn!(error = error as &dyn std::error::Error, "the database is not ready");
        let word = match error {
            StoreError::Unavailable(_) => "unavailable",
            StoreError::Conflict(_) => "conflict",
            StoreError::Corrupt(_) => "damaged",
            StoreError::Database(_) => "refused a statement",
        };
        Self { ok: false, error: Some(word), missing_tables: Vec::new(), videos: None, seq: None, queued: None }
    }
}

//! `GET /healthz` reports whether the process is alive, and `GET /readyz` whether it can do its work.

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

use super::schemas::{
    ExportStatusBody, InstanceBody, IntegrityStatusBody, OffsiteStatusBody, OldDatabaseBody, TaskStatusBody,
};
use crate::{
    domain::{JobState, ReleaseVersion},
    http::{cache::CachePolicy, state::AppState},
    safety::{IntegrityStatus, OffsiteStatus, OldDatabase, SpoolStatus, TaskStatus},
    store::{InstanceEntry, StoreError},
};

/// Liveness.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// Always `ok`.
    status: &'static str,
    /// Version of the program.
    version: &'static str,
}

/// Reports that the process is alive. Does not query the database.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, description = "Alive", body = Health)))]
#[tracing::instrument(skip_all)]
pub(super) async fn healthz() -> impl IntoResponse {
    (CachePolicy::NoStore, Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") }))
}

/// Readiness of each part.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Readiness {
    /// `ready` or `not_ready`.
    status: &'static str,
    /// Whether the database responds, and what it contains.
    database: DatabaseCheck,
    /// The last successful export, and why there is no newer one.
    #[schema(value_type = ExportStatusBody)]
    export: Value,
    /// Whether the export includes the last write.
    export_up_to_date: bool,
    /// Whether the data directory is writable.
    data_dir: DataDirCheck,
    /// Whether saves to the database succeed.
    saves: SavesCheck,
    /// Results that are waiting for the database.
    spool: SpoolCheck,
    /// The offsite store, if one is configured. Its failures do not affect readiness.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<OffsiteStatusBody>)]
    offsite: Option<OffsiteStatus>,
    /// Whether the database contains what was saved, and whether it is uninitialized even though backups exist.
    #[schema(value_type = IntegrityStatusBody)]
    integrity: IntegrityStatus,
    /// Databases of the previous system that were found, and what was adopted from them. These do not affect readiness.
    #[schema(value_type = Vec<OldDatabaseBody>)]
    old_databases: Vec<OldDatabase>,
    /// Background maintenance: last outcome and next run of each task, or null while the database is unreachable.
    #[schema(value_type = Option<Vec<TaskStatusBody>>)]
    maintenance: Option<Vec<TaskStatus>>,
    /// The live instances that share the database, or null while the database is unreachable.
    #[schema(value_type = Option<Vec<InstanceBody>>)]
    instances: Option<Vec<InstanceEntry>>,
}

/// Whether saves succeed.
#[derive(Debug, Serialize, ToSchema)]
struct SavesCheck {
    /// Whether the last save succeeded and this instance may write.
    ok: bool,
    /// Why saves fail.
    error: Option<String>,
}

/// State of the data directory.
#[derive(Debug, Serialize, ToSchema)]
struct DataDirCheck {
    /// Whether the data directory is writable.
    ok: bool,
    /// Why the data directory is not writable, such as a full or read-only disk. The server tries again every few
    /// seconds.
    error: Option<String>,
}

/// State of the spool.
#[derive(Debug, Serialize, ToSchema)]
struct SpoolCheck {
    /// Number of results that are waiting. They are replayed automatically.
    files: usize,
    /// When the oldest waiting result was spooled.
    oldest: Option<DateTime<Utc>>,
    /// Number of damaged entries, set aside as `*.damaged`. These need attention.
    damaged: usize,
    /// Number of emergency saves of the previous system. `mannameter recover` imports them.
    legacy: usize,
}

impl From<SpoolStatus> for SpoolCheck {
    fn from(SpoolStatus { files, oldest, damaged, legacy }: SpoolStatus) -> Self {
        Self { files, oldest, damaged, legacy }
    }
}

/// State of the database.
#[derive(Debug, Serialize, ToSchema)]
struct DatabaseCheck {
    /// Whether the database responds and has the current schema.
    ok: bool,
    /// What is wrong with the database: `unavailable`, `conflict`, `damaged` or `query_failed`.
    error: Option<&'static str>,
    /// Missing tables. `mannameter recover` shows what can be recovered.
    missing_tables: Vec<String>,
    /// Number of sermons.
    sermons: Option<i64>,
    /// `seq` of the last write.
    seq: Option<i64>,
    /// Number of queued jobs.
    queued: Option<i64>,
}

/// Reports whether the database responds, its contents are intact, and the last export succeeded.
#[utoipa::path(
    get, path = "/readyz", tag = "operation",
    responses(
        (status = 200, description = "Ready", body = Readiness),
        (status = 503, description = "Not ready; the checks give the reasons", body = Readiness),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn readyz(State(state): State<AppState>) -> Response {
    let database = match check(&state).await {
        Ok(database) => database,
        Err(error) => {
            let missing_tables = state.store.missing_tables().await.unwrap_or_default();
            DatabaseCheck { missing_tables, ..DatabaseCheck::failed(&error) }
        }
    };
    let export = state.exporter.status();
    let up_to_date = export.last.as_ref().is_some_and(|last| database.seq.is_none_or(|seq| last.seq >= seq));
    let integrity = state.integrity.status();
    let exported = export.last.is_some() && export.error.is_none() && export.suspect.is_none();
    let data_dir = state.data_dir_watch.problem();
    let saves = check_saves(&state, database.ok).await;
    let ready = database.ok && saves.ok && exported && integrity.problem.is_none() && data_dir.is_none();
    let maintenance = if database.ok { state.maintenance.status().await.ok() } else { None };
    let instances = if database.ok { state.store.instances().await.ok() } else { None };
    let instances = instances.map(|all| all.into_iter().filter(|instance| instance.is_alive).collect());
    let readiness = Readiness {
        status: if ready { "ready" } else { "not_ready" },
        database,
        export: serde_json::to_value(export).expect("a status has only string keys"),
        export_up_to_date: up_to_date,
        data_dir: DataDirCheck { ok: data_dir.is_none(), error: data_dir },
        saves,
        spool: state.saver.spool().refresh().await.into(),
        offsite: state.backups.offsite().map(|offsite| offsite.status()),
        integrity,
        old_databases: state.adoption.status().databases.iter().map(OldDatabase::without_location).collect(),
        maintenance,
        instances,
    };
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, CachePolicy::NoStore, Json(readiness)).into_response()
}

/// Reports the error of the last save, or that this instance is too old to write.
async fn check_saves(state: &AppState, is_reachable: bool) -> SavesCheck {
    let minimum = if is_reachable { state.store.required_version().await.ok().flatten() } else { None };
    let too_old = minimum.map(|minimum| {
        let current = ReleaseVersion::CURRENT;
        format!("saves fail: this instance is version {current}, and the database requires {minimum}; upgrade it")
    });
    let error = too_old.or_else(|| state.saver.problem());
    SavesCheck { ok: error.is_none(), error }
}

async fn check(state: &AppState) -> Result<DatabaseCheck, StoreError> {
    state.store.ready().await?;
    state.reader.mark_reachable();
    let now = state.store.state().await?;
    let queued = state.store.count_jobs(JobState::Queued).await?;
    Ok(DatabaseCheck {
        ok: true,
        error: None,
        missing_tables: Vec::new(),
        sermons: Some(now.count),
        seq: Some(now.seq),
        queued: Some(queued),
    })
}

impl DatabaseCheck {
    fn failed(error: &StoreError) -> Self {
        tracing::warn!(error = error as &dyn std::error::Error, "the database is not ready");
        let error = match error {
            StoreError::Unavailable(_) => "unavailable",
            StoreError::Conflict(_) => "conflict",
            StoreError::Corrupt(_) => "damaged",
            StoreError::Database(_) => "query_failed",
        };
        Self { ok: false, error: Some(error), missing_tables: Vec::new(), sermons: None, seq: None, queued: None }
    }
}

//! `GET /backup`: the backups, their status, and the actions for them.

use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    notice::OperationNotice,
    status::{export_status, offsite_status, restore_status, task_status},
};
use crate::{
    http::{
        auth::Admin,
        body::QueryString,
        error::AppError,
        operations::Operation,
        state::AppState,
        web::{
            format::{self, Time, TimedText},
            links,
            login::{LoginPage, render_private},
            page::{Page, render},
        },
    },
    safety::{
        ExportStatus, OffsiteStatus, TaskStatus,
        backup::{BackupInfo, Condition, UnlistedFile},
    },
    store::{RestoreEntry, RestoreState, StoreState},
};

/// Maximum number of recent restores to show.
const RESTORES: u16 = 5;

/// The backup page.
#[derive(Debug, Template)]
#[template(path = "backup.html")]
struct BackupPage {
    page: Page,
    /// The operation that was just started or is still running.
    notice: Option<OperationNotice>,
    /// Whether the page reloads automatically until the operation has ended.
    refresh: bool,
    sermons: String,
    export: TimedText,
    backups: String,
    verified: String,
    size: String,
    last_backup: Option<Time>,
    /// A warning about damaged backups.
    damaged: Option<String>,
    rows: Vec<BackupRow>,
    /// Other files in the backup directory.
    unlisted: Vec<UnlistedFile>,
    restores: Vec<RestoreRow>,
    /// Name and status of each scheduled task.
    maintenance: Vec<(&'static str, TimedText)>,
    /// Status of the offsite copies, if configured.
    offsite: Option<TimedText>,
}

/// A backup in the table.
#[derive(Debug)]
struct BackupRow {
    number: usize,
    name: String,
    /// Percent-encoded name.
    path: String,
    kind: String,
    created: Time,
    sermons: String,
    size: String,
    status: &'static str,
    /// CSS class of the status badge.
    status_class: &'static str,
    problem: Option<String>,
    pinned: bool,
    offsite: bool,
}

/// A recent restore.
#[derive(Debug)]
struct RestoreRow {
    started: Time,
    backup: String,
    status: String,
    undo_url: Option<String>,
}

/// Query parameters of the backup pages.
#[derive(Debug, Deserialize)]
pub(in crate::http::web) struct BackupParams {
    /// ID of the operation to report on.
    pub(super) operation: Option<Uuid>,
}

/// Shows the page, or the login form.
#[tracing::instrument(skip_all)]
pub(in crate::http::web) async fn backup(
    State(state): State<AppState>,
    page: Page,
    admin: Result<Admin, AppError>,
    QueryString(params): QueryString<BackupParams>,
) -> Result<Response, AppError> {
    match admin {
        Ok(_) => {}
        Err(AppError::Unauthorized) => return Ok(render(&LoginPage::new(&page, "/backup"))),
        Err(error) => return Err(error),
    }
    let started = params.operation.and_then(|id| state.operations.get(id));
    let operation = started.or_else(|| state.operations.running().into_iter().next());
    // Backups are files, so they can be listed and downloaded while the database is unreachable.
    let database = state
        .store
        .state()
        .await
        .inspect_err(|error| tracing::warn!(%error, "the backup page is shown without the database"));
    let list = state.backups.list().await?;
    let restores = state.restores.list(RESTORES).await.unwrap_or_default();
    let maintenance = state.maintenance.status().await.unwrap_or_default();
    let offsite = state.backups.offsite().map(|offsite| offsite.status());
    let view = BackupPage::new(page, operation, database.ok().as_ref(), &state.exporter.status(), &list)
        .with_unlisted(state.backups.unlisted().await?)
        .with_restores(restores)
        .with_maintenance(&maintenance)
        .with_offsite(offsite.as_ref());
    Ok(render_private(&view))
}

impl BackupPage {
    fn new(
        page: Page,
        operation: Option<Operation>,
        database: Option<&StoreState>,
        export: &ExportStatus,
        list: &[BackupInfo],
    ) -> Self {
        let count = |condition| list.iter().filter(|backup| backup.condition == condition).count() as u64;
        let notice = operation.map(OperationNotice::from);
        Self {
            page,
            refresh: notice.as_ref().is_some_and(|notice| notice.is_running),
            notice,
            sermons: database.map_or_else(|| "Database unreachable".to_owned(), |state| format::number(state.count)),
            export: export_status(export, database),
            backups: format::number(list.len() as u64),
            verified: format::number(count(Condition::Verified)),
            size: format::bytes(list.iter().map(|backup| backup.bytes).sum()),
            last_backup: list.first().map(|backup| Time::new(backup.created_at)),
            damaged: match count(Condition::Damaged) {
                0 => None,
                1 => Some("1 backup is damaged. Do not rely on it.".to_owned()),
                damaged => Some(format!("{} backups are damaged. Do not rely on them.", format::number(damaged))),
            },
            rows: list.iter().map(BackupRow::from).collect(),
            unlisted: Vec::new(),
            restores: Vec::new(),
            maintenance: Vec::new(),
            offsite: None,
        }
    }

    fn with_maintenance(self, tasks: &[TaskStatus]) -> Self {
        let shown = tasks.iter().filter(|status| status.every_hours.is_some() || status.finished_at.is_some());
        let row = |status: &TaskStatus| (status.task.title(), task_status(status));
        Self { maintenance: shown.map(row).collect(), ..self }
    }

    fn with_unlisted(self, unlisted: Vec<UnlistedFile>) -> Self {
        Self { unlisted, ..self }
    }

    fn with_offsite(self, status: Option<&OffsiteStatus>) -> Self {
        Self { offsite: status.map(offsite_status), ..self }
    }

    fn with_restores(self, restores: Vec<RestoreEntry>) -> Self {
        Self { restores: restores.into_iter().map(RestoreRow::from).collect(), ..self }
    }
}

impl From<&BackupInfo> for BackupRow {
    fn from(backup: &BackupInfo) -> Self {
        let (status, status_class) = match backup.condition {
            Condition::Verified => ("verified", "confirmed"),
            Condition::NotVerified => ("not verified", "suspect"),
            Condition::NoManifest => ("no manifest", "suspect"),
            Condition::Damaged => ("damaged", "damaged"),
        };
        Self {
            number: backup.number,
            name: backup.name.to_string(),
            path: links::segment(backup.name.as_str()),
            kind: format::capitalized(backup.kind.title()),
            created: Time::new(backup.created_at),
            sermons: backup.sermons.map_or_else(|| "?".to_owned(), format::number),
            size: format::bytes(backup.bytes),
            status,
            status_class,
            problem: backup.problem.as_deref().map(format::sentence),
            pinned: backup.pinned,
            offsite: backup.offsite,
        }
    }
}

impl From<RestoreEntry> for RestoreRow {
    fn from(entry: RestoreEntry) -> Self {
        let can_undo = matches!(entry.state, RestoreState::Committed | RestoreState::Done);
        Self {
            started: Time::new(entry.started_at),
            status: restore_status(&entry),
            undo_url: can_undo.then(|| format!("/backup/undo/{}", entry.id)),
            backup: entry.backup,
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use chrono::DateTime;

    use super::*;
    use crate::{
        domain::Sha256,
        http::operations::OperationState,
        safety::{ExportReport, backup::BackupName},
        store::ChangeCounts,
    };

    fn info(number: usize, condition: Condition) -> BackupInfo {
        let name = BackupName::parse(&format!("database_backup_20260531T100000Z_{number}.json.b64")).expect("a name");
        BackupInfo {
            number,
            kind: name.kind(),
            created_at: name.at().unwrap_or_default(),
            sermons: (condition != Condition::NoManifest).then_some(1234),
            bytes: 123_456_789,
            condition,
            verified_at: None,
            problem: (condition == Condition::Damaged).then(|| "it has 7 bytes, <xss>".to_owned()),
            pinned: condition == Condition::NotVerified,
            offsite: condition == Condition::Verified,
            sha256: Some(Sha256::digest(b"")),
            epoch: Some(1),
            seq: Some(57),
            name,
        }
    }

    fn operation(state: OperationState) -> Operation {
        Operation {
            id: Uuid::nil(),
            action: "backup.create",
            subject: String::new(),
            state,
            message: "a <line>".to_owned(),
            started_at: DateTime::UNIX_EPOCH,
            ended_at: None,
            result: None,
            problem: None,
        }
    }

    fn restore(state: RestoreState) -> RestoreEntry {
        RestoreEntry {
            id: Uuid::nil(),
            state,
            backup: info(1, Condition::Verified).name.to_string(),
            file_sha256: Sha256::digest(b""),
            snapshot: None,
            undoes: None,
            actor: "admin".to_owned(),
            before: None,
            after: None,
            difference: Some(ChangeCounts { added: 1, changed: 2, removed: 3 }),
            note: Some("a <line>".to_owned()),
            started_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    /// Renders the sample pages: backups in every condition with an operation in every state, and a page without
    /// backups.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let conditions = [Condition::Verified, Condition::NotVerified, Condition::NoManifest, Condition::Damaged];
        let list: Vec<_> = (1..).zip(conditions).map(|(number, condition)| info(number, condition)).collect();
        let report = ExportReport {
            sermons: 1234,
            epoch: 1,
            seq: 57,
            json_bytes: 1,
            b64_bytes: 2,
            finished_at: DateTime::UNIX_EPOCH,
        };
        let export = ExportStatus { last: Some(report), error: None, suspect: None };
        let offsite =
            OffsiteStatus { copies: 1, pending: 2, error: Some("<refused>".to_owned()), ..OffsiteStatus::default() };
        let restores = || vec![restore(RestoreState::Done), restore(RestoreState::Failed)];
        let mut pages: Vec<_> = [OperationState::Running, OperationState::Done, OperationState::Failed]
            .map(|state| BackupPage::new(page.clone(), Some(operation(state)), None, &export, &list))
            .map(|page| page.with_restores(restores()).with_offsite(Some(&offsite)).render().expect("a page"))
            .into();
        let unlisted = UnlistedFile { name: "<b>John.zip".to_owned(), reason: "it is <xss>".to_owned() };
        let not_exported = ExportStatus { last: None, error: None, suspect: None };
        let empty = BackupPage::new(page.clone(), None, None, &not_exported, &[]).with_unlisted(vec![unlisted]);
        pages.push(empty.render().expect("a page"));
        pages
    }
}

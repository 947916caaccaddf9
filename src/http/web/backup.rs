//! `GET /backup`: what there is to come back to, and what can be done with it. `GET /backup/cleanup`: what may go.

use askama::Template;
use axum::{extract::State, response::Response};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    format,
    login::{AdminPage, LoginPage, render_private},
    page::{Page, render},
};
use crate::{
    http::{
        auth::Admin,
        body::QueryString,
        error::AppError,
        operations::{Operation, OperationState},
        state::AppState,
    },
    safety::{
        ExportStatus, OffsiteStatus, TaskStatus,
        backup::{BackupInfo, CleanupPlan, Condition, Decision},
    },
    store::{Replaced, RestoreEntry, RestoreState, StoreState},
};

/// How many of the last restores are shown.
const RESTORES: u16 = 5;

/// What the page shows.
#[derive(Debug, Template)]
#[template(path = "backup.html")]
struct BackupPage {
    page: Page,
    /// The operation that one has just begun, or one that goes on.
    notice: Option<Notice>,
    /// Whether the page looks again by itself.
    refresh: bool,
    sermons: String,
    export: String,
    backups: String,
    verified: String,
    size: String,
    last: String,
    damaged: Option<String>,
    rows: Vec<Row>,
    restores: Vec<RestoreRow>,
    /// What is done by itself: its name, and how it stands.
    maintenance: Vec<(&'static str, String)>,
    /// How the second place stands, if there is one.
    offsite: Option<String>,
}

/// How an operation stands.
#[derive(Debug)]
pub(super) struct Notice {
    pub(super) title: &'static str,
    pub(super) words: String,
    pub(super) bad: bool,
    pub(super) goes_on: bool,
}

/// A restore that was begun.
#[derive(Debug)]
struct RestoreRow {
    begun: String,
    backup: String,
    words: String,
    undo_url: Option<String>,
}

/// A backup in the table.
#[derive(Debug)]
struct Row {
    number: usize,
    name: String,
    kind: &'static str,
    made: String,
    videos: String,
    size: String,
    condition: &'static str,
    /// Names its look: `good`, `bad` or `open`.
    class: &'static str,
    problem: Option<String>,
    pinned: bool,
    offsite: bool,
}

/// Which operation one has begun.
#[derive(Debug, Deserialize)]
pub(super) struct BackupParams {
    pub(super) operation: Option<Uuid>,
}

/// Answers the page; without a login, the way there.
pub(super) async fn backup(
    State(state): State<AppState>,
    page: Page,
    admin: Result<Admin, AppError>,
    QueryString(params): QueryString<BackupParams>,
) -> Result<Response, AppError> {
    match admin {
        Ok(_) => {}
        Err(AppError::Unauthorized) => return Ok(render(&LoginPage::to(&page, "/backup"))),
        Err(error) => return Err(error),
    }
    let begun = params.operation.and_then(|id| state.operations.get(id));
    let operation = begun.or_else(|| state.operations.running().into_iter().next());
    // The files are there, and can be handed out, while the database is away.
    let database =
        state.store.state().await.inspect_err(|error| tracing::warn!(%error, "backups without the database"));
    let list = state.backups.list().await?;
    let restores = state.restores.list(RESTORES).await.unwrap_or_default();
    let shown = BackupPage::new(page, operation, database.ok().as_ref(), &state.exporter.status(), &list);
    let maintenance = state.maintenance.status().await.unwrap_or_default();
    let offsite = state.backups.offsite().map(|offsite| offsite.status());
    Ok(render_private(&shown.with_restores(restores).with_upkeep(&maintenance).with_offsite(offsite.as_ref())))
}

impl BackupPage {
    fn new(
        page: Page,
        operation: Option<Operation>,
        database: Option<&StoreState>,
        export: &ExportStatus,
        list: &[BackupInfo],
    ) -> Self {
        let count = |condition| list.iter().filter(|backup| backup.condition == condition).count();
        let damaged = count(Condition::Damaged);
        Self {
            page,
            refresh: operation.as_ref().is_some_and(|operation| operation.state == OperationState::Running),
            notice: operation.map(Notice::from),
            sermons: database.map_or_else(|| "the database is away".to_owned(), |state| format::number(state.count)),
            export: export_words(export, database),
            backups: format::number(list.len() as u64),
            verified: format::number(count(Condition::Verified) as u64),
            size: format::bytes(list.iter().map(|backup| backup.bytes).sum()),
            last: list.first().map_or_else(|| "none yet".to_owned(), |backup| format::moment(backup.created_at)),
            damaged: (damaged > 0).then(|| format::number(damaged as u64)),
            rows: list.iter().map(Row::from).collect(),
            restores: Vec::new(),
            maintenance: Vec::new(),
            offsite: None,
        }
    }

    fn with_upkeep(self, maintenance: &[TaskStatus]) -> Self {
        let known = maintenance.iter().filter(|status| status.every_hours.is_some() || status.finished_at.is_some());
        Self { maintenance: known.map(|status| (status.task.title(), status.sentence())).collect(), ..self }
    }

    fn with_offsite(self, status: Option<&OffsiteStatus>) -> Self {
        Self { offsite: status.map(offsite_words), ..self }
    }

    fn with_restores(self, restores: Vec<RestoreEntry>) -> Self {
        Self { restores: restores.into_iter().map(RestoreRow::from).collect(), ..self }
    }
}

impl From<RestoreEntry> for RestoreRow {
    fn from(entry: RestoreEntry) -> Self {
        use RestoreState as S;
        let words = match entry.state {
            S::Staging => "under way: nothing is changed yet",
            S::Committed | S::Done => "restored",
            S::Failed => "nothing was changed",
            S::Returned => "could not be read back; what was there before is back",
            S::Undone => "undone",
        };
        let difference = entry.difference.map(|Replaced { added, changed, removed }| {
            format!(": {added} added, {changed} changed, {removed} removed")
        });
        let note = entry.note.map(|note| format!(" ({note})"));
        Self {
            begun: format::moment(entry.started_at),
            backup: entry.backup,
            words: format!("{words}{}{}", difference.unwrap_or_default(), note.unwrap_or_default()),
            undo_url: matches!(entry.state, S::Committed | S::Done).then(|| format!("/backup/undo/{}", entry.id)),
        }
    }
}

/// How the export stands, in a sentence.
fn export_words(export: &ExportStatus, database: Option<&StoreState>) -> String {
    let Some(last) = &export.last else { return "not written yet".to_owned() };
    let made = format::moment(last.finished_at);
    if export.suspect.is_some() {
        return format!("held at {made}: the database has become much smaller without a reason that we know");
    }
    if export.error.is_some() {
        return format!("of {made}; a newer one could not be written, and is tried again");
    }
    match database {
        Some(state) if state.seq > last.seq => format!("of {made}, {} writes behind", state.seq - last.seq),
        Some(_) => format!("in step with the database, of {made}"),
        None => format!("of {made}"),
    }
}

/// How the second place stands, in a sentence.
fn offsite_words(status: &OffsiteStatus) -> String {
    let copies = match status.copies {
        0 => "no copy yet".to_owned(),
        1 => format!("1 copy ({})", format::bytes(status.bytes)),
        copies => format!("{} copies ({})", format::number(copies as u64), format::bytes(status.bytes)),
    };
    let missing = match status.missing {
        0 => String::new(),
        missing => format!(", {} still to be copied", format::number(missing as u64)),
    };
    match (&status.error, status.complete_at) {
        (Some(error), _) => format!("{copies}{missing}; the last try failed and is repeated: {error}"),
        (None, Some(at)) => format!("{copies}{missing}, looked through on {}", format::moment(at)),
        (None, None) => format!("{copies}{missing}, not looked through yet"),
    }
}

impl From<Operation> for Notice {
    fn from(operation: Operation) -> Self {
        let title = match (operation.state, operation.action) {
            (OperationState::Failed, _) => "That did not work",
            (OperationState::Done, "backup.create") => "Backup made",
            (OperationState::Done, "backup.verify") => "Backup read",
            (OperationState::Done, "backup.restore") => "Restored",
            (OperationState::Done, "backup.undo") => "Undone",
            (OperationState::Done, _) => "Done",
            (OperationState::Running, "backup.create") => "A backup is being made",
            (OperationState::Running, "backup.verify") => "A backup is being read",
            (OperationState::Running, "backup.restore" | "backup.undo") => "A backup is being restored",
            (OperationState::Running, _) => "At work",
        };
        let damaged = operation.result.as_ref().is_some_and(|result| result["verdict"] == "damaged");
        let goes_on = operation.state == OperationState::Running;
        Self { title, words: operation.words, goes_on, bad: damaged || operation.state == OperationState::Failed }
    }
}

impl From<&BackupInfo> for Row {
    fn from(backup: &BackupInfo) -> Self {
        Self {
            number: backup.number,
            name: backup.name.to_string(),
            kind: backup.kind.title(),
            made: format::moment(backup.created_at),
            videos: backup.videos.map_or_else(|| "?".to_owned(), format::number),
            size: format::bytes(backup.bytes),
            condition: backup.condition.title(),
            class: match backup.condition {
                Condition::Verified => "confirmed",
                Condition::Damaged => "damaged",
                Condition::NotVerified | Condition::NoManifest => "suspect",
            },
            problem: backup.problem.clone(),
            pinned: backup.pinned,
            offsite: backup.offsite,
        }
    }
}

/// What the page of a cleanup shows.
#[derive(Debug, Template)]
#[template(path = "cleanup.html")]
struct CleanupPage {
    page: Page,
    freed: String,
    remove: Vec<Decided>,
    keep: Vec<Decided>,
}

/// What becomes of a backup.
#[derive(Debug)]
struct Decided {
    name: String,
    size: String,
    why: String,
}

/// Answers the page of what may go; removes nothing.
pub(super) async fn cleanup(
    State(state): State<AppState>,
    page: Page,
    AdminPage(_): AdminPage,
) -> Result<Response, AppError> {
    Ok(render_private(&CleanupPage::new(page, state.backups.plan_cleanup().await?)))
}

impl CleanupPage {
    fn new(page: Page, plan: CleanupPlan) -> Self {
        let decided = |decisions: Vec<Decision>| decisions.into_iter().map(Decided::from).collect();
        Self { page, freed: format::bytes(plan.freed_bytes), remove: decided(plan.remove), keep: decided(plan.keep) }
    }
}

impl From<Decision> for Decided {
    fn from(Decision { name, bytes, why }: Decision) -> Self {
        Self { name: name.to_string(), size: format::bytes(bytes), why }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use chrono::DateTime;

    use super::*;
    use crate::{
        domain::Sha256,
        safety::{ExportReport, backup::BackupName},
    };

    fn info(number: usize, condition: Condition) -> BackupInfo {
        let name = BackupName::parse(&format!("database_backup_20260531T100000Z_{number}.json.b64")).expect("a name");
        BackupInfo {
            number,
            kind: name.kind(),
            created_at: name.at(),
            videos: (condition != Condition::NoManifest).then_some(1234),
            bytes: 123_456_789,
            condition,
            verified_at: None,
            problem: (condition == Condition::Damaged).then(|| "it has 7 bytes, <xss>".to_owned()),
            pinned: condition == Condition::NotVerified,
            offsite: condition == Condition::Verified,
            sha256: Some(Sha256::of(b"")),
            epoch: Some(1),
            seq: Some(57),
            name,
        }
    }

    /// The page with nothing; with backups of every condition and an operation in every state; and a cleanup.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let all = [Condition::Verified, Condition::NotVerified, Condition::NoManifest, Condition::Damaged];
        let list: Vec<_> = all.into_iter().enumerate().map(|(index, condition)| info(index + 1, condition)).collect();
        let operation = |state| Operation {
            id: Uuid::nil(),
            action: "backup.create",
            subject: String::new(),
            state,
            words: "a <line>".to_owned(),
            started_at: DateTime::UNIX_EPOCH,
            ended_at: None,
            result: None,
            problem: None,
        };
        let report = ExportReport {
            videos: 1234,
            epoch: 1,
            seq: 57,
            json_bytes: 1,
            b64_bytes: 2,
            finished_at: DateTime::UNIX_EPOCH,
        };
        let export = ExportStatus { last: Some(report), error: None, suspect: None };
        let decision = |why: &str| Decision { name: info(1, Condition::Verified).name, bytes: 7, why: why.to_owned() };
        let plan = CleanupPlan {
            applied: false,
            remove: vec![decision("old")],
            keep: vec![decision("young")],
            freed_bytes: 7,
            offsite: None,
            offsite_error: None,
        };
        let none = CleanupPlan { remove: Vec::new(), ..plan.clone() };
        let entry = |state| RestoreEntry {
            id: Uuid::nil(),
            state,
            backup: info(1, Condition::Verified).name.to_string(),
            file_sha256: Sha256::of(b""),
            snapshot: None,
            undoes: None,
            actor: "admin".to_owned(),
            before: None,
            after: None,
            difference: Some(Replaced { added: 1, changed: 2, removed: 3 }),
            note: Some("a <line>".to_owned()),
            started_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        let second =
            OffsiteStatus { copies: 1, missing: 2, error: Some("<refused>".to_owned()), ..OffsiteStatus::default() };
        let restores = || vec![entry(RestoreState::Done), entry(RestoreState::Failed)];
        let mut pages: Vec<_> = [OperationState::Running, OperationState::Done, OperationState::Failed]
            .map(|state| BackupPage::new(page.clone(), Some(operation(state)), None, &export, &list))
            .map(|page| page.with_restores(restores()).with_offsite(Some(&second)).render().expect("a page"))
            .into();
        let nothing = ExportStatus { last: None, error: None, suspect: None };
        pages.push(BackupPage::new(page.clone(), None, None, &nothing, &[]).render().expect("a page"));
        pages.extend([plan, none].map(|plan| CleanupPage::new(page.clone(), plan).render().expect("a page")));
        pages
    }
}

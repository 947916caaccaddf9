//! `GET /backup/restore/{name}`: previews a restore and asks for confirmation.

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Path, State},
    response::Response,
};
use uuid::Uuid;

use super::{
    forms::{operations, show_operation},
    notice::OperationNotice,
    page::BackupParams,
};
use crate::{
    http::{
        backup_operations::BackupOperations,
        body::QueryString,
        error::AppError,
        state::AppState,
        web::{
            format::{self, Title},
            links,
            login::{AdminPage, render_private},
            page::Page,
            see_other,
        },
    },
    safety::{
        backup::BackupName,
        restore::{Changes, RestoreError, RestorePreview, RestoreRequest},
    },
};

/// The word that the user types to confirm a restore.
const CONFIRM_WORD: &str = "restore";

/// The preview page.
#[derive(Debug, Template)]
#[template(path = "restore.html")]
struct RestorePage {
    page: Page,
    /// Why the confirmation was rejected.
    notice: Option<OperationNotice>,
    name: String,
    current: String,
    in_backup: String,
    unchanged: String,
    changes: [ChangeGroup; 3],
    needed: String,
    free: String,
    disk_is_full: bool,
    has_manifest: bool,
    is_empty: bool,
    plan_token: String,
}

/// The sermons that would be added, changed or removed.
#[derive(Debug)]
struct ChangeGroup {
    heading: &'static str,
    count: String,
    titles: Vec<String>,
    /// Number of additional sermons that are not listed.
    more: Option<String>,
}

/// Shows the preview without changing anything.
#[tracing::instrument(skip_all, fields(backup = name))]
pub(in crate::http::web) async fn preview(
    State(state): State<AppState>,
    page: Page,
    AdminPage(admin): AdminPage,
    Path(name): Path<String>,
    QueryString(params): QueryString<BackupParams>,
) -> Result<Response, AppError> {
    let preview = BackupOperations::new(&state, admin).preview(&BackupName::parse(&name)?).await?;
    let notice = params.operation.and_then(|id| state.operations.get(id)).map(OperationNotice::from);
    Ok(render_private(&RestorePage::new(page, notice, preview)))
}

/// Handles the form with the fields `name`, `confirm`, `plan_token`, `accept_unverified` and `allow_empty`. The user
/// confirms with a word, but the name of the backup also works, as in the API.
#[tracing::instrument(skip_all)]
pub(in crate::http::web) async fn restore(
    State(state): State<AppState>,
    AdminPage(admin): AdminPage,
    body: Bytes,
) -> Result<Response, AppError> {
    let field = |name: &str| {
        url::form_urlencoded::parse(&body).find(|(key, _)| key == name).map(|(_, value)| value.trim().to_owned())
    };
    let name = BackupName::parse(&field("name").unwrap_or_default())?;
    let request = RestoreRequest {
        name: name.clone(),
        confirm: confirmation(&name, &field("confirm").unwrap_or_default()),
        // Always a token, even if empty: without one, the restore would not compare the plan.
        plan_token: Some(field("plan_token").unwrap_or_default()),
        accept_unverified: field("accept_unverified").is_some(),
        allow_empty: field("allow_empty").is_some(),
        damaged: false,
        actor: admin.0.actor(),
    };
    let started = operations(&state, admin).restore(request).await;
    Ok(match &started.outcome {
        Err(AppError::Restore(error)) if can_confirm_again(error) => {
            see_other(&format!("/backup/restore/{}?operation={}", links::segment(name.as_str()), started.id))
        }
        _ => show_operation(&started),
    })
}

/// Returns the name of the backup, which the restore expects as confirmation, if the user typed the word, or else the
/// typed text.
fn confirmation(name: &BackupName, typed: &str) -> String {
    if typed.eq_ignore_ascii_case(CONFIRM_WORD) { name.to_string() } else { typed.to_owned() }
}

/// Undoes a restore.
#[tracing::instrument(skip_all, fields(restore = id))]
pub(in crate::http::web) async fn undo(
    State(state): State<AppState>,
    AdminPage(admin): AdminPage,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let id: Uuid = id.parse().map_err(|_| AppError::NoSuchOperation(id))?;
    Ok(show_operation(&operations(&state, admin).undo(id).await))
}

/// Returns whether only the confirmation was wrong. If so, the form is shown again.
fn can_confirm_again(error: &RestoreError) -> bool {
    use RestoreError as E;
    matches!(error, E::NotConfirmed(_) | E::Unverified(_) | E::Empty(_) | E::Stale { .. })
}

impl RestorePage {
    fn new(page: Page, notice: Option<OperationNotice>, preview: RestorePreview) -> Self {
        let RestorePreview { name, sermons, has_manifest, current, difference, disk, plan_token, .. } = preview;
        Self {
            page,
            notice,
            name: name.to_string(),
            current: format::number(current.count),
            in_backup: format::number(sermons),
            unchanged: format::number(difference.unchanged),
            changes: [
                ChangeGroup::new("Added", difference.added),
                ChangeGroup::new("Changed", difference.changed),
                ChangeGroup::new("Removed", difference.removed),
            ],
            needed: format::bytes(disk.needed_bytes),
            free: format::bytes(disk.free_bytes),
            disk_is_full: disk.needed_bytes > disk.free_bytes,
            has_manifest,
            is_empty: sermons == 0,
            plan_token,
        }
    }
}

impl ChangeGroup {
    fn new(heading: &'static str, changes: Changes) -> Self {
        let more = changes.count.saturating_sub(changes.sermons.len() as u64);
        Self {
            heading,
            count: format::number(changes.count),
            titles: changes.sermons.into_iter().map(|sermon| Title::parse(&sermon.title).main).collect(),
            more: (more > 0).then(|| format::number(more)),
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use chrono::DateTime;

    use super::*;
    use crate::{
        domain::{CollectionDigest, Sha256, VideoId},
        safety::restore::{Difference, DiskSpace, SermonTitle},
        store::StoreState,
    };

    /// Renders the sample pages: a typical preview, and a preview of an empty file without a manifest and with too
    /// little disk space.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let sermon = SermonTitle { video_id: VideoId::parse("sErm0n_Tst1").expect("an id"), title: "<xss>".to_owned() };
        let usual = RestorePreview {
            name: BackupName::parse("database_backup_20260531T100000Z_1.json.b64").expect("a name"),
            sermons: 60,
            bytes: 7,
            sha256: Sha256::digest(b""),
            digest: CollectionDigest::default(),
            has_manifest: true,
            current: StoreState { epoch: 1, seq: 2, count: 3, digest: CollectionDigest::default() },
            difference: Difference { added: Changes { count: 60, sermons: vec![sermon] }, ..Difference::default() },
            disk: DiskSpace { needed_bytes: 1, free_bytes: 2 },
            plan_token: "1.\"a".to_owned(),
            expires_at: DateTime::UNIX_EPOCH,
        };
        let unusual = RestorePreview {
            sermons: 0,
            has_manifest: false,
            disk: DiskSpace { needed_bytes: 2, free_bytes: 1 },
            difference: Difference::default(),
            ..usual.clone()
        };
        [usual, unusual].map(|preview| RestorePage::new(page.clone(), None, preview).render().expect("a page")).into()
    }
}

//! `GET /backup/restore/{name}`: what a restore would change, and the form that confirms it.

use std::time::Duration;

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Path, State},
    response::Response,
};
use uuid::Uuid;

use super::{
    backup::{BackupParams, Notice},
    format::{self, Title},
    login::{AdminPage, render_private},
    page::Page,
    see_other,
};
use crate::{
    http::{backups::Asker, body::QueryString, error::AppError, state::AppState},
    safety::{
        backup::BackupName,
        restore::{Changes, Preview, RestoreError, RestoreRequest},
    },
};

/// How long a browser waits before the page shows that it goes on.
const WAIT: Duration = Duration::from_secs(3);

/// What the page shows.
#[derive(Debug, Template)]
#[template(path = "restore.html")]
struct RestorePage {
    page: Page,
    /// Why one has come back to it.
    notice: Option<Notice>,
    name: String,
    videos: String,
    present: String,
    unchanged: String,
    parts: [Part; 3],
    needed: String,
    free: String,
    too_little_space: bool,
    has_manifest: bool,
    is_empty: bool,
    plan_token: String,
}

/// Videos to which the same happens.
#[derive(Debug)]
struct Part {
    heading: &'static str,
    count: String,
    titles: Vec<String>,
    /// How many are not named.
    others: Option<String>,
}

/// Answers the page; changes nothing.
pub(super) async fn preview(
    State(state): State<AppState>,
    page: Page,
    AdminPage(admin): AdminPage,
    Path(name): Path<String>,
    QueryString(params): QueryString<BackupParams>,
) -> Result<Response, AppError> {
    let preview = Asker::new(&state, admin).preview(&BackupName::parse(&name)?).await?;
    let notice = params.operation.and_then(|id| state.operations.get(id)).map(Notice::from);
    Ok(render_private(&RestorePage::new(page, notice, preview)))
}

/// Takes the form fields `name`, `confirm`, `plan_token`, `accept_unverified` and `allow_empty`.
pub(super) async fn restore(
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
        confirm: field("confirm").unwrap_or_default(),
        // Without one it would be restored whatever the difference is.
        plan_token: Some(field("plan_token").unwrap_or_default()),
        accept_unverified: field("accept_unverified").is_some(),
        allow_empty: field("allow_empty").is_some(),
        damaged: false,
        actor: "admin",
    };
    let ran = Asker { state: &state, admin, wait: WAIT }.restore(request).await;
    Ok(match &ran.waited {
        Err(AppError::Restore(error)) if asks_again(error) => {
            see_other(&format!("/backup/restore/{name}?operation={}", ran.id))
        }
        _ => see_other(&format!("/backup?operation={}", ran.id)),
    })
}

/// Undoes a restore.
pub(super) async fn undo(
    State(state): State<AppState>,
    AdminPage(admin): AdminPage,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let id: Uuid = id.parse().map_err(|_| AppError::NoOperation(id))?;
    let ran = Asker { state: &state, admin, wait: WAIT }.undo(id).await;
    Ok(see_other(&format!("/backup?operation={}", ran.id)))
}

/// Whether nothing is wrong but what was agreed to.
fn asks_again(error: &RestoreError) -> bool {
    use RestoreError as E;
    matches!(error, E::NotConfirmed(_) | E::Unverified(_) | E::Empty(_) | E::Stale { .. })
}

impl RestorePage {
    fn new(page: Page, notice: Option<Notice>, preview: Preview) -> Self {
        let Preview { name, videos, has_manifest, present, difference, disk, plan_token, .. } = preview;
        Self {
            page,
            notice,
            name: name.to_string(),
            videos: format::number(videos),
            present: format::number(present.count),
            unchanged: format::number(difference.unchanged),
            parts: [
                Part::new("Come back", difference.added),
                Part::new("Become as they were", difference.changed),
                Part::new("Go, and stay in the history", difference.removed),
            ],
            needed: format::bytes(disk.needed_bytes),
            free: format::bytes(disk.free_bytes),
            too_little_space: disk.needed_bytes > disk.free_bytes,
            has_manifest,
            is_empty: videos == 0,
            plan_token,
        }
    }
}

impl Part {
    fn new(heading: &'static str, changes: Changes) -> Self {
        let others = changes.count.saturating_sub(changes.videos.len() as u64);
        Self {
            heading,
            count: format::number(changes.count),
            titles: changes.videos.into_iter().map(|video| Title::of(&video.title).main).collect(),
            others: (others > 0).then(|| format::number(others)),
        }
    }
}

#[cfg(test)]
pub(super) mod sample {
    use chrono::DateTime;

    use super::*;
    use crate::{
        domain::{CollectionDigest, Sha256, VideoId},
        safety::restore::{Difference, Disk, Named},
        store::StoreState,
    };

    /// The page of a difference, and of a file that asks for more than a name.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let named = Named { video_id: VideoId::parse("sErm0n_Tst1").expect("an id"), title: "<xss>".to_owned() };
        let full = Preview {
            name: BackupName::parse("database_backup_20260531T100000Z_1.json.b64").expect("a name"),
            videos: 60,
            bytes: 7,
            sha256: Sha256::of(b""),
            digest: CollectionDigest::default(),
            has_manifest: true,
            present: StoreState { epoch: 1, seq: 2, count: 3, digest: CollectionDigest::default() },
            difference: Difference { added: Changes { count: 60, videos: vec![named] }, ..Difference::default() },
            disk: Disk { needed_bytes: 1, free_bytes: 2 },
            plan_token: "1.\"a".to_owned(),
            expires_at: DateTime::UNIX_EPOCH,
        };
        let bare = Preview {
            videos: 0,
            has_manifest: false,
            disk: Disk { needed_bytes: 2, free_bytes: 1 },
            difference: Difference::default(),
            ..full.clone()
        };
        [full, bare].map(|preview| RestorePage::new(page.clone(), None, preview).render().expect("a page")).into()
    }
}

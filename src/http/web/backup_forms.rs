//! `POST /backup/...`: the buttons of the page; each begins what the API does, and comes back to the page.

use std::time::Duration;

use axum::{
    extract::{Path, Request, State},
    response::Response,
};

use super::{login::AdminPage, see_other};
use crate::{
    http::{api::backup_file, auth::Admin, backups::Asker, error::AppError, operations::Ran, state::AppState},
    safety::backup::BackupName,
};

/// How long a browser waits before the page shows that it goes on.
const WAIT: Duration = Duration::from_secs(3);

fn asker(state: &AppState, admin: Admin) -> Asker<'_> {
    Asker { state, admin, wait: WAIT }
}

/// The page, with what came of it; also when it failed.
fn back<T>(ran: &Ran<T>) -> Response {
    see_other(&format!("/backup?operation={}", ran.id))
}

/// Makes a backup.
pub(super) async fn create(State(state): State<AppState>, AdminPage(admin): AdminPage) -> Response {
    back(&asker(&state, admin).create().await)
}

/// Reads a backup to its end.
pub(super) async fn verify(
    State(state): State<AppState>,
    AdminPage(admin): AdminPage,
    Path(name): Path<String>,
) -> Result<Response, AppError> {
    Ok(back(&asker(&state, admin).verify(BackupName::parse(&name)?).await))
}

/// Removes what may go.
pub(super) async fn cleanup(State(state): State<AppState>, AdminPage(admin): AdminPage) -> Response {
    back(&asker(&state, admin).cleanup(true).await)
}

/// Takes in a file.
pub(super) async fn upload(
    State(state): State<AppState>,
    AdminPage(admin): AdminPage,
    request: Request,
) -> Result<Response, AppError> {
    backup_file::take(Asker::new(&state, admin), None, request).await?;
    Ok(see_other("/backup#backups"))
}

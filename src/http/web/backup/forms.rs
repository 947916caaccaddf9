//! `POST /backup/...`: the buttons of the backup pages. Each runs the same operation as the API and redirects back.

use std::time::Duration;

use axum::{
    extract::{Path, Request, State},
    response::Response,
};

use crate::{
    http::{
        api::backup_file,
        auth::Admin,
        backup_operations::BackupOperations,
        error::AppError,
        operations::StartedOperation,
        state::AppState,
        web::{login::AdminPage, see_other},
    },
    safety::backup::BackupName,
};

/// How long a request waits for its operation. After that, the page shows the operation as running.
const WAIT: Duration = Duration::from_secs(3);

pub(super) fn operations(state: &AppState, admin: Admin) -> BackupOperations<'_> {
    BackupOperations { state, admin, wait: WAIT }
}

/// Redirects to the backup page, which shows the operation.
pub(super) fn show_operation<T>(started: &StartedOperation<T>) -> Response {
    see_other(&format!("/backup?operation={}", started.id))
}

/// Creates a backup.
#[tracing::instrument(skip_all)]
pub(in crate::http::web) async fn create(State(state): State<AppState>, AdminPage(admin): AdminPage) -> Response {
    show_operation(&operations(&state, admin).create().await)
}

/// Verifies a backup.
#[tracing::instrument(skip_all, fields(backup = name))]
pub(in crate::http::web) async fn verify(
    State(state): State<AppState>,
    AdminPage(admin): AdminPage,
    Path(name): Path<String>,
) -> Result<Response, AppError> {
    Ok(show_operation(&operations(&state, admin).verify(BackupName::parse(&name)?).await))
}

/// Removes old backups.
#[tracing::instrument(skip_all)]
pub(in crate::http::web) async fn remove_old(State(state): State<AppState>, AdminPage(admin): AdminPage) -> Response {
    show_operation(&operations(&state, admin).cleanup(true).await)
}

/// Receives an uploaded backup.
#[tracing::instrument(skip_all)]
pub(in crate::http::web) async fn upload(
    State(state): State<AppState>,
    AdminPage(admin): AdminPage,
    request: Request,
) -> Result<Response, AppError> {
    backup_file::receive_upload(BackupOperations::new(&state, admin), None, request).await?;
    Ok(see_other("/backup#backups"))
}

//! `GET /api/backup/download/{name}` and `POST /api/backup/upload`: backups go out and come in, piece by piece.

#![expect(unused_qualifications, reason = "the macro of utoipa names the parameters by a path")]

use axum::{
    Json,
    body::Body,
    extract::{FromRequest as _, Multipart, Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use tokio_util::io::ReaderStream;
use utoipa::{IntoParams, ToSchema};

use super::backup::Made;
use crate::{
    http::{
        BACKUP_TYPE,
        auth::Admin,
        backups::Asker,
        body::{QueryString, body_error, content_type},
        cache::{CachePolicy, ETag},
        error::AppError,
        problem::ProblemBody,
        state::AppState,
    },
    safety::backup::{BackupInfo, BackupName},
};

/// Bytes that are read from a file at once.
const CHUNK: usize = 128 * 1024;

/// Hands out the file of a backup, to the byte. Its `ETag` is its SHA-256, as its manifest says.
#[utoipa::path(
    get, path = "/api/backup/download/{name}", tag = "admin", params(("name" = String, Path, description = "The backup")),
    security(("admin" = [])),
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream", body = Vec<u8>, headers(("ETag" = String))),
        (status = 304, description = "The asker has it already"),
        (status = 400, description = "Not the name of a backup", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No or a wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such backup", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn download(
    State(state): State<AppState>,
    admin: Admin,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let opened = state.backups.open(&BackupName::parse(&name)?).await?;
    // What has no manifest, or is not what it says, is sent without a tag.
    let tag = opened.info.sha256.filter(|_| opened.info.problem.is_none()).map(ETag::new);
    if tag.is_some_and(|tag| tag.is_known(&headers)) {
        return Ok((StatusCode::NOT_MODIFIED, CachePolicy::Revalidate, tag, ()).into_response());
    }
    Asker::new(&state, admin).hands_out(&opened.info.name).await;
    let bytes = opened.file.metadata()?.len();
    let described = [
        (header::CONTENT_TYPE, BACKUP_TYPE.to_owned()),
        (header::CONTENT_LENGTH, bytes.to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", opened.info.name)),
    ];
    let body = ReaderStream::with_capacity(tokio::fs::File::from_std(opened.file), CHUNK);
    Ok((CachePolicy::Revalidate, tag, described, Body::from_stream(body)).into_response())
}

/// How an upload is called.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct UploadParams {
    /// Name of the file, for a body that is the file itself; kept if it is the name of a backup and free.
    name: Option<String>,
}

/// A form with the file.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the form in the OpenAPI document; it is read piece by piece")]
pub(super) struct UploadForm {
    /// The file.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// Takes in a backup from somewhere else: plain JSON or base64, as a form or as the body itself. It is read whole
/// first; what is damaged, too large or none of ours is refused and leaves nothing behind.
#[utoipa::path(
    post, path = "/api/backup/upload", tag = "admin", params(UploadParams),
    request_body(content((UploadForm = "multipart/form-data"), (Vec<u8> = "application/octet-stream"))),
    security(("admin" = [])),
    responses(
        (status = 201, description = "Taken in, and read whole", body = Made),
        (status = 400, description = "It broke off", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No or a wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Larger than is taken", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Damaged, or no export or backup", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn upload(
    State(state): State<AppState>,
    admin: Admin,
    QueryString(params): QueryString<UploadParams>,
    request: Request,
) -> Result<Response, AppError> {
    let backup = take(Asker::new(&state, admin), params.name.as_deref(), request).await?;
    Ok((StatusCode::CREATED, CachePolicy::NoStore, Json(Made { success: true, backup })).into_response())
}

/// Takes the file of a form, or the body itself.
pub(in crate::http) async fn take(
    asker: Asker<'_>,
    name: Option<&str>,
    request: Request,
) -> Result<BackupInfo, AppError> {
    if content_type(request.headers()) != "multipart/form-data" {
        return asker.upload(request.into_body().into_data_stream(), name).await;
    }
    let mut form = Multipart::from_request(request, asker.state)
        .await
        .map_err(|error| body_error(error.status(), error.body_text()))?;
    while let Some(field) = form.next_field().await.map_err(|error| body_error(error.status(), error.body_text()))? {
        if field.name() == Some("file") {
            let name = field.file_name().map(str::to_owned);
            return asker.upload(field, name.as_deref()).await;
        }
    }
    Err(AppError::Field { name: "file".to_owned(), reason: "missing: choose the file of a backup".to_owned() })
}

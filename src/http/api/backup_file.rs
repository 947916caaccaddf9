//! `GET /api/backup/download/{name}` and `POST /api/backup/upload`, both streamed.

#![expect(unused_qualifications, reason = "utoipa's macro refers to the parameters by path")]

use axum::{
    Json,
    body::Body,
    extract::{FromRequest as _, Multipart, Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use tokio_util::io::ReaderStream;
use utoipa::{IntoParams, ToSchema};

use super::backup::BackupResponse;
use crate::{
    http::{
        BACKUP_TYPE,
        auth::Admin,
        backup_operations::BackupOperations,
        body::{QueryString, body_error, content_type},
        cache::{CachePolicy, ETag},
        error::AppError,
        problem::ProblemBody,
        state::AppState,
    },
    safety::backup::{BackupInfo, BackupName},
};

/// Number of bytes to read from the file at a time.
const CHUNK: usize = 128 * 1024;

/// Downloads a backup file. Its `ETag` is the SHA-256 from its manifest.
#[utoipa::path(
    get, path = "/api/backup/download/{name}", tag = "admin", params(("name" = String, Path, description = "The backup")),
    security(("admin" = [])),
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream", body = Vec<u8>, headers(("ETag" = String))),
        (status = 304, description = "Not changed since `If-None-Match`"),
        (status = 400, description = "Invalid backup name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Missing or wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such backup", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(backup = name))]
pub(super) async fn download(
    State(state): State<AppState>,
    admin: Admin,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let opened = state.backups.open(&BackupName::parse(&name)?).await?;
    // The checksum is unknown if there is no manifest or the file does not match it.
    let tag = opened.info.sha256.filter(|_| opened.info.problem.is_none()).map(ETag::new);
    if tag.is_some_and(|tag| tag.matches(&headers)) {
        return Ok((StatusCode::NOT_MODIFIED, CachePolicy::Revalidate, tag, ()).into_response());
    }
    BackupOperations::new(&state, admin).record_download(&opened.info.name).await;
    let bytes = opened.file.metadata()?.len();
    let headers = [
        (header::CONTENT_TYPE, BACKUP_TYPE.to_owned()),
        (header::CONTENT_LENGTH, bytes.to_string()),
        (header::CONTENT_DISPOSITION, attachment(opened.info.name.as_str())),
    ];
    let body = ReaderStream::with_capacity(tokio::fs::File::from_std(opened.file), CHUNK);
    Ok((CachePolicy::Revalidate, tag, headers, Body::from_stream(body)).into_response())
}

/// Returns the `Content-Disposition` of a download (RFC 6266). Non-ASCII names are encoded as in RFC 8187.
fn attachment(name: &str) -> String {
    if name.is_ascii() {
        return format!("attachment; filename=\"{name}\"");
    }
    format!("attachment; filename*=UTF-8''{}", utf8_percent_encode(name, NON_ALPHANUMERIC))
}

/// Query parameters.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct UploadParams {
    /// Name of the file, if the body is the file itself. It is used if it is a valid backup name that is not taken.
    name: Option<String>,
}

/// A form that contains a backup file.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the form in the OpenAPI document; the handler reads it as a stream")]
pub(super) struct UploadForm {
    /// The file.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// Uploads a backup or an export, as JSON or base64, in a form or as the request body. The file is verified before it
/// is listed. A file that is damaged, too large or not a backup is rejected and discarded.
#[utoipa::path(
    post, path = "/api/backup/upload", tag = "admin", params(UploadParams),
    request_body(content((UploadForm = "multipart/form-data"), (Vec<u8> = "application/octet-stream"))),
    security(("admin" = [])),
    responses(
        (status = 201, description = "Uploaded and verified", body = BackupResponse),
        (status = 400, description = "The upload was interrupted", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Missing or wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Damaged, or not an export or backup", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn upload(
    State(state): State<AppState>,
    admin: Admin,
    QueryString(params): QueryString<UploadParams>,
    request: Request,
) -> Result<Response, AppError> {
    let backup = receive_upload(BackupOperations::new(&state, admin), params.name.as_deref(), request).await?;
    Ok((StatusCode::CREATED, CachePolicy::NoStore, Json(BackupResponse::from(backup))).into_response())
}

/// Receives the file from the `file` field of a form, or from the request body.
pub(in crate::http) async fn receive_upload(
    operations: BackupOperations<'_>,
    name: Option<&str>,
    request: Request,
) -> Result<BackupInfo, AppError> {
    if content_type(request.headers()) != "multipart/form-data" {
        return operations.upload(request.into_body().into_data_stream(), name).await;
    }
    let mut form = Multipart::from_request(request, operations.state)
        .await
        .map_err(|error| body_error(error.status(), error.body_text()))?;
    while let Some(field) = form.next_field().await.map_err(|error| body_error(error.status(), error.body_text()))? {
        if field.name() == Some("file") {
            let name = field.file_name().map(str::to_owned);
            return operations.upload(field, name.as_deref()).await;
        }
    }
    Err(AppError::Field { name: "file".to_owned(), reason: "missing: choose a backup file".to_owned() })
}

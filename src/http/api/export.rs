//! `GET /results.json` and `/results.json.b64`: the export files. `GET /api/export/database`: the current database.

use std::{collections::BTreeMap, io, path::Path, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt as _, future, stream};
use tokio::fs::File;
use tokio_util::io::ReaderStream;
use utoipa::ToSchema;

use super::document_schema::DocumentBody;
use super::snapshot;
use crate::{
    domain::VideoId,
    http::{
        cache::{CachePolicy, ETag},
        error::AppError,
        problem::ProblemBody,
        reader::mark_as_export,
        state::AppState,
    },
    safety::{FileChecksum, Manifest},
};

/// Number of bytes to read from a file at a time.
const CHUNK: usize = 128 * 1024;
/// Maximum number of attempts to open the files while they are being replaced.
const MAX_ATTEMPTS: u32 = 20;
/// Delay between attempts.
const RETRY_DELAY: Duration = Duration::from_millis(50);

/// Returns the export: all sermons in one JSON object keyed by `video_id`. The `ETag` is the SHA-256 of the file.
#[utoipa::path(
    get, path = "/results.json", tag = "export",
    responses(
        (status = 200, description = "The export", content_type = "application/json", body = BTreeMap<String, DocumentBody>, headers(("ETag" = String))),
        (status = 304, description = "Not changed since `If-None-Match`"),
        (status = 503, description = "Not written yet", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn results_json(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, AppError> {
    let file = open(&state, &state.data_dir.results_json(), |manifest| manifest.json).await?;
    Ok(mark_as_export(file.respond(&headers, "application/json")))
}

/// Returns the export in base64. `base64 -d` decodes it to `results.json`. The `ETag` is the SHA-256 of the file.
#[utoipa::path(
    get, path = "/results.json.b64", tag = "export",
    responses(
        (status = 200, description = "The export", content_type = "text/plain", body = String, headers(("ETag" = String))),
        (status = 304, description = "Not changed since `If-None-Match`"),
        (status = 503, description = "Not written yet", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn results_b64(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, AppError> {
    let file = open(&state, &state.data_dir.results_b64(), |manifest| manifest.b64).await?;
    Ok(mark_as_export(file.respond(&headers, "text/plain; charset=us-ascii")))
}

/// An open export file. It never changes, because every export creates new files.
struct ExportFile {
    file: File,
    sum: FileChecksum,
}

/// Opens an export file and returns it with its entry in the manifest.
///
/// The manifest is replaced after the files. Until then the sizes differ, so we try again.
async fn open(state: &AppState, path: &Path, entry: fn(&Manifest) -> FileChecksum) -> Result<ExportFile, AppError> {
    for _ in 0..MAX_ATTEMPTS {
        let manifest = missing_is_none(tokio::fs::read(state.data_dir.results_manifest()).await)?;
        let file = missing_is_none(File::open(path).await)?;
        let (Some(manifest), Some(file)) = (manifest, file) else { return Err(AppError::NotExported) };
        let manifest: Manifest = serde_json::from_slice(&manifest).map_err(io::Error::from)?;
        let sum = entry(&manifest);
        if file.metadata().await?.len() == sum.bytes {
            return Ok(ExportFile { file, sum });
        }
        tokio::time::sleep(RETRY_DELAY).await;
    }
    Err(AppError::NotExported)
}

fn missing_is_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

impl ExportFile {
    fn respond(self, headers: &HeaderMap, content_type: &'static str) -> Response {
        let tag = ETag::new(self.sum.sha256);
        if tag.matches(headers) {
            return (StatusCode::NOT_MODIFIED, CachePolicy::Shared, tag, ()).into_response();
        }
        let kind = (header::CONTENT_TYPE, content_type.to_owned());
        let length = (header::CONTENT_LENGTH, self.sum.bytes.to_string());
        let body = Body::from_stream(ReaderStream::with_capacity(self.file, CHUNK));
        (CachePolicy::Shared, tag, [kind, length], body).into_response()
    }
}

/// All sermons in the database.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes a body that is streamed")]
pub(super) struct DatabaseExportBody {
    /// Always true.
    success: bool,
    /// The documents by `video_id`.
    videos: BTreeMap<String, DocumentBody>,
    /// Number of sermons.
    count: u64,
}

/// Returns all sermons from the database: `{success, videos: {id: document}, count}`.
#[utoipa::path(
    get, path = "/api/export/database", tag = "export",
    responses(
        (status = 200, description = "The documents. If reading fails, the connection is closed before the body is complete",
         content_type = "application/json", body = DatabaseExportBody),
        (status = 503, description = "The database is unreachable, or the server is busy", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn database(State(state): State<AppState>) -> Result<Response, AppError> {
    if let Some(body) = from_export_file(&state).await? {
        return Ok((CachePolicy::NoStore, [(header::CONTENT_TYPE, "application/json")], body).into_response());
    }
    let (documents, source) = state.reader.documents().await?;
    let body = snapshot::body(&state, documents, JsonWriter { count: 0 }).await?;
    Ok((CachePolicy::NoStore, source, [(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// Responds from the export file if it matches the database exactly. The documents are then not read from the database.
async fn from_export_file(state: &AppState) -> Result<Option<Body>, AppError> {
    // While the database is unreachable, the caller marks the response as coming from the export.
    let Ok(now) = state.store.state().await else { return Ok(None) };
    let manifest = missing_is_none(tokio::fs::read(state.data_dir.results_manifest()).await)?;
    let Some(manifest) = manifest.and_then(|manifest| serde_json::from_slice::<Manifest>(&manifest).ok()) else {
        return Ok(None);
    };
    if (manifest.epoch, manifest.seq, manifest.digest) != (now.epoch, now.seq, now.digest) {
        return Ok(None);
    }
    let Ok(ExportFile { file, sum }) = open(state, &state.data_dir.results_json(), |manifest| manifest.json).await
    else {
        return Ok(None);
    };
    if sum != manifest.json {
        return Ok(None);
    }
    let text = |text: String| stream::once(future::ready(io::Result::Ok(Bytes::from(text))));
    let start = text(r#"{"success":true,"videos":"#.to_owned());
    let end = text(format!(r#","count":{}}}"#, manifest.count));
    Ok(Some(Body::from_stream(start.chain(ReaderStream::with_capacity(file, CHUNK)).chain(end))))
}

/// Writes `{"success":true,"videos":{…},"count":n}`. The count is last because it is not known earlier.
struct JsonWriter {
    count: u64,
}

impl snapshot::DocumentWriter for JsonWriter {
    fn start(&mut self) -> Vec<u8> {
        br#"{"success":true,"videos":{"#.to_vec()
    }

    fn document(&mut self, id: &VideoId, document: &str) -> io::Result<Vec<u8>> {
        let comma = if self.count == 0 { "" } else { "," };
        self.count += 1;
        Ok(format!("{comma}\"{id}\":{document}").into_bytes())
    }

    fn end(&mut self) -> Vec<u8> {
        format!("}},\"count\":{}}}", self.count).into_bytes()
    }
}

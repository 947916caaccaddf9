//! `GET /results.json`, `/results.json.b64`: the export files as they are; `/api/export/database`: the database now.

use std::{io, path::Path, time::Duration};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio::fs::File;
use tokio_util::io::ReaderStream;

use super::snapshot;
use crate::{
    domain::VideoId,
    http::{
        cache::{CachePolicy, ETag},
        error::AppError,
        fallback::mark_export,
        problem::ProblemBody,
        state::AppState,
    },
    safety::{FileSum, Manifest},
};

/// Bytes that are read from a file at once.
const CHUNK: usize = 128 * 1024;
/// How often the files are looked at again when they are just being replaced.
const TRIES: u32 = 20;
/// The time between two looks.
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// Every sermon as one JSON object keyed by `video_id`. The `ETag` is the file's SHA-256.
#[utoipa::path(
    get, path = "/results.json", tag = "export",
    responses(
        (status = 200, description = "The export", content_type = "application/json", body = Object, headers(("ETag" = String))),
        (status = 304, description = "The asker has it already"),
        (status = 503, description = "Not written yet", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn results_json(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, AppError> {
    let opened = open(&state, &state.data_dir.results_json(), |manifest| manifest.json).await?;
    Ok(mark_export(opened.answer(&headers, "application/json")))
}

/// The same in base64 (`base64 -d` gives `results.json`). The `ETag` is the file's SHA-256.
#[utoipa::path(
    get, path = "/results.json.b64", tag = "export",
    responses(
        (status = 200, description = "The export", content_type = "text/plain", body = String, headers(("ETag" = String))),
        (status = 304, description = "The asker has it already"),
        (status = 503, description = "Not written yet", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn results_b64(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, AppError> {
    let opened = open(&state, &state.data_dir.results_b64(), |manifest| manifest.b64).await?;
    Ok(mark_export(opened.answer(&headers, "text/plain; charset=us-ascii")))
}

/// An export file: an open one never changes, because a newer export is a new file.
struct Opened {
    file: File,
    sum: FileSum,
}

/// Opens an export file together with the manifest that describes it.
///
/// The manifest is written last: between the two the length does not fit, and one looks again.
async fn open(state: &AppState, path: &Path, part: fn(&Manifest) -> FileSum) -> Result<Opened, AppError> {
    for _ in 0..TRIES {
        let manifest = missing_is_none(tokio::fs::read(state.data_dir.results_manifest()).await)?;
        let file = missing_is_none(File::open(path).await)?;
        let (Some(manifest), Some(file)) = (manifest, file) else { return Err(AppError::NotExported) };
        let manifest: Manifest = serde_json::from_slice(&manifest).map_err(io::Error::from)?;
        let sum = part(&manifest);
        if file.metadata().await?.len() == sum.bytes {
            return Ok(Opened { file, sum });
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    Err(AppError::NotExported)
}

fn missing_is_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

impl Opened {
    fn answer(self, headers: &HeaderMap, content_type: &'static str) -> Response {
        let tag = ETag::new(self.sum.sha256);
        if tag.is_known(headers) {
            return (StatusCode::NOT_MODIFIED, CachePolicy::Shared, tag, ()).into_response();
        }
        let kind = (header::CONTENT_TYPE, content_type.to_owned());
        let length = (header::CONTENT_LENGTH, self.sum.bytes.to_string());
        let body = Body::from_stream(ReaderStream::with_capacity(self.file, CHUNK));
        (CachePolicy::Shared, tag, [kind, length], body).into_response()
    }
}

/// Every sermon as the database has it now: `{success, videos: {id: document}, count}`.
#[utoipa::path(
    get, path = "/api/export/database", tag = "export",
    responses(
        (status = 200, description = "The documents; a body that ends early is broken off, never shortened",
         content_type = "application/json", body = Object),
        (status = 503, description = "The database is away", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn database(State(state): State<AppState>) -> Result<Response, AppError> {
    let (documents, source) = state.reads.documents().await?;
    let body = snapshot::body(documents, Object { count: 0 });
    Ok((CachePolicy::NoStore, source, [(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// Writes `{"success":true,"videos":{…},"count":n}`; the number stands last, where it is known.
struct Object {
    count: u64,
}

impl snapshot::Writer for Object {
    fn head(&mut self) -> Vec<u8> {
        br#"{"success":true,"videos":{"#.to_vec()
    }

    fn document(&mut self, id: &VideoId, document: &str) -> io::Result<Vec<u8>> {
        let comma = if self.count == 0 { "" } else { "," };
        self.count += 1;
        Ok(format!("{comma}\"{id}\":{document}").into_bytes())
    }

    fn tail(&mut self) -> Vec<u8> {
        format!("}},\"count\":{}}}", self.count).into_bytes()
    }
}

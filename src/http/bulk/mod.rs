//! Adds many sermons in one request: links, caption files, and ZIP archives of caption files.
//!
//! Files are received into an unnamed temporary file, so that a large upload takes no memory, and are read one at a
//! time. Everything is checked before the first sermon is queued, so a request that exceeds a limit changes nothing.

mod archive;
mod files;

use std::time::Duration;

use axum::{
    body::to_bytes,
    extract::{FromRequest, Multipart, Request, multipart::Field},
};
use serde::Deserialize;
use tokio::{fs::File, io::AsyncWriteExt as _};
use utoipa::ToSchema;

use self::files::{MAX_FILES, Part};
use super::{
    api::submission::SubmissionBody,
    body::{body_error, content_type, is_json, parse_json, unsupported_content_type},
    body_limit::MAX_BODY,
    error::AppError,
    state::AppState,
};
use crate::blocking::blocking;

pub(super) use files::{CaptionFile, CaptionFiles};

/// Maximum number of links in a request.
pub(super) const MAX_LINKS: usize = 500;

/// Maximum total size of the uploaded files of a request, in bytes.
const MAX_UPLOAD: usize = 64_000_000;

/// Maximum total size of the other form fields, in bytes.
const MAX_FIELD: usize = 1_500_000;

/// Time limit for receiving a form.
const RECEIVE_TIME: Duration = Duration::from_secs(600);

/// The form fields that apply to every file.
const DETAILS: [&str; 6] = ["channel", "channel_url", "location", "published_at", "speaker", "series"];

/// A list of links, as JSON.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
pub(super) struct LinksBody {
    /// Up to 500 links.
    urls: Vec<String>,
}

/// A form with links and files.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes the form in the OpenAPI document; it is read into BulkRequest")]
pub(super) struct BulkForm {
    /// Up to 500 links, each on its own line.
    links: Option<String>,
    /// Caption files, or ZIP archives of caption files: at most 1,000 files that unpack to at most 200 MB.
    #[schema(value_type = Option<Vec<String>>, format = Binary)]
    files: Option<Vec<Vec<u8>>>,
    /// Name of the church, for every file.
    channel: Option<String>,
    /// URL of the church, for every file.
    channel_url: Option<String>,
    /// Country or town, for every file.
    location: Option<String>,
    /// When the sermons were preached, for every file.
    published_at: Option<String>,
    /// Who preached, for every file.
    speaker: Option<String>,
    /// The series that every file belongs to.
    series: Option<String>,
}

/// A request to add several sermons.
#[derive(Debug, Default)]
pub(super) struct BulkRequest {
    /// The links, exactly as sent.
    pub(super) links: Vec<String>,
    /// The caption files.
    pub(super) files: CaptionFiles,
    /// Details that apply to every file.
    pub(super) details: SubmissionBody,
    /// Why the files or the details are rejected. The links are kept so that the page can show them again.
    refused: Option<AppError>,
}

impl BulkRequest {
    /// Returns the number of sermons.
    pub(super) fn len(&self) -> usize {
        self.links.len() + self.files.len()
    }

    /// Reads the next file on a blocking thread.
    pub(super) async fn next_file(&mut self) -> Result<Option<CaptionFile>, AppError> {
        let mut files = std::mem::take(&mut self.files);
        let reading = blocking(move || {
            let file = files.read_next();
            Ok::<_, AppError>((files, file))
        });
        let (files, file) = reading.await?;
        self.files = files;
        Ok(file)
    }

    /// Returns the request, or the reason why it was rejected.
    pub(super) fn checked(mut self) -> Result<Self, AppError> {
        if let Some(error) = self.refused.take() {
            return Err(error);
        }
        let links = self.links.len();
        if links > MAX_LINKS {
            return Err(field("links", format!("got {links} links: send at most {MAX_LINKS} at once")));
        }
        if self.len() == 0 {
            return Err(field("links", "nothing to add: give links or files".to_owned()));
        }
        if self.files.len() > 0 {
            self.details.check_details()?;
        }
        Ok(self)
    }
}

impl FromRequest<AppState> for BulkRequest {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, AppError> {
        let headers = request.headers();
        if is_json(headers) {
            let too_large = |_| AppError::TooLarge(MAX_BODY);
            let body = to_bytes(request.into_body(), MAX_BODY).await.map_err(too_large)?;
            let LinksBody { urls } = parse_json(&body)?;
            return Ok(Self { links: urls, ..Self::default() });
        }
        if content_type(headers) != "multipart/form-data" {
            return Err(unsupported_content_type(headers, "JSON with a list of links, or multipart/form-data"));
        }
        let _permit = state.bulk_uploads.permit().await?;
        let received = tokio::time::timeout(RECEIVE_TIME, receive(request, state)).await;
        received.map_err(|_| AppError::Timeout)?
    }
}

/// Receives a form.
async fn receive(request: Request, state: &AppState) -> Result<BulkRequest, AppError> {
    let mut form = Multipart::from_request(request, state).await.map_err(|error| AppError::Body(error.body_text()))?;
    let root = state.data_dir.root().to_owned();
    let mut file = File::from_std(blocking(move || tempfile::tempfile_in(root)).await?);
    let (mut parts, mut uploaded, mut request) = (Vec::new(), 0, BulkRequest::default());
    while let Some(part) = form.next_field().await.map_err(|error| body_error(error.status(), error.body_text()))? {
        let name = part.name().unwrap_or_default().to_owned();
        if name == "files" || name == "file" {
            // If no file was chosen, browsers send a part with an empty file name.
            let Some(file_name) = part.file_name().filter(|name| !name.is_empty()).map(str::to_owned) else { continue };
            if parts.len() == MAX_FILES {
                return Err(field("files", format!("send at most {MAX_FILES} at once")));
            }
            let length = receive_file(part, &mut file, MAX_UPLOAD - uploaded).await?;
            parts.push(Part { name: file_name, start: uploaded as u64, length: length as u64 });
            uploaded += length;
        } else {
            let text = receive_text(part).await?;
            if name == "links" {
                let links = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
                request.links.extend(links.map(str::to_owned));
            } else if DETAILS.contains(&name.as_str()) {
                request.refused = request.details.set(&name, text).err().or(request.refused);
            }
        }
    }
    file.flush().await?;
    let file = file.into_std().await;
    // Unpacking 200 MB takes a second.
    let _permit = state.heavy.permit().await?;
    match blocking(move || CaptionFiles::open(file, parts)).await {
        Ok(files) => request.files = files,
        Err(error) => request.refused = Some(error),
    }
    Ok(request)
}

/// Appends an uploaded file to the temporary file and returns its length.
async fn receive_file(mut part: Field<'_>, file: &mut File, limit: usize) -> Result<usize, AppError> {
    let mut length = 0;
    while let Some(chunk) = part.chunk().await.map_err(|error| body_error(error.status(), error.body_text()))? {
        length += chunk.len();
        if length > limit {
            return Err(AppError::TooLarge(MAX_UPLOAD));
        }
        file.write_all(&chunk).await?;
    }
    Ok(length)
}

async fn receive_text(mut part: Field<'_>) -> Result<String, AppError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| body_error(error.status(), error.body_text()))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_FIELD {
            return Err(AppError::TooLarge(MAX_FIELD));
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn field(name: &str, reason: String) -> AppError {
    AppError::Field { name: name.to_owned(), reason }
}

//! `/api/video/{video_id}/corrections`: people's corrections to the references of a sermon.

use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use scripture_detector::Passage;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{document_schema::DocumentBody, edit::document_response};
use crate::{
    domain::{Correction, CorrectionError, Document, MeasuredReference, NewCorrection, Place, Scope, Verdict, VideoId},
    http::{
        auth::Client,
        body::JsonBody,
        cache::{CachePolicy, ETag},
        error::AppError,
        problem::ProblemBody,
        state::AppState,
    },
    safety::{Revised, RevisionRequest, SermonChange},
    store::StoreError,
};

/// A correction to make, either of a reference, given by `start_char` and `end_char`, or of quoted words.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields, expecting = "an object")]
pub(in crate::http) struct CorrectionRequest {
    /// `wrong`: the words cite nothing. `right`: they cite what the meter found. `passage`: they cite another passage.
    /// `added`: they cite a passage that the meter missed.
    #[schema(example = "passage", required)]
    pub(in crate::http) verdict: String,
    /// The cited passage, for `passage` and `added`, such as `John 3:16` or `John.3.16`.
    #[schema(example = "John 3:16")]
    pub(in crate::http) passage: Option<String>,
    /// `start_char` of the reference in the document.
    pub(in crate::http) start_char: Option<usize>,
    /// `end_char` of the reference in the document.
    pub(in crate::http) end_char: Option<usize>,
    /// Words that occur exactly once in the transcript, instead of `start_char` and `end_char`. Case and punctuation
    /// are ignored.
    #[schema(example = "in the third chapter of the gospel he wrote")]
    pub(in crate::http) quote: Option<String>,
}

impl CorrectionRequest {
    /// Checks the fields. The error names the first invalid field.
    fn parse(&self, id: Uuid) -> Result<NewCorrection, AppError> {
        let verdict = Verdict::parse(&self.verdict).ok_or_else(|| {
            field("verdict", format!("{:?} is not a verdict: use wrong, right, passage or added", self.verdict))
        })?;
        let passage = match self.passage.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => Some(Passage::parse_query(text).ok_or_else(|| {
                field("passage", format!("{text:?} is not a passage: write it like John 3:16 or 1 Cor 13:4-7"))
            })?),
            None if matches!(verdict, Verdict::Passage | Verdict::Added) => {
                return Err(AppError::Correction(CorrectionError::NoPassage));
            }
            None => None,
        };
        let quote = self.quote.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let place = match (quote, self.start_char, self.end_char) {
            (Some(quote), None, None) => Place::Quote(quote.to_owned()),
            (None, Some(start_char), Some(end_char)) => Place::Span { start_char, end_char },
            _ => return Err(field("quote", "send either `quote`, or `start_char` and `end_char`".to_owned())),
        };
        Ok(NewCorrection { id, verdict, passage, place })
    }
}

fn field(name: &str, reason: String) -> AppError {
    AppError::Field { name: name.to_owned(), reason }
}

/// The corrections of a sermon.
#[derive(Debug, Serialize, ToSchema)]
struct CorrectionListBody {
    /// The corrections in effect, oldest first. Undone corrections are not listed.
    corrections: Vec<CorrectionBody>,
}

/// A correction.
#[derive(Debug, Serialize, ToSchema)]
struct CorrectionBody {
    /// ID of the correction.
    id: Uuid,
    /// `wrong`, `right`, `passage` or `added`.
    verdict: &'static str,
    /// The passage that the words cite, or null if they cite nothing.
    osis: Option<String>,
    /// The corrected words.
    quote: String,
    /// First code point of the words in the joined text.
    start_char: usize,
    /// One past the last code point of the words.
    end_char: usize,
    /// Seconds from the start of the recording, if the transcript has times.
    start_seconds: Option<f64>,
    /// What the meter found at this place.
    measured: Option<MeasuredBody>,
    /// Whether the document reflects the correction. False if the words are gone, or if a later correction covers them.
    applied: bool,
    /// When the correction was made.
    at: DateTime<Utc>,
    /// Who made the correction.
    by: String,
}

/// What the meter found at the place of a correction.
#[derive(Debug, Serialize, ToSchema)]
struct MeasuredBody {
    /// The passage.
    osis: String,
    /// How certain the meter was: `confirmed`, `suspect` or `withdrawn`.
    #[schema(value_type = String)]
    class: crate::domain::Class,
    /// How the reference was made: `explicit`, `book` or `contextual`.
    #[schema(value_type = String)]
    kind: crate::domain::Kind,
}

impl From<&Correction> for CorrectionBody {
    fn from(correction: &Correction) -> Self {
        let measured = |MeasuredReference { osis, class, kind }: MeasuredReference| MeasuredBody { osis, class, kind };
        Self {
            id: correction.id,
            verdict: correction.verdict.name(),
            osis: correction.osis.clone(),
            quote: correction.anchor.quote.clone(),
            start_char: correction.anchor.start_char,
            end_char: correction.anchor.end_char,
            start_seconds: correction.start_seconds,
            measured: correction.measured.clone().map(measured),
            applied: correction.applied,
            at: correction.at,
            by: correction.by.clone(),
        }
    }
}

/// Lists the corrections of a sermon, including those that are not applied because their words are gone.
#[utoipa::path(
    get, path = "/api/video/{video_id}/corrections", tag = "sermons",
    params(("video_id" = String, Path, description = "The sermon")),
    responses(
        (status = 200, description = "The corrections", body = CorrectionListBody),
        (status = 404, description = "No such sermon", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(video = id))]
pub(super) async fn list(State(state): State<AppState>, Path(id): Path<String>) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let (stored, source) = state.reader.video(&id).await?;
    let stored = stored.ok_or_else(|| AppError::NoSuchSermon(id.clone()))?;
    let corrupt = |error: String| StoreError::Corrupt(format!("the document of {id}: {error}"));
    let value = serde_json::from_str(&stored.text).map_err(|error| corrupt(error.to_string()))?;
    let document = Document::from_legacy(id.as_str(), value).map_err(|error| corrupt(error.to_string()))?;
    let corrections = document.active_corrections().map(CorrectionBody::from).collect();
    Ok((CachePolicy::NoStore, source, Json(CorrectionListBody { corrections })).into_response())
}

/// Corrects or adds a reference. The sermon's counts are updated, and `as_measured` keeps what the meter found.
#[utoipa::path(
    post, path = "/api/video/{video_id}/corrections", tag = "sermons",
    params(
        ("video_id" = String, Path, description = "The sermon"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to correct"),
    ),
    security(("admin" = []), ("token" = ["edit"])), request_body = CorrectionRequest,
    responses(
        (status = 200, description = "The document", content_type = "application/json", body = DocumentBody, headers(("ETag" = String))),
        (status = 404, description = "No such sermon", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "The sermon has changed since the version in `If-Match`; nothing was saved", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The words are gone or occur several times, or there is no such passage", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(video = id))]
pub(super) async fn add(
    State(state): State<AppState>,
    client: Client,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(request): JsonBody<CorrectionRequest>,
) -> Result<Response, AppError> {
    let client = client.require(Scope::Edit)?;
    let id = VideoId::parse(&id)?;
    Ok(document_response(&correct(&state, &client, id, ETag::if_match(&headers), &request).await?))
}

/// Makes a correction.
pub(in crate::http) async fn correct(
    state: &AppState,
    client: &Client,
    id: VideoId,
    based_on: Option<Vec<crate::domain::Sha256>>,
    request: &CorrectionRequest,
) -> Result<Revised, AppError> {
    let change = SermonChange::Correct(request.parse(state.clock.new_id())?);
    let (actor, address) = (client.actor(), Some(client.address));
    Ok(state.saver.revise(RevisionRequest { id, based_on, actor, address, change }).await?)
}

/// Undoes a correction. The meter's result applies again.
#[utoipa::path(
    delete, path = "/api/video/{video_id}/corrections/{id}", tag = "sermons",
    params(("video_id" = String, Path, description = "The sermon"), ("id" = Uuid, Path, description = "The correction")),
    security(("admin" = []), ("token" = ["edit"])),
    responses(
        (status = 200, description = "The document", content_type = "application/json", body = DocumentBody, headers(("ETag" = String))),
        (status = 404, description = "No such sermon or correction", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(video = video_id))]
pub(super) async fn remove(
    State(state): State<AppState>,
    client: Client,
    Path((video_id, id)): Path<(String, Uuid)>,
) -> Result<Response, AppError> {
    let client = client.require(Scope::Edit)?;
    Ok(document_response(&take_back(&state, &client, VideoId::parse(&video_id)?, id).await?))
}

/// Undoes a correction.
pub(in crate::http) async fn take_back(
    state: &AppState,
    client: &Client,
    id: VideoId,
    correction: Uuid,
) -> Result<Revised, AppError> {
    let change = SermonChange::RemoveCorrection(correction);
    let (actor, address) = (client.actor(), Some(client.address));
    Ok(state.saver.revise(RevisionRequest { id, based_on: None, actor, address, change }).await?)
}

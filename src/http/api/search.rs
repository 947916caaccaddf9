//! `GET /api/search`: searches churches, titles, passages and transcripts.

#![expect(unused_qualifications, reason = "utoipa's macro refers to the parameters by path")]

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{
        api::{stats_schema::ChurchBody, videos::SummaryBody},
        body::QueryString,
        cache::CachePolicy,
        error::AppError,
        problem::ProblemBody,
        search::{PAGE_SIZE, SearchResult, SearchResults, search_sermons},
        state::AppState,
    },
    search::Excerpt,
    store::{Church, VideoSummary},
};

/// Maximum `offset`.
const MAX_OFFSET: u32 = 5_000;

/// Query parameters.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchParams {
    /// Words that must all occur. Words in `"` must occur as a phrase. Only the first 200 characters are used.
    q: String,
    /// Number of sermons to skip, 0 to 5,000.
    #[param(value_type = Option<u32>)]
    offset: Option<String>,
}

/// One page of search results.
#[derive(Debug, Serialize, ToSchema)]
struct SearchBody {
    /// The passage that the query names, in OSIS, or null if there is none.
    passage: Option<String>,
    /// Up to five churches whose names match. Empty after the first page.
    #[schema(value_type = Vec<ChurchBody>)]
    churches: Vec<Church>,
    /// Number of churches whose names match; 0 after the first page.
    churches_total: i64,
    /// Up to ten sermons that contain all words, best match first.
    sermons: Vec<SearchResultBody>,
    /// Number of sermons that contain all words, at most 2,000.
    total: i64,
}

/// A matching sermon.
#[derive(Debug, Serialize, ToSchema)]
struct SearchResultBody {
    /// The sermon.
    #[schema(value_type = SummaryBody)]
    sermon: VideoSummary,
    /// The best matches in the sermon, at most two.
    excerpts: Vec<ExcerptBody>,
}

/// A match in a sermon.
#[derive(Debug, Serialize, ToSchema)]
struct ExcerptBody {
    /// Seconds from the start of the recording, or null if the transcript has no times.
    seconds: Option<f64>,
    /// The text of the excerpt, split at the matching words.
    pieces: Vec<PieceBody>,
}

/// A piece of an excerpt.
#[derive(Debug, Serialize, ToSchema)]
struct PieceBody {
    /// The text.
    text: String,
    /// Whether the piece is a word of the query.
    matched: bool,
}

impl From<SearchResult> for SearchResultBody {
    fn from(SearchResult { sermon, excerpts, .. }: SearchResult) -> Self {
        Self { sermon, excerpts: excerpts.into_iter().map(ExcerptBody::from).collect() }
    }
}

impl From<Excerpt> for ExcerptBody {
    fn from(Excerpt { seconds, pieces, .. }: Excerpt) -> Self {
        Self { seconds, pieces: pieces.into_iter().map(|(text, matched)| PieceBody { text, matched }).collect() }
    }
}

/// Searches churches, titles, passages and transcripts.
#[utoipa::path(
    get, path = "/api/search", tag = "sermons", params(SearchParams),
    responses(
        (status = 200, description = "The results", body = SearchBody),
        (status = 400, description = "Invalid parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The database is unreachable, or the server is busy; `Retry-After` says when to try again", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn search(
    State(state): State<AppState>,
    QueryString(params): QueryString<SearchParams>,
) -> Result<Response, AppError> {
    let offset = params.offset.as_deref().filter(|offset| !offset.is_empty()).unwrap_or("0");
    let offset = offset.parse().ok().filter(|offset| *offset <= MAX_OFFSET);
    let offset = offset.ok_or_else(|| AppError::Query(format!("offset: not a number from 0 to {MAX_OFFSET}")))?;
    let SearchResults { passage, churches, churches_total, sermons, total, .. } =
        search_sermons(&state, &params.q, offset).await?;
    debug_assert!(sermons.len() <= usize::from(PAGE_SIZE), "one page");
    let body = SearchBody {
        passage: passage.map(|passage| passage.to_string()),
        churches,
        churches_total,
        sermons: sermons.into_iter().map(SearchResultBody::from).collect(),
        total,
    };
    Ok((CachePolicy::NoStore, Json(body)).into_response())
}

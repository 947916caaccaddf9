//! `GET /api/search`: over titles, churches, passages and the spoken words.

#![expect(unused_qualifications, reason = "the macro of utoipa names the parameters by a path")]

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    http::{
        api::videos::SummaryBody,
        body::QueryString,
        cache::CachePolicy,
        error::AppError,
        findings::{Findings, ON_A_PAGE, find},
        problem::ProblemBody,
        state::AppState,
    },
    store::{Church, VideoSummary},
};

/// The most sermons that may be left out.
const MOST: u32 = 5_000;

/// What is searched for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchParams {
    /// Words that must all be there; those between `"` right behind each other. 200 characters count.
    q: String,
    /// So many sermons are left out; 0 to 5,000.
    #[param(value_type = Option<u32>)]
    skip: Option<String>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
struct SearchBody {
    /// The passage that the query reads as, in OSIS; null if it is none.
    passage: Option<String>,
    /// Churches of such a name, at most five.
    #[schema(value_type = Vec<Object>)]
    churches: Vec<Church>,
    /// Sermons that have all the words, best first, at most ten.
    sermons: Vec<FoundBody>,
    /// Number of sermons that have them.
    total: i64,
}

/// A sermon that was found.
#[derive(Debug, Serialize, ToSchema)]
struct FoundBody {
    /// The sermon.
    #[schema(value_type = SummaryBody)]
    sermon: VideoSummary,
    /// The best places, at most two.
    excerpts: Vec<ExcerptBody>,
}

/// A place in a sermon.
#[derive(Debug, Serialize, ToSchema)]
struct ExcerptBody {
    /// Seconds from the start of the video; null for a text without times.
    seconds: Option<f64>,
    /// The words in pieces.
    pieces: Vec<PieceBody>,
}

/// A piece of an excerpt.
#[derive(Debug, Serialize, ToSchema)]
struct PieceBody {
    /// Its words.
    text: String,
    /// Whether they were searched for.
    found: bool,
}

/// Searches titles, churches and the spoken words.
#[utoipa::path(
    get, path = "/api/search", tag = "sermons", params(SearchParams),
    responses(
        (status = 200, description = "What was found", body = SearchBody),
        (status = 400, description = "A parameter is not understood", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn search(
    State(state): State<AppState>,
    QueryString(params): QueryString<SearchParams>,
) -> Result<Response, AppError> {
    let skip = params.skip.as_deref().filter(|skip| !skip.is_empty()).unwrap_or("0");
    let skip = skip.parse().ok().filter(|skip| *skip <= MOST);
    let skip = skip.ok_or_else(|| AppError::Query(format!("skip: not a number from 0 to {MOST}")))?;
    let Findings { passage, churches, sermons, total, .. } = find(&state, &params.q, skip).await?;
    let sermons = sermons.into_iter().map(|found| FoundBody {
        sermon: found.sermon,
        excerpts: found
            .excerpts
            .into_iter()
            .map(|excerpt| ExcerptBody {
                seconds: excerpt.seconds,
                pieces: excerpt.pieces.into_iter().map(|(text, found)| PieceBody { text, found }).collect(),
            })
            .collect(),
    });
    debug_assert!(sermons.len() <= usize::from(ON_A_PAGE), "a page");
    let passage = passage.map(|passage| passage.to_string());
    Ok((CachePolicy::NoStore, Json(SearchBody { passage, churches, sermons: sermons.collect(), total }))
        .into_response())
}

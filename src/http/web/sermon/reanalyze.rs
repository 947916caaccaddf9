//! `POST /video/{video_id}/reanalyze`: counts a sermon anew from its kept transcript.

use axum::{
    extract::{Path, State},
    response::Response,
};

use super::read;
use crate::{
    domain::{Engine, VideoId},
    http::{
        auth::Submitter,
        error::AppError,
        state::AppState,
        web::{page::Page, see_other},
    },
    jobs::PipelineError,
    store::SaveOutcome,
};

/// Counts, and goes back to the sermon. Who may add one may have it counted again, as often.
pub(in crate::http::web) async fn reanalyze(
    State(state): State<AppState>,
    submitter: Submitter,
    page: Page,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    submitter.spend(1, &state)?;
    let stored = state.store.video(&id).await?.ok_or_else(|| AppError::NoVideo(id.clone()))?;
    // The same engine counts the same: it would only make one more version.
    let done = if read(&id, &stored.document)?.engine == Some(Engine::current()) {
        "current"
    } else {
        count(&state, &id).await?
    };
    Ok(see_other(&format!("{}?done={done}", page.links.sermon(&id))))
}

/// Counts, and says in a word what came of it.
async fn count(state: &AppState, id: &VideoId) -> Result<&'static str, AppError> {
    Ok(match state.jobs.reanalyze(id).await {
        Ok(done) => match done.kept.saved().map(|saved| saved.outcome) {
            Some(SaveOutcome::Unchanged) => "unchanged",
            _ => "reanalyzed",
        },
        Err(PipelineError::NoTranscript(_)) => "no-transcript",
        Err(error) => return Err(refusal(error)),
    })
}

fn refusal(error: PipelineError) -> AppError {
    match error {
        PipelineError::NoSuchVideo(id) => AppError::NoVideo(id),
        PipelineError::Store(error) => error.into(),
        PipelineError::Keep(error) => error.into(),
        other => AppError::Panic(other.to_string()),
    }
}

/// What is told of it on the page.
pub(super) fn notice(done: &str) -> Option<&'static str> {
    Some(match done {
        "reanalyzed" => "Counted again. The old version is in the history.",
        "current" => "The newest engine has counted this already: nothing would change.",
        "unchanged" => "Counted again: nothing has changed.",
        "no-transcript" => "The words of this sermon are not kept, so it cannot be counted again: add it once more.",
        _ => return None,
    })
}

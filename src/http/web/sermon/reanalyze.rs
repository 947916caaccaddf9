//! `POST /video/{video_id}/reanalyze`: analyzes the stored transcript of a sermon again.

use axum::{
    extract::{Path, State},
    response::Response,
};

use super::parse_document;
use crate::{
    domain::{Document, Engine, VideoId},
    http::{
        error::AppError,
        state::AppState,
        web::{links::Links, login::AdminPage, see_other},
    },
    jobs::PipelineError,
    store::SaveOutcome,
};

/// Reanalyzes a sermon and redirects back to it.
#[tracing::instrument(skip_all, fields(video = id))]
pub(in crate::http::web) async fn reanalyze(
    State(state): State<AppState>,
    _admin: AdminPage,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let stored = state.store.video(&id).await?.ok_or_else(|| AppError::NoSuchSermon(id.clone()))?;
    // The same engine would produce the same result, and would only add a version to the history.
    let outcome = if parse_document(&id, &stored.document)?.engine == Some(Engine::current()) {
        "current"
    } else {
        run(&state, &id).await?
    };
    Ok(see_other(&format!("{}?reanalysis={outcome}", Links::default().sermon(&id))))
}

/// Reanalyzes a sermon and returns the outcome to show on the page.
async fn run(state: &AppState, id: &VideoId) -> Result<&'static str, AppError> {
    Ok(match state.jobs.reanalyze(id).await {
        Ok(done) => match done.report.saved().map(|saved| saved.outcome) {
            Some(SaveOutcome::Unchanged) => "unchanged",
            _ => "changed",
        },
        Err(PipelineError::NoTranscript(_)) => "no-transcript",
        Err(error) => return Err(into_app_error(error)),
    })
}

fn into_app_error(error: PipelineError) -> AppError {
    match error {
        PipelineError::NoSuchSermon(id) => AppError::NoSuchSermon(id),
        PipelineError::Store(error) => error.into(),
        PipelineError::Save(error) => error.into(),
        other => AppError::Panic(other.to_string()),
    }
}

/// Returns whether a sermon is outdated and can be reanalyzed.
pub(super) fn is_outdated(document: &Document, has_transcript: bool) -> bool {
    if has_transcript { document.engine != Some(Engine::current()) } else { document.has_unread_contexts() }
}

/// Returns the notice for an outcome.
pub(super) fn notice(outcome: &str) -> Option<&'static str> {
    Some(match outcome {
        "changed" => "This sermon was reanalyzed. The previous version is in its history.",
        "current" => "This sermon was already analyzed by the current version, so nothing would change.",
        "unchanged" => "This sermon was reanalyzed. Nothing has changed.",
        "no-transcript" => {
            "The transcript of this sermon is not stored, so it cannot be reanalyzed. Add the sermon again instead."
        }
        _ => return None,
    })
}

//! What a failed job tells its user: each error as a problem object (RFC 9457).

use super::{PipelineError, SubmitError};
use scripture_detector::transcript::TranscriptError;

use crate::{domain::Problem, safety::SaveError, store::StoreError};

impl From<&PipelineError> for Problem {
    fn from(error: &PipelineError) -> Self {
        let detail = error.to_string();
        match error {
            PipelineError::YouTube(refused) => Self {
                languages: refused.languages.clone(),
                paste_helps: refused.class.paste_helps(),
                ..problem(refused.class.status(), refused.class.code(), "YouTube did not give the captions", detail)
            },
            PipelineError::NotAChurch { .. } => {
                Self { paste_helps: true, ..problem(422, "not_a_church", "the channel is not a church", detail) }
            }
            PipelineError::Transcript(error) => transcript_problem(error),
            PipelineError::Keep(error) => Self::from(error),
            PipelineError::Store(error) => store_problem(error),
            PipelineError::TooManyMentions(_) => problem(413, "too_large", "the sermon is too large", detail),
            PipelineError::NoSuchVideo(_) => problem(404, "not_found", "no such sermon", detail),
            PipelineError::NoTranscript(_) => problem(409, "no_transcript", "no transcript is kept", detail),
            PipelineError::Broken(_) => internal(),
        }
    }
}

impl From<&SaveError> for Problem {
    fn from(error: &SaveError) -> Self {
        let detail = error.to_string();
        match error {
            SaveError::Nowhere { save, .. } => {
                let document = serde_json::to_value(&save.document).expect("a document has only string keys");
                // What the database and the disk said is in the log.
                let detail = "neither the database nor the disk took the result: `document` here is the only copy; \
                              keep it, and send the sermon again";
                let title = "the result could be kept nowhere";
                Self { document: Some(document), ..problem(507, "insufficient_storage", title, detail.to_owned()) }
            }
            SaveError::TooLarge(_) => problem(413, "too_large", "the sermon is too large", detail),
            SaveError::Store(error) => store_problem(error),
            SaveError::Broken(_) => internal(),
        }
    }
}

impl From<&SubmitError> for Problem {
    fn from(error: &SubmitError) -> Self {
        match error {
            SubmitError::Transcript(error) => transcript_problem(error),
            SubmitError::Store(error) => store_problem(error),
            SubmitError::Failed { problem, .. } => Self::clone(problem),
        }
    }
}

/// The problem of a job that broke down; what broke is in the log, not in the answer.
pub(super) fn internal() -> Problem {
    let detail = "something broke while the sermon was analyzed; try again, and tell the operator if it stays so";
    problem(500, "internal", "internal error", detail.to_owned())
}

fn transcript_problem(error: &TranscriptError) -> Problem {
    let (status, code) = match error {
        TranscriptError::Empty => (422, "transcript_empty"),
        TranscriptError::TooLarge(_) => (413, "transcript_too_large"),
        TranscriptError::NotCaptions(_) => (422, "not_a_transcript"),
        TranscriptError::Damaged { .. } => (422, "transcript_damaged"),
    };
    Problem { paste_helps: true, ..problem(status, code, "the transcript cannot be read", error.to_string()) }
}

fn store_problem(error: &StoreError) -> Problem {
    match error {
        StoreError::Unavailable(_) => problem(
            503,
            "database_unavailable",
            "the database is not available",
            "the database is not available, and nothing was changed: try again in a minute".to_owned(),
        ),
        StoreError::Conflict(_) => problem(409, "conflict", "the data was changed meanwhile", error.to_string()),
        StoreError::Corrupt(_) | StoreError::Database(_) => internal(),
    }
}

fn problem(status: u16, code: &str, title: &str, detail: String) -> Problem {
    Problem {
        kind: "about:blank".to_owned(),
        status,
        code: code.to_owned(),
        title: title.to_owned(),
        detail,
        languages: Vec::new(),
        paste_helps: false,
        document: None,
    }
}

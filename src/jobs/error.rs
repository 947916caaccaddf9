//! Converts analysis errors into the [`JobError`] that is stored with a job and shown to the user.

use super::{PipelineError, SubmitError};
use scripture_detector::transcript::TranscriptError;

use crate::{domain::JobError, safety::SaveError, store::StoreError};

impl From<&PipelineError> for JobError {
    fn from(error: &PipelineError) -> Self {
        let detail = error.to_string();
        match error {
            PipelineError::YouTube(refusal) => Self {
                languages: refusal.languages.clone(),
                paste_helps: refusal.class.paste_helps(),
                ..Self::new(refusal.class.code(), detail)
            },
            PipelineError::NotAChurch { .. } => Self { paste_helps: true, ..Self::new("not_a_church", detail) },
            PipelineError::Transcript(error) => transcript_error(error),
            PipelineError::Save(error) => Self::from(error),
            PipelineError::Store(error) => store_error(error),
            PipelineError::TooManyMentions(_) => Self::new("too_large", detail),
            PipelineError::NoSuchSermon(_) => Self::new("no_such_sermon", detail),
            PipelineError::NoTranscript(_) => Self::new("no_transcript", detail),
            PipelineError::Internal(_) => internal(),
        }
    }
}

impl From<&SaveError> for JobError {
    fn from(error: &SaveError) -> Self {
        match error {
            SaveError::NotSaved { save, .. } => {
                let document = serde_json::to_value(&save.document).expect("a document has only string keys");
                // The errors from the database and the disk are in the log.
                let detail = "the result could not be saved to the database or to the disk; `document` in this response \
                              is the only copy: keep it and submit the sermon again later";
                Self { document: Some(document), ..Self::new("insufficient_storage", detail) }
            }
            SaveError::TooLarge(_) => Self::new("too_large", error.to_string()),
            SaveError::Store(error) => store_error(error),
            SaveError::Aborted(_) => internal(),
        }
    }
}

impl From<&SubmitError> for JobError {
    fn from(error: &SubmitError) -> Self {
        match error {
            SubmitError::Transcript(error) => transcript_error(error),
            SubmitError::Store(error) => store_error(error),
            SubmitError::Failed { error, .. } => Self::clone(error),
        }
    }
}

/// Returns the error for a job that failed because of a bug. The cause appears only in the log.
pub(super) fn internal() -> JobError {
    JobError::new("internal", "the analysis failed unexpectedly; try again, and tell the operator if it fails again")
}

fn transcript_error(error: &TranscriptError) -> JobError {
    let code = match error {
        TranscriptError::Empty => "transcript_empty",
        TranscriptError::TooLarge(_) => "transcript_too_large",
        TranscriptError::Damaged { .. } => "transcript_damaged",
        _ => "not_a_transcript",
    };
    JobError { paste_helps: true, ..JobError::new(code, error.to_string()) }
}

fn store_error(error: &StoreError) -> JobError {
    match error {
        StoreError::Unavailable(_) => JobError::new(
            "database_unavailable",
            "the database is unreachable and nothing was changed; try again in a minute",
        ),
        StoreError::Conflict(_) => JobError::new("conflict", error.to_string()),
        StoreError::Corrupt(_) => {
            JobError::new("database_damaged", "this part of the database is damaged; tell the operator")
        }
        StoreError::Database(_) => internal(),
    }
}

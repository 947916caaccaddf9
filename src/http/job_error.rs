//! The HTTP status and title for each [`JobError`] code.

use axum::http::StatusCode;

use super::problem::ProblemBody;
use crate::domain::JobError;

/// Returns the status and title for an error code. An unknown code is an internal error.
pub(super) fn status_and_title(code: &str) -> (StatusCode, &'static str) {
    use StatusCode as S;
    const NO_CAPTIONS: &str = "YouTube did not provide the captions";
    const UNREADABLE: &str = "The transcript cannot be read";
    match code {
        "private" | "age_restricted" | "members_only" | "geo_blocked" | "unplayable" | "captions_disabled"
        | "no_english_track" => (S::UNPROCESSABLE_ENTITY, NO_CAPTIONS),
        "not_found" => (S::NOT_FOUND, NO_CAPTIONS),
        "upcoming" | "still_live" => (S::CONFLICT, NO_CAPTIONS),
        "blocked" | "rate_limited" | "po_token_required" | "client_rejected" => (S::SERVICE_UNAVAILABLE, NO_CAPTIONS),
        "wrong_video" | "upstream" | "unparsable" => (S::BAD_GATEWAY, NO_CAPTIONS),
        "timeout" => (S::GATEWAY_TIMEOUT, NO_CAPTIONS),
        "not_a_church" => (S::UNPROCESSABLE_ENTITY, "The channel is not a church"),
        "transcript_empty" | "not_a_transcript" | "transcript_damaged" => (S::UNPROCESSABLE_ENTITY, UNREADABLE),
        "transcript_too_large" => (S::PAYLOAD_TOO_LARGE, UNREADABLE),
        "too_large" => (S::PAYLOAD_TOO_LARGE, "The sermon is too large"),
        "no_such_sermon" => (S::NOT_FOUND, "No such sermon"),
        "no_transcript" => (S::CONFLICT, "No transcript is stored"),
        "database_unavailable" => (S::SERVICE_UNAVAILABLE, "The database is unreachable"),
        "database_damaged" => (S::SERVICE_UNAVAILABLE, "Part of the database is damaged"),
        "conflict" => (S::CONFLICT, "Changed at the same time"),
        "insufficient_storage" => (S::INSUFFICIENT_STORAGE, "The result could not be saved"),
        "canceled" => (S::CONFLICT, "Canceled"),
        "gave_up" => (S::INTERNAL_SERVER_ERROR, "The job was interrupted too often"),
        _ => (S::INTERNAL_SERVER_ERROR, "Internal error"),
    }
}

impl From<JobError> for ProblemBody {
    fn from(JobError { code, detail, languages, paste_helps, document }: JobError) -> Self {
        let (status, title) = status_and_title(&code);
        Self { languages, paste_helps, document, ..Self::new(status, code, title, detail) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::youtube::ErrorClass;

    #[test]
    fn every_youtube_error_has_a_status() {
        for class in ErrorClass::ALL {
            assert_ne!(status_and_title(class.code()).0, StatusCode::INTERNAL_SERVER_ERROR, "{}", class.code());
        }
    }
}

//! `GET /api/video/{video_id}/transcript`: the transcript of a sermon, in paragraphs.

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::VideoId,
    http::{
        cache::CachePolicy,
        error::AppError,
        problem::ProblemBody,
        state::AppState,
        transcript::{SermonTranscript, TranscriptReader, read_transcript},
    },
};

/// The transcript of a sermon.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TranscriptBody {
    /// ID of the sermon.
    #[schema(example = "sErm0n_Tst1")]
    video_id: String,
    /// Format of the stored captions, such as `json3` or `plain`.
    #[schema(example = "json3")]
    format: &'static str,
    /// Language of the transcript (BCP 47), if known.
    language: Option<String>,
    /// The paragraphs. Joined by single spaces, they form the text that `start_char` and `end_char` refer to.
    paragraphs: Vec<ParagraphBody>,
}

/// A paragraph.
#[derive(Debug, Serialize, ToSchema)]
struct ParagraphBody {
    /// Seconds from the start of the recording to the first word, or null if the transcript has no times.
    start_seconds: Option<f64>,
    /// First code point of the paragraph in the joined text.
    start_char: usize,
    /// One past the last code point of the paragraph.
    end_char: usize,
    /// Text of the paragraph.
    text: String,
}

impl TranscriptBody {
    fn new(id: &VideoId, sermon: &SermonTranscript) -> Self {
        let mut start_char = 0;
        let paragraph = |paragraph| {
            let text = sermon.text(paragraph);
            let end_char = start_char + text.chars().count();
            #[expect(clippy::cast_precision_loss, reason = "no recording is 2^53 milliseconds long")]
            let start_seconds = paragraph.start_ms.map(|milliseconds| milliseconds as f64 / 1000.0);
            let body = ParagraphBody { start_seconds, start_char, end_char, text: text.to_owned() };
            // Paragraphs are separated by a space.
            start_char = end_char + 1;
            body
        };
        Self {
            video_id: id.to_string(),
            format: sermon.transcript.format.name(),
            language: sermon.language.clone(),
            paragraphs: sermon.paragraphs.iter().map(paragraph).collect(),
        }
    }
}

/// Returns the transcript of a sermon in paragraphs.
///
/// `SHOW_TRANSCRIPTS` determines who may read it: anyone, only the admin (the default), or nobody.
#[utoipa::path(
    get, path = "/api/video/{video_id}/transcript", tag = "sermons",
    params(("video_id" = String, Path, description = "The sermon")), security((), ("admin" = [])),
    responses(
        (status = 200, description = "The transcript", body = TranscriptBody),
        (status = 400, description = "Invalid video ID", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Missing or wrong token", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such sermon, no stored transcript, or transcripts are turned off", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all, fields(video = id))]
pub(super) async fn transcript(
    State(state): State<AppState>,
    _reader: TranscriptReader,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let id = VideoId::parse(&id)?;
    let transcript = read_transcript(&state, &id).await?;
    Ok((CachePolicy::NoStore, Json(TranscriptBody::new(&id, &transcript))).into_response())
}

//! The stored transcripts of sermons, shared by the API and the pages, and access to them.

use std::fmt::Write as _;

use axum::{extract::FromRequestParts, http::request::Parts};
use scripture_detector::transcript::{self, Cue, JoinedText, Transcript};

use super::{
    auth::Admin,
    error::AppError,
    state::{AppState, TranscriptAccess},
};
use crate::{
    blocking::blocking,
    domain::{Paragraph, VideoId, paragraphs},
    store::{StoreError, StoredCaptions},
};

/// How long the last cue is shown if the captions do not specify it, in milliseconds.
const LAST_CUE_MS: u64 = 4_000;

/// Permission to read full transcripts, which depends on `SHOW_TRANSCRIPTS`.
#[derive(Debug, Clone, Copy)]
pub(super) struct TranscriptReader;

impl FromRequestParts<AppState> for TranscriptReader {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        match state.settings.transcripts {
            TranscriptAccess::Public => {}
            TranscriptAccess::Admin => drop(Admin::from_request_parts(parts, state).await?),
            TranscriptAccess::Off => return Err(AppError::TranscriptsOff),
        }
        Ok(Self)
    }
}

impl TranscriptAccess {
    /// Returns whether an admin, or any other client, may read transcripts.
    pub(super) const fn allows(self, is_admin: bool) -> bool {
        match self {
            Self::Public => true,
            Self::Admin => is_admin,
            Self::Off => false,
        }
    }
}

/// The transcript of a sermon, ready to display.
#[derive(Debug)]
pub(super) struct SermonTranscript {
    pub(super) transcript: Transcript,
    /// The text that paragraphs and references refer to.
    pub(super) joined: JoinedText,
    pub(super) paragraphs: Vec<Paragraph>,
    /// The language (BCP 47), if known.
    pub(super) language: Option<String>,
}

/// Reads the transcript of a sermon.
pub(super) async fn read_transcript(state: &AppState, id: &VideoId) -> Result<SermonTranscript, AppError> {
    let Some(stored) = state.store.transcript(id).await? else {
        let exists = state.store.video(id).await?.is_some();
        return Err(if exists { AppError::NoTranscript(id.clone()) } else { AppError::NoSuchSermon(id.clone()) });
    };
    let id = id.clone();
    // Parsing five megabytes takes a noticeable fraction of a second.
    let _permit = state.heavy.permit().await?;
    blocking(move || {
        SermonTranscript::parse(stored).map_err(|error| {
            let corrupt = StoreError::Corrupt(format!("the stored captions of {id}: {error}"));
            AppError::from(corrupt)
        })
    })
    .await
}

impl SermonTranscript {
    fn parse(captions: StoredCaptions) -> Result<Self, transcript::TranscriptError> {
        let transcript = transcript::read(&captions.body)?;
        let joined = transcript.joined();
        let paragraphs = paragraphs(&transcript, &joined);
        Ok(Self { language: captions.language.or_else(|| transcript.language.clone()), paragraphs, joined, transcript })
    }

    /// Returns the text of a paragraph.
    pub(super) fn text(&self, paragraph: &Paragraph) -> &str {
        &self.joined.as_str()[paragraph.range.clone()]
    }

    /// Returns the transcript as plain text, with an empty line between paragraphs.
    pub(super) fn to_plain_text(&self) -> String {
        let paragraphs: Vec<_> = self.paragraphs.iter().map(|paragraph| self.text(paragraph)).collect();
        paragraphs.join("\n\n") + "\n"
    }

    /// Returns the cues in `SubRip` format, or `None` if the transcript has no times.
    pub(super) fn to_srt(&self) -> Option<String> {
        let timed = |cue: &'_ Cue| Some((cue.start_ms?, cue.duration_ms, cue.text.clone()));
        let cues: Vec<_> = self.transcript.cues.iter().filter_map(timed).collect();
        if cues.is_empty() {
            return None;
        }
        let mut srt = String::new();
        for (index, (start, duration, text)) in cues.iter().enumerate() {
            let next = cues.get(index + 1).map(|(next, ..)| *next).filter(|next| next > start);
            let end = match (duration.map(|duration| start + duration), next) {
                // Most players draw overlapping cues on top of each other.
                (Some(end), Some(next)) => end.min(next),
                (Some(end), None) => end,
                (None, Some(next)) => next,
                (None, None) => start + LAST_CUE_MS,
            };
            // A `-->` in the text would be parsed as a time range.
            let text = text.replace("-->", "->");
            write!(srt, "{}\n{} --> {}\n{text}\n\n", index + 1, srt_time(*start), srt_time(end)).expect("a text");
        }
        Some(srt)
    }
}

/// Formats a time for `SubRip`: `00:01:05,500`.
fn srt_time(milliseconds: u64) -> String {
    let (seconds, milliseconds) = (milliseconds / 1_000, milliseconds % 1_000);
    format!("{:02}:{:02}:{:02},{milliseconds:03}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(captions: &str) -> SermonTranscript {
        let captions = StoredCaptions { body: captions.into(), format: String::new(), language: None };
        SermonTranscript::parse(captions).expect("captions")
    }

    #[test]
    fn both_downloads_have_the_words_and_srt_has_the_times_too() {
        let captions =
            "WEBVTT\n\n01:05.500 --> 01:09.000\nTurn to <i>Romans</i> 8\n\n01:08.000 --> 01:10.250\nverse 1\n";
        let transcript = parse(captions);
        assert_eq!(transcript.to_plain_text(), "Turn to Romans 8 verse 1\n");
        let srt = transcript.to_srt().expect("times");
        assert_eq!(
            srt,
            "1\n00:01:05,500 --> 00:01:08,000\nTurn to Romans 8\n\n2\n00:01:08,000 --> 00:01:10,250\nverse 1\n\n"
        );
        let again = parse(&srt);
        assert_eq!(again.joined.as_str(), transcript.joined.as_str());
        assert_eq!(again.joined.time_at(20), Some(68_000));
    }

    #[test]
    fn without_times_there_is_no_srt() {
        assert_eq!(parse("In the beginning God created the heaven and the earth.").to_srt(), None);
    }
}

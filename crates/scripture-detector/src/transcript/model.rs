//! The one type that every format is read into.

use serde::Serialize;

use super::JoinedText;

/// The words of a video with their times.
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    /// The format that it was read from.
    pub format: Format,
    /// Language (BCP 47), when the file says it.
    pub language: Option<String>,
    /// The cues in the order of time.
    pub cues: Vec<Cue>,
    /// Headings that stood between the cues of a copied transcript panel.
    pub chapters: Vec<String>,
}

/// One caption: a line or two of text that is shown together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cue {
    /// Milliseconds from the start of the video; none for a text without times.
    pub start_ms: Option<u64>,
    /// Milliseconds that it is shown; none where the file does not say.
    pub duration_ms: Option<u64>,
    /// Its text: tags gone, entities resolved, white space folded, never empty.
    pub text: String,
    /// The times of its words, where the file has them; otherwise empty.
    #[serde(skip)]
    pub words: Vec<WordTime>,
}

/// When a word of a cue begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct WordTime {
    /// Byte offset of the word in the text of its cue.
    pub offset: usize,
    /// Milliseconds from the start of the video.
    pub start_ms: u64,
}

/// The caption formats that are told apart by content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// YouTube's JSON with an offset for each word.
    Json3,
    /// YouTube's first XML: `<text start dur>` in seconds, escaped twice.
    Srv1,
    /// YouTube's second XML: `<text t d>` in milliseconds.
    Srv2,
    /// YouTube's third XML: `<p t d>` with `<s t>` for words.
    Srv3,
    /// W3C Timed Text Markup Language.
    Ttml,
    /// W3C Web Video Text Tracks, also YouTube's rolling kind.
    WebVtt,
    /// SubRip.
    Srt,
    /// YouTube Studio's `0:00:01.000,0:00:02.000`.
    Sbv,
    /// A JSON list of `{text, start, duration}`.
    Snippets,
    /// Lines with their times in brackets: Whisper's `[00:00.000 --> 00:02.000] text`, and `[23.3s] text`.
    Whisper,
    /// YouTube's transcript panel, copied.
    Panel,
    /// Text without times.
    Plain,
}

impl Transcript {
    /// Joins the cues by one space each.
    pub fn joined(&self) -> JoinedText {
        JoinedText::of(self)
    }

    /// The end of the last cue in milliseconds, or its start where its length is not known.
    pub fn end_ms(&self) -> Option<u64> {
        self.cues.iter().filter_map(|cue| cue.start_ms.map(|start| start + cue.duration_ms.unwrap_or(0))).max()
    }
}

impl Format {
    /// The name in documents, such as `json3`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json3 => "json3",
            Self::Srv1 => "srv1",
            Self::Srv2 => "srv2",
            Self::Srv3 => "srv3",
            Self::Ttml => "ttml",
            Self::WebVtt => "webvtt",
            Self::Srt => "srt",
            Self::Sbv => "sbv",
            Self::Snippets => "snippets",
            Self::Whisper => "whisper",
            Self::Panel => "panel",
            Self::Plain => "plain",
        }
    }
}

/// The bytes are no transcript; says why, and what to send instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TranscriptError {
    /// No words in it.
    #[error("the transcript is empty: paste or upload the captions of the sermon")]
    Empty,
    /// Larger than 5 MB, or more than 50,000 cues.
    #[error("the transcript is too large: {0}; at most 5 MB and 50,000 cues are taken")]
    TooLarge(String),
    /// HTML, binary, or another thing that is no text of a sermon.
    #[error("this is not a transcript: {0}")]
    NotCaptions(String),
    /// The format was recognized and the file is broken in a way that would lose words.
    #[error("the {} file is damaged: {reason}", format.name())]
    Damaged {
        /// What it was taken for.
        format: Format,
        /// What is wrong, and where.
        reason: String,
    },
}

//! The transcript type that every format is read into.

use serde::Serialize;

use super::JoinedText;

/// What is said in a recording, as a list of cues.
///
/// [`read`](super::read) creates one from a file. To build one from other sources, keep the promises of the fields: cues are
/// in chronological order, and their text is not empty and has collapsed whitespace.
///
/// # Examples
///
/// ```
/// use scripture_detector::{
///     analyze,
///     transcript::{Cue, Format, Transcript},
/// };
///
/// let cue = |start_ms, text: &str| Cue {
///     start_ms: Some(start_ms),
///     duration_ms: None,
///     text: text.to_owned(),
///     words: Vec::new(),
/// };
/// let transcript = Transcript {
///     format: Format::Plain,
///     language: Some("en".to_owned()),
///     cues: vec![cue(0, "Turn to Psalm"), cue(1500, "23 verse 4")],
///     chapters: Vec::new(),
///     warnings: Vec::new(),
/// };
/// let analysis = analyze(&transcript)?;
/// assert_eq!(analysis.references[0].osis, "Ps.23.4");
/// # Ok::<(), scripture_detector::TooManyMentions>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    /// The format of the file.
    pub format: Format,
    /// The language (BCP 47) if the file specifies it.
    pub language: Option<String>,
    /// The cues in the order in which they were spoken. Times rise, except where a numbered file jumps back by mistake.
    pub cues: Vec<Cue>,
    /// The chapter headings between the cues of a copied transcript panel.
    pub chapters: Vec<String>,
    /// What could not be parsed, and other problems with the file.
    pub warnings: Vec<Warning>,
}

/// Something that the reader of a result should know about the transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What kind of warning it is.
    pub code: WarningCode,
    /// A sentence for the reader, such as `3 lines look like times that could not be read`.
    pub detail: String,
}

/// The kinds of [`Warning`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WarningCode {
    /// The file has times in a form that cannot be parsed. They are read as text.
    TimesNotUnderstood,
    /// The transcript is not in English, so its references cannot be found.
    NotEnglish,
    /// Parts of the transcript are not in English.
    MixedLanguages,
}

impl WarningCode {
    /// Returns the name of the code, such as `not_english`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TimesNotUnderstood => "times_not_understood",
            Self::NotEnglish => "not_english",
            Self::MixedLanguages => "mixed_languages",
        }
    }
}

/// One caption: a line or two of text that are shown together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cue {
    /// Milliseconds from the start of the recording; `None` if the file has no times.
    pub start_ms: Option<u64>,
    /// The duration in milliseconds; `None` if the file does not specify it.
    pub duration_ms: Option<u64>,
    /// The text, without tags, with entities resolved and whitespace collapsed. It is never empty.
    pub text: String,
    /// The times of the words, if the file has them.
    #[serde(skip)]
    pub words: Vec<WordTime>,
}

/// The start of a word in a cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct WordTime {
    /// The byte offset of the word in the text of its cue.
    pub offset: usize,
    /// Milliseconds from the start of the recording.
    pub start_ms: u64,
}

/// The caption formats. [`read`](super::read) detects them from the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Format {
    /// YouTube's json3, with an offset for each word.
    Json3,
    /// YouTube's first XML format: `<text start dur>` in seconds, escaped twice.
    Srv1,
    /// YouTube's second XML format: `<text t d>` in milliseconds.
    Srv2,
    /// YouTube's third XML format: `<p t d>` with `<s t>` for words.
    Srv3,
    /// W3C Timed Text Markup Language.
    Ttml,
    /// W3C WebVTT, including YouTube's rolling captions.
    WebVtt,
    /// SubRip.
    Srt,
    /// YouTube Studio's SBV: `0:00:01.000,0:00:02.000`.
    Sbv,
    /// Advanced `SubStation` Alpha, and its predecessor SSA.
    Ass,
    /// Microsoft's SAMI: `<SYNC Start=1000>`.
    Sami,
    /// A JSON list of `{text, start, duration}`, and the JSON of speech recognition services.
    Snippets,
    /// Lines with times in brackets: Whisper's `[00:00.000 --> 00:02.000] text`, `[23.3s] text`, and LRC.
    Whisper,
    /// A table with columns for the start and the text, such as Whisper's TSV and CSV.
    Table,
    /// Lines with a speaker and a time above each paragraph, as Otter, Rev, Teams and Zoom write them.
    Headings,
    /// A copy of YouTube's transcript panel.
    Panel,
    /// Text without times.
    Plain,
}

impl Transcript {
    /// Creates a transcript without a language, chapters and warnings.
    pub(super) fn new(format: Format, cues: Vec<Cue>) -> Self {
        Self { format, language: None, cues, chapters: Vec::new(), warnings: Vec::new() }
    }

    /// Joins the cues with spaces.
    pub fn joined(&self) -> JoinedText {
        JoinedText::from_transcript(self)
    }

    /// Returns the end of the last cue in milliseconds, or its start if its duration is unknown.
    pub fn end_ms(&self) -> Option<u64> {
        self.cues.iter().filter_map(|cue| cue.start_ms.map(|start| start + cue.duration_ms.unwrap_or(0))).max()
    }
}

impl Format {
    /// Returns the name of the format, such as `json3`.
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
            Self::Ass => "ass",
            Self::Sami => "sami",
            Self::Snippets => "snippets",
            Self::Whisper => "whisper",
            Self::Table => "table",
            Self::Headings => "headings",
            Self::Panel => "panel",
            Self::Plain => "plain",
        }
    }
}

/// The file is not a transcript. The message says why, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TranscriptError {
    /// The file has no text.
    #[error("the transcript is empty: paste or upload the captions of the sermon")]
    Empty,
    /// The file exceeds [`MAX_BYTES`](super::MAX_BYTES) or [`MAX_CUES`](super::MAX_CUES).
    #[error("the transcript is too large: {0}; the limits are 5 MB and 50,000 cues")]
    TooLarge(String),
    /// The file is HTML, binary, or something else that is not a transcript.
    #[error("this is not a transcript: {0}")]
    NotCaptions(String),
    /// The format was recognized, but the file is damaged in a way that would lose text.
    #[error("the {} file is damaged: {reason}", format.name())]
    Damaged {
        /// The format that was recognized.
        format: Format,
        /// What is wrong, and where.
        reason: String,
    },
}

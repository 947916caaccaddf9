//! Caption files of every format, read into one type.
//!
//! Pure: bytes in, [`Transcript`] out. Knows nothing of where the bytes came from.

use serde::Serialize;

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
    /// A JSON list of `{text, start, duration}`.
    Snippets,
    /// Whisper's `[00:00.000 --> 00:02.000] text`.
    Whisper,
    /// YouTube's transcript panel, copied.
    Panel,
    /// Text without times.
    Plain,
}

/// All cues joined by one space, with the way back from a place in the text to its time.
///
/// White space is folded; the text is what the detector reads, and what `start_char` counts in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JoinedText {
    text: String,
    /// Byte offset and milliseconds, ascending by offset; a word's own time where it is known, else its cue's.
    times: Vec<(usize, u64)>,
    /// Byte offset at which each cue begins, ascending.
    cues: Vec<usize>,
}

impl JoinedText {
    /// A text without times.
    pub fn plain(text: &str) -> Self {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { text, times: Vec::new(), cues: vec![0] }
    }

    /// The joined text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Milliseconds of the word that holds the byte at `offset`; none in a text without times.
    pub fn time_at(&self, offset: usize) -> Option<u64> {
        let after = self.times.partition_point(|&(start, _)| start <= offset);
        after.checked_sub(1).map(|index| self.times[index].1)
    }

    /// The text of the cue that holds the byte at `offset`.
    pub fn cue_at(&self, offset: usize) -> &str {
        let after = self.cues.partition_point(|&start| start <= offset);
        let start = after.checked_sub(1).map_or(0, |index| self.cues[index]);
        let end = self.cues.get(after).map_or(self.text.len(), |&next| next.saturating_sub(1));
        &self.text[start..end]
    }
}

impl Transcript {
    /// Joins the cues by one space each.
    pub fn joined(&self) -> JoinedText {
        let mut joined = JoinedText::default();
        for cue in &self.cues {
            if !joined.text.is_empty() {
                joined.text.push(' ');
            }
            let base = joined.text.len();
            joined.cues.push(base);
            if let Some(start) = cue.start_ms {
                if cue.words.first().is_none_or(|word| word.offset > 0) {
                    joined.times.push((base, start));
                }
                joined.times.extend(cue.words.iter().map(|word| (base + word.offset, word.start_ms)));
            }
            joined.text.push_str(&cue.text);
        }
        joined
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
    /// The format was recognised and the file is broken in a way that would lose words.
    #[error("the {} file is damaged: {reason}", format.name())]
    Damaged {
        /// What it was taken for.
        format: Format,
        /// What is wrong, and where.
        reason: String,
    },
}

/// Reads a caption file, told apart by its content.
pub fn read(bytes: &[u8]) -> Result<Transcript, TranscriptError> {
    let text = String::from_utf8_lossy(bytes);
    let joined = JoinedText::plain(&text);
    if joined.as_str().is_empty() {
        return Err(TranscriptError::Empty);
    }
    let cue = Cue { start_ms: None, duration_ms: None, text: joined.text, words: Vec::new() };
    Ok(Transcript { format: Format::Plain, language: None, cues: vec![cue], chapters: Vec::new() })
}

//! Reading caption files of any common format into one [`Transcript`] type.
//!
//! ```text
//! bytes -> decode -> detect the format -> read -> validate and sort -> Transcript
//! ```
//!
//! The format is detected from the content; file names and media types are not needed. See [`Format`] for the supported
//! formats.

mod arrows;
mod automatic;
mod bracketed;
mod clock;
mod cue;
mod encoding;
mod joined;
mod json3;
mod model;
mod panel;
mod plain;
mod rolling;
mod sniff;
mod snippets;
mod srt;
mod text;
mod timedtext;
mod ttml;
mod webvtt;
mod xml;

use std::borrow::Cow;

pub use joined::JoinedText;
pub use model::{Cue, Format, Transcript, TranscriptError, WordTime};
use sniff::Content;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 5 * 1024 * 1024;

/// The largest number of cues that is read.
pub const MAX_CUES: usize = 50_000;

/// Decodes a text file in UTF-8, UTF-16 or Windows-1252. Returns an error if it is too large or binary.
///
/// # Examples
///
/// ```
/// use scripture_detector::transcript;
///
/// assert_eq!(transcript::decode(b"caf\xe9")?, "café");
/// let error = transcript::decode(b"%PDF-1.7").unwrap_err();
/// assert_eq!(error.to_string(), "this is not a transcript: it is a PDF; copy its text and paste that");
/// # Ok::<(), scripture_detector::transcript::TranscriptError>(())
/// ```
pub fn decode(bytes: &[u8]) -> Result<String, TranscriptError> {
    if bytes.len() > MAX_BYTES {
        return Err(TranscriptError::TooLarge(format!("it has {} bytes", bytes.len())));
    }
    encoding::decode(bytes).map(Cow::into_owned)
}

/// Reads a caption file or a plain text. The format is detected from the content.
///
/// # Examples
///
/// ```
/// use scripture_detector::transcript::{self, Format};
///
/// let transcript = transcript::read(b"WEBVTT\n\n00:01.000 --> 00:03.000\nTurn to <i>Romans</i> 8\n")?;
/// assert_eq!(transcript.format, Format::WebVtt);
/// assert_eq!(transcript.cues[0].text, "Turn to Romans 8");
/// assert_eq!(transcript.cues[0].start_ms, Some(1000));
/// # Ok::<(), scripture_detector::transcript::TranscriptError>(())
/// ```
pub fn read(bytes: &[u8]) -> Result<Transcript, TranscriptError> {
    if bytes.len() > MAX_BYTES {
        return Err(TranscriptError::TooLarge(format!("it has {} bytes", bytes.len())));
    }
    let text = encoding::normalize(encoding::decode(bytes)?);
    let transcript = match sniff::detect(&text)? {
        Content::Json3(value) => json3::read(&value),
        Content::Snippets(value) => snippets::read(&value),
        Content::TimedText(root) => timedtext::read(&root),
        Content::Ttml(root) => ttml::read(&root),
        Content::WebVtt => Ok(webvtt::read(&text)),
        Content::Srt => Ok(srt::read(&text)),
        Content::Sbv => Ok(srt::read_sbv(&text)),
        Content::Bracketed => Ok(bracketed::read(&text)),
        Content::Panel(layout) => Ok(panel::read(&text, layout)),
        Content::Plain => Ok(plain::read(&text)),
    }?;
    validate(transcript)
}

/// Removes empty cues, checks the number of cues, and sorts them by time.
fn validate(mut transcript: Transcript) -> Result<Transcript, TranscriptError> {
    transcript.cues.retain(|cue| !cue.text.is_empty());
    match transcript.cues.len() {
        0 => Err(TranscriptError::Empty),
        count if count > MAX_CUES => Err(TranscriptError::TooLarge(format!("it has {count} cues"))),
        _ => {
            transcript.cues.sort_by_key(|cue| cue.start_ms);
            Ok(transcript)
        }
    }
}

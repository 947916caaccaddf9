//! Reading caption files of any common format into one [`Transcript`] type.
//!
//! ```text
//! bytes -> decode -> detect the format -> read -> sort -> remove repeated lines -> Transcript
//! ```
//!
//! The format is detected from the content; file names and media types are not needed. See [`Format`] for the supported
//! formats.

mod arrows;
mod ass;
mod automatic;
mod bracketed;
mod clock;
mod cue;
mod doubts;
mod encoding;
mod fields;
mod frames;
mod headings;
mod joined;
mod json;
mod json3;
mod model;
mod order;
mod other_text;
mod panel;
mod plain;
mod python;
mod records;
mod repeats;
mod rewrite;
mod rolling;
mod sami;
mod sniff;
mod speakers;
mod srt;
mod table;
mod text;
mod timedtext;
mod ttml;
mod webvtt;
mod word_list;
mod xml;

use std::borrow::Cow;

pub use joined::JoinedText;
pub use model::{Cue, Format, Transcript, TranscriptError, Warning, WarningCode, WordTime};
use order::Order;
use panel::Panel;
use sniff::Content;

/// Maximum size of a file, in bytes.
pub const MAX_BYTES: usize = 5 * 1024 * 1024;

/// Maximum number of cues.
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

/// Reads a caption file or plain text. The format is detected from the content.
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
    let by_time = |transcript| Ok((transcript, Order::ByTime));
    let (mut transcript, order) = match sniff::detect(&text)? {
        Content::Json3(file) => json3::read(&file).and_then(by_time),
        Content::Records(value) => records::read(&value, &records::find(&value).unwrap_or_default()),
        Content::TimedText(tree) => timedtext::read(tree.root()).and_then(by_time),
        Content::Ttml(tree) => ttml::read(tree.root()).and_then(by_time),
        Content::WebVtt => Ok(webvtt::read(&text)),
        Content::Framed => by_time(frames::read(&text)),
        Content::Ass => by_time(ass::read(&text)),
        Content::Sami => by_time(sami::read(&text)),
        Content::Srt => Ok(srt::read(&text)),
        Content::Sbv => Ok(srt::read_sbv(&text)),
        Content::Bracketed => by_time(bracketed::read(&text)),
        Content::Table(table) => by_time(table.read()),
        Content::Headings(headings) => Ok((headings.read(), Order::OfFile)),
        Content::Panel(panel) => by_time(panel.read_without_labels(&text)),
        Content::AccessiblePanel(text) => match Panel::detect(panel::content_lines(&text)) {
            Some(panel) => by_time(panel.read()),
            None => by_time(plain::read(&text)),
        },
        Content::Rewritten(text) => by_time(bracketed::read(&text)),
        Content::Plain => by_time(read_plain(&speakers::without_labels(&text))),
    }?;
    transcript.cues.retain(|cue| !cue.text.is_empty());
    if transcript.cues.len() > MAX_CUES {
        return Err(TranscriptError::TooLarge(format!("it has {} cues", transcript.cues.len())));
    }
    if transcript.cues.is_empty() {
        return Err(TranscriptError::Empty);
    }
    order::arrange(&mut transcript.cues, order);
    speakers::remove_labels(&mut transcript.cues, transcript.format);
    repeats::undo(&mut transcript.cues);
    doubts::add_warnings(&mut transcript);
    Ok(transcript)
}

/// Reads text without any known format. If its lines have times in an unusual form, they are read as well.
fn read_plain(text: &str) -> Transcript {
    let rewritten = rewrite::with_leading_times(text);
    let timed = rewritten.map(|rewritten| bracketed::read(&rewritten));
    timed.filter(|timed| timed.cues.iter().any(|cue| !cue.text.is_empty())).unwrap_or_else(|| plain::read(text))
}

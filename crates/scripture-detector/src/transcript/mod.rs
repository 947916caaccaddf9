//! Caption files of every format, read into one type.
//!
//! Pure: bytes in, [`Transcript`] out. Knows nothing of where the bytes came from.
//!
//! ```text
//! bytes -> encoding -> text -> sniff -> one reader a format -> cues -> checked, in the order of time
//! ```

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

/// The largest file that is read.
pub const MAX_BYTES: usize = 5 * 1024 * 1024;

/// The largest number of cues that is read.
pub const MAX_CUES: usize = 50_000;

/// The text in the bytes of a file, whatever its encoding; what is no text is refused with the reason.
pub fn decode(bytes: &[u8]) -> Result<String, TranscriptError> {
    if bytes.len() > MAX_BYTES {
        return Err(TranscriptError::TooLarge(format!("it has {} bytes", bytes.len())));
    }
    encoding::decode(bytes).map(Cow::into_owned)
}

/// Reads a caption file, told apart by its content.
pub fn read(bytes: &[u8]) -> Result<Transcript, TranscriptError> {
    if bytes.len() > MAX_BYTES {
        return Err(TranscriptError::TooLarge(format!("it has {} bytes", bytes.len())));
    }
    let text = encoding::normalized(encoding::decode(bytes)?);
    let transcript = match sniff::content(&text)? {
        Content::Json3(value) => json3::read(&value),
        Content::Snippets(value) => snippets::read(&value),
        Content::TimedText(root) => timedtext::read(&root),
        Content::Ttml(root) => ttml::read(&root),
        Content::WebVtt => Ok(webvtt::read(&text)),
        Content::Srt => Ok(srt::read(&text)),
        Content::Sbv => Ok(srt::read_sbv(&text)),
        Content::Bracketed => Ok(bracketed::read(&text)),
        Content::Panel(mode) => Ok(panel::read(&text, mode)),
        Content::Plain => Ok(plain::read(&text)),
    }?;
    checked(transcript)
}

/// Holds what every transcript promises: some cues, not too many, none of them empty, in the order of time.
fn checked(mut transcript: Transcript) -> Result<Transcript, TranscriptError> {
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

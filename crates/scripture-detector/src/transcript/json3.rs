//! YouTube's json3 format: `events[]` with `tStartMs`, `dDurationMs` and `segs[].{utf8, tOffsetMs}`.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, Visitor},
};

use super::{Cue, Format, Transcript, TranscriptError, automatic, clock, cue::CueBuilder};

/// A file. Text is borrowed from it where it has no escapes.
#[derive(Debug, Deserialize)]
pub(super) struct File<'a> {
    #[serde(borrow)]
    events: Option<Vec<Option<Event<'a>>>>,
    #[serde(rename = "wireMagic")]
    wire_magic: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
struct Event<'a> {
    #[serde(rename = "tStartMs")]
    start: Option<Milliseconds>,
    #[serde(rename = "dDurationMs")]
    duration: Option<Milliseconds>,
    #[serde(borrow)]
    segs: Option<Vec<Option<Segment<'a>>>>,
    #[serde(rename = "aAppend")]
    append: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
struct Segment<'a> {
    #[serde(borrow, default)]
    utf8: Text<'a>,
    #[serde(rename = "tOffsetMs")]
    offset: Option<Milliseconds>,
    #[serde(rename = "acAsrConf")]
    confidence: Option<IgnoredAny>,
}

/// A time in milliseconds, given as a number or as a string of digits. `None` if it is neither.
#[derive(Debug, Clone, Copy)]
struct Milliseconds(Option<f64>);

/// Text, which may be `null`.
#[derive(Debug, Default)]
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Milliseconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MillisecondsVisitor)
    }
}

struct MillisecondsVisitor;

#[expect(clippy::cast_precision_loss, reason = "times are below 2^52 milliseconds")]
impl Visitor<'_> for MillisecondsVisitor {
    type Value = Milliseconds;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a time in milliseconds")
    }

    fn visit_u64<E>(self, value: u64) -> Result<Milliseconds, E> {
        Ok(Milliseconds(Some(value as f64)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Milliseconds, E> {
        Ok(Milliseconds(Some(value as f64)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Milliseconds, E> {
        Ok(Milliseconds(Some(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Milliseconds, E> {
        Ok(Milliseconds(value.trim().parse().ok()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Milliseconds, E> {
        Ok(Milliseconds(None))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(""))
    }
}

/// Parses a file. Returns `None` if it is JSON of another kind, or damaged.
pub(super) fn parse(text: &str) -> Option<File<'_>> {
    let file: File<'_> = serde_json::from_str(text).ok()?;
    (file.events.is_some() || file.wire_magic.is_some()).then_some(file)
}

/// Reads a parsed file.
pub(super) fn read(file: &File<'_>) -> Result<Transcript, TranscriptError> {
    let events = file.events.as_deref().unwrap_or_default();
    let is_automatic = events.iter().flatten().any(is_automatic);
    let mut cues = Vec::with_capacity(events.len());
    // An event without a start has that of the previous event. The first one defaults to 0.
    let mut start = 0;
    for (index, event) in events.iter().enumerate() {
        let Some(event) = event else { continue };
        if let Some(time) = event.start {
            start = time.convert(clock::start_from_seconds).ok_or_else(|| TranscriptError::Damaged {
                format: Format::Json3,
                reason: format!("the start of event {index} is not a valid time"),
            })?;
        }
        if let Some(segments) = &event.segs {
            cues.push(cue(event, start, segments, is_automatic));
        }
    }
    cues.retain(|cue| !cue.text.is_empty());
    if is_automatic {
        automatic::end_at_next_start(&mut cues);
    }
    Ok(Transcript::new(Format::Json3, cues))
}

/// Returns whether an event comes from speech recognition: its words have offsets or a confidence, or it appends to the
/// previous line.
fn is_automatic(event: &Event<'_>) -> bool {
    let recognized = |segment: &Segment<'_>| segment.offset.is_some() || segment.confidence.is_some();
    event.append.is_some() || event.segs.iter().flatten().flatten().any(recognized)
}

/// Reads the cue of one event.
fn cue(event: &Event<'_>, start: u64, segments: &[Option<Segment<'_>>], is_automatic: bool) -> Cue {
    let mut cue = CueBuilder::default();
    for segment in segments.iter().flatten() {
        let offset = || segment.offset.and_then(|time| time.convert(clock::from_seconds)).unwrap_or(0);
        cue.push(&segment.utf8.0, is_automatic.then(|| start + offset()));
    }
    cue.finish(start, event.duration.and_then(|time| time.convert(clock::from_seconds)))
}

impl Milliseconds {
    fn convert(self, convert: fn(f64) -> Option<u64>) -> Option<u64> {
        convert(self.0? / 1000.0)
    }
}

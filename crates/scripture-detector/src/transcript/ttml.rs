//! W3C Timed Text Markup Language 2, including DFXP and IMSC: `<tt><body><div><p begin end>`.

use std::borrow::Cow;

use super::{
    Cue, Format, Transcript, TranscriptError, clock,
    cue::CueBuilder,
    xml::{Element, Node},
};

/// Frames and ticks per second (TTML2, section 7.2).
#[derive(Debug, Clone, Copy)]
struct Rates {
    frames: f64,
    ticks: f64,
}

/// Reads a file from its root element.
pub(super) fn read(root: Element<'_>) -> Result<Transcript, TranscriptError> {
    let rates = Rates::from_root(root);
    let mut cues = Vec::new();
    for body in root.elements().filter(|element| element.name() == "body") {
        collect_cues(body, 0, rates, &mut cues)
            .map_err(|reason| TranscriptError::Damaged { format: Format::Ttml, reason })?;
    }
    // A file without any times is text.
    if !has_times(root) {
        for cue in &mut cues {
            cue.start_ms = None;
        }
    }
    let language = root.attribute("lang").filter(|code| !code.is_empty()).map(Cow::into_owned);
    Ok(Transcript { language, ..Transcript::new(Format::Ttml, cues) })
}

/// Returns whether any element has a time.
fn has_times(element: Element<'_>) -> bool {
    element.attribute("begin").is_some() || element.elements().any(has_times)
}

impl Rates {
    /// Reads the rates from the root element. The tick rate defaults to the (sub)frame rate if there is one, otherwise to 1.
    fn from_root(root: Element<'_>) -> Self {
        let rate = |name| {
            root.attribute(name).and_then(|value| value.trim().parse::<f64>().ok()).filter(|&rate| is_rate(rate))
        };
        let frames = rate("frameRate");
        let parts = frames.map(|frames| frames * rate("subFrameRate").unwrap_or(1.0));
        Self {
            frames: frames.unwrap_or(30.0)
                * root.attribute("frameRateMultiplier").and_then(|text| parse_multiplier(&text)).unwrap_or(1.0),
            ticks: rate("tickRate").or(parts).unwrap_or(1.0),
        }
    }
}

/// Returns whether a number is a valid rate.
fn is_rate(rate: f64) -> bool {
    rate > 0.0 && rate.is_finite()
}

/// Parses a frame rate multiplier: `1000 1001` turns 30 frames per second into 29.97.
fn parse_multiplier(text: &str) -> Option<f64> {
    let (numerator, denominator) = text.trim().split_once([' ', ':'])?;
    let ratio = numerator.parse::<f64>().ok()? / denominator.trim().parse::<f64>().ok()?;
    Some(ratio).filter(|&rate| is_rate(rate))
}

/// Appends the cues of an element, whose times are relative to `offset`, the start of its parent.
fn collect_cues(element: Element<'_>, offset: u64, rates: Rates, cues: &mut Vec<Cue>) -> Result<(), String> {
    let begin = time(element, "begin", rates)?;
    let start = offset + begin.unwrap_or(0);
    let has_timed_parts =
        element.name() == "p" && begin.is_none() && element.elements().any(|part| part.attribute("begin").is_some());
    if has_timed_parts || matches!(element.name(), "body" | "div") {
        return element.elements().try_for_each(|part| collect_cues(part, start, rates, cues));
    }
    if !matches!(element.name(), "p" | "span") {
        return Ok(());
    }
    let until = time(element, "end", rates)?.and_then(|end| (offset + end).checked_sub(start));
    let duration = time(element, "dur", rates)?.or(until);
    if begin.is_some() && element.elements().any(|part| part.attribute("begin").is_some()) {
        let mut cue = CueBuilder::default();
        push_parts(&mut cue, element, start, duration, rates)?;
        cues.push(cue.finish(start, duration));
    } else {
        cues.push(Cue::timed(start, duration, &element.text()));
    }
    Ok(())
}

/// Appends the text of a paragraph whose spans have times of their own. They are relative to the paragraph (TTML2, section
/// 12.1.1); some programs write them relative to the recording, so that they would start after the end of the paragraph.
fn push_parts(
    cue: &mut CueBuilder,
    element: Element<'_>,
    start: u64,
    duration: Option<u64>,
    rates: Rates,
) -> Result<(), String> {
    for node in element.children() {
        match node {
            Node::Text(text) => cue.push(text, Some(start)),
            Node::Element(br) if br.name() == "br" => cue.push(" ", None),
            Node::Element(part) => {
                let begin = time(part, "begin", rates)?.unwrap_or(0);
                let is_absolute = begin >= start && start > 0 && duration.is_some_and(|duration| begin > duration);
                push_parts(cue, part, if is_absolute { begin } else { start + begin }, duration, rates)?;
            }
        }
    }
    Ok(())
}

/// Reads the time in an attribute: a clock time (`00:00:02.400`, `00:00:02:12` with frames) or an offset (`2.4s`, `75f`).
fn time(element: Element<'_>, name: &str, rates: Rates) -> Result<Option<u64>, String> {
    let Some(text) = element.attribute(name) else { return Ok(None) };
    let text = text.trim();
    let parsed = if text.contains(':') { parse_clock_time(text, rates) } else { parse_offset_time(text, rates) };
    parsed.map(Some).ok_or_else(|| format!("<{} {name}=\"{text}\"> is not a valid time", element.name()))
}

/// Parses `hours:minutes:seconds`, with a fraction or with frames after a third colon.
fn parse_clock_time(text: &str, rates: Rates) -> Option<u64> {
    let (time, rest) = clock::parse_prefix(text)?;
    match rest.strip_prefix(':') {
        Some(frames) => Some(time + clock::from_seconds(frames.parse::<f64>().ok()? / rates.frames)?),
        None => rest.is_empty().then_some(time),
    }
}

/// Parses a number with a unit.
fn parse_offset_time(text: &str, rates: Rates) -> Option<u64> {
    let unit = text.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    let number: f64 = number.parse().ok()?;
    clock::from_seconds(match unit {
        "h" => number * 3600.0,
        "m" => number * 60.0,
        "s" | "" => number,
        "ms" => number / 1000.0,
        "f" => number / rates.frames,
        "t" => number / rates.ticks,
        _ => return None,
    })
}

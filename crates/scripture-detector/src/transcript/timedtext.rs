//! YouTube's XML: srv1 (`<transcript><text start dur>`), srv2 (`<timedtext><text t d>`) and srv3
//! (`<timedtext><p t d><s t>`).

use super::{
    Cue, Format, Transcript, TranscriptError, automatic, clock,
    cue::CueBuilder,
    xml::{Element, Node},
};

/// Reads the file with this root element.
pub(super) fn read(root: &Element) -> Result<Transcript, TranscriptError> {
    let format = format(root);
    let cues = match format {
        Format::Srv1 => numbered(&root.descendants("text"), format, srv1),
        Format::Srv2 => srv2(&root.descendants("text")),
        _ => srv3(&root.descendants("p")),
    }?;
    Ok(Transcript { format, language: None, cues, chapters: Vec::new() })
}

/// Which of the three it is.
fn format(root: &Element) -> Format {
    match root.name.as_str() {
        "transcript" => Format::Srv1,
        _ if root.attribute("format") == Some("3") || !root.descendants("p").is_empty() => Format::Srv3,
        _ => Format::Srv2,
    }
}

/// Reads each element on its own; then ends overlapping cues at the next one's start.
fn numbered(
    elements: &[&Element],
    format: Format,
    read: fn(&Element) -> Option<Cue>,
) -> Result<Vec<Cue>, TranscriptError> {
    let mut cues = Vec::with_capacity(elements.len());
    for (index, element) in elements.iter().enumerate() {
        cues.push(read(element).ok_or_else(|| no_time(format, index, element))?);
    }
    cues.retain(|cue| !cue.text.is_empty());
    if automatic::mostly_overlap(&cues) {
        automatic::end_at_next_start(&mut cues);
    }
    Ok(cues)
}

/// The error for an element without a time.
fn no_time(format: Format, index: usize, element: &Element) -> TranscriptError {
    TranscriptError::Damaged { format, reason: format!("<{}> number {} has no start", element.name, index + 1) }
}

/// A cue of srv1.
fn srv1(element: &Element) -> Option<Cue> {
    let start = clock::start(number(element, "start")?)?;
    Some(Cue::timed(start, number(element, "dur").and_then(clock::seconds), &element.text()))
}

/// The cues of srv2, where an automatic caption comes word by word: `append="1"` goes on with the line before.
fn srv2(elements: &[&Element]) -> Result<Vec<Cue>, TranscriptError> {
    if !elements.iter().any(|element| element.attribute("append") == Some("1")) {
        return numbered(elements, Format::Srv2, |element| {
            Some(Cue::timed(start(element)?, milliseconds(element, "d"), &element.text()))
        });
    }
    let mut cues = Vec::new();
    let mut line: Option<(CueBuilder, u64, Option<u64>)> = None;
    for (index, element) in elements.iter().enumerate() {
        let start = start(element).ok_or_else(|| no_time(Format::Srv2, index, element))?;
        let text = element.text();
        let goes_on = element.attribute("append") == Some("1") && !text.contains('\n');
        if !goes_on {
            cues.extend(line.take().map(|(cue, start, duration)| cue.finish(start, duration)));
        }
        if !text.trim().is_empty() {
            let (cue, ..) = line.get_or_insert_with(|| (CueBuilder::default(), start, milliseconds(element, "d")));
            cue.push(&text, Some(start));
        }
    }
    cues.extend(line.map(|(cue, start, duration)| cue.finish(start, duration)));
    automatic::end_at_next_start(&mut cues);
    Ok(cues)
}

/// The cues of srv3. Styled parts are `<s p="1">`; words of speech recognition are `<s t="550" ac="0">`.
fn srv3(elements: &[&Element]) -> Result<Vec<Cue>, TranscriptError> {
    let recognized = |word: &Element| word.attribute("t").is_some() || word.attribute("ac").is_some();
    let is_automatic = elements
        .iter()
        .any(|line| line.attribute("a").is_some() || line.elements().any(|word| word.name == "s" && recognized(word)));
    let mut cues = Vec::with_capacity(elements.len());
    for (index, element) in elements.iter().enumerate() {
        let start = start(element).ok_or_else(|| no_time(Format::Srv3, index, element))?;
        let mut cue = CueBuilder::default();
        for node in &element.children {
            match node {
                Node::Text(text) => cue.push(text, is_automatic.then_some(start)),
                Node::Element(br) if br.name == "br" => cue.push(" ", None),
                Node::Element(word) => {
                    let time = is_automatic.then(|| start + milliseconds(word, "t").unwrap_or(0));
                    cue.push(&word.text(), time);
                }
            }
        }
        cues.push(cue.finish(start, milliseconds(element, "d")));
    }
    cues.retain(|cue| !cue.text.is_empty());
    if is_automatic {
        automatic::end_at_next_start(&mut cues);
    }
    Ok(cues)
}

/// When a cue of srv2 or srv3 begins.
fn start(element: &Element) -> Option<u64> {
    clock::start(number(element, "t")? / 1000.0)
}

/// A length of time in milliseconds.
fn milliseconds(element: &Element, name: &str) -> Option<u64> {
    clock::seconds(number(element, name)? / 1000.0)
}

/// A number in an attribute.
fn number(element: &Element, name: &str) -> Option<f64> {
    element.attribute(name)?.trim().parse().ok()
}

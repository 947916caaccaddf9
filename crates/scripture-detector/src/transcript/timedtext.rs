//! YouTube's XML formats: srv1 (`<transcript><text start dur>`), srv2 (`<timedtext><text t d>`) and srv3
//! (`<timedtext><p t d><s t>`).

use super::{
    Cue, Format, Transcript, TranscriptError, automatic, clock,
    cue::CueBuilder,
    xml::{Element, Node},
};

/// Reads a file from its root element.
pub(super) fn read(root: Element<'_>) -> Result<Transcript, TranscriptError> {
    let format = detect_format(root);
    let elements = |name| root.descendants(name).collect::<Vec<_>>();
    let cues = match format {
        Format::Srv1 => read_each(&elements("text"), format, read_srv1),
        Format::Srv2 => read_srv2(&elements("text")),
        _ => read_srv3(&elements("p")),
    }?;
    Ok(Transcript::new(format, cues))
}

/// Tells the three formats apart.
fn detect_format(root: Element<'_>) -> Format {
    match root.name() {
        "transcript" => Format::Srv1,
        _ if root.attribute("format").as_deref() == Some("3") || root.descendants("p").next().is_some() => Format::Srv3,
        _ => Format::Srv2,
    }
}

/// Reads one cue per element, and fixes overlapping durations.
fn read_each(
    elements: &[Element<'_>],
    format: Format,
    read: fn(Element<'_>) -> Option<Cue>,
) -> Result<Vec<Cue>, TranscriptError> {
    let mut cues = Vec::with_capacity(elements.len());
    for (index, &element) in elements.iter().enumerate() {
        cues.push(read(element).ok_or_else(|| missing_start(format, index, element))?);
    }
    cues.retain(|cue| !cue.text.is_empty());
    if automatic::mostly_overlap(&cues) {
        automatic::end_at_next_start(&mut cues);
    }
    Ok(cues)
}

/// Returns the error for an element without a start.
fn missing_start(format: Format, index: usize, element: Element<'_>) -> TranscriptError {
    TranscriptError::Damaged { format, reason: format!("<{}> number {} has no start", element.name(), index + 1) }
}

/// Reads a cue of srv1.
fn read_srv1(element: Element<'_>) -> Option<Cue> {
    let start = clock::start_from_seconds(number(element, "start")?)?;
    Some(Cue::timed(start, number(element, "dur").and_then(clock::from_seconds), &element.text()))
}

/// Reads the cues of srv2. Automatic captions come word by word, where `append="1"` continues the previous line.
fn read_srv2(elements: &[Element<'_>]) -> Result<Vec<Cue>, TranscriptError> {
    if !elements.iter().any(|element| element.attribute("append").as_deref() == Some("1")) {
        return read_each(elements, Format::Srv2, |element| {
            Some(Cue::timed(start(element)?, milliseconds(element, "d"), &element.text()))
        });
    }
    let mut cues = Vec::new();
    let mut line: Option<(CueBuilder, u64, Option<u64>)> = None;
    for (index, &element) in elements.iter().enumerate() {
        let start = start(element).ok_or_else(|| missing_start(Format::Srv2, index, element))?;
        let text = element.text();
        let continues_line = element.attribute("append").as_deref() == Some("1") && !text.contains('\n');
        if !continues_line {
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

/// Reads the cues of srv3. Styled parts are `<s p="1">`; recognized words are `<s t="550" ac="0">`.
fn read_srv3(elements: &[Element<'_>]) -> Result<Vec<Cue>, TranscriptError> {
    let is_recognized = |word: Element<'_>| word.attribute("t").is_some() || word.attribute("ac").is_some();
    let is_automatic = elements.iter().any(|line| {
        line.attribute("a").is_some() || line.elements().any(|word| word.name() == "s" && is_recognized(word))
    });
    let mut cues = Vec::with_capacity(elements.len());
    for (index, &element) in elements.iter().enumerate() {
        let start = start(element).ok_or_else(|| missing_start(Format::Srv3, index, element))?;
        let mut cue = CueBuilder::default();
        for node in element.children() {
            match node {
                Node::Text(text) => cue.push(text, is_automatic.then_some(start)),
                Node::Element(br) if br.name() == "br" => cue.push(" ", None),
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

/// Returns the start of a cue of srv2 or srv3.
fn start(element: Element<'_>) -> Option<u64> {
    clock::start_from_seconds(number(element, "t")? / 1000.0)
}

/// Reads a duration in milliseconds.
fn milliseconds(element: Element<'_>, name: &str) -> Option<u64> {
    clock::from_seconds(number(element, name)? / 1000.0)
}

/// Reads the number in an attribute.
fn number(element: Element<'_>, name: &str) -> Option<f64> {
    element.attribute(name)?.trim().parse().ok()
}

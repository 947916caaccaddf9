//! Tells the format by the content.

use serde_json::Value;

use super::{
    Format, TranscriptError, arrows, bracketed, panel, snippets,
    xml::{self, Element},
};

/// What a file is, parsed as far as that was needed to tell.
#[derive(Debug)]
pub(super) enum Content {
    Json3(Value),
    Snippets(Value),
    TimedText(Element),
    Ttml(Element),
    WebVtt,
    Srt,
    Sbv,
    Bracketed,
    Panel(panel::Mode),
    Plain,
}

/// So many lines of titles and the like may stand before the first times.
const HEAD_LINES: usize = 12;

/// So much of it may stand before lines with times in brackets.
const HEAD_BYTES: usize = 500;

/// Elements by which a page is known.
const HTML: [&str; 14] =
    ["html", "head", "body", "title", "meta", "link", "script", "style", "div", "table", "p", "ul", "article", "svg"];

/// Tells what a text is; what is no transcript is refused with the reason.
pub(super) fn content(text: &str) -> Result<Content, TranscriptError> {
    let start = text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
    if start.is_empty() {
        return Err(TranscriptError::Empty);
    }
    if start.strip_prefix("WEBVTT").is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace)) {
        return Ok(Content::WebVtt);
    }
    let marked = match start.as_bytes()[0] {
        b'{' | b'[' => json(start)?,
        b'<' => markup(start)?,
        _ => None,
    };
    Ok(marked.unwrap_or_else(|| lines(text)))
}

/// A JSON file; none if it is text that only begins like one, such as `[Music]`.
fn json(text: &str) -> Result<Option<Content>, TranscriptError> {
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(_) if !begins_like_json(text) => return Ok(None),
        Err(error) => {
            let format = if text.contains("\"events\"") { Format::Json3 } else { Format::Snippets };
            return Err(TranscriptError::Damaged { format, reason: format!("it is not valid JSON: {error}") });
        }
    };
    if value.get("events").is_some_and(Value::is_array) || value.get("wireMagic").is_some() {
        Ok(Some(Content::Json3(value)))
    } else if snippets::list(&value).is_some() {
        Ok(Some(Content::Snippets(value)))
    } else if value.is_array() && !begins_like_json(text) {
        Ok(None)
    } else {
        let reason = "it is JSON, but neither YouTube's json3 nor a list of {text, start, duration}";
        Err(TranscriptError::NotCaptions(reason.to_owned()))
    }
}

/// Whether a text begins with an object that has a key, or with a list of such objects.
fn begins_like_json(text: &str) -> bool {
    let text = text.strip_prefix('[').unwrap_or(text).trim_start();
    text.strip_prefix('{').is_some_and(|rest| matches!(rest.trim_start().bytes().next(), Some(b'"' | b'}')))
}

/// An XML file; none if it is text that only begins with a tag, such as `<v Ann>`.
fn markup(text: &str) -> Result<Option<Content>, TranscriptError> {
    let root = root_name(text).to_ascii_lowercase();
    let refused = |reason: String| Err(TranscriptError::NotCaptions(reason));
    let head: String = text.chars().take(300).collect::<String>().to_ascii_lowercase();
    if head.starts_with("<!doctype html") || HTML.contains(&root.as_str()) {
        return refused("it is an HTML page; paste the words, or send the caption file itself".to_owned());
    }
    let format = match root.as_str() {
        "transcript" => Format::Srv1,
        "timedtext" if head.contains("format=\"3\"") => Format::Srv3,
        "timedtext" => Format::Srv2,
        "tt" => Format::Ttml,
        _ if head.starts_with("<?xml") || head.starts_with("<!doctype") => {
            return refused(format!("it is XML of another kind, with the root <{root}>"));
        }
        _ => return Ok(None),
    };
    let element = xml::parse(text).map_err(|reason| TranscriptError::Damaged { format, reason })?;
    Ok(Some(if format == Format::Ttml { Content::Ttml(element) } else { Content::TimedText(element) }))
}

/// The name of the first element, without its prefix.
fn root_name(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        let close = match text {
            _ if text.starts_with("<?") => "?>",
            _ if text.starts_with("<!--") => "-->",
            _ if text.starts_with("<!") => ">",
            _ => break,
        };
        match text.find(close) {
            Some(at) => text = &text[at + close.len()..],
            None => return "",
        }
    }
    let inner = text.strip_prefix('<').unwrap_or_default();
    let name = &inner[..inner.find(|letter: char| !is_name(letter)).unwrap_or(inner.len())];
    name.rsplit(':').next().unwrap_or(name)
}

/// Whether a character may stand in the name of an element, as far as we need it.
fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, ':' | '-' | '_')
}

/// A format made of lines.
fn lines(text: &str) -> Content {
    if is_bracketed(text) {
        Content::Bracketed
    } else if begins_with(text, |line| arrows::times(line).is_some()) {
        Content::Srt
    } else if begins_with(text, |line| arrows::sbv_times(line).is_some()) {
        Content::Sbv
    } else {
        panel::mode(text).map_or(Content::Plain, Content::Panel)
    }
}

/// Whether one of the first lines is of this kind; further down it is a line of a sermon, before which no word may
/// get lost.
fn begins_with(text: &str, is_kind: fn(&str) -> bool) -> bool {
    text.lines().filter(|line| !line.trim().is_empty()).take(HEAD_LINES).any(is_kind)
}

/// Whether most lines have times in brackets, from the first that has some on. The head that tools put before them may
/// hold the whole text once more, but no other text of that size.
fn is_bracketed(text: &str) -> bool {
    let is_timed = |line: &&str| bracketed::times(line).is_some();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let Some(first) = lines.iter().position(&is_timed) else { return false };
    let (head, body) = lines.split_at(first);
    let size = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
    body.iter().filter(|line| is_timed(line)).count() * 2 >= body.len() && size(head) <= size(body) + HEAD_BYTES
}

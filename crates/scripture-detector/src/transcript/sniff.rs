//! Detection of the format from the content.

use super::{
    Format, TranscriptError, arrows, ass, bracketed, frames,
    headings::Headings,
    json::{self, Value},
    json3, other_text,
    panel::{self, Panel},
    python, records, rewrite, sami, table, text,
    xml::{self, Tree},
};

/// The detected format, with the parsed file if it had to be parsed.
#[derive(Debug)]
pub(super) enum Content<'a> {
    Json3(json3::File<'a>),
    Records(Value<'a>),
    TimedText(Tree<'a>),
    Ttml(Tree<'a>),
    WebVtt,
    /// `MicroDVD` or MPL2.
    Framed,
    Ass,
    Sami,
    Srt,
    Sbv,
    Bracketed,
    Table(table::Table<'a>),
    Headings(Headings<'a>),
    Panel(Panel<'a>),
    /// A panel in its form for screen readers, rewritten with clocks.
    AccessiblePanel(String),
    /// Lines whose times were rewritten as times in brackets.
    Rewritten(String),
    Plain,
}

/// Maximum number of non-blank lines before the first timing line.
const MAX_HEADER_LINES: usize = 12;

/// Maximum number of bytes before the first line with times in brackets, in addition to a copy of the text.
const MAX_HEADER_BYTES: usize = 500;

/// Elements that identify an HTML page.
const HTML_ELEMENTS: [&str; 14] =
    ["html", "head", "body", "title", "meta", "link", "script", "style", "div", "table", "p", "ul", "article", "svg"];

/// Detects the format of text. Returns an error if it is not a transcript.
pub(super) fn detect(text: &str) -> Result<Content<'_>, TranscriptError> {
    let start = text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
    if start.is_empty() {
        return Err(TranscriptError::Empty);
    }
    if start.strip_prefix("WEBVTT").is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace)) {
        return Ok(Content::WebVtt);
    }
    if ass::is_ass(start) {
        return Ok(Content::Ass);
    }
    if sami::is_sami(start) {
        return Ok(Content::Sami);
    }
    if matches!(start.as_bytes()[0], b'{' | b'[') && frames::is_framed(start) {
        return Ok(Content::Framed);
    }
    let structured = match start.as_bytes()[0] {
        b'{' | b'[' => detect_json(start)?,
        b'(' | b'A'..=b'Z' if python::looks_like_python(start) => Some(detect_python(start)?),
        b'a'..=b'z' if python::assigned_value(start).is_some() => {
            detect_json(python::assigned_value(start).unwrap_or(start))?
        }
        b'<' => detect_xml(start)?,
        _ => None,
    };
    structured.map_or_else(|| detect_lines(text), Ok)
}

/// Detects a JSON format. Returns `None` for text that only starts like JSON, such as `[Music]`.
fn detect_json(text: &str) -> Result<Option<Content<'_>>, TranscriptError> {
    if let Some(file) = text.contains("\"events\"").then(|| json3::parse(text)).flatten() {
        return Ok(Some(Content::Json3(file)));
    }
    let value = match json::parse(text) {
        Ok(value) => value,
        Err(error) => match parse_lines(text) {
            Some(value) => value,
            None if python::looks_like_python(text) => return detect_python(text).map(Some),
            None if !starts_like_json(text) => return Ok(None),
            None => {
                let format = if text.contains("\"events\"") { Format::Json3 } else { Format::Snippets };
                return Err(TranscriptError::Damaged { format, reason: format!("the JSON is invalid: {error}") });
            }
        },
    };
    if value.get("wireMagic").is_some() {
        return Ok(json3::parse(text).map(Content::Json3));
    }
    if records::find(&value).is_some() {
        Ok(Some(Content::Records(value)))
    } else if value.as_array().is_some() && !starts_like_json(text) {
        Ok(None)
    } else {
        let reason = "it is JSON, but neither YouTube's json3 nor a list of {text, start, duration}";
        Err(TranscriptError::NotCaptions(reason.to_owned()))
    }
}

/// Parses a file with a JSON object on each line.
fn parse_lines(text: &str) -> Option<Value<'_>> {
    let lines = text::lines(text).map(str::trim).filter(|line| !line.is_empty());
    let values = lines.map(json::parse).collect::<Result<Vec<_>, _>>().ok()?;
    (values.len() > 1 && values.iter().all(|value| value.as_object().is_some())).then_some(Value::Array(values))
}

/// Detects the output of a Python program.
fn detect_python(text: &str) -> Result<Content<'_>, TranscriptError> {
    let parse = |text: &str| json::parse(&python::to_json(text)?).ok().map(Value::into_owned);
    // A program may print a value per line.
    let of_lines = || {
        let lines = text::lines(text).map(str::trim).filter(|line| !line.is_empty());
        lines.map(parse).collect::<Option<Vec<_>>>().filter(|values| values.len() > 1).map(Value::Array)
    };
    let value = parse(text).or_else(of_lines);
    match value.filter(|value| records::find(value).is_some()) {
        Some(value) => Ok(Content::Records(value)),
        None => Err(TranscriptError::NotCaptions(
            "it is the output of a Python program, but not a list of {'text', 'start', 'duration'}; save it with json.dump"
                .to_owned(),
        )),
    }
}

/// Returns whether text starts with a JSON object, or with a list of objects.
fn starts_like_json(text: &str) -> bool {
    let text = text.strip_prefix('[').unwrap_or(text).trim_start();
    text.strip_prefix('{').is_some_and(|rest| matches!(rest.trim_start().bytes().next(), Some(b'"' | b'}')))
}

/// Detects an XML format. Returns `None` for text that only starts with a tag, such as `<v Ann>`.
fn detect_xml(text: &str) -> Result<Option<Content<'_>>, TranscriptError> {
    let root = root_name(text).to_ascii_lowercase();
    let refuse = |reason: String| Err(TranscriptError::NotCaptions(reason));
    let head: String = text.chars().take(300).collect::<String>().to_ascii_lowercase();
    if head.starts_with("<!doctype html") || HTML_ELEMENTS.contains(&root.as_str()) {
        return refuse("it is an HTML page; paste its text, or upload the caption file itself".to_owned());
    }
    let format = match root.as_str() {
        "transcript" => Format::Srv1,
        "timedtext" if head.contains("format=\"3\"") => Format::Srv3,
        "timedtext" => Format::Srv2,
        "tt" => Format::Ttml,
        _ if head.starts_with("<?xml") || head.starts_with("<!doctype") => {
            return refuse(format!("it is XML in an unknown format, with the root <{root}>"));
        }
        _ => return Ok(None),
    };
    let tree = xml::parse(text).map_err(|reason| TranscriptError::Damaged { format, reason })?;
    Ok(Some(if format == Format::Ttml { Content::Ttml(tree) } else { Content::TimedText(tree) }))
}

/// Returns the name of the first element without its namespace prefix.
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
    let name = &inner[..inner.find(|letter: char| !is_name_char(letter)).unwrap_or(inner.len())];
    name.rsplit(':').next().unwrap_or(name)
}

/// Returns whether a character may occur in an element name. Only ASCII is considered.
fn is_name_char(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, ':' | '-' | '_')
}

/// Detects a line-based format.
fn detect_lines(text: &str) -> Result<Content<'_>, TranscriptError> {
    if let Some(headings) = Headings::parse_names_after_times(text) {
        return Ok(Content::Headings(headings));
    }
    if is_bracketed(text) {
        return Ok(Content::Bracketed);
    }
    if let Some(rewritten) = rewrite::with_ranges(text) {
        return Ok(Content::Rewritten(rewritten));
    }
    if starts_with_timing(text, |line| arrows::parse_timing(line).is_some()) {
        return Ok(Content::Srt);
    }
    if starts_with_timing(text, |line| arrows::parse_sbv_timing(line).is_some()) {
        return Ok(Content::Sbv);
    }
    other_text::refuse(text)?;
    if let Some(table) = table::parse(text)? {
        return Ok(Content::Table(table));
    }
    if let Some(headings) = Headings::parse(text) {
        return Ok(Content::Headings(headings));
    }
    let lines = panel::content_lines(text);
    if let Some(rewritten) = panel::with_clocks(&lines) {
        return Ok(Content::AccessiblePanel(rewritten));
    }
    Ok(Panel::detect(lines).map_or(Content::Plain, Content::Panel))
}

/// Returns whether one of the first lines is a timing line. Further down it is part of the text, and reading the file as
/// captions would drop everything before it.
fn starts_with_timing(text: &str, is_timing: fn(&str) -> bool) -> bool {
    text::lines(text).filter(|line| !text::is_blank(line)).take(MAX_HEADER_LINES).any(is_timing)
}

/// Returns whether most lines from the first one with times in brackets on have such times. The header before them may
/// contain a copy of the text, but not much else.
fn is_bracketed(text: &str) -> bool {
    let timed = bracketed::parse_timed_line;
    let lines: Vec<&str> = text::lines(text).filter(|line| !text::is_blank(line)).collect();
    let Some(first) = lines.iter().position(|line| timed(line).is_some()) else { return false };
    let (header, body) = lines.split_at(first);
    let size = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
    let found: Vec<_> = body.iter().filter_map(|line| timed(line)).collect();
    let is_certain = found.len() > 1 || found.iter().any(|line| line.is_certain);
    is_certain && found.len() * 2 >= body.len() && size(header) <= size(body) + MAX_HEADER_BYTES
}

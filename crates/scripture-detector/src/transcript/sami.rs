//! Microsoft's SAMI: `<SYNC Start=1000><P Class=ENCC>text`. A paragraph lasts until the next one; an empty one clears it.

use memchr::{memchr_iter, memmem};

use super::{Cue, Format, Transcript, text};

/// Returns whether the text is a SAMI file.
pub(super) fn is_sami(text: &str) -> bool {
    let head: String = text.trim_start().chars().take(200).collect::<String>().to_ascii_lowercase();
    head.contains("<sami") && text.to_ascii_lowercase().contains("<sync")
}

/// Reads a file. If there are several languages, reads English, or else the first one.
pub(super) fn read(text: &str) -> Transcript {
    // Lower-casing ASCII keeps the offsets.
    let lower = text.to_ascii_lowercase();
    let starts: Vec<usize> = memmem::find_iter(lower.as_bytes(), "<sync").collect();
    let ends = starts
        .iter()
        .skip(1)
        .copied()
        .chain([lower.find("</body").unwrap_or(lower.len()).max(starts.last().copied().unwrap_or(0))]);
    let syncs: Vec<Sync<'_>> = starts
        .iter()
        .zip(ends)
        .filter_map(|(start, end)| parse_sync(&text[*start..end], &lower[*start..end]))
        .collect();
    let classes: Vec<&str> = syncs.iter().flat_map(|sync| sync.paragraphs.iter().map(|(class, _)| *class)).collect();
    let chosen = classes.iter().find(|class| is_english(&lower, class)).or_else(|| classes.first()).copied();
    let mut cues: Vec<Cue> = Vec::new();
    for sync in &syncs {
        for (_, words) in sync.paragraphs.iter().filter(|(class, _)| Some(*class) == chosen) {
            if let Some(last) = cues.last_mut().filter(|last| last.duration_ms.is_none()) {
                last.duration_ms = last.start_ms.and_then(|start| sync.start_ms.checked_sub(start));
            }
            let cue = Cue::timed(sync.start_ms, None, &text::clean(words));
            if !cue.text.is_empty() {
                cues.push(cue);
            }
        }
    }
    Transcript::new(Format::Sami, cues)
}

/// A point in time, with the paragraph of each language, keyed by its class in lower case.
#[derive(Debug)]
struct Sync<'a> {
    start_ms: u64,
    paragraphs: Vec<(&'a str, &'a str)>,
}

fn parse_sync<'a>(text: &'a str, lower: &'a str) -> Option<Sync<'a>> {
    let (tag, _) = lower.split_once('>')?;
    let start_ms = attribute(tag, "start")?.trim_end_matches("ms").parse().ok()?;
    let is_paragraph = |at: &usize| {
        let rest = lower[at + 1..].strip_prefix('p');
        rest.is_some_and(|rest| rest.starts_with(|letter: char| letter == '>' || letter.is_whitespace()))
    };
    let starts: Vec<usize> = memchr_iter(b'<', lower.as_bytes()).filter(is_paragraph).collect();
    let mut paragraphs: Vec<(&str, &str)> = Vec::new();
    for (nth, start) in starts.iter().enumerate() {
        let end = starts.get(nth + 1).copied().unwrap_or(lower.len());
        let Some(tag_end) = lower[*start..end].find('>') else { continue };
        let class = attribute(&lower[*start..start + tag_end], "class").unwrap_or_default();
        paragraphs.push((class, &text[start + tag_end + 1..end]));
    }
    if starts.is_empty() {
        paragraphs.push(("", &text[tag.len() + 1..]));
    }
    Some(Sync { start_ms, paragraphs })
}

/// Returns the value of an attribute in a tag, with or without quotes.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let is_value = |at: &usize| tag[..*at].ends_with(name);
    let rest = memchr_iter(b'=', tag.as_bytes()).find(is_value).map(|at| &tag[at + 1..])?;
    let rest = rest.trim_start_matches(['"', '\'']);
    Some(rest.split(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '>')).next().unwrap_or(rest))
}

/// Returns whether the style of a class says that it is English: `.ENCC {Name: English; lang: en-US;}`.
fn is_english(lower: &str, class: &str) -> bool {
    let style = lower.split_once(&format!(".{class}")).and_then(|(_, rest)| rest.split('}').next()).unwrap_or_default();
    class.starts_with("en") || style.contains("lang: en") || style.contains("lang:en") || style.contains("english")
}

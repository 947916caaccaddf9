//! `mannameter explain`: shows every mention in a text, with its class and evidence.

use std::{
    ffi::OsString,
    fmt::Write as _,
    fs,
    io::{self, IsTerminal, Read},
    path::Path,
};

use anyhow::Context;
use clap::Args;

use super::console::print_colored;
use scripture_detector::{
    Mention, detect,
    language::{self, LanguageVerdict},
    transcript::{self, JoinedText, Warning, WarningCode},
};

use crate::domain::{Class, Kind, escape_controls};

/// The arguments of `explain`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A caption file, - for standard input, or the text itself
    #[arg(value_name = "FILE|TEXT|-", required = true)]
    source: Vec<String>,

    /// Print without colors, which is the default if the output is not a terminal
    #[arg(long, env = "NO_COLOR", num_args = 0..=1, require_equals = true, default_missing_value = "1", hide_env_values = true)]
    no_color: Option<OsString>,
}

/// Prints the mentions in the text.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (text, mut warnings) = read(&arguments.source.join(" "))?;
    warnings.extend(language::detect(&text).and_then(LanguageVerdict::warning));
    let plain = arguments.no_color.as_ref().is_some_and(|value| !value.is_empty()) || !io::stdout().is_terminal();
    print_colored(explain(&text, &detect(&text), !plain).trim_end())?;
    for Warning { code, detail } in warnings {
        let kind = if code == WarningCode::NotEnglish { "not measured" } else { "note" };
        print_colored(&format!("{kind}: {detail}"))?;
    }
    Ok(())
}

/// Reads the text, and any warnings about it, from a file, standard input or the argument itself.
fn read(source: &str) -> anyhow::Result<(JoinedText, Vec<Warning>)> {
    let bytes = if source == "-" {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).context("could not read standard input")?;
        bytes
    } else if Path::new(source).is_file() {
        fs::read(source).with_context(|| format!("could not read {source:?}"))?
    } else {
        return Ok((JoinedText::plain(source), Vec::new()));
    };
    let transcript = transcript::read(&bytes)?;
    Ok((transcript.joined(), transcript.warnings))
}

/// Formats each mention as two lines, followed by the number of mentions in each class.
fn explain(text: &JoinedText, mentions: &[Mention], colored: bool) -> String {
    let paint = |code: &str, text: String| if colored { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text };
    let mut lines = String::new();
    for mention in mentions {
        let time = text.time_at(mention.span.start).map_or_else(String::new, |time| clock(time) + "  ");
        let passage = mention.passage.map_or_else(|| mention.book.name().to_owned(), |passage| passage.to_string());
        let (class, color) = class_name_and_color(mention.class);
        let kind = match mention.kind {
            Kind::Explicit => "explicit",
            Kind::Book => "book",
            Kind::Contextual => "contextual",
        };
        let mut evidence = mention.evidence.join(", ");
        if let Some(anchor) = mention.anchor {
            let _ = write!(evidence, "; continues {anchor}");
        }
        if mention.repaired {
            evidence.push_str("; repaired");
        }
        let (before, mentioned, after) = with_context(text.as_str(), mention);
        let _ = writeln!(lines, "{time}{}  {class}, {kind}: {evidence}", paint(color, passage));
        let (before, after) = (escape_controls(before), escape_controls(after));
        let _ = writeln!(lines, "    {before}{}{after}", paint("1", escape_controls(mentioned)));
    }
    let count = |class| mentions.iter().filter(|mention| mention.class == class).count();
    let _ = writeln!(
        lines,
        "{} confirmed, {} suspect, {} false positive, {} not counted, {} withdrawn",
        count(Class::Confirmed),
        count(Class::Suspect),
        count(Class::FalsePositive),
        count(Class::NotCounted),
        count(Class::Withdrawn)
    );
    lines
}

/// Returns the name of a class and its color code.
fn class_name_and_color(class: Class) -> (&'static str, &'static str) {
    match class {
        Class::Confirmed => ("confirmed", "32"),
        Class::Suspect => ("suspect", "33"),
        Class::FalsePositive => ("false positive", "31"),
        Class::NotCounted => ("not counted", "2"),
        Class::Withdrawn => ("withdrawn", "2"),
    }
}

/// Returns a mention with up to 50 characters before and after it.
fn with_context<'t>(text: &'t str, mention: &Mention) -> (&'t str, &'t str, &'t str) {
    let span = &mention.span;
    let start = text[..span.start].char_indices().rev().nth(49).map_or(0, |(at, _)| at);
    let end = text[span.end..].char_indices().nth(50).map_or(text.len(), |(at, _)| span.end + at);
    (&text[start..span.start], &text[span.clone()], &text[span.end..end])
}

/// Formats a time in milliseconds as `1:02:03` or `2:03`.
fn clock(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(text: &str, colored: bool) -> String {
        let text = JoinedText::plain(text);
        explain(&text, &detect(&text), colored)
    }

    #[test]
    fn each_mention_is_shown_with_its_passage_class_and_evidence() {
        let shown = explained("Pastor John read Romans 8:28. Then verse 31.", false);
        let expected = [
            "John  false positive, book: personal_title_before",
            "    Pastor John read Romans 8:28. Then verse 31.",
            "Rom.8.28  confirmed, explicit: chapter_and_verse, title_of_a_book, reading",
            "    Pastor John read Romans 8:28. Then verse 31.",
            "Rom.8.31  confirmed, contextual: verse_or_chapter; continues Rom.8.28",
            "    Pastor John read Romans 8:28. Then verse 31.",
            "2 confirmed, 0 suspect, 1 false positive, 0 not counted, 0 withdrawn",
        ];
        assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn colors_are_used_only_on_request() {
        assert!(!explained("Romans 8:28", false).contains('\u{1b}'));
        assert!(explained("Romans 8:28", true).contains("\u{1b}[32mRom.8.28\u{1b}[0m"));
    }

    #[test]
    fn the_context_of_a_mention_is_cut_between_characters() {
        let shown = explained(&format!("{} Romans 8:28 {}", "é".repeat(300), "漢".repeat(300)), false);
        assert!(shown.contains("Rom.8.28"));
    }

    #[test]
    fn hours_are_shown_only_in_long_videos() {
        assert_eq!((clock(62_999).as_str(), clock(3_723_000).as_str()), ("1:02", "1:02:03"));
    }
}

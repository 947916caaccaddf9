//! `mannameter score`: scores the detector against labeled transcripts.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::Value;

use super::console::print_result;
use scripture_detector::score::{MentionScore, Mistake, SermonScore, Spelling, Tally};

/// The arguments of `score`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a command-line flag")]
pub(super) struct Arguments {
    /// Labeled mentions (.jsonl, one per line) and labeled sermons (.json, with the text under the key `text` or in a
    /// .txt file of the same name)
    #[arg(value_name = "GOLD", required = true)]
    files: Vec<PathBuf>,

    /// Convert the text to lowercase first
    #[arg(long)]
    lower: bool,

    /// Convert the text to lowercase and remove punctuation first, except between digits ("john 3:16")
    #[arg(long, conflicts_with = "lower")]
    unpunctuated: bool,

    /// Convert the text to lowercase and remove all punctuation first ("john 3 16")
    #[arg(long, conflicts_with_all = ["lower", "unpunctuated"])]
    unmarked: bool,

    /// Print only the figures, without the mistakes
    #[arg(long)]
    figures: bool,
}

/// Scores the files: mentions together, and sermons both individually and together.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let spelling = match arguments {
        Arguments { unmarked: true, .. } => Spelling::Unmarked,
        Arguments { unpunctuated: true, .. } => Spelling::Unpunctuated,
        Arguments { lower: true, .. } => Spelling::Lower,
        _ => Spelling::AsWritten,
    };
    let mut mentions = MentionScore::default();
    let mut sermons: Vec<(String, SermonScore)> = Vec::new();
    for path in &arguments.files {
        let name = || format!("could not score {}", path.display());
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("jsonl") => add_mentions(&mut mentions, path, spelling).with_context(name)?,
            Some("json") => {
                sermons.push((path.display().to_string(), score_sermon(path, spelling).with_context(name)?));
            }
            _ => bail!("{} is neither .jsonl (labeled mentions) nor .json (a labeled sermon)", path.display()),
        }
    }
    if mentions != MentionScore::default() {
        print_result(describe_mentions(&mentions).trim_end())?;
        print_mistakes(arguments, &mentions.mistakes)?;
    }
    let mut total = SermonScore::default();
    for (name, score) in sermons {
        print_result(describe_sermon(&name, &score).trim_end())?;
        print_mistakes(arguments, &score.mistakes)?;
        total.add(score);
    }
    if total != SermonScore::default() {
        print_result(describe_sermon("all sermons", &total).trim_end())?;
    }
    Ok(())
}

fn add_mentions(score: &mut MentionScore, path: &Path, spelling: Spelling) -> anyhow::Result<()> {
    for (index, line) in fs::read_to_string(path)?.lines().enumerate() {
        if !line.trim().is_empty() {
            let labels: Value = serde_json::from_str(line).with_context(|| format!("line {}", index + 1))?;
            score.add(&labels, spelling).with_context(|| format!("line {}", index + 1))?;
        }
    }
    Ok(())
}

fn score_sermon(path: &Path, spelling: Spelling) -> anyhow::Result<SermonScore> {
    let labels: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    let text_file = path.with_extension("txt");
    let text = match (text_file.exists(), labels["text"].as_str()) {
        (true, _) => fs::read_to_string(text_file)?,
        (false, Some(text)) => text.to_owned(),
        (false, None) => bail!("it has no text: neither under the key `text` nor in {}", text_file.display()),
    };
    Ok(scripture_detector::score::score_sermon(&labels, &text, spelling)?)
}

fn describe_mentions(score: &MentionScore) -> String {
    let mut lines = String::new();
    let rows = [("mentions", score.all), ("  certain only", score.certain), ("  confirmed only", score.confirmed)];
    for (name, tally) in rows {
        let _ = writeln!(lines, "{}", row(name, tally));
    }
    let _ = writeln!(
        lines,
        "correct passages   {:.3}  ({} of {})",
        score.passage_accuracy(),
        score.correct_passages,
        score.passages
    );
    lines
}

fn describe_sermon(name: &str, score: &SermonScore) -> String {
    let mut lines = format!("{name}\n");
    let rows = [
        ("  explicit + book", score.named()),
        ("    explicit", score.explicit),
        ("    book", score.book),
        ("  contextual", score.contextual),
    ];
    for (name, tally) in rows {
        let _ = writeln!(lines, "{}", row(name, tally));
    }
    lines
}

fn row(name: &str, tally: Tally) -> String {
    let Tally { found, missed, spurious } = tally;
    format!(
        "{name:18} precision {:.3}  recall {:.3}  F1 {:.3}  (found {found}, missed {missed}, spurious {spurious})",
        tally.precision(),
        tally.recall(),
        tally.f1()
    )
}

fn print_mistakes(arguments: &Arguments, mistakes: &[Mistake]) -> anyhow::Result<()> {
    if !arguments.figures {
        for mistake in mistakes {
            print_result(format_args!(
                "{}: labeled [{}], reported [{}]",
                mistake.kind, mistake.labeled, mistake.reported
            ))?;
            print_result(format_args!("    {}", mistake.context))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_printed_with_their_counts() {
        let score = SermonScore { contextual: Tally { found: 3, missed: 1, spurious: 0 }, ..SermonScore::default() };
        let shown = describe_sermon("a sermon", &score);
        assert!(
            shown.contains("contextual       precision 1.000  recall 0.750  F1 0.857  (found 3, missed 1, spurious 0)"),
            "{shown}"
        );
    }

    #[test]
    fn a_file_of_another_kind_is_rejected() {
        let files = vec![PathBuf::from("a.csv")];
        let arguments = Arguments { files, lower: false, unpunctuated: false, unmarked: false, figures: true };
        assert!(run(&arguments).expect_err("no labeled data").to_string().contains("neither .jsonl"));
    }
}

//! `mannameter score`: how well the detector agrees with marked speech, and where it does not.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Args;
use serde_json::Value;

use super::console::answer;
use scripture_detector::score::{Letters, MentionScore, Miss, SermonScore, Tally, sermon};

/// What to measure against.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Marked mentions (.jsonl, one a line) and marked sermons (.json, their text in the key `text` or in a .txt beside)
    #[arg(value_name = "GOLD", required = true)]
    files: Vec<PathBuf>,

    /// Give the texts to the detector all in lower case
    #[arg(long)]
    lower: bool,

    /// Leave out the single misses
    #[arg(long)]
    figures: bool,
}

/// Scores the files, the mentions together and the sermons together.
pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let letters = if arguments.lower { Letters::Lower } else { Letters::AsWritten };
    let mut mentions = MentionScore::default();
    let mut sermons: Vec<(String, SermonScore)> = Vec::new();
    for path in &arguments.files {
        let name = || format!("could not score {}", path.display());
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("jsonl") => add_mentions(&mut mentions, path, letters).with_context(name)?,
            Some("json") => sermons.push((path.display().to_string(), score_sermon(path, letters).with_context(name)?)),
            _ => bail!("{} is neither .jsonl (marked mentions) nor .json (a marked sermon)", path.display()),
        }
    }
    if mentions != MentionScore::default() {
        answer(describe_mentions(&mentions).trim_end())?;
        show_misses(arguments, &mentions.misses)?;
    }
    let mut total = SermonScore::default();
    for (name, score) in sermons {
        answer(describe_sermon(&name, &score).trim_end())?;
        show_misses(arguments, &score.misses)?;
        total.add(score);
    }
    if total != SermonScore::default() {
        answer(describe_sermon("all sermons", &total).trim_end())?;
    }
    Ok(())
}

fn add_mentions(score: &mut MentionScore, path: &Path, letters: Letters) -> anyhow::Result<()> {
    for (index, line) in fs::read_to_string(path)?.lines().enumerate() {
        if !line.trim().is_empty() {
            let marked: Value = serde_json::from_str(line).with_context(|| format!("line {}", index + 1))?;
            score.add(&marked, letters).with_context(|| format!("line {}", index + 1))?;
        }
    }
    Ok(())
}

fn score_sermon(path: &Path, letters: Letters) -> anyhow::Result<SermonScore> {
    let marked: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    let beside = path.with_extension("txt");
    let text = match (beside.exists(), marked["text"].as_str()) {
        (true, _) => fs::read_to_string(beside)?,
        (false, Some(text)) => text.to_owned(),
        (false, None) => bail!("it has no text: neither a key `text` nor {}", beside.display()),
    };
    Ok(sermon(&marked, &text, letters)?)
}

fn describe_mentions(score: &MentionScore) -> String {
    let mut lines = String::new();
    let rows = [("mentions", score.all), ("  without doubtful", score.sure), ("  confirmed alone", score.confirmed)];
    for (name, tally) in rows {
        let _ = writeln!(lines, "{}", row(name, tally));
    }
    let _ = writeln!(
        lines,
        "passage right      {:.3}  ({} of {})",
        score.passage_right(),
        score.passages_right,
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

/// One line of figures.
fn row(name: &str, tally: Tally) -> String {
    let Tally { found, missed, invented } = tally;
    format!(
        "{name:18} precision {:.3}  recall {:.3}  F1 {:.3}  (found {found}, missed {missed}, invented {invented})",
        tally.precision(),
        tally.recall(),
        tally.f1()
    )
}

fn show_misses(arguments: &Arguments, misses: &[Miss]) -> anyhow::Result<()> {
    if !arguments.figures {
        for miss in misses {
            answer(format_args!("{}: marked [{}], reported [{}]", miss.what, miss.marked, miss.reported))?;
            answer(format_args!("    {}", miss.context))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_shown_with_the_counts_they_come_from() {
        let score = SermonScore { contextual: Tally { found: 3, missed: 1, invented: 0 }, ..SermonScore::default() };
        let shown = describe_sermon("a sermon", &score);
        assert!(
            shown.contains("contextual       precision 1.000  recall 0.750  F1 0.857  (found 3, missed 1, invented 0)"),
            "{shown}"
        );
    }

    #[test]
    fn a_file_of_another_kind_is_refused() {
        let arguments = Arguments { files: vec![PathBuf::from("a.csv")], lower: false, figures: true };
        assert!(run(&arguments).expect_err("no marked data").to_string().contains("neither .jsonl"));
    }
}

//! Scores the detector on labeled speech of every kind, and prints each mistake.
//!
//! ```text
//! cargo run --release -p scripture-detector --example score_kinds PATH...
//! ```
//!
//! A path is a `.jsonl` file of sentences (`text` and `accept`, the lists of OSIS references that are right, in spoken
//! order) or of labeled mentions, a `.txt` table (text, a bar, and what it cites), or a directory of labeled sermons.

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use scripture_detector::{
    Kind, Mention, detect,
    score::{MentionScore, Mistake, SermonScore, Spelling, score_sermon},
    transcript::JoinedText,
};
use serde_json::Value;

/// The spellings in which labeled speech is scored.
const SPELLINGS: [(&str, Spelling); 4] = [
    ("as written", Spelling::AsWritten),
    ("in lower case", Spelling::Lower),
    ("without punctuation", Spelling::Unpunctuated),
    ("without marks", Spelling::Unmarked),
];

fn main() -> Result<(), Box<dyn Error>> {
    for path in env::args().skip(1).map(PathBuf::from) {
        println!("{}", path.display());
        if path.is_dir() {
            score_sermons(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "txt") {
            score_table(&fs::read_to_string(&path)?)?;
        } else {
            score_lines(&fs::read_to_string(&path)?)?;
        }
    }
    Ok(())
}

/// Returns what the text cites, in order. Contextual references start with `~` if `marked`.
fn cited(text: &str, marked: bool) -> Vec<String> {
    let mentions = detect(&JoinedText::plain(text)).into_iter().filter(Mention::is_reference);
    let osis = mentions.filter_map(|mention| {
        let sign = if marked && mention.kind == Kind::Contextual { "~" } else { "" };
        mention.passage.map(|passage| format!("{sign}{passage}"))
    });
    osis.collect()
}

fn score_table(table: &str) -> Result<(), Box<dyn Error>> {
    let (mut right, mut all) = (0, 0);
    for line in table.lines().filter(|line| !line.trim().is_empty()) {
        let (text, expected) = line.rsplit_once('|').ok_or("a line without a bar")?;
        let cited = cited(text, expected.contains('~')).join(" ");
        all += 1;
        if cited == expected.trim() {
            right += 1;
        } else {
            println!("{}\n  expected {expected}\n  cited     {cited}", text.trim());
        }
    }
    println!("{right} of {all} lines are right");
    Ok(())
}

fn score_lines(lines: &str) -> Result<(), Box<dyn Error>> {
    let (mut right, mut all) = (0, 0);
    let mut scores = SPELLINGS.map(|(name, spelling)| (name, spelling, MentionScore::default()));
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let label: Value = serde_json::from_str(line)?;
        let Some(accepted) = label["accept"].as_array() else {
            for (_, spelling, score) in &mut scores {
                score.add(&label, *spelling)?;
            }
            continue;
        };
        let text = label["text"].as_str().ok_or("a line without text")?;
        let cited = Value::from(cited(text, false));
        all += 1;
        if accepted.contains(&cited) {
            right += 1;
        } else {
            println!("{}: {text}\n  accepted {}\n  cited    {cited}", label["kind"], label["accept"]);
        }
    }
    if all > 0 {
        println!("{right} of {all} sentences are right");
    } else {
        for (name, _, score) in &scores {
            print_mistakes(name, &score.mistakes);
        }
        for (name, _, score) in scores {
            println!("mentions {name}: F1 {:.4}, passages {:.4}", score.certain.f1(), score.passage_accuracy());
        }
    }
    Ok(())
}

fn score_sermons(directory: &Path) -> Result<(), Box<dyn Error>> {
    let entries: Result<Vec<_>, _> = fs::read_dir(directory)?.collect();
    let mut paths: Vec<PathBuf> = entries?.into_iter().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let mut scores = SPELLINGS.map(|(name, spelling)| (name, spelling, SermonScore::default()));
    for path in paths {
        let labels: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
        let text_file = path.with_extension("txt");
        let text = match labels["text"].as_str() {
            Some(text) if !text_file.exists() => text.to_owned(),
            _ => fs::read_to_string(text_file)?,
        };
        for (name, spelling, total) in &mut scores {
            let score = score_sermon(&labels, &text, *spelling)?;
            print_mistakes(&format!("{} {name}", path.file_stem().unwrap_or_default().display()), &score.mistakes);
            total.add(score);
        }
    }
    for (name, _, score) in scores {
        println!("sermons {name}: named F1 {:.4}, contextual F1 {:.4}", score.named().f1(), score.contextual.f1());
    }
    Ok(())
}

fn print_mistakes(name: &str, mistakes: &[Mistake]) {
    for mistake in mistakes {
        println!("{name}: {} {} / {}: {}", mistake.kind, mistake.labeled, mistake.reported, mistake.context);
    }
}

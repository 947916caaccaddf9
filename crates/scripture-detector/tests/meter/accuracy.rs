//! Accuracy of the detector. The asserted figures are promises; docs/ACCURACY.md in the repository explains them.
//!
//! The project's own labeled sentences are always scored. The labeled sermons of real preachers are not part of the
//! repository and are scored if they are next to it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use scripture_detector::score::{MentionScore, SermonScore, Spelling, score_sermon};
use serde_json::Value;

const OWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/scripture");

fn score_mentions(path: &Path, spelling: Spelling) -> MentionScore {
    let lines = fs::read_to_string(path).expect("labeled mentions");
    let mut score = MentionScore::default();
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let label: Value = serde_json::from_str(line).expect("one JSON object per line");
        score.add(&label, spelling).expect("a label");
    }
    score
}

fn score_file(path: &Path, spelling: Spelling) -> SermonScore {
    let labels: Value = serde_json::from_str(&fs::read_to_string(path).expect("labels")).expect("JSON");
    let text_file = path.with_extension("txt");
    let text = if text_file.exists() {
        fs::read_to_string(text_file).expect("the text of the sermon")
    } else {
        labels["text"].as_str().expect("the text of the sermon").to_owned()
    };
    score_sermon(&labels, &text, spelling).expect("labels")
}

/// Scores all sermons in a directory together.
fn score_directory(directory: &Path, spelling: Spelling) -> SermonScore {
    let entries = fs::read_dir(directory).expect("a directory of sermons");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let mut total = SermonScore::default();
    for path in &paths {
        total.add(score_file(path, spelling));
    }
    total
}

fn assert_at_least(what: &str, figure: f64, promised: f64, mistakes: &impl std::fmt::Debug) {
    assert!(figure >= promised, "{what} is {figure:.3}, less than the promised {promised:.3}: {mistakes:#?}");
}

fn assert_mention_promises(path: &Path) {
    let score = score_mentions(path, Spelling::AsWritten);
    let mistakes = &score.mistakes;
    assert_at_least("F1 of certain mentions", score.certain.f1(), 0.97, mistakes);
    assert_at_least("precision of certain mentions", score.certain.precision(), 0.96, mistakes);
    assert_at_least("recall of certain mentions", score.certain.recall(), 0.96, mistakes);
    assert_at_least("F1 of all mentions", score.all.f1(), 0.96, mistakes);
    assert_at_least("passage accuracy", score.passage_accuracy(), 0.95, mistakes);
    let lower = score_mentions(path, Spelling::Lower);
    assert_at_least("F1 without capitals", lower.certain.f1(), score.certain.f1() - 0.03, &lower.mistakes);
    let unpunctuated = score_mentions(path, Spelling::Unpunctuated);
    let promised = score.certain.f1() - 0.03;
    assert_at_least("F1 without punctuation", unpunctuated.certain.f1(), promised, &unpunctuated.mistakes);
    let unmarked = score_mentions(path, Spelling::Unmarked);
    assert_at_least("F1 without any mark", unmarked.certain.f1(), score.certain.f1() - 0.06, &unmarked.mistakes);
}

/// Asserts how much sermons may lose with their punctuation, and with every mark.
fn assert_robust_sermons(directory: &Path) {
    let score = score_directory(directory, Spelling::AsWritten);
    for (spelling, cost) in [(Spelling::Unpunctuated, 0.03), (Spelling::Unmarked, 0.06)] {
        let respelled = score_directory(directory, spelling);
        let what = format!("F1 of references with a book, {spelling:?}");
        assert_at_least(&what, respelled.named().f1(), score.named().f1() - cost, &respelled.mistakes);
        let what = format!("F1 of contextual references, {spelling:?}");
        assert_at_least(&what, respelled.contextual.f1(), score.contextual.f1() - cost, &respelled.mistakes);
    }
}

fn assert_sermon_promises(score: &SermonScore) {
    assert_at_least("recall of references with a book", score.named().recall(), 0.97, &score.mistakes);
    assert_at_least("precision of references with a book", score.named().precision(), 0.97, &score.mistakes);
    assert_at_least("recall of contextual references", score.contextual.recall(), 0.85, &score.mistakes);
    assert_at_least("precision of contextual references", score.contextual.precision(), 0.90, &score.mistakes);
}

#[test]
fn own_mentions_are_scored_as_promised() {
    assert_mention_promises(&Path::new(OWN).join("own_gold.jsonl"));
}

#[test]
fn the_own_sermon_is_scored_as_promised() {
    assert_sermon_promises(&score_file(&Path::new(OWN).join("own_sermon.json"), Spelling::AsWritten));
}

#[test]
fn real_mentions_are_scored_as_promised_if_they_are_available() {
    let path = Path::new(SHARED).join("gold_dev.jsonl");
    if path.exists() {
        assert_mention_promises(&path);
    }
}

#[test]
fn real_sermons_are_scored_as_promised_if_they_are_available() {
    let directory = Path::new(SHARED).join("sermons");
    if directory.exists() {
        assert_sermon_promises(&score_directory(&directory, Spelling::AsWritten));
        assert_robust_sermons(&directory);
    }
}

/// Sentences of one kind of speech each, with the lists of references that are right.
#[test]
fn the_kinds_of_speech_are_read_as_promised_if_they_are_available() {
    let path = Path::new(SHARED).join("kinds.jsonl");
    if path.exists() {
        let wrong = misread_kinds(&path);
        assert!(wrong.len() <= 2, "{}", wrong.join("\n"));
    }
}

/// Returns the sentences of a file whose references are not among the accepted lists.
fn misread_kinds(path: &Path) -> Vec<String> {
    let lines = fs::read_to_string(path).expect("labeled sentences");
    let wrong = lines.lines().filter(|line| {
        let label: Value = serde_json::from_str(line).expect("JSON");
        let cited = crate::cited(label["text"].as_str().expect("a text"));
        let cited: Vec<Value> = cited.iter().map(|osis| Value::from(osis.trim_start_matches('~'))).collect();
        !label["accept"].as_array().expect("lists").contains(&Value::from(cited))
    });
    wrong.map(str::to_owned).collect()
}

/// Written by someone who had not seen the detector. All of it was then used to improve the rules.
#[test]
fn the_first_held_out_mentions_are_scored_as_promised() {
    let score = score_mentions(&Path::new(OWN).join("holdout_mentions.jsonl"), Spelling::AsWritten);
    assert_at_least("F1 of certain mentions", score.certain.f1(), 0.98, &score.mistakes);
    assert_at_least("F1 of all mentions", score.all.f1(), 0.98, &score.mistakes);
    assert_at_least("passage accuracy", score.passage_accuracy(), 0.98, &score.mistakes);
}

#[test]
fn the_first_held_out_sermons_are_scored_as_promised() {
    let score = score_directory(&Path::new(OWN).join("holdout_sermons"), Spelling::AsWritten);
    assert_at_least("F1 of references with a book", score.named().f1(), 0.96, &score.mistakes);
    assert_at_least("F1 of contextual references", score.contextual.f1(), 0.96, &score.mistakes);
}

/// Written by someone else who had not seen the detector. Every other line and sermon was then used to improve the rules;
/// the other half was never read, which makes it the best estimate of accuracy on new speech.
#[test]
fn the_second_held_out_mentions_are_scored_as_promised() {
    let score = score_mentions(&Path::new(OWN).join("holdout2_mentions.jsonl"), Spelling::AsWritten);
    // One line in nine has a number after a name that is not a chapter, far more than in real speech.
    assert_at_least("F1 of certain mentions", score.certain.f1(), 0.945, &score.mistakes);
    assert_at_least("recall of certain mentions", score.certain.recall(), 0.965, &score.mistakes);
    assert_at_least("passage accuracy", score.passage_accuracy(), 0.98, &score.mistakes);
}

#[test]
fn the_second_held_out_sermons_are_scored_as_promised() {
    let score = score_directory(&Path::new(OWN).join("holdout2_sermons"), Spelling::AsWritten);
    assert_at_least("F1 of references with a book", score.named().f1(), 0.955, &score.mistakes);
    assert_at_least("F1 of contextual references", score.contextual.f1(), 0.94, &score.mistakes);
}

/// Written blind too. One half was read, the other scored once while it was sealed; then all of it was used to improve the rules.
#[test]
fn the_third_held_out_mentions_are_scored_as_promised() {
    let path = Path::new(OWN).join("holdout3_mentions.jsonl");
    let score = score_mentions(&path, Spelling::AsWritten);
    assert_at_least("F1 of certain mentions", score.certain.f1(), 0.985, &score.mistakes);
    assert_at_least("F1 of all mentions", score.all.f1(), 0.97, &score.mistakes);
    assert_at_least("passage accuracy", score.passage_accuracy(), 0.98, &score.mistakes);
    let unmarked = score_mentions(&path, Spelling::Unmarked);
    assert_at_least("F1 without any mark", unmarked.certain.f1(), 0.97, &unmarked.mistakes);
}

#[test]
fn the_third_held_out_sermons_are_scored_as_promised() {
    let score = score_directory(&Path::new(OWN).join("holdout3_sermons"), Spelling::AsWritten);
    assert_at_least("F1 of references with a book", score.named().f1(), 0.97, &score.mistakes);
    assert_at_least("F1 of contextual references", score.contextual.f1(), 0.95, &score.mistakes);
}

#[test]
fn the_third_held_out_kinds_of_speech_are_read_as_promised() {
    let wrong = misread_kinds(&Path::new(OWN).join("holdout3_kinds.jsonl"));
    assert!(wrong.len() <= 2, "{}", wrong.join("\n"));
}

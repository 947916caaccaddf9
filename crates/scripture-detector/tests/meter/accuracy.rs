//! The detector against marked speech. The figures asserted are promises; docs/ACCURACY.md explains the measure.
//!
//! The project's own marked sentences are always scored. The labeled speech of real sermons belongs to its
//! speakers and is not part of the repository; it is scored where it lies beside it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use scripture_detector::score::{Letters, MentionScore, SermonScore, sermon};
use serde_json::Value;

const OWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/scripture");

fn score_mentions(path: &Path, letters: Letters) -> MentionScore {
    let lines = fs::read_to_string(path).expect("the marked mentions");
    let mut score = MentionScore::default();
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let marked: Value = serde_json::from_str(line).expect("a JSON object a line");
        score.add(&marked, letters).expect("marked data");
    }
    score
}

fn score_sermon(path: &Path) -> SermonScore {
    let marked: Value = serde_json::from_str(&fs::read_to_string(path).expect("the marks")).expect("JSON");
    let beside = path.with_extension("txt");
    let text = if beside.exists() {
        fs::read_to_string(beside).expect("the text of the sermon")
    } else {
        marked["text"].as_str().expect("the text of the sermon").to_owned()
    };
    sermon(&marked, &text, Letters::AsWritten).expect("marked data")
}

/// Scores all sermons of a folder together.
fn score_sermons(folder: &Path) -> SermonScore {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder of sermons").map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let mut total = SermonScore::default();
    for path in &paths {
        total.add(score_sermon(path));
    }
    total
}

fn assert_at_least(what: &str, figure: f64, promised: f64, misses: &impl std::fmt::Debug) {
    assert!(figure >= promised, "{what} is {figure:.3}, promised is {promised:.3}: {misses:#?}");
}

fn assert_mentions_kept(path: &Path) {
    let score = score_mentions(path, Letters::AsWritten);
    let misses = &score.misses;
    assert_at_least("F1 over the sure mentions", score.sure.f1(), 0.97, misses);
    assert_at_least("their precision", score.sure.precision(), 0.96, misses);
    assert_at_least("their recall", score.sure.recall(), 0.96, misses);
    assert_at_least("F1 over all mentions", score.all.f1(), 0.96, misses);
    assert_at_least("the share of right passages", score.passage_right(), 0.95, misses);
    let lower = score_mentions(path, Letters::Lower);
    assert_at_least("F1 without capitals", lower.sure.f1(), score.sure.f1() - 0.03, &lower.misses);
}

fn assert_sermons_kept(score: &SermonScore) {
    assert_at_least("recall of those that name their book", score.named().recall(), 0.97, &score.misses);
    assert_at_least("precision of those that name their book", score.named().precision(), 0.97, &score.misses);
    assert_at_least("contextual recall", score.contextual.recall(), 0.85, &score.misses);
    assert_at_least("contextual precision", score.contextual.precision(), 0.90, &score.misses);
}

#[test]
fn the_projects_own_sentences_are_read_as_promised() {
    assert_mentions_kept(&Path::new(OWN).join("own_gold.jsonl"));
}

#[test]
fn the_projects_own_sermon_is_read_as_promised() {
    assert_sermons_kept(&score_sermon(&Path::new(OWN).join("own_sermon.json")));
}

#[test]
fn labeled_mentions_of_real_sermons_are_read_as_promised_where_they_are_at_hand() {
    let path = Path::new(SHARED).join("gold_dev.jsonl");
    if path.exists() {
        assert_mentions_kept(&path);
    }
}

#[test]
fn real_sermons_are_read_as_promised_where_they_are_at_hand() {
    let folder = Path::new(SHARED).join("sermons");
    if folder.exists() {
        assert_sermons_kept(&score_sermons(&folder));
    }
}

/// Invented by somebody who had not seen the detector; all of it was then used to repair it.
#[test]
fn the_hold_out_mentions_are_read_as_promised() {
    let score = score_mentions(&Path::new(OWN).join("holdout_mentions.jsonl"), Letters::AsWritten);
    assert_at_least("F1 over the sure mentions", score.sure.f1(), 0.98, &score.misses);
    assert_at_least("F1 over all mentions", score.all.f1(), 0.98, &score.misses);
    assert_at_least("the share of right passages", score.passage_right(), 0.98, &score.misses);
}

#[test]
fn the_hold_out_sermons_are_read_as_promised() {
    let score = score_sermons(&Path::new(OWN).join("holdout_sermons"));
    assert_at_least("F1 of those that name their book", score.named().f1(), 0.96, &score.misses);
    assert_at_least("F1 of the contextual ones", score.contextual.f1(), 0.96, &score.misses);
}

/// Invented by somebody else, again without a look at the detector; the odd lines and every other sermon were then
/// used to repair it. The rest nobody has looked at: it is the fairest of our own figures.
#[test]
fn the_second_hold_out_mentions_are_read_as_promised() {
    let score = score_mentions(&Path::new(OWN).join("holdout2_mentions.jsonl"), Letters::AsWritten);
    // One in nine is a name with a number behind it that is none, far more than in real speech.
    assert_at_least("F1 over the sure mentions", score.sure.f1(), 0.945, &score.misses);
    assert_at_least("recall over the sure mentions", score.sure.recall(), 0.965, &score.misses);
    assert_at_least("the share of right passages", score.passage_right(), 0.98, &score.misses);
}

#[test]
fn the_second_hold_out_sermons_are_read_as_promised() {
    let score = score_sermons(&Path::new(OWN).join("holdout2_sermons"));
    assert_at_least("F1 of those that name their book", score.named().f1(), 0.955, &score.misses);
    assert_at_least("F1 of the contextual ones", score.contextual.f1(), 0.94, &score.misses);
}

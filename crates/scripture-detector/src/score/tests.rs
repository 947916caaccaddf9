use serde_json::json;

use super::*;

#[test]
fn mentions_are_counted_as_found_missed_or_spurious() {
    let mut score = MentionScore::default();
    let label = |text: &str, start: usize, end: usize, osis: &str| json!({"text": text, "mention_start": start, "mention_end": end, "is_reference": true, "osis": osis});
    score.add(&label("é  turn to Romans 8:28", 11, 17, "Rom.8.28"), Spelling::AsWritten).expect("a label");
    score.add(&label("turn to Romans 8:28", 8, 14, "Rom.8.29"), Spelling::Lower).expect("a label");
    score.add(&label("Luke went home", 0, 4, "Luke"), Spelling::AsWritten).expect("a label");
    let not = json!({"text": "turn to Luke 2:7", "mention_start": 8, "mention_end": 12, "is_reference": false});
    score.add(&not, Spelling::AsWritten).expect("a label");
    assert_eq!(score.all, Tally { found: 2, missed: 1, spurious: 1 });
    assert_eq!((score.correct_passages, score.passages), (1, 2));
    let kinds: Vec<MistakeKind> = score.mistakes.iter().map(|mistake| mistake.kind).collect();
    assert_eq!(kinds, [MistakeKind::WrongPassage, MistakeKind::Missed, MistakeKind::Spurious]);
}

#[test]
fn labels_keep_their_place_when_marks_are_left_out() {
    let label = json!({
        "text": "“Turn, please!” to John 3:16-18.", "mention_start": 19, "mention_end": 31, "is_reference": true,
        "osis": "John.3.16",
    });
    for spelling in [Spelling::Lower, Spelling::Unpunctuated, Spelling::Unmarked] {
        let mut score = MentionScore::default();
        score.add(&label, spelling).expect("a label");
        assert_eq!((score.all.found, score.correct_passages), (1, 1), "{spelling:?} {:?}", score.mistakes);
    }
}

#[test]
fn doubtful_and_neutral_labels_of_a_sermon_are_ignored() {
    let text = "We read Romans 8. Verse 28 says so. In Genesis and Exodus too.";
    let labels = json!({
        "references": [
            {"start": 8, "end": 16, "osis": "Rom.8", "kind": "explicit"},
            {"start": 18, "end": 26, "osis": "Rom.8.28", "kind": "contextual"},
            {"start": 39, "end": 46, "osis": "Gen", "kind": "book", "doubtful": true},
        ],
        "neutral": [{"start": 51, "end": 57}],
    });
    let score = score_sermon(&labels, text, Spelling::AsWritten).expect("labels");
    assert_eq!(score.explicit, Tally { found: 1, missed: 0, spurious: 0 }, "{:?}", score.mistakes);
    assert_eq!(score.contextual, Tally { found: 1, missed: 0, spurious: 0 }, "{:?}", score.mistakes);
}

#[test]
fn a_label_outside_its_text_is_refused() {
    let label = json!({"text": "a", "mention_start": 0, "mention_end": 9, "is_reference": false});
    let error = MentionScore::default().add(&label, Spelling::AsWritten).expect_err("outside");
    assert_eq!(error.to_string(), "the label at 0..9 is outside its text");
}

#[test]
fn a_verse_after_its_chapter_completes_the_passage_of_a_mention() {
    let label = |text: &str| json!({"text": text, "mention_start": 0, "mention_end": 8, "is_reference": true, "osis": "Hab.2.1-Hab.2.3"});
    let mut score = MentionScore::default();
    score
        .add(&label("Habakkuk chapter two, and I want to lift verses one through three."), Spelling::AsWritten)
        .expect("a label");
    assert_eq!((score.passages, score.correct_passages), (1, 1), "{:?}", score.mistakes);
    score.add(&label("Habakkuk chapter two, and I want to lift verse four."), Spelling::AsWritten).expect("a label");
    assert_eq!((score.passages, score.correct_passages), (2, 1), "{:?}", score.mistakes);
}

#[test]
fn a_withdrawn_slip_is_not_reported() {
    let mut score = MentionScore::default();
    let label =
        json!({"text": "Mark 10, pardon me, Matthew 10.", "mention_start": 0, "mention_end": 4, "is_reference": false});
    score.add(&label, Spelling::AsWritten).expect("a label");
    assert_eq!(score.all, Tally::default(), "{:?}", score.mistakes);
}

//! The measure: how well the references found agree with those that people marked.
//!
//! Two kinds of marked data are read. A *mention* is a snippet with one name of a book marked in it, and says
//! whether Scripture is cited and what. A *sermon* is a whole text with every reference marked. docs/ACCURACY.md
//! has the measure in words. Pure: JSON values and texts in, figures and misses out.

use std::ops::Range;

use serde::Deserialize as _;
use serde_json::Value;

use super::marked::{MarkedMention, MarkedSermon};
use crate::{Class, Kind, Mention, Passage, transcript::JoinedText};

/// How the text is given to the detector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    /// As it was written.
    AsWritten,
    /// All in lower case, as some captions are.
    Lower,
}

/// Counts of right and wrong answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Marked and reported.
    pub found: usize,
    /// Marked and not reported.
    pub missed: usize,
    /// Reported and not marked.
    pub invented: usize,
}

/// One wrong answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// What is wrong with it.
    pub what: &'static str,
    /// What was marked.
    pub marked: String,
    /// What was reported.
    pub reported: String,
    /// The words around it, the place in `<< >>`.
    pub context: String,
}

/// The figures of a set of mentions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MentionScore {
    /// Over all mentions.
    pub all: Tally,
    /// Without the doubtful ones.
    pub sure: Tally,
    /// Only what was reported as confirmed counts as found.
    pub confirmed: Tally,
    /// Marked references with a chapter.
    pub passages: usize,
    /// Those whose passage is right.
    pub passages_right: usize,
    /// Every wrong answer.
    pub misses: Vec<Miss>,
}

/// The figures of one sermon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SermonScore {
    /// References that name their book and a chapter or verse.
    pub explicit: Tally,
    /// Books named as Scripture, without a number.
    pub book: Tally,
    /// References resolved from what was cited before.
    pub contextual: Tally,
    /// Every wrong answer.
    pub misses: Vec<Miss>,
}

/// The marked data have another shape.
#[derive(Debug, thiserror::Error)]
pub enum GoldError {
    /// A JSON value is not what it should be.
    #[error("not marked data: {0}")]
    Shape(#[from] serde_json::Error),
    /// A place that the text does not have.
    #[error("the marked place {0}..{1} is not in its text")]
    Place(usize, usize),
}

impl Tally {
    /// The share of the reported ones that are right; 1 if none was reported.
    pub fn precision(&self) -> f64 {
        share(self.found, self.found + self.invented)
    }

    /// The share of the marked ones that were found; 1 if none was marked.
    pub fn recall(&self) -> f64 {
        share(self.found, self.found + self.missed)
    }

    /// The harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        share(2 * self.found, 2 * self.found + self.missed + self.invented)
    }

    /// Adds the counts of another.
    pub fn add(&mut self, other: Self) {
        self.found += other.found;
        self.missed += other.missed;
        self.invented += other.invented;
    }

    /// Counts one answer.
    fn count(&mut self, marked: bool, reported: bool) {
        match (marked, reported) {
            (true, true) => self.found += 1,
            (true, false) => self.missed += 1,
            (false, true) => self.invented += 1,
            (false, false) => {}
        }
    }
}

/// A part of a whole; all of it if the whole is empty.
#[expect(clippy::cast_precision_loss, reason = "counts of mentions are small")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

impl MentionScore {
    /// The share of the references with a chapter whose passage is right.
    pub fn passage_right(&self) -> f64 {
        share(self.passages_right, self.passages)
    }

    /// Scores one mention more.
    pub fn add(&mut self, marked: &Value, letters: Letters) -> Result<(), GoldError> {
        let marked = MarkedMention::deserialize(marked)?;
        let text = Text::new(&marked.text, letters);
        let place = text.place(marked.mention_start, marked.mention_end)?;
        let mentions = crate::detect(&text.joined);
        let overlapping = |mention: &&Mention| mention.kind != Kind::Contextual && overlap(&mention.span, &place);
        let answer = mentions.iter().filter(overlapping).find(|mention| mention.is_reference());
        let reported = answer.is_some();
        self.all.count(marked.is_reference, reported);
        if !marked.doubtful.unwrap_or(false) {
            self.sure.count(marked.is_reference, reported);
        }
        self.confirmed.count(marked.is_reference, answer.is_some_and(|answer| answer.class == Class::Confirmed));
        let wanted: Vec<&str> =
            marked.osis.iter().chain(marked.osis_alt.iter().flatten()).map(String::as_str).collect();
        let mut what = match (marked.is_reference, reported) {
            (true, false) => Some("missed"),
            (false, true) => Some("invented"),
            _ => None,
        };
        if marked.is_reference && marked.osis.as_ref().is_some_and(|osis| osis.contains('.')) {
            self.passages += 1;
            let right = answer.and_then(|answer| answer.passage).is_some_and(|passage| agrees(passage, &wanted));
            self.passages_right += usize::from(right);
            if reported && !right {
                what = Some("passage");
            }
        }
        if let Some(what) = what {
            self.misses.push(text.miss(what, &wanted.join(" or "), answer, &place));
        }
        Ok(())
    }
}

/// Scores a sermon.
pub fn sermon(marked: &Value, text: &str, letters: Letters) -> Result<SermonScore, GoldError> {
    let marked = MarkedSermon::deserialize(marked)?;
    let text = Text::new(text, letters);
    let found: Vec<Mention> = crate::detect(&text.joined).into_iter().filter(Mention::is_reference).collect();
    let mut left_out: Vec<Range<usize>> = Vec::new();
    for place in marked.neutral.iter().chain(marked.not_references.iter().filter(|place| place.doubtful)) {
        left_out.push(text.place(place.start, place.end)?);
    }
    for place in marked.references.iter().filter(|reference| reference.doubtful) {
        left_out.push(text.place(place.start, place.end)?);
    }
    let mut score = SermonScore::default();
    let mut used = vec![false; found.len()];
    for reference in marked.references.iter().filter(|reference| !reference.doubtful) {
        let place = text.place(reference.start, reference.end)?;
        let wanted: Vec<&str> = std::iter::once(&reference.osis)
            .chain(&reference.heard)
            .chain(&reference.alt)
            .map(String::as_str)
            .collect();
        let fits = |mention: &Mention| {
            let agrees = mention.passage.is_some_and(|passage| agrees_exactly(passage, &wanted));
            let same_kind = (mention.kind == Kind::Contextual) == (reference.kind == Kind::Contextual);
            same_kind && agrees && overlap(&mention.span, &place)
        };
        let index = (0..found.len()).find(|&index| !used[index] && fits(&found[index]));
        score.tally(reference.kind).count(true, index.is_some());
        if let Some(index) = index {
            used[index] = true;
        } else {
            let nearest = found.iter().find(|mention| overlap(&mention.span, &place));
            score.misses.push(text.miss("missed", &wanted.join(" or "), nearest, &place));
        }
    }
    for (mention, used) in found.iter().zip(used) {
        if !used && !left_out.iter().any(|place| overlap(place, &mention.span)) {
            score.tally(mention.kind).count(false, true);
            score.misses.push(text.miss("invented", "", Some(mention), &mention.span));
        }
    }
    Ok(score)
}

impl SermonScore {
    /// The references that name their book, with a number or without.
    pub fn named(&self) -> Tally {
        let mut named = self.explicit;
        named.add(self.book);
        named
    }

    /// Adds the counts and misses of another.
    pub fn add(&mut self, other: Self) {
        self.explicit.add(other.explicit);
        self.book.add(other.book);
        self.contextual.add(other.contextual);
        self.misses.extend(other.misses);
    }

    /// The counts that a kind belongs to.
    fn tally(&mut self, kind: Kind) -> &mut Tally {
        match kind {
            Kind::Explicit => &mut self.explicit,
            Kind::Book => &mut self.book,
            Kind::Contextual => &mut self.contextual,
        }
    }
}

/// A text as it was marked, and as the detector reads it.
struct Text {
    /// The code points of the marked text that are no white space, counted before each of its code points.
    solid_before: Vec<usize>,
    joined: JoinedText,
}

impl Text {
    fn new(text: &str, letters: Letters) -> Self {
        let mut solid_before = vec![0];
        for character in text.chars() {
            let last = solid_before[solid_before.len() - 1];
            solid_before.push(last + usize::from(!character.is_whitespace()));
        }
        let joined = match letters {
            Letters::AsWritten => JoinedText::plain(text),
            Letters::Lower => JoinedText::plain(&text.to_ascii_lowercase()),
        };
        Self { solid_before, joined }
    }

    /// The bytes of the joined text that a marked place, in code points, has there.
    fn place(&self, start: usize, end: usize) -> Result<Range<usize>, GoldError> {
        let wrong = GoldError::Place(start, end);
        let (Some(&first), Some(&last)) = (self.solid_before.get(start), self.solid_before.get(end)) else {
            return Err(wrong);
        };
        let solid = || self.joined.as_str().char_indices().filter(|(_, character)| !character.is_whitespace());
        let begins = solid().nth(first).map(|(at, _)| at);
        let ends = last.checked_sub(1).and_then(|last| solid().nth(last)).map(|(at, last)| at + last.len_utf8());
        match (begins, ends) {
            (Some(begins), Some(ends)) if begins < ends => Ok(begins..ends),
            _ => Err(wrong),
        }
    }

    /// Describes a wrong answer.
    fn miss(&self, what: &'static str, marked: &str, answer: Option<&Mention>, place: &Range<usize>) -> Miss {
        let reported = answer.map_or_else(String::new, |answer| {
            let passage = answer.passage.map_or_else(|| "-".to_owned(), |passage| passage.to_string());
            format!("{passage} ({:?}, {:?}: {})", answer.class, answer.kind, answer.evidence.join(", "))
        });
        let text = self.joined.as_str();
        let before: String = {
            let mut before: Vec<char> = text[..place.start].chars().rev().take(90).collect();
            before.reverse();
            before.into_iter().collect()
        };
        let behind: String = text[place.end..].chars().take(60).collect();
        let context = format!("{before}<<{}>>{behind}", &text[place.clone()]);
        Miss { what, marked: marked.to_owned(), reported, context }
    }
}

/// Whether two places share a byte.
fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Whether a passage begins where one of the marked ones does; a marked one without a verse says nothing of it.
fn agrees(passage: Passage, wanted: &[&str]) -> bool {
    wanted.iter().filter_map(|osis| osis.parse::<Passage>().ok()).any(|wanted| {
        let verse = wanted.verse().is_none() || wanted.verse() == passage.verse();
        wanted.book() == passage.book() && wanted.chapter() == passage.chapter() && verse
    })
}

/// Whether a passage has the book, chapter and first verse of one of the marked ones.
fn agrees_exactly(passage: Passage, wanted: &[&str]) -> bool {
    wanted.iter().filter_map(|osis| osis.parse::<Passage>().ok()).any(|wanted| {
        (wanted.book(), wanted.chapter(), wanted.verse()) == (passage.book(), passage.chapter(), passage.verse())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mention_is_found_missed_or_invented() {
        let mut score = MentionScore::default();
        let reference = |text: &str, start: usize, end: usize, osis: &str| json!({"text": text, "mention_start": start, "mention_end": end, "is_reference": true, "osis": osis});
        score.add(&reference("é  turn to Romans 8:28", 11, 17, "Rom.8.28"), Letters::AsWritten).expect("marked data");
        score.add(&reference("turn to Romans 8:28", 8, 14, "Rom.8.29"), Letters::Lower).expect("marked data");
        score.add(&reference("Luke went home", 0, 4, "Luke"), Letters::AsWritten).expect("marked data");
        assert_eq!(score.all, Tally { found: 2, missed: 1, invented: 0 });
        assert_eq!((score.passages_right, score.passages), (1, 2));
        assert_eq!(score.misses.iter().map(|miss| miss.what).collect::<Vec<_>>(), ["passage", "missed"]);
    }

    #[test]
    fn doubtful_and_neutral_places_of_a_sermon_are_left_out() {
        let text = "We read Romans 8. Verse 28 says so. In Genesis and Exodus too.";
        let marked = json!({
            "references": [
                {"start": 8, "end": 16, "osis": "Rom.8", "kind": "explicit"},
                {"start": 18, "end": 26, "osis": "Rom.8.28", "kind": "contextual"},
                {"start": 39, "end": 46, "osis": "Gen", "kind": "book", "doubtful": true},
            ],
            "neutral": [{"start": 51, "end": 57}],
        });
        let score = sermon(&marked, text, Letters::AsWritten).expect("marked data");
        assert_eq!(score.explicit, Tally { found: 1, missed: 0, invented: 0 }, "{:?}", score.misses);
        assert_eq!(score.contextual, Tally { found: 1, missed: 0, invented: 0 }, "{:?}", score.misses);
    }

    #[test]
    fn a_place_outside_its_text_is_refused() {
        let marked = json!({"text": "a", "mention_start": 0, "mention_end": 9, "is_reference": false});
        assert!(MentionScore::default().add(&marked, Letters::AsWritten).is_err());
    }
}

//! Accuracy against labeled speech: precision, recall and F1, with every error.
//!
//! There are two kinds of labeled data, both JSON. Offsets count Unicode code points.
//!
//! * A *mention* is a snippet with one name of a book labeled: whether it cites Scripture, and what.
//!   [`MentionScore::add`] scores one.
//! * A *sermon* is a whole text with every reference labeled. [`score_sermon`] scores one.
//!
//! # Examples
//!
//! ```
//! use scripture_detector::score::{Spelling, MentionScore};
//! use serde_json::json;
//!
//! let mut score = MentionScore::default();
//! let label = json!({
//!     "text": "Turn to Romans 8:28", "mention_start": 8, "mention_end": 14, "is_reference": true, "osis": "Rom.8.28",
//! });
//! score.add(&label, Spelling::AsWritten)?;
//! assert_eq!((score.all.recall(), score.passage_accuracy()), (1.0, 1.0));
//!
//! let label = json!({"text": "Pastor John", "mention_start": 7, "mention_end": 11, "is_reference": false});
//! score.add(&label, Spelling::Lower)?;
//! assert_eq!(score.all.precision(), 1.0);
//! # Ok::<(), scripture_detector::score::LabelError>(())
//! ```

mod labeled_text;
mod labels;

use std::{fmt, ops::Range};

use serde::Deserialize as _;
use serde_json::Value;

use crate::{Class, Kind, Mention, Passage, canon};
use labeled_text::LabeledText;
use labels::{LabeledMention, LabeledSermon};

/// The most bytes between a chapter and the bare verse that completes it.
const MAX_COMPLETION_BYTES: usize = 60;

/// How text is spelled when it is given to the detector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// As it is written.
    AsWritten,
    /// In lower case throughout, as in some captions.
    Lower,
    /// In lower case and without punctuation, except between digits: "john 3:16".
    Unpunctuated,
    /// In lower case and without any mark: "john 3 16", "paul s letter".
    Unmarked,
}

/// Counts of correct and wrong results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Labeled and reported (true positives).
    pub found: usize,
    /// Labeled but not reported (false negatives).
    pub missed: usize,
    /// Reported but not labeled (false positives).
    pub spurious: usize,
}

/// One wrong result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub kind: MistakeKind,
    /// The labeled passage, or several with "or" between them; empty if nothing was labeled.
    pub labeled: String,
    /// The reported passage with its class, kind and evidence; empty if nothing was reported.
    pub reported: String,
    /// The text around the mention, which is in `<< >>`.
    pub context: String,
}

/// What is wrong with a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MistakeKind {
    /// A labeled reference was not reported.
    Missed,
    /// A reported reference is not labeled.
    Spurious,
    /// The reported passage is not the labeled one.
    WrongPassage,
}

/// The score of a set of mentions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MentionScore {
    /// All mentions.
    pub all: Tally,
    /// The mentions that were not labeled as doubtful.
    pub certain: Tally,
    /// All mentions, counting only confirmed ones as reported.
    pub confirmed: Tally,
    /// The number of labeled references with a chapter.
    pub passages: usize,
    /// The number of those whose passage was reported correctly.
    pub correct_passages: usize,
    /// Every wrong result.
    pub mistakes: Vec<Mistake>,
}

/// The score of a sermon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SermonScore {
    /// References of [`Kind::Explicit`].
    pub explicit: Tally,
    /// References of [`Kind::Book`].
    pub book: Tally,
    /// References of [`Kind::Contextual`].
    pub contextual: Tally,
    /// Every wrong result.
    pub mistakes: Vec<Mistake>,
}

/// The labels could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabelError {
    /// The JSON does not have the expected format.
    #[error("not labeled speech: {0}")]
    Format(#[from] serde_json::Error),
    /// A label is outside its text, or covers only whitespace.
    #[error("the label at {0}..{1} is outside its text")]
    Span(usize, usize),
}

impl fmt::Display for MistakeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missed => "missed",
            Self::Spurious => "spurious",
            Self::WrongPassage => "wrong passage",
        })
    }
}

impl Tally {
    /// Returns the share of reported references that are correct, or 1 if none was reported.
    pub fn precision(&self) -> f64 {
        ratio(self.found, self.found + self.spurious)
    }

    /// Returns the share of labeled references that were found, or 1 if none was labeled.
    pub fn recall(&self) -> f64 {
        ratio(self.found, self.found + self.missed)
    }

    /// Returns the harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        ratio(2 * self.found, 2 * self.found + self.missed + self.spurious)
    }

    /// Adds the counts of another tally.
    pub fn add(&mut self, other: Self) {
        self.found += other.found;
        self.missed += other.missed;
        self.spurious += other.spurious;
    }

    /// Counts one result.
    fn count(&mut self, labeled: bool, reported: bool) {
        match (labeled, reported) {
            (true, true) => self.found += 1,
            (true, false) => self.missed += 1,
            (false, true) => self.spurious += 1,
            (false, false) => {}
        }
    }
}

/// Returns `part / whole`, or 1 if `whole` is 0.
#[expect(clippy::cast_precision_loss, reason = "the counts are small")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

impl MentionScore {
    /// Returns the share of labeled references with a chapter whose passage was reported correctly.
    pub fn passage_accuracy(&self) -> f64 {
        ratio(self.correct_passages, self.passages)
    }

    /// Scores one mention and adds the result.
    pub fn add(&mut self, label: &Value, spelling: Spelling) -> Result<(), LabelError> {
        let label = LabeledMention::deserialize(label)?;
        let text = LabeledText::new(&label.text, spelling);
        let span = text.span(label.mention_start, label.mention_end)?;
        let mentions = crate::detect(&text.joined);
        let overlapping = |mention: &&Mention| mention.kind != Kind::Contextual && overlap(&mention.span, &span);
        // The correction stands for the slip that it withdraws.
        let withdrawn = || {
            let slip =
                mentions.iter().position(|mention| mention.class == Class::Withdrawn && overlapping(&mention))?;
            mentions[slip..].iter().find(|mention| mention.is_reference())
        };
        let own = mentions.iter().filter(overlapping).find(|mention| mention.is_reference());
        let result = if label.is_reference { own.or_else(withdrawn) } else { own };
        let reported = result.is_some();
        self.all.count(label.is_reference, reported);
        if !label.doubtful.unwrap_or(false) {
            self.certain.count(label.is_reference, reported);
        }
        self.confirmed.count(label.is_reference, result.is_some_and(|result| result.class == Class::Confirmed));
        let expected: Vec<&str> =
            label.osis.iter().chain(label.osis_alt.iter().flatten()).map(String::as_str).collect();
        let mut mistake = match (label.is_reference, reported) {
            (true, false) => Some(MistakeKind::Missed),
            (false, true) => Some(MistakeKind::Spurious),
            _ => None,
        };
        if label.is_reference && label.osis.as_ref().is_some_and(|osis| osis.contains('.')) {
            self.passages += 1;
            let correct = result.is_some_and(|result| {
                let completion = mentions.iter().find(|mention| completes(mention, result));
                [Some(result), completion]
                    .into_iter()
                    .flatten()
                    .filter_map(|mention| mention.passage)
                    .any(|passage| starts_at_any(passage, &expected))
            });
            self.correct_passages += usize::from(correct);
            if reported && !correct {
                mistake = Some(MistakeKind::WrongPassage);
            }
        }
        if let Some(kind) = mistake {
            self.mistakes.push(text.mistake(kind, &expected.join(" or "), result, &span));
        }
        Ok(())
    }
}

/// Scores one sermon.
pub fn score_sermon(labels: &Value, text: &str, spelling: Spelling) -> Result<SermonScore, LabelError> {
    let labels = LabeledSermon::deserialize(labels)?;
    let text = LabeledText::new(text, spelling);
    let reported: Vec<Mention> = crate::detect(&text.joined).into_iter().filter(Mention::is_reference).collect();
    let mut ignored: Vec<Range<usize>> = Vec::new();
    for label in labels.neutral.iter().chain(labels.not_references.iter().filter(|label| label.doubtful)) {
        ignored.push(text.span(label.start, label.end)?);
    }
    for label in labels.references.iter().filter(|label| label.doubtful) {
        ignored.push(text.span(label.start, label.end)?);
    }
    let mut score = SermonScore::default();
    let mut used = vec![false; reported.len()];
    for label in labels.references.iter().filter(|label| !label.doubtful) {
        let span = text.span(label.start, label.end)?;
        let expected: Vec<&str> =
            std::iter::once(&label.osis).chain(&label.heard).chain(&label.alt).map(String::as_str).collect();
        let matches = |mention: &Mention| {
            let same_passage = mention.passage.is_some_and(|passage| starts_like_any(passage, &expected));
            let same_kind = (mention.kind == Kind::Contextual) == (label.kind == Kind::Contextual);
            same_kind && same_passage && overlap(&mention.span, &span)
        };
        let index = (0..reported.len()).find(|&index| !used[index] && matches(&reported[index]));
        score.tally_mut(label.kind).count(true, index.is_some());
        if let Some(index) = index {
            used[index] = true;
        } else {
            let overlapping = reported.iter().find(|mention| overlap(&mention.span, &span));
            score.mistakes.push(text.mistake(MistakeKind::Missed, &expected.join(" or "), overlapping, &span));
        }
    }
    for (mention, used) in reported.iter().zip(used) {
        if !used && !ignored.iter().any(|span| overlap(span, &mention.span)) {
            score.tally_mut(mention.kind).count(false, true);
            score.mistakes.push(text.mistake(MistakeKind::Spurious, "", Some(mention), &mention.span));
        }
    }
    Ok(score)
}

impl SermonScore {
    /// Returns the tally of all references that name their book.
    pub fn named(&self) -> Tally {
        let mut named = self.explicit;
        named.add(self.book);
        named
    }

    /// Adds the counts and mistakes of another score.
    pub fn add(&mut self, other: Self) {
        self.explicit.add(other.explicit);
        self.book.add(other.book);
        self.contextual.add(other.contextual);
        self.mistakes.extend(other.mistakes);
    }

    fn tally_mut(&mut self, kind: Kind) -> &mut Tally {
        match kind {
            Kind::Explicit => &mut self.explicit,
            Kind::Book => &mut self.book,
            Kind::Contextual => &mut self.contextual,
        }
    }
}

/// Returns whether a mention is the bare verse of a chapter cited right before: "Romans 8, and we will start at verse 28". A
/// label for the name has the whole passage.
fn completes(mention: &Mention, chapter: &Mention) -> bool {
    let gap = mention.span.start.checked_sub(chapter.span.end);
    mention.kind == Kind::Contextual
        && mention.is_reference()
        && mention.anchor == chapter.passage
        && chapter.passage.is_some_and(|passage| passage.chapter().is_some() && passage.verse().is_none())
        && gap.is_some_and(|gap| gap <= MAX_COMPLETION_BYTES)
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Returns whether a passage starts at one of the labeled ones. A label without a verse matches every verse of its chapter.
fn starts_at_any(passage: Passage, labeled: &[&str]) -> bool {
    labeled.iter().filter_map(|osis| osis.parse::<Passage>().ok()).any(|labeled| {
        let same_verse = labeled.verse().is_none() || labeled.verse() == passage.verse();
        labeled.book() == passage.book() && labeled.chapter() == passage.chapter() && same_verse
    })
}

/// Returns whether a passage has the same book, chapter and first verse as one of the labeled ones.
fn starts_like_any(passage: Passage, labeled: &[&str]) -> bool {
    // The only chapter of a book is the book.
    let chapter = |passage: Passage| passage.chapter().or((canon::chapters(passage.book()) == 1).then_some(1));
    labeled.iter().filter_map(|osis| osis.parse::<Passage>().ok()).any(|labeled| {
        (labeled.book(), chapter(labeled), labeled.verse()) == (passage.book(), chapter(passage), passage.verse())
    })
}

#[cfg(test)]
mod tests;

//! The references and counts of a document while corrections are applied to them.

use std::ops::Range;

use scripture_detector::{Book, Class, Kind, Passage, Reference, transcript::JoinedText};
use serde_json::Number;

use super::{
    BookMentions, Document, MentionPosition,
    anchor::{Anchor, Words},
    corrections::{Correction, MeasuredReference},
};

/// Number of bytes of context on each side of the words, as in the analysis.
const CONTEXT_BYTES: usize = 150;

/// Value of `matched_pattern` for a mention that a person added or changed.
const PATTERN: &str = "correction";

/// A document to which corrections are being applied, the latest first. They change its references, counts and
/// positions.
pub(super) struct Effective<'d> {
    document: &'d mut Document,
    text: Option<&'d JoinedText>,
    /// What the meter found.
    measured: Vec<Reference>,
    /// Code point ranges in which corrections have been applied. Earlier corrections that overlap them are skipped.
    corrected: Vec<Range<usize>>,
}

impl<'d> Effective<'d> {
    pub(super) fn new(document: &'d mut Document, text: Option<&'d JoinedText>) -> Self {
        let measured = document.references.clone().unwrap_or_default();
        Self { document, text, measured, corrected: Vec::new() }
    }

    /// Returns an anchor at the measured reference that has these words. Used for sermons whose transcript is not
    /// stored.
    pub(super) fn reference_with(&self, anchor: &Anchor) -> Option<Anchor> {
        let place = |reference: &Reference| (reference.start_char, reference.end_char);
        let is_same = |reference: &&Reference| {
            reference.source.is_none()
                && reference.text == anchor.quote
                && place(reference) == (anchor.start_char, anchor.end_char)
        };
        self.measured.iter().any(|reference| is_same(&reference)).then(|| anchor.clone())
    }

    /// Applies a correction whose words were found, unless a later correction of the same words has been applied.
    pub(super) fn apply(&mut self, correction: &mut Correction, words: Option<&Words<'_>>) {
        let span = correction.anchor.start_char..correction.anchor.end_char;
        let overlaps = |other: &Range<usize>| other.start < span.end && span.start < other.end;
        let found: Vec<Reference> =
            self.measured.iter().filter(|found| overlaps(&(found.start_char..found.end_char))).cloned().collect();
        correction.measured = found.first().map(MeasuredReference::from);
        let bytes = words.map(|words| words.bytes(&correction.anchor));
        correction.start_seconds = match (&bytes, self.text) {
            (Some(bytes), Some(text)) => seconds_at(text, bytes.start),
            _ => found.first().and_then(|found| found.start_seconds).or(correction.start_seconds),
        };
        if self.corrected.iter().any(overlaps) {
            return;
        }
        let passage = match &correction.osis {
            Some(osis) => match osis.parse::<Passage>() {
                Ok(passage) => Some(passage),
                // A newer release may accept passages that this one does not.
                Err(_) => return,
            },
            None => None,
        };
        for reference in &found {
            self.remove(reference, passage.is_none());
        }
        if let Some(passage) = passage {
            self.add(corrected_reference(correction, passage, found.first(), self.text.zip(bytes)));
        }
        self.corrected.push(span);
        correction.applied = true;
    }

    /// Sorts the references, because new references were appended.
    pub(super) fn finish(self) {
        if self.corrected.is_empty() {
            return;
        }
        if let Some(references) = &mut self.document.references {
            references.sort_by_key(|reference| (reference.start_char, reference.end_char));
        }
    }

    /// Removes a reference. If `is_mention` is true, its words stay listed as a mention that is not a reference.
    fn remove(&mut self, reference: &Reference, is_mention: bool) {
        let references = self.document.references.get_or_insert_default();
        if let Some(index) = references.iter().position(|other| other == reference) {
            references.remove(index);
        }
        if reference.kind == Kind::Contextual || !matches!(reference.class, Class::Confirmed | Class::Suspect) {
            return;
        }
        let stats = &mut self.document.stats;
        if reference.book.is_deuterocanonical() {
            stats.deuterocanonical = stats.deuterocanonical.saturating_sub(1);
            return;
        }
        let (counts, total) = match reference.class {
            Class::Confirmed => (&mut self.document.counts, &mut stats.scripture_references),
            _ => (&mut self.document.suspect_counts, &mut stats.suspect_references),
        };
        *total = total.saturating_sub(1);
        if let Some(count) = counts.get_mut(reference.book.name()) {
            *count = count.saturating_sub(1);
        }
        if is_mention {
            stats.false_positives += 1;
        } else {
            stats.total_matches = stats.total_matches.saturating_sub(1);
        }
        let mentions = mentions_of(self.document, reference.book);
        let list = match reference.class {
            Class::Confirmed => &mut mentions.valid,
            _ => &mut mentions.suspect,
        };
        let entry = place_of(list, reference).map(|index| list.remove(index));
        if is_mention {
            insert(&mut mentions.false_positive, entry.flatten());
        }
    }

    fn add(&mut self, reference: Reference) {
        if reference.kind != Kind::Contextual {
            if reference.book.is_deuterocanonical() {
                self.document.stats.deuterocanonical += 1;
            } else {
                self.document.stats.scripture_references += 1;
                self.document.stats.total_matches += 1;
                *self.document.counts.entry(reference.book.name().to_owned()).or_default() += 1;
                let position = MentionPosition {
                    start: reference.start_seconds.and_then(Number::from_f64),
                    context: Some(reference.context.clone()),
                    text: Some(reference.text.clone()),
                    matched_pattern: Some(PATTERN.to_owned()),
                    ..MentionPosition::default()
                };
                insert(&mut mentions_of(self.document, reference.book).valid, Some(position));
            }
        }
        self.document.references.get_or_insert_default().push(reference);
    }
}

fn mentions_of(document: &mut Document, book: Book) -> &mut BookMentions {
    document.positions.entry(book.name().to_owned()).or_default()
}

/// Returns the index of a reference's entry in `positions`: an entry with the same time and context if there is one, or
/// else an entry with the same time.
fn place_of(list: &[Option<MentionPosition>], reference: &Reference) -> Option<usize> {
    let start = |entry: &MentionPosition| entry.start.as_ref().and_then(Number::as_f64);
    let entries = || list.iter().enumerate().filter_map(|(index, entry)| Some((index, entry.as_ref()?)));
    let same_time = || entries().filter(|(_, entry)| start(entry) == reference.start_seconds);
    let exact = same_time().find(|(_, entry)| entry.context.as_deref() == Some(reference.context.as_str()));
    exact.or_else(|| same_time().next()).map(|(index, _)| index)
}

/// Inserts an entry in order of time. Entries without a time come last.
fn insert(list: &mut Vec<Option<MentionPosition>>, entry: Option<MentionPosition>) {
    let time = |entry: &Option<MentionPosition>| {
        entry.as_ref().and_then(|entry| entry.start.as_ref()?.as_f64()).unwrap_or(f64::INFINITY)
    };
    let at = list.iter().position(|other| time(other) > time(&entry)).unwrap_or(list.len());
    list.insert(at, entry);
}

/// Builds the reference that a correction describes. `found` is the reference that the meter found in the same words.
fn corrected_reference(
    correction: &Correction,
    passage: Passage,
    found: Option<&Reference>,
    words: Option<(&JoinedText, Range<usize>)>,
) -> Reference {
    let Anchor { quote, before, after, start_char, end_char } = &correction.anchor;
    let is_bare = |found: &Reference| {
        found.kind == Kind::Contextual && (found.start_char, found.end_char) == (*start_char, *end_char)
    };
    let named = if passage.chapter().is_some() { Kind::Explicit } else { Kind::Book };
    Reference {
        osis: passage.to_string(),
        book: passage.book(),
        chapter: passage.chapter(),
        verse: passage.verse(),
        end_chapter: passage.end_chapter(),
        end_verse: passage.end_verse(),
        // A bare "verse 8" stays contextual, whatever it cites.
        kind: if found.is_some_and(is_bare) { Kind::Contextual } else { named },
        class: Class::Confirmed,
        start_seconds: correction.start_seconds,
        start_char: *start_char,
        end_char: *end_char,
        text: quote.clone(),
        context: match (words, found) {
            (Some((text, bytes)), _) => context_around(text.as_str(), &bytes),
            (None, Some(found)) => found.context.clone(),
            (None, None) => format!("{before} {quote} {after}").trim().to_owned(),
        },
        evidence: found.map(|found| found.evidence.clone()).unwrap_or_default(),
        repaired: false,
        anchor: found.filter(|found| found.osis == passage.to_string()).and_then(|found| found.anchor.clone()),
        source: found.and_then(|found| found.source),
    }
}

/// Returns the words around a span, with `...` where the text was cut.
fn context_around(text: &str, span: &Range<usize>) -> String {
    let boundary = |at: usize| (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or_default();
    let start = boundary(span.start.saturating_sub(CONTEXT_BYTES));
    let end = boundary(span.end.saturating_add(CONTEXT_BYTES));
    let before = if start > 0 { "..." } else { "" };
    let after = if end < text.len() { "..." } else { "" };
    format!("{before}{}{after}", &text[start..end])
}

#[expect(clippy::cast_precision_loss, reason = "no recording is 2^53 milliseconds long")]
fn seconds_at(text: &JoinedText, byte: usize) -> Option<f64> {
    text.time_at(byte).map(|milliseconds| milliseconds as f64 / 1000.0)
}

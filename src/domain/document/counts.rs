//! The numbers of a sermon.

use scripture_detector::{Book, Class, Kind, Reference, ReferenceSource};

use super::Document;
use crate::domain::CountedAs;

/// How many references a sermon has, by what they count as.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SermonCounts {
    /// Confirmed references: the manna.
    pub confirmed: u64,
    /// Suspect references.
    pub suspect: u64,
    /// Bare verses and chapters that depend on an earlier reference.
    pub contextual: u64,
    /// References to books outside the 66.
    pub deuterocanonical: u64,
    /// Slips that the speaker corrected.
    pub withdrawn: u64,
    /// The confirmed references to each cited book.
    pub books: Vec<(Book, u64)>,
}

impl Document {
    /// Counts the references of the sermon. All numbers are 0 if it is not measured.
    pub fn reference_counts(&self) -> SermonCounts {
        if self.unmeasured_language().is_some() {
            return SermonCounts::default();
        }
        let mut counts = SermonCounts {
            confirmed: self.manna(),
            suspect: self.stats.suspect_references,
            books: self.citations_by_book(Class::Confirmed),
            ..SermonCounts::default()
        };
        for reference in self.references.iter().flatten() {
            match CountedAs::of(reference) {
                CountedAs::Contextual => counts.contextual += 1,
                CountedAs::Deuterocanonical => counts.deuterocanonical += 1,
                CountedAs::Withdrawn => counts.withdrawn += 1,
                // These are in `stats`, which legacy documents have as well.
                CountedAs::Confirmed | CountedAs::Suspect => {}
            }
        }
        counts
    }

    /// Returns the number of confirmed references: the sum over the books or, in a foreign document that lists none,
    /// its own total. 0 if the sermon is not measured.
    pub fn manna(&self) -> u64 {
        if self.unmeasured_language().is_some() {
            return 0;
        }
        let by_book = self.citations_by_book(Class::Confirmed);
        let total = by_book.iter().fold(0_u64, |total, (_, citations)| total.saturating_add(*citations));
        if by_book.is_empty() { self.stats.scripture_references } else { total }
    }

    /// Returns how often each of the 66 books is cited in this class, in canonical order and without zeros.
    ///
    /// This is the document's own count, or the number of places it lists if that is larger: the previous system may
    /// have counted references whose places it lost. Empty if the sermon is not measured.
    pub fn citations_by_book(&self, class: Class) -> Vec<(Book, u64)> {
        if self.unmeasured_language().is_some() {
            return Vec::new();
        }
        let mut placed = vec![0_u64; Book::all().len()];
        let mut add = |book: Book, citations: usize| {
            if let Some(sum) = placed.get_mut(book.index()) {
                *sum += citations as u64;
            }
        };
        match &self.references {
            Some(references) => {
                let named = references.iter().filter(|r| r.class == class && r.kind != Kind::Contextual);
                named.for_each(|reference| add(reference.book, 1));
            }
            None => {
                for (name, mentions) in &self.positions {
                    // A `null` place still counts as a mention.
                    if let Ok(book) = Book::from_name(name) {
                        add(book, mentions.of_class(class).len());
                    }
                }
            }
        }
        let counts = match class {
            Class::Confirmed => Some(&self.counts),
            Class::Suspect => Some(&self.suspect_counts),
            _ => None,
        };
        for (name, count) in counts.into_iter().flatten() {
            if let Some(sum) = Book::from_name(name).ok().and_then(|book| placed.get_mut(book.index())) {
                *sum = (*sum).max(*count);
            }
        }
        Book::all().zip(placed).filter(|(_, citations)| *citations > 0).collect()
    }
}

impl Document {
    /// Returns how many confirmed and suspect references are counted without their places. The previous system lost places,
    /// and other programs may not record them.
    pub fn unplaced_references(&self) -> u64 {
        let suspect = self.citations_by_book(Class::Suspect).iter().fold(0_u64, |sum, (_, n)| sum.saturating_add(*n));
        [(Class::Confirmed, self.manna()), (Class::Suspect, suspect)]
            .into_iter()
            .fold(0_u64, |sum, (class, total)| sum.saturating_add(total.saturating_sub(self.recorded_places(class))))
    }

    /// Returns how many references of a class have a place, among those that count.
    fn recorded_places(&self, class: Class) -> u64 {
        let places = if let Some(references) = &self.references {
            let named = references.iter().filter(|r| r.class == class && r.kind != Kind::Contextual);
            named.filter(|reference| !reference.book.is_deuterocanonical() && has_place(reference)).count()
        } else {
            let listed = self.positions.iter().filter(|(name, _)| Book::from_name(name).is_ok());
            listed.map(|(_, mentions)| mentions.of_class(class).iter().flatten().count()).sum()
        };
        places as u64
    }
}

/// Returns whether a reference says where it is. One that was made from a lost entry of the previous system does not.
fn has_place(reference: &Reference) -> bool {
    let is_from_context = reference.source == Some(ReferenceSource::Context);
    !is_from_context || reference.start_seconds.is_some() || !reference.context.is_empty()
}

#[cfg(test)]
mod tests {
    use scripture_detector::{analyze, transcript};
    use serde_json::json;

    use super::*;
    use crate::domain::VideoId;

    fn document(value: serde_json::Value) -> Document {
        Document::from_legacy("sErm0n_Tst1", value).expect("a document")
    }

    #[test]
    fn counts_without_places_count_and_places_without_counts_too() {
        let document = document(json!({
            "stats": { "scripture_references": 99 },
            "counts": { "Mark": 5, "John": 1, "No Such Book": 7 },
            "positions": { "Mark": { "valid": [null, { "start": 1 }] }, "Luke": { "valid": [null] }, "John": { "valid": [null] } },
        }));
        let by_book: Vec<_> =
            document.citations_by_book(Class::Confirmed).into_iter().map(|(book, n)| (book.name(), n)).collect();
        assert_eq!(by_book, [("Mark", 5), ("Luke", 1), ("John", 1)]);
        assert_eq!(document.manna(), 7);
    }

    #[test]
    fn references_without_places_are_told_from_the_others() {
        let unplaced = |value| document(value).unplaced_references();
        assert_eq!(unplaced(json!({ "counts": { "Mark": 5 }, "suspect_counts": { "Job": 2 } })), 7);
        assert_eq!(unplaced(json!({ "stats": { "scripture_references": 3 } })), 3);
        let lost = json!({ "Mark": { "valid": [null, { "start": 1 }], "suspect": [{ "start": 2 }] } });
        assert_eq!(unplaced(json!({ "counts": { "Mark": 5 }, "positions": lost })), 4);
        assert_eq!(unplaced(json!({ "positions": { "Mark": { "valid": [{ "start": 1 }] } } })), 0);
        let text = b"Turn to Mark 4. Look at verse 18. Then to Luke 4.";
        let analysis = analyze(&transcript::read(text).expect("text")).expect("few mentions");
        let measured = Document::empty(VideoId::parse("x").expect("an id")).with_analysis(analysis);
        assert_eq!((measured.manna(), measured.unplaced_references()), (2, 0));
    }

    #[test]
    fn a_document_without_books_has_its_own_total() {
        assert_eq!(document(json!({ "stats": { "scripture_references": 3 } })).manna(), 3);
    }

    #[test]
    fn huge_counts_do_not_overflow() {
        assert_eq!(document(json!({ "counts": { "Mark": u64::MAX, "Luke": u64::MAX } })).manna(), u64::MAX);
    }

    #[test]
    fn each_reference_counts_once() {
        let text = b"Read Sirach 3:5. Then turn to Mark 4, sorry, Luke 4. Look at verse 18. And read 4 Maccabees 5:2.";
        let analysis = analyze(&transcript::read(text).expect("text")).expect("few mentions");
        let document = Document::empty(VideoId::parse("x").expect("an id")).with_analysis(analysis);
        let counts = document.reference_counts();
        assert_eq!((counts.confirmed, counts.suspect, counts.contextual), (1, 0, 1));
        assert_eq!((counts.deuterocanonical, counts.withdrawn, counts.books.len()), (2, 1, 1));
        assert_eq!(document.references.map(|all| all.len()), Some(5));
    }
}

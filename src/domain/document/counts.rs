//! Counts the references of a sermon.

use scripture_detector::{Book, Class, Kind, Reference, ReferenceSource};

use super::Document;
use crate::domain::{Canon, CountedAs};

/// Number of references in a sermon, by what they count as.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SermonCounts {
    /// Confirmed references to the books of the canon: the manna.
    pub confirmed: u64,
    /// Suspect references.
    pub suspect: u64,
    /// Bare verses and chapters that depend on an earlier reference.
    pub contextual: u64,
    /// Confirmed references to books outside the canon.
    pub deuterocanonical: u64,
    /// Slips that the speaker corrected.
    pub withdrawn: u64,
    /// Confirmed references to the canon, by cited book.
    pub books: Vec<(Book, u64)>,
    /// Confirmed references outside the canon, by cited book.
    pub deuterocanonical_books: Vec<(Book, u64)>,
}

impl Document {
    /// Counts the references of the sermon. All counts are 0 if the sermon is not measured.
    pub fn reference_counts(&self, canon: Canon) -> SermonCounts {
        if self.unmeasured_language().is_some() {
            return SermonCounts::default();
        }
        let (books, deuterocanonical_books): (Vec<_>, Vec<_>) =
            self.citations_by_book(Class::Confirmed).into_iter().partition(|(book, _)| canon.contains(*book));
        let mut counts = SermonCounts {
            confirmed: self.manna(canon),
            suspect: self.suspect(),
            deuterocanonical: sum(&deuterocanonical_books),
            books,
            deuterocanonical_books,
            ..SermonCounts::default()
        };
        for reference in self.references.iter().flatten() {
            match CountedAs::of(reference, canon) {
                CountedAs::Contextual => counts.contextual += 1,
                CountedAs::Withdrawn => counts.withdrawn += 1,
                // Already counted above, because legacy documents have these counts without `references`.
                CountedAs::Confirmed | CountedAs::Suspect | CountedAs::Deuterocanonical => {}
            }
        }
        counts
    }

    /// Returns the number of confirmed references to the books of a canon, or 0 if the sermon is not measured. This is
    /// the sum over all books or, for a foreign document that lists none of the 66, the total in the document.
    pub fn manna(&self, canon: Canon) -> u64 {
        if self.unmeasured_language().is_some() {
            return 0;
        }
        let mut by_book = self.citations_by_book(Class::Confirmed);
        by_book.retain(|(book, _)| canon.contains(*book));
        let lists_none = by_book.iter().all(|(book, _)| book.is_deuterocanonical());
        let unlisted = if lists_none { self.stats.scripture_references } else { 0 };
        unlisted.saturating_add(sum(&by_book))
    }

    /// Returns the number of suspect references, or 0 if the sermon is not measured. Unlike the total in the document,
    /// it includes references to deuterocanonical books.
    pub fn suspect(&self) -> u64 {
        if self.unmeasured_language().is_some() {
            return 0;
        }
        let mut by_book = self.citations_by_book(Class::Suspect);
        by_book.retain(|(book, _)| book.is_deuterocanonical());
        self.stats.suspect_references.saturating_add(sum(&by_book))
    }

    /// Returns how often each book is cited in this class: first the cited books of the 66 in canonical order, then the
    /// cited deuterocanonical books. Empty if the sermon is not measured.
    ///
    /// Each number is the document's own count, or the number of places listed for the book if that is larger: the
    /// previous system may have counted references whose places it lost.
    pub fn citations_by_book(&self, class: Class) -> Vec<(Book, u64)> {
        if self.unmeasured_language().is_some() {
            return Vec::new();
        }
        let all_books = || Book::all().chain(Book::deuterocanonical());
        let mut placed = vec![0_u64; all_books().count()];
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
                    // A mention counts even if its place is `null`.
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
        all_books().zip(placed).filter(|(_, citations)| *citations > 0).collect()
    }
}

impl Document {
    /// Returns the number of confirmed and suspect references that were counted but have no place. The previous system
    /// lost places, and other programs may not record them.
    pub fn unplaced_references(&self) -> u64 {
        let suspect = sum(&self.citations_by_book(Class::Suspect));
        let mut outside = self.citations_by_book(Class::Confirmed);
        outside.retain(|(book, _)| book.is_deuterocanonical());
        let confirmed = self.manna(Canon::Protestant).saturating_add(sum(&outside));
        [(Class::Confirmed, confirmed), (Class::Suspect, suspect)]
            .into_iter()
            .fold(0_u64, |sum, (class, total)| sum.saturating_add(total.saturating_sub(self.recorded_places(class))))
    }

    /// Returns how many of the counted references of a class have a place.
    fn recorded_places(&self, class: Class) -> u64 {
        let places = if let Some(references) = &self.references {
            let named = references.iter().filter(|r| r.class == class && r.kind != Kind::Contextual);
            named.filter(|reference| has_place(reference)).count()
        } else {
            let listed = self.positions.iter().filter(|(name, _)| Book::from_name(name).is_ok());
            listed.map(|(_, mentions)| mentions.of_class(class).iter().flatten().count()).sum()
        };
        places as u64
    }
}

/// Returns whether a reference has a place. A reference made from a lost entry of the previous system has none.
fn has_place(reference: &Reference) -> bool {
    let is_from_context = reference.source == Some(ReferenceSource::Context);
    !is_from_context || reference.start_seconds.is_some() || !reference.context.is_empty()
}

fn sum(by_book: &[(Book, u64)]) -> u64 {
    by_book.iter().fold(0, |total: u64, (_, citations)| total.saturating_add(*citations))
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
        assert_eq!(document.manna(Canon::Protestant), 7);
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
        assert_eq!((measured.manna(Canon::Protestant), measured.unplaced_references()), (2, 0));
    }

    #[test]
    fn a_document_without_books_has_its_own_total() {
        let document = document(json!({ "stats": { "scripture_references": 3 }, "counts": { "Tobit": 2 } }));
        assert_eq!(Canon::ALL.map(|canon| document.manna(canon)), [3, 5, 5]);
    }

    #[test]
    fn huge_counts_do_not_overflow() {
        let document = document(json!({ "counts": { "Mark": u64::MAX, "Luke": u64::MAX, "Judith": u64::MAX } }));
        assert_eq!(Canon::ALL.map(|canon| document.manna(canon)), [u64::MAX; 3]);
    }

    #[test]
    fn each_reference_counts_once_in_every_canon() {
        let text = b"Read Sirach 3:5. Then turn to Mark 4, sorry, Luke 4. Look at verse 18. And read 4 Maccabees 5:2. \
            Psalm 151:3 is short.";
        let analysis = analyze(&transcript::read(text).expect("text")).expect("few mentions");
        let document = Document::empty(VideoId::parse("x").expect("an id")).with_analysis(analysis);
        for (canon, confirmed, deuterocanonical) in
            [(Canon::Protestant, 1, 3), (Canon::Catholic, 2, 2), (Canon::Orthodox, 3, 1)]
        {
            let counts = document.reference_counts(canon);
            assert_eq!((counts.confirmed, counts.deuterocanonical), (confirmed, deuterocanonical), "{canon}");
            assert_eq!((counts.suspect, counts.contextual, counts.withdrawn), (0, 1, 1), "{canon}");
            assert_eq!((sum(&counts.books), sum(&counts.deuterocanonical_books)), (confirmed, deuterocanonical));
        }
        assert_eq!(document.references.map(|all| all.len()), Some(6));
    }

    #[test]
    fn a_suspect_reference_to_a_deuterocanonical_book_is_suspect_in_every_canon() {
        let reference = json!({
            "osis": "Tob.4", "book": "Tobit", "chapter": 4, "verse": null, "end_chapter": null, "end_verse": null,
            "kind": "explicit", "class": "suspect", "start_seconds": null, "start_char": 0, "end_char": 1, "text": "t",
            "context": "c", "evidence": [], "repaired": false, "anchor": null,
        });
        let document = document(json!({ "stats": { "suspect_references": 2 }, "references": [reference] }));
        for canon in Canon::ALL {
            let counts = document.reference_counts(canon);
            assert_eq!((counts.suspect, counts.confirmed, counts.deuterocanonical), (3, 0, 0), "{canon}");
        }
    }
}

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
        let total = || self.stats.scripture_references.saturating_sub(self.additions_in_counts(Class::Confirmed));
        let unlisted = if lists_none { total() } else { 0 };
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
        let total = self.stats.suspect_references.saturating_sub(self.additions_in_counts(Class::Suspect));
        total.saturating_add(sum(&by_book))
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
        let mut placed = self.places_by_book(class);
        for (book, count) in self.own_counts(class) {
            let citations = count.saturating_sub(self.additions_in_count(class, book, count, placed[book.index()]));
            placed[book.index()] = placed[book.index()].max(citations);
        }
        all_books().zip(placed).filter(|(_, citations)| *citations > 0).collect()
    }

    /// Returns the number of listed places in this class for each book, by its index.
    fn places_by_book(&self, class: Class) -> Vec<u64> {
        let mut placed = vec![0_u64; Book::COUNT + Book::DEUTEROCANONICAL_COUNT];
        match &self.references {
            Some(_) => self.named_references(class).for_each(|reference| placed[reference.counted_book().index()] += 1),
            None => {
                for (name, mentions) in &self.positions {
                    // A mention counts even if its place is `null`.
                    if let Ok(book) = Book::from_name(name) {
                        placed[book.index()] += mentions.of_class(class).len() as u64;
                    }
                }
            }
        }
        placed
    }

    /// Returns the references of a class that are not contextual.
    fn named_references(&self, class: Class) -> impl Iterator<Item = &Reference> {
        self.references.iter().flatten().filter(move |r| r.class == class && r.kind != Kind::Contextual)
    }

    /// Returns the document's own counts in this class.
    fn own_counts(&self, class: Class) -> impl Iterator<Item = (Book, u64)> {
        let counts = match class {
            Class::Confirmed => Some(&self.counts),
            Class::Suspect => Some(&self.suspect_counts),
            _ => None,
        };
        counts.into_iter().flatten().filter_map(|(name, count)| Some((Book::from_name(name).ok()?, *count)))
    }

    /// Returns how many references to Greek additions the document's own count of a book includes. Older releases counted
    /// Daniel 13 for Daniel.
    fn additions_in_count(&self, class: Class, book: Book, count: u64, placed: u64) -> u64 {
        let is_addition = |r: &&Reference| r.book == book && r.counted_book() != book;
        (self.named_references(class).filter(is_addition).count() as u64).min(count.saturating_sub(placed))
    }

    /// Returns how many references to Greek additions the document's own counts include.
    fn additions_in_counts(&self, class: Class) -> u64 {
        let placed = self.places_by_book(class);
        let counts = self.own_counts(class);
        counts.map(|(book, count)| self.additions_in_count(class, book, count, placed[book.index()])).sum()
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
        let places = if self.references.is_some() {
            self.named_references(class).filter(|reference| has_place(reference)).count()
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
    fn an_addition_cited_as_daniel_or_esther_is_deuterocanonical_and_in_the_other_canons_part_of_the_manna() {
        let text = b"Read Daniel 13:22. Then turn to Daniel 3:57, to Daniel 3:25 and to Esther 14:3. Read Daniel 14.";
        let analysis = analyze(&transcript::read(text).expect("text")).expect("few mentions");
        let measured = Document::empty(VideoId::parse("x").expect("an id")).with_analysis(analysis);
        assert_eq!((measured.counts["Daniel"], measured.counts["Esther"], measured.counts.len()), (1, 0, 66));
        assert_eq!((measured.stats.scripture_references, measured.stats.deuterocanonical), (1, 4));
        // What an older release wrote counts Daniel 13 as Daniel.
        let mut older = measured.clone();
        (older.counts["Daniel"], older.counts["Esther"]) = (4, 1);
        (older.stats.scripture_references, older.stats.deuterocanonical) = (5, 0);
        for document in [measured, older] {
            for (canon, confirmed, deuterocanonical, books) in
                [(Canon::Protestant, 1, 4, 1), (Canon::Catholic, 5, 0, 2), (Canon::Orthodox, 5, 0, 2)]
            {
                let counts = document.reference_counts(canon);
                assert_eq!((counts.confirmed, counts.deuterocanonical), (confirmed, deuterocanonical), "{canon}");
                assert_eq!(canon.count_books(counts.books.iter().map(|(book, _)| *book)), books, "{canon}");
                let confirmed =
                    document.references.iter().flatten().filter(|r| CountedAs::of(r, canon) == CountedAs::Confirmed);
                assert_eq!(confirmed.count() as u64, counts.confirmed, "{canon}");
            }
            assert_eq!(document.unplaced_references(), 0);
        }
    }

    #[test]
    fn an_older_document_with_nothing_but_an_addition_has_no_protestant_manna() {
        let reference = |class: &str| {
            json!({
                "osis": "Dan.13.22", "book": "Daniel", "chapter": 13, "verse": 22, "end_chapter": null, "end_verse": null,
                "kind": "explicit", "class": class, "start_seconds": null, "start_char": 0, "end_char": 1, "text": "t",
                "context": "c", "evidence": [], "repaired": false, "anchor": null,
            })
        };
        let document = document(json!({
            "stats": { "scripture_references": 1, "suspect_references": 1 }, "counts": { "Daniel": 1 },
            "suspect_counts": { "Daniel": 1 }, "references": [reference("confirmed"), reference("suspect")],
        }));
        assert_eq!(Canon::ALL.map(|canon| document.manna(canon)), [0, 1, 1]);
        assert_eq!(document.suspect(), 1);
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

//! How often a document cites each book.

use scripture_detector::{Book, Class, Kind};

use super::Document;

impl Document {
    /// Returns the number of confirmed references: what the books add up to or, in a foreign document without any of them,
    /// its own total.
    pub fn manna(&self) -> u64 {
        let by_book = self.citations_by_book(Class::Confirmed);
        let total = by_book.iter().fold(0_u64, |total, (_, citations)| total.saturating_add(*citations));
        if by_book.is_empty() { self.stats.scripture_references } else { total }
    }

    /// Returns how often each of the 66 books is cited in this class, in canonical order and without zeros.
    ///
    /// This is what the document counts, or the number of places that it lists if that is larger. Documents of the previous
    /// system may count references whose places it lost.
    pub fn citations_by_book(&self, class: Class) -> Vec<(Book, u64)> {
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
                    let places = match class {
                        Class::Confirmed => &mentions.valid,
                        Class::Suspect => &mentions.suspect,
                        _ => continue,
                    };
                    // A `null` place still counts as a mention.
                    Book::from_name(name).into_iter().for_each(|book| add(book, places.len()));
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
    fn a_document_without_books_has_its_own_total() {
        assert_eq!(document(json!({ "stats": { "scripture_references": 3 } })).manna(), 3);
    }

    #[test]
    fn huge_counts_do_not_overflow() {
        assert_eq!(document(json!({ "counts": { "Mark": u64::MAX, "Luke": u64::MAX } })).manna(), u64::MAX);
    }
}

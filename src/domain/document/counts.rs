//! The numbers of a sermon.

use scripture_detector::Book;

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
    /// References to books that are not among the 66.
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
        let books = self.counts.iter().filter_map(|(name, count)| Some((Book::from_name(name).ok()?, *count)));
        let mut counts = SermonCounts {
            confirmed: self.stats.scripture_references,
            suspect: self.stats.suspect_references,
            books: books.filter(|(_, count)| *count > 0).collect(),
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
}

#[cfg(test)]
mod tests {
    use scripture_detector::{analyze, transcript};

    use super::*;
    use crate::domain::VideoId;

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

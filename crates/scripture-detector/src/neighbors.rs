//! Moving from a passage to the ones next to it.

use crate::{Passage, canon};

impl Passage {
    /// Returns the verse or chapter right after the passage, or `None` at the end of the book.
    pub fn following(self) -> Option<Self> {
        self.next_place().filter(|next| self.is_addition() || !next.is_addition())
    }

    fn next_place(self) -> Option<Self> {
        let book = self.book();
        let chapter = self.end_chapter().or(self.chapter())?;
        match self.end_verse().or(self.verse()) {
            None => Self::whole_chapter(book, chapter.checked_add(1)?),
            Some(verse) => Self::single_verse(book, chapter, verse.checked_add(1)?)
                .filter(|next| self.is_addition() || !next.is_addition())
                .or_else(|| Self::single_verse(book, chapter.checked_add(1)?, 1)),
        }
    }

    /// Returns the verse or chapter right before the passage, or `None` at the start of the book.
    pub fn preceding(self) -> Option<Self> {
        let book = self.book();
        let chapter = self.chapter()?;
        match self.verse() {
            None => Self::whole_chapter(book, chapter.checked_sub(1)?),
            Some(1) => Self::single_verse(book, chapter - 1, canon::verses(book, chapter.checked_sub(1)?)),
            Some(verse) => Self::single_verse(book, chapter, verse.checked_sub(1)?),
        }
    }

    /// Returns the whole chapter that a verse is in, or `None` if the passage is a chapter or a book.
    pub fn enclosing_chapter(self) -> Option<Self> {
        self.verse()?;
        Self::whole_chapter(self.book(), self.chapter()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbors_cross_chapters_but_not_books() {
        let passage = |text: &str| text.parse::<Passage>().expect("a passage");
        let neighbors = |text: &str| {
            let osis = |found: Option<Passage>| found.map_or_else(String::new, |passage| passage.to_string());
            [osis(passage(text).preceding()), osis(passage(text).following())]
        };
        assert_eq!(neighbors("Rom.8.28"), ["Rom.8.27", "Rom.8.29"]);
        assert_eq!(neighbors("Rom.8.39"), ["Rom.8.38", "Rom.9.1"]);
        assert_eq!(neighbors("Rom.9.1"), ["Rom.8.39", "Rom.9.2"]);
        assert_eq!(neighbors("Rom.1.1"), ["", "Rom.1.2"]);
        assert_eq!(neighbors("Rom.16.27"), ["Rom.16.26", ""]);
        assert_eq!(neighbors("Rom.8"), ["Rom.7", "Rom.9"]);
        assert_eq!(neighbors("Rom.1"), ["", "Rom.2"]);
        assert_eq!(neighbors("Rom.8.28-Rom.9.5"), ["Rom.8.27", "Rom.9.6"]);
        assert_eq!(neighbors("Rom"), ["", ""]);
        assert_eq!(neighbors("Dan.12"), ["Dan.11", ""], "Daniel 13 is an addition");
        assert_eq!(neighbors("Dan.3.30"), ["Dan.3.29", "Dan.4.1"]);
        assert_eq!(passage("Rom.8.28").enclosing_chapter(), Some(passage("Rom.8")));
        assert_eq!(passage("Rom.8").enclosing_chapter(), None);
    }
}

//! What stands right before and right behind a passage in its book.

use super::{Passage, canon};

impl Passage {
    /// The verse or chapter right behind it, in the same book.
    pub fn following(self) -> Option<Self> {
        let book = self.book();
        let chapter = self.end_chapter().or(self.chapter())?;
        match self.end_verse().or(self.verse()) {
            None => Self::of_chapter(book, chapter.checked_add(1)?),
            Some(verse) => Self::of_verse(book, chapter, verse.checked_add(1)?)
                .or_else(|| Self::of_verse(book, chapter.checked_add(1)?, 1)),
        }
    }

    /// The verse or chapter right before it, in the same book.
    pub fn preceding(self) -> Option<Self> {
        let book = self.book();
        let chapter = self.chapter()?;
        match self.verse() {
            None => Self::of_chapter(book, chapter.checked_sub(1)?),
            Some(1) => Self::of_verse(book, chapter - 1, canon::verses(book, chapter.checked_sub(1)?)),
            Some(verse) => Self::of_verse(book, chapter, verse.checked_sub(1)?),
        }
    }

    /// The (first) chapter of it, as a whole; none for a whole book or a chapter.
    pub fn chapter_of_verse(self) -> Option<Self> {
        self.verse()?;
        Self::of_chapter(self.book(), self.chapter()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbors_cross_chapters_and_end_with_the_book() {
        let passage = |text: &str| text.parse::<Passage>().expect("a passage");
        let neighbors = |text: &str| {
            let of = |found: Option<Passage>| found.map_or_else(String::new, |passage| passage.to_string());
            [of(passage(text).preceding()), of(passage(text).following())]
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
        assert_eq!(passage("Rom.8.28").chapter_of_verse(), Some(passage("Rom.8")));
        assert_eq!(passage("Rom.8").chapter_of_verse(), None);
    }
}

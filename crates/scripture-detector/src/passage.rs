//! A passage that exists, and its printed forms.
//!
//! Knows versification; knows nothing of speech.

use std::{fmt, str::FromStr};

use super::canon;
use crate::Book;

/// A passage that exists: a book, or one or more of its chapters or verses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Passage {
    book: Book,
    /// The first place; none for a whole book.
    start: Option<Place>,
    /// The last place of a range, of the same shape as the first (both with a verse, or neither).
    end: Option<Place>,
}

/// A chapter, or a verse of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Place {
    chapter: u16,
    verse: Option<u16>,
}

/// The text is no passage of the Bible, or names one that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a passage: {0:?}; write it as John 3:16, 1 Cor 13:4-7, or in OSIS as John.3.16")]
pub struct InvalidPassage(String);

impl Passage {
    /// A whole book.
    pub const fn book_only(book: Book) -> Self {
        Self { book, start: None, end: None }
    }

    /// A chapter, if it exists.
    pub fn of_chapter(book: Book, chapter: u16) -> Option<Self> {
        let start = Some(Place { chapter, verse: None });
        (canon::verses(book, chapter) > 0).then_some(Self { book, start, end: None })
    }

    /// A verse, if it exists.
    pub fn of_verse(book: Book, chapter: u16, verse: u16) -> Option<Self> {
        let start = Some(Place { chapter, verse: Some(verse) });
        canon::has_verse(book, chapter, verse).then_some(Self { book, start, end: None })
    }

    /// The passage from here to a later chapter, or to a later verse if this one has a verse.
    ///
    /// None if that place does not exist, is not later, or is a verse where this one has none.
    pub fn up_to(self, chapter: u16, verse: Option<u16>) -> Option<Self> {
        let start = self.start?;
        let end = Place { chapter, verse };
        let exists = match verse {
            Some(verse) => canon::has_verse(self.book, chapter, verse),
            None => canon::verses(self.book, chapter) > 0,
        };
        let fits = start.verse.is_some() == verse.is_some() && end > start;
        (exists && fits).then_some(Self { end: Some(end), ..self })
    }

    /// The book.
    pub const fn book(self) -> Book {
        self.book
    }

    /// The (first) chapter.
    pub fn chapter(self) -> Option<u16> {
        self.start.map(|place| place.chapter)
    }

    /// The (first) verse.
    pub fn verse(self) -> Option<u16> {
        self.start.and_then(|place| place.verse)
    }

    /// The last chapter of a range.
    pub fn end_chapter(self) -> Option<u16> {
        self.end.map(|place| place.chapter)
    }

    /// The last verse of a range.
    pub fn end_verse(self) -> Option<u16> {
        self.end.and_then(|place| place.verse)
    }

    /// The passage as an English reader writes it: `1 Corinthians 13:4-7`, `Isaiah 1-39`, `Genesis`.
    pub fn english(self) -> String {
        let Some(start) = self.start else { return self.book.name().to_owned() };
        let book = self.book.name_before_number();
        let first = match start.verse {
            Some(verse) => format!("{book} {}:{verse}", start.chapter),
            None => format!("{book} {}", start.chapter),
        };
        match self.end {
            None => first,
            Some(Place { chapter, verse: Some(verse) }) if chapter != start.chapter => {
                format!("{first}-{chapter}:{verse}")
            }
            Some(Place { chapter, verse }) => format!("{first}-{}", verse.unwrap_or(chapter)),
        }
    }
}

impl fmt::Display for Passage {
    /// Writes the OSIS reference: `John.5.24`, `1Cor.13.4-1Cor.13.7`, `Isa.1-Isa.39`, `Gen`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let osis = self.book.osis();
        let mut separator = "";
        for place in [self.start, self.end].into_iter().flatten() {
            write!(f, "{separator}{osis}.{}", place.chapter)?;
            if let Some(verse) = place.verse {
                write!(f, ".{verse}")?;
            }
            separator = "-";
        }
        if self.start.is_none() { f.write_str(osis) } else { Ok(()) }
    }
}

impl FromStr for Passage {
    type Err = InvalidPassage;

    /// Reads an OSIS reference or a printed English one, with the book's full name or an OSIS one.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        read_osis(text).or_else(|| read_english(text)).ok_or_else(|| InvalidPassage(text.chars().take(40).collect()))
    }
}

/// Reads `John.5.24`, `1Cor.13.4-1Cor.13.7`, `Gen`.
fn read_osis(text: &str) -> Option<Passage> {
    let (first, last) = text.split_once('-').map_or((text, None), |(first, last)| (first, Some(last)));
    let mut parts = first.split('.');
    let book = Book::from_osis(parts.next()?).ok()?;
    let passage = place(book, parts.next(), parts.next())?;
    if parts.next().is_some() {
        return None;
    }
    let Some(last) = last else { return Some(passage) };
    let mut parts = last.split('.');
    if parts.next()? != book.osis() {
        return None;
    }
    let chapter = parts.next()?.parse().ok()?;
    let verse = parts.next().map(str::parse).transpose().ok()?;
    if parts.next().is_some() { None } else { passage.up_to(chapter, verse) }
}

/// Reads `1 Corinthians 13:4-7`, `Psalm 46`, `Isaiah 1-39`, `Romans 8:28-9:5`, `Genesis`.
fn read_english(text: &str) -> Option<Passage> {
    let known = |name: &str| Book::from_name(name).or_else(|_| Book::from_osis(name)).ok();
    if let Some(book) = known(text) {
        return Some(Passage::book_only(book));
    }
    let (name, numbers) = text.rsplit_once(' ')?;
    let book = known(name)?;
    let (first, last) = numbers.split_once('-').map_or((numbers, None), |(first, last)| (first, Some(last)));
    let (chapter, verse) = first.split_once(':').map_or((first, None), |(chapter, verse)| (chapter, Some(verse)));
    let passage = place(book, Some(chapter), verse)?;
    let Some(last) = last else { return Some(passage) };
    match (last.split_once(':'), passage.verse()) {
        (Some((chapter, verse)), _) => passage.up_to(chapter.parse().ok()?, Some(verse.parse().ok()?)),
        (None, Some(_)) => passage.up_to(passage.chapter()?, Some(last.parse().ok()?)),
        (None, None) => passage.up_to(last.parse().ok()?, None),
    }
}

/// The passage at a written chapter and verse.
fn place(book: Book, chapter: Option<&str>, verse: Option<&str>) -> Option<Passage> {
    match (chapter, verse) {
        (None, _) => Some(Passage::book_only(book)),
        (Some(chapter), None) => Passage::of_chapter(book, chapter.parse().ok()?),
        (Some(chapter), Some(verse)) => Passage::of_verse(book, chapter.parse().ok()?, verse.parse().ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_and_osis_forms_read_back_to_the_same_passage() {
        let forms = [
            ("Gen", "Genesis"),
            ("Isa.53", "Isaiah 53"),
            ("Isa.1-Isa.39", "Isaiah 1-39"),
            ("John.3.16", "John 3:16"),
            ("1Cor.13.4-1Cor.13.7", "1 Corinthians 13:4-7"),
            ("Rom.8.28-Rom.9.5", "Romans 8:28-9:5"),
            ("Ps.119.105", "Psalm 119:105"),
        ];
        for (osis, english) in forms {
            let passage: Passage = osis.parse().expect(osis);
            assert_eq!((passage.to_string().as_str(), passage.english().as_str()), (osis, english));
            assert_eq!(english.parse(), Ok(passage));
        }
    }

    #[test]
    fn a_passage_that_does_not_exist_is_refused() {
        for text in
            ["", "John", "Jn 3", "John.22", "John 3:37", "Ps.151", "Jude 2", "John.3.16-John.3.12", "John.3-John.3.4"]
        {
            assert_eq!(text.parse::<Passage>().is_ok(), text == "John", "{text}");
        }
    }
}

//! Passages of the Bible and their written forms.

use std::{fmt, str::FromStr};

use crate::{Book, canon};

/// A passage that exists: a book, a chapter, a verse, or a range of chapters or verses in one book.
///
/// [`Display`](fmt::Display) writes the OSIS form and [`english`](Self::english) the printed one. Both can be parsed back.
///
/// # Examples
///
/// ```
/// use scripture_detector::Passage;
///
/// let passage: Passage = "1 Corinthians 13:4-7".parse()?;
/// assert_eq!(passage.to_string(), "1Cor.13.4-1Cor.13.7");
/// assert_eq!(passage.english(), "1 Corinthians 13:4–7");
/// assert_eq!((passage.chapter(), passage.verse(), passage.end_verse()), (Some(13), Some(4), Some(7)));
///
/// assert!("John 3:99".parse::<Passage>().is_err(), "John 3 has 36 verses");
/// # Ok::<(), scripture_detector::InvalidPassage>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Passage {
    book: Book,
    /// The first chapter or verse; `None` for a whole book.
    start: Option<Place>,
    /// The end of a range. It has a verse if and only if `start` has one.
    end: Option<Place>,
}

/// A chapter or verse of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Place {
    chapter: u16,
    verse: Option<u16>,
}

/// The text is not a passage of the Bible, or the passage does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a passage: {0:?}; write it like John 3:16, 1 Corinthians 13:4-7, or in OSIS like John.3.16")]
pub struct InvalidPassage(String);

impl Passage {
    /// Returns the passage for a whole book.
    pub const fn whole_book(book: Book) -> Self {
        Self { book, start: None, end: None }
    }

    /// Returns the passage for a whole chapter, or `None` if the chapter does not exist.
    pub fn whole_chapter(book: Book, chapter: u16) -> Option<Self> {
        let start = Some(Place { chapter, verse: None });
        canon::has_chapter(book, chapter).then_some(Self { book, start, end: None })
    }

    /// Returns the passage for a single verse, or `None` if the verse does not exist.
    pub fn single_verse(book: Book, chapter: u16, verse: u16) -> Option<Self> {
        let start = Some(Place { chapter, verse: Some(verse) });
        canon::has_verse(book, chapter, verse).then_some(Self { book, start, end: None })
    }

    /// Extends the passage through a later chapter, or through a later verse if the passage starts at a verse.
    ///
    /// Returns `None` if the end does not exist, is not later than the start, or has a verse when the start has none.
    ///
    /// # Examples
    ///
    /// ```
    /// use scripture_detector::{Book, Passage};
    ///
    /// let luke = Book::from_osis("Luke")?;
    /// let parable = Passage::single_verse(luke, 15, 11).and_then(|start| start.through(15, Some(32)));
    /// assert_eq!(parable.map(Passage::english).as_deref(), Some("Luke 15:11–32"));
    /// # Ok::<(), scripture_detector::UnknownBook>(())
    /// ```
    pub fn through(self, chapter: u16, verse: Option<u16>) -> Option<Self> {
        let start = self.start?;
        let end = Place { chapter, verse };
        let exists = match verse {
            Some(verse) => canon::has_verse(self.book, chapter, verse),
            None => canon::has_chapter(self.book, chapter),
        };
        let fits = start.verse.is_some() == verse.is_some() && end > start;
        (exists && fits).then_some(Self { end: Some(end), ..self })
    }

    /// Returns whether the passage exists only in Bibles with the Greek additions to Daniel and Esther, such as Daniel 13.
    pub fn is_addition(self) -> bool {
        self.chapter().is_some_and(|chapter| canon::is_addition(self.book, chapter, self.verse()))
    }

    /// Returns the passage in the deuterocanonical book that consists of the Greek addition, or `None` if the passage is not an
    /// addition. A range that goes on in another book ends with its first verse.
    ///
    /// Daniel 3:24-30 also exists in Bibles without the addition, so a range that starts there is one only if it goes on.
    ///
    /// # Examples
    ///
    /// ```
    /// use scripture_detector::Passage;
    ///
    /// let own_book = |text: &str| text.parse::<Passage>().ok()?.in_own_book().map(Passage::english);
    /// assert_eq!(own_book("Daniel 13:22").as_deref(), Some("Susanna 1:22"));
    /// assert_eq!(own_book("Daniel 3:57-88").as_deref(), Some("Prayer of Azariah 1:35–66"));
    /// assert_eq!(own_book("Daniel 3:25"), None);
    /// ```
    pub fn in_own_book(self) -> Option<Self> {
        let (start, end) = (self.start?, self.end);
        let goes_on = end.is_some_and(|end| canon::is_addition(self.book, end.chapter, end.verse));
        if !self.is_addition() && !goes_on {
            return None;
        }
        let (book, chapter, verse) = canon::own_book(self.book, start.chapter, start.verse)?;
        let own = match verse {
            Some(verse) => Self::single_verse(book, chapter, verse)?,
            None => Self::whole_chapter(book, chapter)?,
        };
        // Verses 91 to 100 of Daniel 3 are after the addition.
        let last =
            end.map(
                |end| if end.chapter == 3 { Place { verse: end.verse.map(|verse| verse.min(90)), ..end } } else { end },
            );
        let end = last.and_then(|end| canon::own_book(self.book, end.chapter, end.verse));
        let range = end.filter(|(end, ..)| *end == book).and_then(|(_, chapter, verse)| own.through(chapter, verse));
        Some(range.unwrap_or(own))
    }

    /// Returns the book.
    pub const fn book(self) -> Book {
        self.book
    }

    /// Returns the chapter, or the first chapter of a range.
    pub fn chapter(self) -> Option<u16> {
        self.start.map(|place| place.chapter)
    }

    /// Returns the verse, or the first verse of a range.
    pub fn verse(self) -> Option<u16> {
        self.start.and_then(|place| place.verse)
    }

    /// Returns the last chapter of a range.
    pub fn end_chapter(self) -> Option<u16> {
        self.end.map(|place| place.chapter)
    }

    /// Returns the last verse of a range.
    pub fn end_verse(self) -> Option<u16> {
        self.end.and_then(|place| place.verse)
    }

    /// Returns the printed English form: `1 Corinthians 13:4–7`, `Isaiah 1–39`, `Genesis 1:1–2:3`, `Psalm 23`, `Romans`.
    ///
    /// Ranges have an en dash.
    pub fn english(self) -> String {
        let Some(start) = self.start else { return self.book.name().to_owned() };
        let book = self.book.citation_name();
        let first = match start.verse {
            Some(verse) => format!("{book} {}:{verse}", start.chapter),
            None => format!("{book} {}", start.chapter),
        };
        match self.end {
            None => first,
            Some(Place { chapter, verse: Some(verse) }) if chapter != start.chapter => {
                format!("{first}–{chapter}:{verse}")
            }
            Some(Place { chapter, verse }) => format!("{first}–{}", verse.unwrap_or(chapter)),
        }
    }
}

impl fmt::Display for Passage {
    /// Writes the OSIS form: `John.5.24`, `1Cor.13.4-1Cor.13.7`, `Isa.1-Isa.39`, `Gen`.
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

    /// Parses the OSIS form or the English one. The book is its full English name or its OSIS identifier; a range has a
    /// hyphen or an en dash. [`Passage::parse_query`] is more lenient.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        parse_osis(text).or_else(|| parse_english(text)).ok_or_else(|| InvalidPassage(text.chars().take(40).collect()))
    }
}

/// Parses `John.5.24`, `1Cor.13.4-1Cor.13.7`, `Gen`.
fn parse_osis(text: &str) -> Option<Passage> {
    let (first, last) = split_range(text, &['-']);
    let mut parts = first.split('.');
    let book = Book::from_osis(parts.next()?).ok()?;
    let passage = start(book, parts.next(), parts.next())?;
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
    if parts.next().is_some() { None } else { passage.through(chapter, verse) }
}

/// Parses `1 Corinthians 13:4–7`, `Psalm 46`, `Isaiah 1-39`, `Romans 8:28-9:5`, `Genesis`.
fn parse_english(text: &str) -> Option<Passage> {
    let parse_book = |name: &str| Book::from_name(name).or_else(|_| Book::from_osis(name)).ok();
    if let Some(book) = parse_book(text) {
        return Some(Passage::whole_book(book));
    }
    let (name, numbers) = text.rsplit_once(' ')?;
    let book = parse_book(name)?;
    let (first, last) = split_range(numbers, &['-', '–']);
    let (chapter, verse) = first.split_once(':').map_or((first, None), |(chapter, verse)| (chapter, Some(verse)));
    let passage = start(book, Some(chapter), verse)?;
    let Some(last) = last else { return Some(passage) };
    match (last.split_once(':'), passage.verse()) {
        (Some((chapter, verse)), _) => passage.through(chapter.parse().ok()?, Some(verse.parse().ok()?)),
        (None, Some(_)) => passage.through(passage.chapter()?, Some(last.parse().ok()?)),
        (None, None) => passage.through(last.parse().ok()?, None),
    }
}

/// Splits a range at its dash.
fn split_range<'a>(text: &'a str, dashes: &[char]) -> (&'a str, Option<&'a str>) {
    text.split_once(dashes).map_or((text, None), |(first, last)| (first, Some(last)))
}

/// Parses the start of a passage from a chapter and a verse in digits.
fn start(book: Book, chapter: Option<&str>, verse: Option<&str>) -> Option<Passage> {
    match (chapter, verse) {
        (None, _) => Some(Passage::whole_book(book)),
        (Some(chapter), None) => Passage::whole_chapter(book, chapter.parse().ok()?),
        (Some(chapter), Some(verse)) => Passage::single_verse(book, chapter.parse().ok()?, verse.parse().ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_and_osis_forms_parse_to_the_same_passage() {
        let forms = [
            ("Gen", "Genesis"),
            ("Isa.53", "Isaiah 53"),
            ("Isa.1-Isa.39", "Isaiah 1–39"),
            ("John.3.16", "John 3:16"),
            ("1Cor.13.4-1Cor.13.7", "1 Corinthians 13:4–7"),
            ("Rom.8.28-Rom.9.5", "Romans 8:28–9:5"),
            ("Ps.119.105", "Psalm 119:105"),
        ];
        for (osis, english) in forms {
            let passage: Passage = osis.parse().expect(osis);
            assert_eq!((passage.to_string().as_str(), passage.english().as_str()), (osis, english));
            assert_eq!(english.parse(), Ok(passage));
            assert_eq!(english.replace('–', "-").parse(), Ok(passage));
        }
    }

    #[test]
    fn an_addition_is_in_its_own_book_and_nothing_else_is() {
        let own = |osis: &str| osis.parse::<Passage>().expect(osis).in_own_book().map(|own| own.to_string());
        for (osis, expected) in [
            ("Dan.3.31", "PrAzar.1.8"),
            ("Dan.3.52", "PrAzar.1.29"),
            ("Dan.3.90", "PrAzar.1.68"),
            ("Dan.3.24-Dan.3.90", "PrAzar.1.1-PrAzar.1.68"),
            ("Dan.3.57-Dan.3.100", "PrAzar.1.35-PrAzar.1.68"),
            ("Dan.13", "Sus.1"),
            ("Dan.13-Dan.14", "Sus.1"),
            ("Dan.13.1-Dan.13.64", "Sus.1.1-Sus.1.64"),
            ("Dan.14.33-Dan.14.39", "Bel.1.33-Bel.1.39"),
            ("Esth.10.4", "AddEsth.10.4"),
            ("Esth.13.9-Esth.14.3", "AddEsth.13.9-AddEsth.14.3"),
            ("Esth.16", "AddEsth.16"),
        ] {
            assert_eq!(own(osis).as_deref(), Some(expected), "{osis}");
        }
        let others = [
            "Dan",
            "Dan.3",
            "Dan.3.24",
            "Dan.3.30",
            "Dan.3.91",
            "Dan.3.95-Dan.3.97",
            "Dan.3.16-Dan.3.18",
            "Dan.12.13",
            "Esth.4.14",
            "Esth.10",
            "Esth.10.3",
            "Sus.1.22",
            "John.3.16",
        ];
        for osis in others {
            assert_eq!(own(osis), None, "{osis}");
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

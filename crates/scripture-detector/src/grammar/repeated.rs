//! Chapters that captions repeat or spell: "chapter 6 7:14", "Psalm 2 3 verse 4", and Roman numerals: "iii. 16".

use super::{Address, AddressReader, Form, NumberAndRest, address::RangeEnd};
use crate::{
    Book, canon,
    lexer::{Cursor, TokenKind},
    numbers::{Number, read_number, roman},
};

impl<'t> AddressReader<'t> {
    /// Reads a chapter that was said twice: "chapter 12 12:2" as 12:2, "chapter 6 7:14" as 7:14, "6 622:59" as 6:22-59.
    pub(super) fn doubled_chapter(
        &self,
        book: Book,
        chapter: Number,
        rest: Cursor<'t>,
        form: Form,
    ) -> Option<(Address, Cursor<'t>)> {
        if canon::chapters(book) == 1 {
            return None;
        }
        let comma = rest.past_mark(',');
        // "John 3 chapter 3 verse 16".
        if let Some((again, after)) = self.chapter_with_word(comma.unwrap_or(rest))
            && again.value == chapter.value
            && let Some((verse, rest)) = self.verse_with_word(after.past_mark(',').unwrap_or(after))
        {
            return Some((Address::verse(Some(again.value), verse, Form::Verse), rest));
        }
        let (again, after) = read_number(comma.unwrap_or(rest)).filter(|(again, _)| !again.ordinal)?;
        if self.is_other_number(again, after) {
            return None;
        }
        let same = again.value == chapter.value;
        // "Isaiah chapter 40 40 verse 31".
        if same
            && comma.is_none()
            && (form == Form::Chapter || again.value >= 10)
            && let Some((verse, rest)) = self.verse_with_word(after)
        {
            return Some((Address::verse(Some(again.value), verse, Form::Verse), rest));
        }
        let Some(colon) = after.past_mark(':') else {
            // "Chapter 16 1625" is 16:25.
            let split = [10, 100].into_iter().find(|by| again.value / by == chapter.value && again.value % by > 0);
            if let Some(verse) = split.map(|by| again.value % by).filter(|_| again.digits && chapter.digits)
                && again.value > canon::chapters(book)
                && canon::has_verse(book, chapter.value, verse)
                && form == Form::Chapter
            {
                return Some((
                    Address::verse(Some(chapter.value), Number { value: verse, ..again }, Form::Verse),
                    after,
                ));
            }
            // "Chapter twelve twelve two", but not "chapter 12, 12 and 13".
            let (verse, rest) = read_number(after).filter(|_| same && comma.is_none() && form == Form::Chapter)?;
            let fits = canon::has_verse(book, chapter.value, verse.value)
                && verse.value != again.value.saturating_add(1)
                && !verse.ordinal
                && !self.is_other_number(verse, rest);
            return fits.then(|| (Address::verse(Some(again.value), verse, Form::Verse), rest));
        };
        let (verse, rest) = read_number(colon).filter(|(verse, _)| !verse.ordinal)?;
        if comma.is_some() && !same {
            return None;
        }
        if canon::has_verse(book, again.value, verse.value) {
            return Some((Address::verse(Some(again.value), verse, Form::Verse), rest));
        }
        let first =
            [10, 100].into_iter().find(|divisor| again.value / divisor == chapter.value).map(|by| again.value % by)?;
        let fits = again.digits && canon::has_verse(book, chapter.value, first) && first < verse.value;
        let range_end = Some(RangeEnd { chapter: None, verse: Some(verse.value) });
        let address =
            Address { verse: Some(first), range_end, ..Address::verse(Some(chapter.value), verse, Form::Verse) };
        (fits && canon::has_verse(book, chapter.value, verse.value)).then_some((address, rest))
    }

    /// Reads the spelled digits of a chapter before "verse": "2 3 verse 4" as chapter 23, if there is such a chapter.
    pub(super) fn spelled_chapter(&self, book: Book, first: Number, rest: Cursor<'t>) -> Option<NumberAndRest<'t>> {
        if !(1..10).contains(&first.value) || first.ordinal {
            return None;
        }
        let (mut joined, mut rest) = (first, rest);
        for _ in 0..2 {
            let Some((digit, after)) = read_number(rest).filter(|(digit, _)| digit.value < 10 && !digit.ordinal) else {
                break;
            };
            let value = joined.value * 10 + digit.value;
            (joined, rest) = (Number { value, end: digit.end, ..joined }, after);
        }
        let rest = rest.past_mark(',').unwrap_or(rest);
        let (verse, _) = self.verse_with_word(rest)?;
        // "Genesis 1 1 verse 2" is two verses of one chapter.
        let repeats = joined.value == 11;
        (joined.end != first.end && !repeats && canon::has_verse(book, joined.value, verse.value))
            .then_some((joined, rest))
    }

    /// Reads a chapter in Roman numerals, in any case, with its verse: "iii. 16", "iv, 7", "XV:3"; or without: "viii".
    pub(super) fn roman_chapter(cursor: Cursor<'t>, book: Book) -> Option<(Address, Cursor<'t>)> {
        let (token, rest) = cursor.next()?;
        let is_roman = token.kind == TokenKind::Word
            && token.text.len() <= 7
            && token.text.bytes().all(|byte| b"ivxlcIVXLC".contains(&byte));
        if !is_roman {
            return None;
        }
        let upper = token.text.to_ascii_uppercase();
        let value = match upper.as_str() {
            "I" => 1,
            "V" => 5,
            "X" => 10,
            "L" => 50,
            "C" => 100,
            numeral => roman(numeral)?,
        };
        if canon::chapters(book) == 1 {
            return None;
        }
        let mark = rest.past_mark('.').or_else(|| rest.past_mark(':')).or_else(|| rest.past_mark(','));
        let verse = mark.and_then(read_number).filter(|(verse, _)| verse.digits && !verse.ordinal);
        if let Some((verse, rest)) = verse.filter(|(verse, _)| canon::has_verse(book, value, verse.value)) {
            return Some((Address::verse(Some(value), verse, Form::Verse), rest));
        }
        // "Prov xvii 17", where the period was lost.
        let unmarked = read_number(rest).filter(|(verse, _)| verse.digits && !verse.ordinal && token.text.len() > 1);
        if let Some((verse, rest)) = unmarked.filter(|(verse, _)| canon::has_verse(book, value, verse.value)) {
            return Some((Address::verse(Some(value), verse, Form::Pair), rest));
        }
        let number = Number { value, start: token.start, end: token.end, digits: false, ordinal: false };
        let is_chapter = token.text.len() > 1 && token.text != upper && canon::has_chapter(book, value);
        is_chapter.then(|| (Address::chapter(number, Form::Bare), rest))
    }

    /// Reads "from 1 to 5" after a chapter.
    pub(super) fn verses_from_to(
        &self,
        chapter: u16,
        cursor: Cursor<'t>,
        book: Option<Book>,
    ) -> Option<NumberAndRest<'t>> {
        let from = cursor.past_mark(',').unwrap_or(cursor).past_word(&["from"])?;
        let (first, rest) = read_number(from)?;
        let (last, after) =
            read_number(rest.past_word(&["to", "through", "till", "until"]).or_else(|| rest.past_mark('-'))?)?;
        let exists = |verse: Number| book.is_none_or(|book| canon::has_verse(book, chapter, verse.value));
        let fits = last.value > first.value && exists(first) && exists(last) && !first.ordinal && !last.ordinal;
        (fits && !self.is_other_number(last, after)).then_some((first, rest))
    }

    /// Reads both numbers of a psalm, in the Greek and the Hebrew count: "50(51)" is Psalm 51.
    pub(super) fn psalm_with_both_numbers(book: Book, psalm: Number, rest: Cursor<'t>) -> Option<NumberAndRest<'t>> {
        let (other, rest) = read_number(rest.past_mark('(').filter(|_| canon::chapters(book) > 100)?)?;
        let rest = rest.past_mark(')')?;
        let value = other.value.max(psalm.value);
        let fits = other.value.abs_diff(psalm.value) == 1 && canon::has_chapter(book, value);
        fits.then_some((Number { value, end: rest.offset(), ..psalm }, rest))
    }
}

//! Chapters of works outside the Bible: "Enoch chapter 1", "chapter 4 of his book", "our book club reads chapter 6".

use super::{
    Detector, NameMatch,
    words::{BIBLE, COMMON_BEFORE_CHAPTER, OTHER_WORKS, SUNG, TITLES_OF_OTHERS},
};
use crate::{
    Book, Passage, canon,
    grammar::Address,
    lexer::{Cursor, Token, TokenKind},
    sound::{misheard_name, similar_sounding_name},
};

/// Maximum number of tokens before a verse that are searched for a song or another work.
const MAX_TOKENS_BEFORE: usize = 24;

/// Hardly any song has more verses.
const MAX_SONG_VERSE: u16 = 8;

/// How far after a chapter of another work a bare verse belongs to it.
const OTHER_WORK_BYTES: usize = 200;

/// Words between "his book" and its title.
const TITLED: &[&str] = &["called", "titled", "entitled", "named"];

/// What a title before "chapter N" is.
pub(super) enum Title {
    /// A misheard name of a book of the Bible.
    Misheard(NameMatch),
    /// The title of another work, or a name that no one could identify.
    Unknown,
}

impl<'t> Detector<'t> {
    /// Returns what the word right before "chapter N" is if it is a title.
    pub(super) fn title_before(&self, start: usize) -> Option<Title> {
        let (mut token, mut earlier) = self.cursor(start).previous()?;
        let has_comma = token.is_mark(',');
        if has_comma {
            (token, earlier) = earlier.previous()?;
        }
        // "In Book 3, chapter 7, of Mere Christianity".
        if matches!(token.kind, TokenKind::Number(_))
            && earlier.previous().is_some_and(|(before, _)| before.is_any(&["book", "volume", "part"]))
        {
            return Some(Title::Unknown);
        }
        if token.kind != TokenKind::Word || token.start < self.end_of_last || token.is_contracted() {
            return None;
        }
        // "In Desiring God, chapter 2": the title of a book may end with a common word.
        if has_comma && token.is_any(COMMON_BEFORE_CHAPTER) && self.ends_long_title(&token, earlier) {
            return Some(Title::Unknown);
        }
        // Most words before "chapter" are common ones; looking them up among the names would take time.
        if token.is_any(COMMON_BEFORE_CHAPTER) {
            return None;
        }
        let led =
            || earlier.previous().is_some_and(|(before, _)| before.is_any(&["of", "in", "to", "from", "book", "at"]));
        // "Mere Christianity, chapter 8".
        let follows_title = || {
            let before = earlier.previous();
            before.is_some_and(|(before, _)| before.is_capitalized() && !before.is_any(COMMON_BEFORE_CHAPTER))
        };
        let starts_sentence = || earlier.previous().is_none_or(|(before, _)| before.ends_sentence());
        if let Some(named) = self.misheard_name(&token) {
            return Some(Title::Misheard(named));
        }
        if token.is_any(TITLES_OF_OTHERS) {
            return Some(Title::Unknown);
        }
        let common = token.text.ends_with("ing") || token.text.ends_with("ly");
        let is_title = self.text_has_capitals
            && token.is_capitalized()
            && token.text.len() > 2
            && !common
            && (!has_comma || led() || follows_title())
            && !starts_sentence();
        is_title.then_some(Title::Unknown)
    }

    /// Returns the name of a book that a word is a misheard form of.
    pub(super) fn misheard_name(&self, token: &Token<'_>) -> Option<NameMatch> {
        let may_be_name = token.is_capitalized() || !self.text_has_capitals;
        let name = Some(token).filter(|_| may_be_name).and_then(|token| {
            similar_sounding_name(token.text).or_else(|| misheard_name(token.text, self.text_has_capitals))
        })?;
        let named = NameMatch { by_sound: true, ..NameMatch::new(name, token.start, token.end) };
        Some(self.with_ordinal(named))
    }

    /// Returns the one-chapter book whose misheard name precedes a verse: "the book of Obediah verse 3".
    pub(super) fn misheard_short_book_before(&self, start: usize) -> Option<NameMatch> {
        let (token, earlier) = self.cursor(start).previous()?;
        if token.kind != TokenKind::Word || token.is_any(COMMON_BEFORE_CHAPTER) {
            return None;
        }
        let named = self.misheard_name(&token).or_else(|| self.misheard_phrase(token, earlier))?;
        let before = self.cursor(named.start).previous();
        before.filter(|(before, _)| before.is_any(&["of", "in", "to", "from", "at", "read"]))?;
        (canon::chapters(self.book(named, None)) == 1).then_some(named)
    }

    /// Returns whether a common word ends a title of several capitalized words after "in" or "of": "in Desiring God".
    fn ends_long_title(&self, last: &Token<'_>, before: Cursor<'_>) -> bool {
        if !self.text_has_capitals || !last.is_capitalized() || last.is_any(BIBLE) {
            return false;
        }
        let (mut cursor, mut words) = (before, 0);
        while let Some((token, earlier)) = cursor.previous().filter(|(token, _)| token.start >= self.end_of_last) {
            if token.is_any(&["in", "from", "of", "to", "read", "called"]) && words > 0 {
                return true;
            }
            let is_title = token.is_capitalized() && !token.is_any(BIBLE) && self.reader.name_at(token.start).is_none();
            words += usize::from(is_title && !token.is_any(COMMON_BEFORE_CHAPTER));
            if !(is_title || token.is_any(&["the", "and", "of"])) || words > 4 {
                return false;
            }
            cursor = earlier;
        }
        false
    }

    /// Returns whether a bare verse follows a chapter of another work so closely that it belongs to it.
    pub(super) fn follows_other_work(&self, start: usize, address: Address) -> bool {
        address.chapter.is_none() && self.other_work_end.is_some_and(|end| start <= end + OTHER_WORK_BYTES)
    }

    /// Ignores a chapter of another work and the verse with it.
    pub(super) fn skip_other_work(&mut self, end: usize) {
        self.end_of_last = self.end_of_last.max(end);
        self.other_work_end = Some(end);
    }

    /// Returns whether a chapter or verse belongs to a song, or to a book other than the Bible.
    pub(super) fn belongs_to_other_work(&self, start: usize, rest: Cursor<'t>, address: Address) -> bool {
        let mut cursor = self.cursor(start);
        for _ in 0..MAX_TOKENS_BEFORE {
            let Some((token, earlier)) = cursor.previous().filter(|(token, _)| token.start >= self.end_of_last) else {
                break;
            };
            // Songs have verses, but no chapters.
            let is_sung = address.chapter.is_none() && address.verse <= Some(MAX_SONG_VERSE) && token.is_any(SUNG);
            if is_sung || (address.verse.is_none() && token.is_any(OTHER_WORKS)) {
                return true;
            }
            // "In his book called Knowing God, Packer says in chapter 3".
            if token.is_any(&["his", "her"])
                && let Some(title) = cursor.past_word(&["book"]).and_then(|rest| rest.past_word(TITLED))
                && title.peek().is_some_and(|next| self.reader.name_at(next.start).is_none())
                && self.is_own_work(cursor, address)
            {
                return true;
            }
            if token.ends_sentence() {
                break;
            }
            cursor = earlier;
        }
        if rest.past_word(&["page", "pages", "paragraph"]).is_some() {
            return true;
        }
        let Some(of) = rest.past_word(&["of", "in"]) else { return false };
        if let Some(his) = of.past_word(&["his", "her", "their", "my", "your"])
            && self.is_own_work(his, address)
        {
            return true;
        }
        let Some(of) = rest.past_word(&["of"]) else { return false };
        let of = of.skip(3, &["the", "this", "that", "our", "his", "same", "very", "whole"], &[]);
        let Some(token) = of.peek() else { return false };
        if token.is_any(SUNG) {
            return true;
        }
        address.verse.is_none() && !token.is_any(BIBLE) && self.reader.name_at(token.start).is_none()
    }

    /// Returns whether "his book" is a work of someone who wrote none of the Bible.
    fn is_own_work(&self, his: Cursor<'t>, address: Address) -> bool {
        const AUTHORED: &[&str] =
            &["book", "books", "novel", "commentary", "memoir", "memoirs", "autobiography", "study"];
        let his = his.skip(2, &["new", "own", "latest", "great", "famous", "little", "classic", "best", "first"], &[]);
        let Some(after) = his.past_word(AUTHORED) else { return false };
        let names_book =
            after.skip(1, &[], &[',']).peek().is_some_and(|token| self.reader.name_at(token.start).is_some());
        // "Isaiah ... in chapter 6 of his book".
        let has_author = || {
            let latest = self.context.latest(self.position(address.end)).map(Passage::book);
            latest.is_some_and(is_named_after_author)
        };
        let is_plain_book = his.past_word(&["book"]).is_some();
        let is_scripture = is_plain_book && has_author() && !after.peek().is_some_and(|token| token.is_capitalized());
        !(names_book || is_scripture)
    }
}

/// Returns whether a book is named after the man who wrote it.
fn is_named_after_author(book: Book) -> bool {
    matches!(
        book.osis(),
        "Isa"
            | "Jer"
            | "Ezek"
            | "Dan"
            | "Hos"
            | "Joel"
            | "Amos"
            | "Obad"
            | "Jonah"
            | "Mic"
            | "Nah"
            | "Hab"
            | "Zeph"
            | "Hag"
            | "Zech"
            | "Mal"
            | "Matt"
            | "Mark"
            | "Luke"
            | "John"
            | "Jas"
            | "1Pet"
            | "2Pet"
            | "Jude"
            | "Ezra"
            | "Neh"
    )
}

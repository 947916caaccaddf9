//! Chapters and verses without a book name before them: "verse 25", "chapter 6".

use super::{
    Detector,
    other_work::Title,
    words::{BEFORE_CHAPTER, OTHER_NUMBERS},
};
use crate::{
    Class, Kind, Mention, Passage,
    context::Resolution,
    evidence,
    grammar::{Address, Form},
    lexer::{Cursor, TokenKind},
    numbers::{Number, read_number},
    scan::{Hit, HitKind},
};

/// Maximum number of tokens before a verse that are searched for a return to the main passage.
const MAX_TOKENS_BEFORE: usize = 24;

impl<'t> Detector<'t> {
    /// Processes the word "chapter" or "verse" without a book name before it.
    pub(super) fn process_word(&mut self, hit: &Hit) {
        let Some((start, mut address, mut rest)) = self.address_around_word(hit) else { return };
        if start < self.end_of_last {
            return;
        }
        if address.chapter.is_none()
            && let Some((chapter, after)) = self.trailing_chapter(rest)
        {
            address = Address { chapter: Some(chapter.value), end: after.offset(), ..address };
            rest = after;
        }
        if address.chapter.is_none()
            && let Some((named, psalm)) = self.trailing_psalm(rest)
            && self.push_explicit(named, start, Address { chapter: psalm.chapter, end: psalm.end, ..address })
        {
            return;
        }
        if let Some((named, rest)) = self.trailing_name(rest)
            && self.push_with_trailing_name(start, address, named, rest)
        {
            return;
        }
        if let Some(named) = self.abbreviation_before(start)
            && address.chapter.is_some()
            && self.push_explicit(named, named.start, address)
        {
            return;
        }
        if address.chapter.is_some() {
            match self.title_before(start) {
                Some(Title::Misheard(named)) if self.push_explicit(named, named.start, address) => return,
                Some(_) => return self.skip_other_work(address.end),
                None => {}
            }
        }
        if self.belongs_to_other_work(start, rest, address) {
            if address.chapter.is_some() {
                self.skip_other_work(address.end);
            }
            return;
        }
        if self.follows_other_work(start, address) || self.push_contextual(start, address, evidence::VERSE_OR_CHAPTER) {
            return;
        }
        // The number before the word is not a chapter: "there were 120, verse 15 says".
        if hit.kind == HitKind::VerseWord
            && start < hit.start
            && let Some((verse, rest)) = self.reader.number_after_word(self.cursor(hit.end))
        {
            let address = self.reader.address_from_verse(None, verse, rest);
            self.push_contextual(hit.start, address, evidence::VERSE_OR_CHAPTER);
        }
    }

    /// Reads the numbers around the word "chapter" or "verse". Returns their start, the address, and the cursor after it.
    fn address_around_word(&self, hit: &Hit) -> Option<(usize, Address, Cursor<'t>)> {
        let after_word = self.cursor(hit.end);
        let likely_book = self.context.latest(self.position(hit.start)).map(Passage::book);
        let before = self.number_before(hit);
        let found = |start: usize, address: Address| Some((start, address, self.cursor(address.end)));
        match (hit.kind, self.reader.number_after_word(after_word), before) {
            (HitKind::ChapterWord, Some((chapter, rest)), _) => {
                found(hit.start, self.reader.address_from_chapter(chapter, rest, Form::Chapter, likely_book))
            }
            (HitKind::VerseWord, Some((_, _)), Some(chapter)) if !chapter.ordinal => {
                let rest = self.cursor(chapter.end);
                let address = self.reader.address_from_chapter(chapter, rest, Form::Chapter, likely_book);
                // "These three verses, three last verses": the numbers are counts.
                let is_plural = self.reader.text[hit.start..hit.end].ends_with(['s', 'S']);
                let counts = is_plural && !chapter.digits && address.range_end.is_none();
                if counts { None } else { found(chapter.start, address) }
            }
            (HitKind::VerseWord, Some((verse, rest)), _) => {
                if rest.past_mark(':').is_some_and(|colon| read_number(colon).is_some()) {
                    return found(hit.start, self.reader.address_from_chapter(verse, rest, Form::Verse, likely_book));
                }
                found(hit.start, self.reader.address_from_verse(None, verse, rest))
            }
            (HitKind::ChapterWord, None, Some(ordinal)) if ordinal.ordinal => {
                let mut address = self.reader.address_from_chapter(ordinal, after_word, Form::Chapter, likely_book);
                address.end = address.end.max(hit.end);
                found(ordinal.start, address)
            }
            (HitKind::VerseWord, None, Some(ordinal)) if ordinal.ordinal => {
                let mut address = Address::verse(None, ordinal, Form::Verse);
                address.end = hit.end;
                found(ordinal.start, address)
            }
            _ => None,
        }
    }

    /// Returns the number right before the word "chapter" or "verse": "the fifth chapter", "53 verse 1".
    pub(super) fn number_before(&self, hit: &Hit) -> Option<Number> {
        let cursor = self.cursor(hit.start);
        let (mut token, mut earlier) = cursor.previous()?;
        let comma = token.is_mark(',');
        if comma {
            (token, earlier) = earlier.previous()?;
        }
        // A number may have up to six tokens: "one hundred and twenty-first". The longest one that ends here is the number.
        let mut found = None;
        for _ in 0..6 {
            if token.start < self.end_of_last {
                break;
            }
            if let Some((number, _)) = read_number(self.cursor(token.start))
                && self.cursor(number.end).skip(1, &[], &[',']).peek().is_some_and(|next| next.start == hit.start)
            {
                found = Some((number, earlier));
            }
            let Some(previous) = earlier.previous() else { break };
            (token, earlier) = previous;
        }
        let (number, earlier) = found?;
        let is_led = earlier.previous().is_none_or(|(before, _)| before.is_any(BEFORE_CHAPTER) || before.is_mark(','));
        if comma && !is_led && !number.ordinal {
            return None;
        }
        let is_other = earlier.previous().is_some_and(|(before, _)| {
            before.is_any(OTHER_NUMBERS)
                || (matches!(before.kind, TokenKind::Mark(':' | '.' | '$' | '-')) && before.end == number.start)
        });
        (!is_other).then_some(number)
    }

    /// Reads "of chapter 42" or "in the second chapter" after a verse.
    fn trailing_chapter(&self, cursor: Cursor<'t>) -> Option<(Number, Cursor<'t>)> {
        let of = cursor.past_mark(',').unwrap_or(cursor).past_word(&["of", "in", "from"])?;
        self.reader.chapter_with_word(of.skip(1, &["the"], &[]))
    }

    /// Adds a reference whose book or chapter comes from the context. Returns `false` if there is no such passage.
    pub(super) fn push_contextual(&mut self, start: usize, address: Address, found_by: &str) -> bool {
        let now = self.position(start);
        let words = || self.reader.words_around(start, address.end, self.end_of_last);
        let resolution = match (address.chapter, address.verse) {
            (Some(chapter), verse) => self.context.resolve_chapter(chapter, verse, now, words),
            (None, Some(verse)) => {
                self.context.resolve_verse(verse, now, || self.returns_to_main_passage(start), words)
            }
            (None, None) => None,
        };
        let Some(Resolution { book, chapter, anchor, matches_verse_text }) = resolution else { return false };
        let address = Address { chapter: Some(chapter), ..address };
        let Some((passage, repaired)) = address.passage(book) else { return false };
        let class = if repaired { Class::Suspect } else { Class::Confirmed };
        let mut evidence = vec![found_by.to_owned()];
        if matches_verse_text {
            evidence.push(evidence::MATCHES_VERSE_TEXT.to_owned());
        }
        self.push(Mention {
            span: start..address.end,
            book,
            class,
            kind: Kind::Contextual,
            passage: Some(passage),
            evidence,
            repaired,
            anchor: Some(anchor),
        });
        self.read_continuation(passage, address.form, address.end);
        true
    }

    /// Returns whether the speaker returns to the main passage of the sermon: "back in our passage".
    fn returns_to_main_passage(&self, start: usize) -> bool {
        let mut cursor = self.cursor(start);
        let mut sentence_ended = false;
        for _ in 0..MAX_TOKENS_BEFORE {
            let Some((token, earlier)) = cursor.previous() else { return false };
            if token.ends_sentence() && sentence_ended {
                return false;
            }
            sentence_ended |= token.ends_sentence();
            let has_determiner =
                earlier.previous().is_some_and(|(token, _)| token.is_any(&["our", "this", "the", "todays"]));
            if has_determiner
                && token.is_any(&["passage", "text", "psalm", "story", "chapter"])
                && (!sentence_ended || follows_back(earlier))
            {
                return true;
            }
            cursor = earlier;
        }
        false
    }
}

/// Returns whether "back" precedes within four tokens: "going back to our".
fn follows_back(mut cursor: Cursor<'_>) -> bool {
    (0..4).any(|_| match cursor.previous() {
        Some((token, earlier)) => {
            cursor = earlier;
            token.is_any(&["back", "return", "returning"])
        }
        None => false,
    })
}

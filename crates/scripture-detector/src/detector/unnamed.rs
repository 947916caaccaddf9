//! Chapters and verses that no name stands before: "verse 25", "chapter 6", `40:2`.

use super::Detector;
use crate::{
    Class, Kind, Mention, Passage,
    context::Answer,
    detector::words::{BEFORE_CHAPTER, BEFORE_PAIR, BEFORE_TIME, BEHIND_TIME, BIBLE, OTHER_NUMBERS, SUNG},
    grammar::{Address, Form},
    lexer::{Cursor, TokenKind},
    numbers::{Number, number},
    scan::{Hit, What},
};

impl<'t> Detector<'t> {
    /// Reads the word chapter or verse that no name stands before.
    pub(super) fn marker(&mut self, hit: &Hit) {
        let Some((start, mut address, mut behind)) = self.marked(hit) else { return };
        if start < self.done {
            return;
        }
        if address.chapter.is_none()
            && let Some((chapter, after)) = self.chapter_behind(behind)
        {
            address = Address { chapter: Some(chapter.value), end: after.offset(), ..address };
            behind = after;
        }
        if address.chapter.is_none()
            && let Some((named, psalm)) = self.psalm_behind(behind)
            && self.push_explicit(named, start, Address { chapter: psalm.chapter, end: psalm.end, ..address })
        {
            return;
        }
        if let Some((named, behind)) = self.name_behind(behind)
            && self.push_with_name_behind(start, address, named, behind)
        {
            return;
        }
        if let Some(named) = self.abbreviation_before(start)
            && address.chapter.is_some()
            && self.push_explicit(named, named.start, address)
        {
            return;
        }
        if self.is_of_other_work(start, behind, address) || self.push_contextual(start, address, "verse_or_chapter") {
            return;
        }
        // The number before the word was no chapter: "there were 120, verse 15 says".
        if hit.what == What::Verse
            && start < hit.start
            && let Some((verse, behind)) = self.reader.number_behind_word(self.cursor(hit.end))
        {
            self.push_contextual(hit.start, self.reader.with_verse(None, verse, behind), "verse_or_chapter");
        }
    }

    /// Reads `N:M` that no name stands before.
    pub(super) fn clock(&mut self, hit: &Hit) {
        let cursor = self.cursor(hit.start);
        let Some((chapter, behind)) = number(cursor) else { return };
        let glued = cursor.previous().is_some_and(|(token, _)| {
            token.end == hit.start && matches!(token.kind, TokenKind::Mark(':' | '.' | '/' | '$' | '-' | ','))
        });
        if glued {
            return;
        }
        let guess = self.context.latest(self.moment(hit.start)).map(Passage::book);
        let address = self.reader.with_chapter(chapter, behind, Form::Verse, guess);
        if address.verse.is_none() {
            return;
        }
        if let Some((named, behind)) = self.name_behind(self.cursor(address.end))
            && self.push_with_name_behind(hit.start, address, named, behind)
        {
            return;
        }
        if let Some(named) = self.abbreviation_before(hit.start)
            && self.push_explicit(named, named.start, address)
        {
            return;
        }
        if self.may_be_verse(hit.start, address) {
            self.push_contextual(hit.start, address, "number_pair");
        }
    }

    /// Reads the numbers around the word chapter or verse: where they begin, and the cursor behind them.
    fn marked(&self, hit: &Hit) -> Option<(usize, Address, Cursor<'t>)> {
        let behind = self.cursor(hit.end);
        let guess = self.context.latest(self.moment(hit.start)).map(Passage::book);
        let before = self.number_before(hit);
        let with = |start: usize, address: Address| Some((start, address, self.cursor(address.end)));
        match (hit.what, self.reader.number_behind_word(behind), before) {
            (What::Chapter, Some((chapter, behind)), _) => {
                with(hit.start, self.reader.with_chapter(chapter, behind, Form::Chapter, guess))
            }
            (What::Verse, Some((_, _)), Some(chapter)) if !chapter.ordinal => {
                let front = self.cursor(chapter.end);
                with(chapter.start, self.reader.with_chapter(chapter, front, Form::Chapter, guess))
            }
            (What::Verse, Some((verse, behind)), _) => {
                if behind.past_mark(':').is_some_and(|colon| number(colon).is_some()) {
                    return with(hit.start, self.reader.with_chapter(verse, behind, Form::Verse, guess));
                }
                with(hit.start, self.reader.with_verse(None, verse, behind))
            }
            (What::Chapter, None, Some(ordinal)) if ordinal.ordinal => {
                let mut address = self.reader.with_chapter(ordinal, behind, Form::Chapter, guess);
                address.end = address.end.max(hit.end);
                with(ordinal.start, address)
            }
            (What::Verse, None, Some(ordinal)) if ordinal.ordinal => {
                let mut address = Address::verse(None, ordinal, Form::Verse);
                address.end = hit.end;
                with(ordinal.start, address)
            }
            _ => None,
        }
    }

    /// The number right before the word chapter or verse: "the fifth chapter", "53 verse 1".
    pub(super) fn number_before(&self, hit: &Hit) -> Option<Number> {
        let cursor = self.cursor(hit.start);
        let (mut token, mut front) = cursor.previous()?;
        let comma = token.is_mark(',');
        if comma {
            (token, front) = front.previous()?;
        }
        // A number in words may have up to four of them; the longest that ends here is taken.
        let mut found = None;
        for _ in 0..4 {
            if token.start < self.done {
                break;
            }
            if let Some((number, _)) = number(self.cursor(token.start))
                && self.cursor(number.end).skip(1, &[], &[',']).peek().is_some_and(|next| next.start == hit.start)
            {
                found = Some((number, front));
            }
            let Some(earlier) = front.previous() else { break };
            (token, front) = earlier;
        }
        let (number, front) = found?;
        let led = front.previous().is_none_or(|(before, _)| before.is_any(BEFORE_CHAPTER) || before.is_mark(','));
        if comma && !led && !number.ordinal {
            return None;
        }
        let foreign = front.previous().is_some_and(|(before, _)| {
            before.is_any(OTHER_NUMBERS)
                || (matches!(before.kind, TokenKind::Mark(':' | '.' | '$' | '-')) && before.end == number.start)
        });
        (!foreign).then_some(number)
    }

    /// Reads "of chapter 42", "in the second chapter" behind a verse.
    fn chapter_behind(&self, cursor: Cursor<'t>) -> Option<(Number, Cursor<'t>)> {
        let of = cursor.past_mark(',').unwrap_or(cursor).past_word(&["of", "in", "from"])?;
        self.reader.named_chapter(of.skip(1, &["the"], &[]))
    }

    /// Whether chapter or verse belong to a hymn or to another book.
    fn is_of_other_work(&self, start: usize, behind: Cursor<'t>, address: Address) -> bool {
        let mut cursor = self.cursor(start);
        for _ in 0..24 {
            let Some((token, front)) = cursor.previous().filter(|(token, _)| token.start >= self.done) else { break };
            if token.is_any(SUNG) {
                return true;
            }
            if token.ends_sentence() {
                break;
            }
            cursor = front;
        }
        if behind.past_word(&["page", "pages", "paragraph"]).is_some() {
            return true;
        }
        let Some(of) = behind.past_word(&["of"]) else { return false };
        let of = of.skip(3, &["the", "this", "that", "our", "his", "same", "very", "whole"], &[]);
        let Some(token) = of.peek() else { return false };
        if token.is_any(SUNG) {
            return true;
        }
        address.verse.is_none() && !token.is_any(BIBLE) && self.reader.name_at(token.start).is_none()
    }

    /// Adds a reference that leans on what was cited before; false if nothing before answers.
    fn push_contextual(&mut self, start: usize, address: Address, evidence: &str) -> bool {
        let now = self.moment(start);
        let said = || self.reader.said_around(start, address.end, self.done);
        let answer = match (address.chapter, address.verse) {
            (Some(chapter), verse) => self.context.book_of(chapter, verse, now, said),
            (None, Some(verse)) => self.context.chapter_of(verse, now, || self.goes_back(start), said),
            (None, None) => None,
        };
        let Some(Answer { book, chapter, anchor, read }) = answer else { return false };
        let address = Address { chapter: Some(chapter), ..address };
        let Some((passage, repaired)) = address.passage(book) else { return false };
        let class = if repaired { Class::Suspect } else { Class::Confirmed };
        self.push(Mention {
            span: start..address.end,
            book,
            class,
            kind: Kind::Contextual,
            passage: Some(passage),
            evidence: [Some(evidence), read.then_some("words_of_the_verse")]
                .into_iter()
                .flatten()
                .map(str::to_owned)
                .collect(),
            repaired,
            anchor: Some(anchor),
        });
        self.go_on(passage, address.form, address.end);
        true
    }

    /// Whether the speaker says that he returns to the text of the sermon.
    fn goes_back(&self, start: usize) -> bool {
        let mut cursor = self.cursor(start);
        let mut ended = false;
        for _ in 0..24 {
            let Some((token, front)) = cursor.previous() else { return false };
            if token.ends_sentence() && ended {
                return false;
            }
            ended |= token.ends_sentence();
            let ours = front.previous().is_some_and(|(token, _)| token.is_any(&["our", "this", "the", "todays"]));
            if ours && token.is_any(&["passage", "text", "psalm", "story", "chapter"]) && (!ended || is_back(front)) {
                return true;
            }
            cursor = front;
        }
        false
    }

    /// Whether a bare `N:M` is a verse of the chapter at hand and no time of day.
    fn may_be_verse(&self, start: usize, address: Address) -> bool {
        let behind = self.cursor(address.end);
        if behind.past_word(BEHIND_TIME).is_some() {
            return false;
        }
        let same = self
            .context
            .latest(self.moment(start))
            .is_some_and(|passage| passage.chapter().is_some_and(|chapter| Some(chapter) == address.chapter));
        let read = self.cursor(start).previous().is_some_and(|(token, _)| token.is_any(BEFORE_PAIR));
        let clock = is_behind_time_word(self.cursor(start)) && address.verse.is_some_and(|minutes| minutes % 5 == 0);
        if clock && address.chapter.is_some_and(|hour| hour <= 24) {
            return false;
        }
        let round = address.verse.is_some_and(|minutes| minutes % 15 == 0);
        same || (read && !round && address.last.is_none())
    }
}

/// Whether "back" stands shortly before: "going back to our".
fn is_back(mut cursor: Cursor<'_>) -> bool {
    (0..4).any(|_| match cursor.previous() {
        Some((token, front)) => {
            cursor = front;
            token.is_any(&["back", "return", "returning"])
        }
        None => false,
    })
}

/// Whether the word before is one that stands before a time of day: "at 10:30".
fn is_behind_time_word(cursor: Cursor<'_>) -> bool {
    let Some((token, front)) = cursor.previous() else { return false };
    let look = front.previous().is_some_and(|(token, _)| token.is_any(&["look", "looking"]));
    token.is_any(BEFORE_TIME) && !look
}

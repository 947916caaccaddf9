//! Chapters and verses without a book name before them: "verse 25", "chapter 6".

use super::{
    Detector,
    other_work::Title,
    words::{BEFORE_CHAPTER, BEFORE_ONE, OTHER_NUMBERS},
};
use crate::{
    Book, Class, Kind, Mention, Passage, canon,
    context::Resolution,
    evidence,
    grammar::{Address, Form, RangeEnd},
    lexer::{Cursor, TokenKind},
    numbers::{Number, read_number},
    scan::{Hit, HitKind},
};

/// How far after a person in a story a chapter and verse may be in the book named after him.
const MAX_BYTES_AFTER_PERSON: usize = 300;

/// How many other names may stand between such a person and the verse.
const MAX_MENTIONS_AFTER_PERSON: usize = 4;

/// How far after a people that was written to a verse of that letter may follow: "the Corinthians had asked ... at verse 36".
const MAX_BYTES_AFTER_PEOPLE: usize = 200;

/// Sharing this many bits of information with a verse is enough to place it in the book of the person just named.
const STORY_BITS: u32 = 9;

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
        if address.chapter.is_some()
            && let Some(named) = self.abbreviation_before(start)
        {
            // With the name of the book the numbers may mean more: "Gallations chapter 5 22 and 23".
            let address = self.address_at(named, self.cursor(named.end)).unwrap_or(address);
            if self.push_explicit(named, named.start, address) {
                return;
            }
        }
        if address.chapter.is_some() {
            match self.title_before(start) {
                Some(Title::Misheard(named)) if self.push_explicit(named, named.start, address) => return,
                Some(_) => return self.skip_other_work(address.end),
                None => {}
            }
        }
        if address.chapter.is_none()
            && let Some(named) = self.misheard_short_book_before(start)
            && self.push_explicit(named, named.start, Address { chapter: Some(1), ..address })
        {
            return;
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
            (HitKind::ChapterWord, None, None) => {
                let (start, address) = self.verse_of_last_chapter(hit)?;
                found(start, address)
            }
            (HitKind::VerseWord, Some((_, _)), Some(chapter)) if !chapter.ordinal => {
                let rest = self.cursor(chapter.end);
                let address = self.reader.address_from_chapter(chapter, rest, Form::Chapter, likely_book);
                // "These three verses, three last verses": the numbers are counts.
                let is_plural = self.reader.text[hit.start..hit.end].ends_with(['s', 'S']);
                let counts = is_plural && !chapter.digits && address.range_end.is_none();
                if counts { None } else { found(chapter.start, address) }
            }
            (HitKind::VerseWord, Some((chapter, rest)), _) if self.is_pair_of_last_verse(hit, chapter, rest) => {
                let (verse, rest) = read_number(rest)?;
                found(chapter.start, self.reader.address_from_verse(Some(chapter.value), verse, rest))
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
                let (start, address) = self.ordinal_verses(ordinal, hit);
                found(start, Address { end: address.end.max(hit.end), ..address })
            }
            _ => None,
        }
    }

    /// Returns whether a chapter and verse follow "the last verse": "that's the last verse, four eleven".
    fn is_pair_of_last_verse(&self, hit: &Hit, chapter: Number, rest: Cursor<'t>) -> bool {
        let is_last = self.cursor(hit.start).previous().is_some_and(|(token, _)| token.is_any(&["last", "final"]));
        let Some(book) = self.context.latest(self.position(hit.start)).map(Passage::book).filter(|_| is_last) else {
            return false;
        };
        read_number(rest).is_some_and(|(verse, _)| canon::verses(book, chapter.value) == verse.value)
    }

    /// Reads "the last chapter, verse 17" as a verse of the last chapter of the book cited last.
    fn verse_of_last_chapter(&self, hit: &Hit) -> Option<(usize, Address)> {
        let (last, _) = self.cursor(hit.start).previous().filter(|(token, _)| token.is_any(&["last", "final"]))?;
        let book = self.context.latest(self.position(hit.start))?.book();
        let rest = self.cursor(hit.end);
        let (verse, rest) = self.reader.verse_with_word(rest.skip(2, &["and", "in", "at"], &[',']))?;
        Some((last.start, self.reader.address_from_verse(Some(canon::chapters(book)), verse, rest)))
    }

    /// Reads ordinals before the word "verse": "the fifth verse", "sixth and seventh verses", "first verse to fourth verse".
    fn ordinal_verses(&self, last: Number, hit: &Hit) -> (usize, Address) {
        let mut numbers = self.cursor(last.start).previous().into_iter().filter_map(|(link, earlier)| {
            let is_range = link.is_any(&["to", "through", "till", "until"]);
            let (word, _) = earlier.previous().filter(|_| is_range || link.is("and"))?;
            let (first, _) = read_number(self.cursor(word.start)).filter(|(first, _)| first.ordinal)?;
            let follows = is_range && first.value < last.value || first.value + 1 == last.value;
            (follows && word.start >= self.end_of_last).then_some(first)
        });
        match numbers.next() {
            Some(first) => {
                let range_end = Some(RangeEnd { chapter: None, verse: Some(last.value) });
                (first.start, Address { range_end, ..Address::verse(None, first, Form::Verse) })
            }
            None => (last.start, self.reader.address_from_verse(None, last, self.cursor(hit.end))),
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
        // "Collosians 3, verses 1 to 4".
        if comma && !is_led && !number.ordinal && self.abbreviation_before(number.start).is_none() {
            return None;
        }
        let is_other = earlier.previous().is_some_and(|(before, _)| {
            before.is_any(OTHER_NUMBERS)
                // "15 not 13 verse 15".
                || before.is("not")
                // "The last one, verse 21".
                || (number.value == 1 && before.is_any(BEFORE_ONE))
                || matches!(before.kind, TokenKind::Number(_))
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
        let returns = || self.returns_to_main_passage(start);
        let hint = self.hint(start, address);
        let resolution = match (address.chapter, address.verses()) {
            (Some(chapter), _) => self.context.resolve_chapter(chapter, address.verse, now, returns, words),
            (None, Some(verses)) => self.context.resolve_verse(verses, now, hint, returns, words),
            (None, None) => None,
        };
        let resolution = self.in_book_of_person(start, address).or(resolution);
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

    /// Resolves a chapter and verse to the book of a person in the story before it, if the words of that verse are said: "Esther
    /// had to go to the king. If I perish, I perish. That's chapter 4 and verse 16".
    fn in_book_of_person(&self, start: usize, address: Address) -> Option<Resolution> {
        let (chapter, verse) = (address.chapter?, address.verse?);
        let named = self.mentions.iter().rev().take(MAX_MENTIONS_AFTER_PERSON).take_while(|last| {
            let is_near = start <= last.span.end + MAX_BYTES_AFTER_PERSON;
            !last.is_reference() && last.kind == Kind::Book && is_near
        });
        let mut people = named.filter(|last| !self.context.has_cited(last.book));
        let person = people.find(|last| {
            let words = self.reader.words_around(start, address.end, last.span.end);
            words.shared_bits(last.book, chapter, verse) >= Some(STORY_BITS)
        })?;
        let words = self.reader.words_around(start, address.end, person.span.end);
        let bits = |book: Book| words.shared_bits(book, chapter, verse).unwrap_or(0);
        let cited = self.context.latest(self.position(start)).map_or(0, |latest| bits(latest.book()));
        let fits = bits(person.book) >= STORY_BITS && bits(person.book) > cited;
        fits.then(|| Resolution {
            book: person.book,
            chapter,
            anchor: Passage::whole_book(person.book),
            matches_verse_text: true,
        })
    }

    /// Returns the cited book that the words around a bare verse hint at: that of the people just named, or with "there" the one
    /// cited last.
    fn hint(&self, start: usize, address: Address) -> Option<Book> {
        let last = self.mentions.last()?;
        if self.cursor(address.end).past_word(&["there"]).is_some() {
            return self.mentions.iter().rev().find_map(|mention| mention.passage).map(Passage::book);
        }
        let is_people = matches!(
            last.book.osis(),
            "Rom" | "1Cor" | "2Cor" | "Gal" | "Eph" | "Phil" | "Col" | "1Thess" | "2Thess" | "Heb"
        );
        let is_near = start <= last.span.end + MAX_BYTES_AFTER_PEOPLE;
        (is_people && is_near && !last.is_reference()).then_some(last.book)
    }

    /// Returns whether the speaker returns to the main passage of the sermon: "back in our passage".
    fn returns_to_main_passage(&self, start: usize) -> bool {
        let mut cursor = self.cursor(start);
        let mut sentence_ended = false;
        for _ in 0..MAX_TOKENS_BEFORE {
            // Words before the last reference are no evidence for this one.
            let before = cursor.previous().filter(|(token, _)| token.start >= self.end_of_last);
            let Some((token, earlier)) = before else { return false };
            if token.ends_sentence() && sentence_ended {
                return false;
            }
            sentence_ended |= token.ends_sentence();
            // "Let me apply this".
            if token.is("apply") && cursor.past_word(&["this", "it"]).is_some() {
                return true;
            }
            let is_ours = || earlier.previous().is_some_and(|(token, _)| token.is_any(&["our", "my"]));
            let has_determiner =
                earlier.previous().is_some_and(|(token, _)| token.is_any(&["our", "my", "this", "the", "todays"]));
            if has_determiner
                && token.is_any(&["passage", "text", "psalm", "story", "chapter"])
                && (!sentence_ended && (self.text_has_punctuation || is_ours()) || follows_back(earlier))
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

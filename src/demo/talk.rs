//! The words of a sermon: an opening, readings, what is said about them, and a close.

use rand::{Rng, seq::IndexedRandom as _, seq::SliceRandom as _};

use super::{
    citing, phrases,
    speech::{Label, Speech, Style},
    themes::{FAVORITES, THEMES, Theme},
};
use scripture_detector::{Analysis, Passage, transcript::Format};

use crate::domain::{Book, Kind};

/// A talk, before anybody has analyzed it.
#[derive(Debug)]
pub(super) struct Talk {
    pub(super) theme: &'static Theme,
    pub(super) style: Style,
    pub(super) text: String,
    pub(super) labels: Vec<Label>,
    pub(super) words_per_minute: u32,
    /// Silence before the first word.
    pub(super) begins_ms: u64,
}

/// A talk with its captions and what was counted in it.
#[derive(Debug)]
pub(super) struct Analyzed {
    pub(super) talk: Talk,
    pub(super) captions: Vec<u8>,
    pub(super) format: Format,
    pub(super) end_ms: u64,
    pub(super) analysis: Analysis,
}

/// The words of one speaker: sentences do not come again before all of their kind had their turn.
struct Speaker<'r, R: Rng> {
    random: &'r mut R,
    theme: &'static Theme,
    speech: Speech,
    main: Passage,
    decks: Vec<(&'static [&'static str], Vec<&'static str>)>,
}

impl Talk {
    /// Invents a talk of 20 to 50 minutes.
    pub(super) fn invent(random: &mut impl Rng) -> Self {
        let theme = THEMES.choose(random).expect("there are themes");
        let style = match random.random_range(0..10) {
            0..4 => Style::Written,
            4..8 => Style::Automatic,
            _ => Style::Lower,
        };
        let words_per_minute = random.random_range(115..=150);
        let minutes = random.random_range(20..=50);
        let begins_ms = random.random_range(0..15_000);
        // Some cite in every other sentence, some hardly ever.
        let density = random.random_range(2..=9);
        let &(book, chapter, first, last) = theme.texts.choose(random).expect("there are texts");
        let main = passage(book, chapter, first).up_to(chapter, Some(last)).expect("the texts of themes exist");
        let mut speaker = Speaker { random, theme, speech: Speech::new(style), main, decks: Vec::new() };
        speaker.preach(usize::try_from(minutes * words_per_minute).expect("a talk is short"), density);
        let Speech { text, labels, .. } = speaker.speech;
        Self { theme, style, text, labels, words_per_minute, begins_ms }
    }
}

impl<R: Rng> Speaker<'_, R> {
    /// Speaks so many words; of a hundred sentences, `density` cite another passage.
    fn preach(&mut self, words: usize, density: u32) {
        for _ in 0..4 {
            self.say(&phrases::OPENINGS);
        }
        self.read();
        while self.speech.count() + 60 < words {
            match self.random.random_range(0..100) {
                0 => self.read(),
                1 => self.say(&phrases::BOOKS),
                chance if chance < 2 + density => self.say(&phrases::CROSSINGS),
                chance if chance < 22 + density => self.say(&phrases::STORIES),
                _ => self.say(&phrases::TEACHINGS),
            }
        }
        for closing in phrases::CLOSINGS {
            self.sentence(closing);
        }
    }

    /// Names the main passage, and goes through some of its verses.
    fn read(&mut self) {
        self.say(&phrases::READINGS);
        for _ in 0..self.random.random_range(1..=4) {
            self.say(&phrases::VERSES);
            if self.random.random_bool(0.4) {
                self.say(&phrases::TEACHINGS);
            }
        }
    }

    /// Says the next sentence of a kind.
    fn say(&mut self, kind: &'static [&'static str]) {
        let index = self.decks.iter().position(|(of, _)| std::ptr::eq(*of, kind)).unwrap_or_else(|| {
            self.decks.push((kind, Vec::new()));
            self.decks.len() - 1
        });
        let deck = &mut self.decks[index].1;
        if deck.is_empty() {
            deck.extend(kind);
            deck.shuffle(self.random);
        }
        let sentence = deck.pop().expect("the deck was just filled");
        self.sentence(sentence);
    }

    fn sentence(&mut self, template: &'static str) {
        self.speech.sentence();
        let mut rest = template;
        while let Some((before, behind)) = rest.split_once('{') {
            if !before.is_empty() {
                self.speech.words(before);
            }
            let (slot, behind) = behind.split_once('}').expect("templates are well formed");
            self.fill(slot);
            rest = behind;
        }
        if !rest.is_empty() {
            self.speech.words(rest);
        }
    }

    fn fill(&mut self, slot: &str) {
        match slot {
            "noun" => self.speech.words(self.theme.noun),
            "opposite" => self.speech.words(self.theme.opposite),
            "image" => self.speech.words(self.theme.image),
            "friend" | "other" => {
                let namesake = slot == "friend" && self.random.random_ratio(1, 6);
                let names: &[&str] = if namesake { &phrases::NAMESAKES } else { &phrases::PEOPLE };
                let name = names.choose(self.random).expect("there are names");
                self.speech.name(name);
            }
            "main" => self.cite(self.main),
            "verse" => self.cite_verse(),
            "ref" => {
                let passage = self.other_passage();
                self.cite(passage);
            }
            "book" => {
                let (osis, ..) = favorite(self.random);
                let book = Book::from_osis(osis).expect("the favorites are books");
                let said = citing::whole(book, self.random);
                self.speech.cite(&said, osis.to_owned(), Kind::Book);
            }
            _ => unreachable!("the test of the phrases knows every slot"),
        }
    }

    fn cite(&mut self, passage: Passage) {
        let said = citing::named(passage, self.speech.style, self.random);
        self.speech.cite(&said, passage.to_string(), Kind::Explicit);
    }

    /// A verse of the main passage, whose chapter was named just before.
    fn cite_verse(&mut self) {
        let (book, chapter) = (self.main.book(), self.main.chapter().expect("a text has a chapter"));
        let (first, last) = (self.main.verse().expect("and verses"), self.main.end_verse().expect("and a last one"));
        let verse = self.random.random_range(first..=last);
        let passage = Passage::of_verse(book, chapter, verse).expect("the verses of a text exist");
        let said = citing::verse(verse, self.random);
        self.speech.cite(&said, passage.to_string(), Kind::Contextual);
    }

    /// One that belongs to the theme, or any that preachers like.
    fn other_passage(&mut self) -> Passage {
        if self.random.random_bool(0.3) {
            let &(book, chapter, verse) = self.theme.others.choose(self.random).expect("there are others");
            return passage(book, chapter, verse);
        }
        let (osis, chapters, _) = favorite(self.random);
        let book = Book::from_osis(osis).expect("the favorites are books");
        loop {
            let chapter = self.random.random_range(1..=chapters);
            let verse = self.random.random_range(1..=30);
            let found = match self.random.random_range(0..10) {
                0 => Passage::of_chapter(book, chapter),
                1 | 2 => {
                    let last = verse + self.random.random_range(1..=6);
                    Passage::of_verse(book, chapter, verse).and_then(|from| from.up_to(chapter, Some(last)))
                }
                _ => Passage::of_verse(book, chapter, verse),
            };
            if let Some(passage) = found {
                return passage;
            }
        }
    }
}

/// A passage that is written down in the themes.
fn passage(osis: &str, chapter: u16, verse: u16) -> Passage {
    let book = Book::from_osis(osis).expect("the themes name books by OSIS");
    Passage::of_verse(book, chapter, verse).expect("the passages of themes exist")
}

fn favorite(random: &mut impl Rng) -> (&'static str, u16, u32) {
    *FAVORITES.choose_weighted(random, |(.., weight)| *weight).expect("the weights are positive")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_passage_of_the_themes_and_every_favorite_exists() {
        for theme in &THEMES {
            for (book, chapter, first, last) in theme.texts {
                assert!(passage(book, chapter, first).up_to(chapter, Some(last)).is_some(), "{book} {chapter}");
            }
            for (book, chapter, verse) in theme.others {
                passage(book, chapter, verse);
            }
        }
        for (osis, chapters, _) in FAVORITES {
            let book = Book::from_osis(osis).expect("a book");
            assert!(Passage::of_chapter(book, chapters).is_some(), "{osis} has {chapters} chapters");
            assert!(Passage::of_chapter(book, chapters + 1).is_none(), "{osis} has no more than {chapters}");
        }
    }

    #[test]
    fn every_slot_of_the_phrases_is_known() {
        let all = [
            &phrases::OPENINGS[..],
            &phrases::READINGS,
            &phrases::VERSES,
            &phrases::CROSSINGS,
            &phrases::BOOKS,
            &phrases::STORIES,
            &phrases::TEACHINGS,
            &phrases::CLOSINGS,
        ];
        for template in all.concat() {
            for slot in template.split('{').skip(1) {
                let (slot, _) = slot.split_once('}').expect(template);
                let known = ["noun", "opposite", "image", "friend", "other", "main", "verse", "ref", "book"];
                assert!(known.contains(&slot), "{slot} in {template}");
            }
        }
    }
}

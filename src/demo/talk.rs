//! Generates the text of a sermon: an opening, readings, teaching and stories, and a closing.

use rand::{Rng, seq::IndexedRandom as _, seq::SliceRandom as _};

use super::{
    phrases, references,
    themes::{FAVORITES, THEMES, Theme},
    transcript::{CaptionStyle, ExpectedReference, TextBuilder},
};
use scripture_detector::{Analysis, Passage, transcript::Format};

use crate::domain::{Book, Kind};

/// The generated text of a sermon.
#[derive(Debug)]
pub(super) struct Talk {
    pub(super) theme: &'static Theme,
    pub(super) style: CaptionStyle,
    pub(super) text: String,
    pub(super) expected: Vec<ExpectedReference>,
    pub(super) words_per_minute: u32,
    /// Start time of the first word.
    pub(super) start_ms: u64,
}

/// A talk with its captions and the result of analyzing them.
#[derive(Debug)]
pub(super) struct AnalyzedTalk {
    pub(super) talk: Talk,
    pub(super) captions: Vec<u8>,
    pub(super) format: Format,
    pub(super) end_ms: u64,
    pub(super) analysis: Analysis,
}

/// Writes a talk. A sentence is repeated only after every other sentence in its list has been used.
struct TalkWriter<'r, R: Rng> {
    random: &'r mut R,
    theme: &'static Theme,
    text: TextBuilder,
    main: Passage,
    /// The unused sentences of each list, shuffled.
    unused: Vec<(&'static [&'static str], Vec<&'static str>)>,
}

impl Talk {
    /// Generates a talk of 20 to 50 minutes.
    pub(super) fn generate(random: &mut impl Rng) -> Self {
        let theme = THEMES.choose(random).expect("there are themes");
        let style = match random.random_range(0..10) {
            0..4 => CaptionStyle::Manual,
            4..8 => CaptionStyle::Automatic,
            _ => CaptionStyle::LowerCase,
        };
        let words_per_minute = random.random_range(115..=150);
        let minutes = random.random_range(20..=50);
        let start_ms = random.random_range(0..15_000);
        let density = random.random_range(2..=9);
        let &(book, chapter, first, last) = theme.texts.choose(random).expect("there are texts");
        let main = passage(book, chapter, first).through(chapter, Some(last)).expect("the texts of themes exist");
        let mut writer = TalkWriter { random, theme, text: TextBuilder::new(style), main, unused: Vec::new() };
        writer.write(usize::try_from(minutes * words_per_minute).expect("a talk is short"), density);
        let TextBuilder { text, expected, .. } = writer.text;
        Self { theme, style, text, expected, words_per_minute, start_ms }
    }
}

impl<R: Rng> TalkWriter<'_, R> {
    /// Writes about `words` words. `density` percent of the sentences cite another passage.
    fn write(&mut self, words: usize, density: u32) {
        for _ in 0..4 {
            self.add_from(&phrases::OPENINGS);
        }
        self.add_reading();
        while self.text.count_words() + 60 < words {
            match self.random.random_range(0..100) {
                0 => self.add_reading(),
                1 => self.add_from(&phrases::WHOLE_BOOKS),
                chance if chance < 2 + density => self.add_from(&phrases::CROSS_REFERENCES),
                chance if chance < 22 + density => self.add_from(&phrases::STORIES),
                _ => self.add_from(&phrases::TEACHINGS),
            }
        }
        for closing in phrases::CLOSINGS {
            self.add_sentence(closing);
        }
    }

    /// Cites the main passage, and then some of its verses.
    fn add_reading(&mut self) {
        self.add_from(&phrases::READINGS);
        for _ in 0..self.random.random_range(1..=4) {
            self.add_from(&phrases::VERSES);
            if self.random.random_bool(0.4) {
                self.add_from(&phrases::TEACHINGS);
            }
        }
    }

    /// Adds the next sentence from a list.
    fn add_from(&mut self, list: &'static [&'static str]) {
        let index = self.unused.iter().position(|(of, _)| std::ptr::eq(*of, list)).unwrap_or_else(|| {
            self.unused.push((list, Vec::new()));
            self.unused.len() - 1
        });
        let unused = &mut self.unused[index].1;
        if unused.is_empty() {
            unused.extend(list);
            unused.shuffle(self.random);
        }
        let sentence = unused.pop().expect("the list was just filled");
        self.add_sentence(sentence);
    }

    fn add_sentence(&mut self, template: &'static str) {
        self.text.start_sentence();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                self.text.add_words(before);
            }
            let (placeholder, after) = after.split_once('}').expect("templates are well formed");
            self.fill(placeholder);
            rest = after;
        }
        if !rest.is_empty() {
            self.text.add_words(rest);
        }
    }

    fn fill(&mut self, placeholder: &str) {
        match placeholder {
            "noun" => self.text.add_words(self.theme.noun),
            "opposite" => self.text.add_words(self.theme.opposite),
            "image" => self.text.add_words(self.theme.image),
            "friend" | "other" => {
                let is_namesake = placeholder == "friend" && self.random.random_ratio(1, 6);
                let names: &[&str] = if is_namesake { &phrases::NAMESAKES } else { &phrases::PEOPLE };
                let name = names.choose(self.random).expect("there are names");
                self.text.add_name(name);
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
                let text = references::book(book, self.random);
                self.text.add_reference(&text, osis.to_owned(), Kind::Book);
            }
            _ => unreachable!("a test checks the placeholders"),
        }
    }

    fn cite(&mut self, passage: Passage) {
        let text = references::passage(passage, self.text.style, self.random);
        self.text.add_reference(&text, passage.to_string(), Kind::Explicit);
    }

    /// Cites a verse of the main passage by number only.
    fn cite_verse(&mut self) {
        let (book, chapter) = (self.main.book(), self.main.chapter().expect("a text has a chapter"));
        let (first, last) = (self.main.verse().expect("and verses"), self.main.end_verse().expect("and a last one"));
        let verse = self.random.random_range(first..=last);
        let passage = Passage::single_verse(book, chapter, verse).expect("the verses of a text exist");
        let text = references::verse(verse, self.random);
        self.text.add_reference(&text, passage.to_string(), Kind::Contextual);
    }

    /// Chooses a passage of the theme, or a passage from a book that preachers cite often.
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
                0 => Passage::whole_chapter(book, chapter),
                1 | 2 => {
                    let last = verse + self.random.random_range(1..=6);
                    Passage::single_verse(book, chapter, verse).and_then(|from| from.through(chapter, Some(last)))
                }
                _ => Passage::single_verse(book, chapter, verse),
            };
            if let Some(passage) = found {
                return passage;
            }
        }
    }
}

/// Returns a passage that is listed in the themes.
fn passage(osis: &str, chapter: u16, verse: u16) -> Passage {
    let book = Book::from_osis(osis).expect("the themes have valid OSIS names");
    Passage::single_verse(book, chapter, verse).expect("the passages of themes exist")
}

fn favorite(random: &mut impl Rng) -> (&'static str, u16, u32) {
    *FAVORITES.choose_weighted(random, |(.., weight)| *weight).expect("the weights are positive")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_passage_of_the_themes_and_every_favorite_book_exists() {
        for theme in &THEMES {
            for (book, chapter, first, last) in theme.texts {
                assert!(passage(book, chapter, first).through(chapter, Some(last)).is_some(), "{book} {chapter}");
            }
            for (book, chapter, verse) in theme.others {
                passage(book, chapter, verse);
            }
        }
        for (osis, chapters, _) in FAVORITES {
            let book = Book::from_osis(osis).expect("a book");
            assert!(Passage::whole_chapter(book, chapters).is_some(), "{osis} has {chapters} chapters");
            assert!(
                Passage::whole_chapter(book, chapters + 1).is_none_or(Passage::is_addition),
                "{osis} has only {chapters} chapters"
            );
        }
    }

    #[test]
    fn every_placeholder_of_the_phrases_is_known() {
        let all = [
            &phrases::OPENINGS[..],
            &phrases::READINGS,
            &phrases::VERSES,
            &phrases::CROSS_REFERENCES,
            &phrases::WHOLE_BOOKS,
            &phrases::STORIES,
            &phrases::TEACHINGS,
            &phrases::CLOSINGS,
        ];
        for template in all.concat() {
            for placeholder in template.split('{').skip(1) {
                let (placeholder, _) = placeholder.split_once('}').expect(template);
                let known = ["noun", "opposite", "image", "friend", "other", "main", "verse", "ref", "book"];
                assert!(known.contains(&placeholder), "{placeholder} in {template}");
            }
        }
    }
}

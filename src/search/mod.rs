//! The spoken words as a search knows them: cut, in lower case, without their endings; and the way back to the place.
//!
//! Both databases index the words that are made here, so that both find the same, and what is marked in an excerpt is
//! what was found.

use std::ops::Range;

use rust_stemmers::{Algorithm, Stemmer};

use scripture_detector::transcript::{self, JoinedText};

use crate::domain::Document;

/// Another one whenever [`index`] may give other words: what was indexed before is then made anew.
pub const VERSION: i32 = 1;

/// The most bytes that are indexed of a sermon, about five hours of speech; PostgreSQL takes no more than a megabyte with
/// all positions.
const MAX_INDEX: usize = 250_000;

/// The most letters of a word.
const MAX_WORD: usize = 40;

/// The most words of a query.
const MAX_QUERY: usize = 12;

/// Words around what was found.
const AROUND: usize = 14;

/// Found words that are further apart stand in excerpts of their own.
const TOGETHER: usize = 24;

/// What somebody searches for: words that must all be there, some of them right behind each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WordQuery {
    phrases: Vec<Vec<String>>,
}

impl WordQuery {
    /// Takes whatever was typed; words between `"` stand right behind each other.
    pub fn parse(text: &str) -> Self {
        let mut phrases = Vec::new();
        let mut left = MAX_QUERY;
        for (number, part) in text.split('"').enumerate() {
            let words: Vec<_> = stems(part).take(left).map(|(_, stem)| stem).collect();
            left -= words.len();
            if number % 2 == 1 && !words.is_empty() {
                phrases.push(words);
            } else {
                phrases.extend(words.into_iter().map(|word| vec![word]));
            }
        }
        Self { phrases }
    }

    /// Whether there is nothing to search for.
    pub fn is_empty(&self) -> bool {
        self.phrases.is_empty()
    }

    /// Words that stand right behind each other, as they are indexed; nothing but letters and digits.
    pub fn phrases(&self) -> &[Vec<String>] {
        &self.phrases
    }

    /// The place of a word among all that are searched for.
    fn place(&self, stem: &str) -> Option<usize> {
        self.phrases.iter().flatten().position(|word| word == stem)
    }
}

/// The words of a text as they are indexed, with a space between.
pub fn index(text: &str) -> String {
    let mut index = String::new();
    for (_, stem) in stems(text) {
        if index.len() + stem.len() >= MAX_INDEX {
            break;
        }
        if !index.is_empty() {
            index.push(' ');
        }
        index.push_str(&stem);
    }
    index
}

/// The words of a caption file as they are indexed; none if it cannot be read.
pub fn index_captions(captions: &[u8]) -> Option<String> {
    transcript::read(captions).ok().map(|transcript| index(transcript.joined().as_str()))
}

/// The words around the references of a document as they are indexed, for those whose captions were not kept.
pub fn index_references(document: &Document) -> String {
    let mut text = String::new();
    for (context, _) in around_references(document) {
        text.push_str(context);
        text.push('\n');
    }
    index(&text)
}

/// The words around each reference of a document, of whatever age, with its second.
fn around_references(document: &Document) -> impl Iterator<Item = (&str, Option<f64>)> {
    let references = document.references.iter().flatten();
    let references = references.map(|reference| (reference.context.as_str(), reference.start_seconds));
    // The system before ours had no references, but places under each book.
    let is_old = document.references.is_none();
    let books = document.positions.values().filter(move |_| is_old);
    let located = books.flat_map(|book| book.valid.iter().chain(&book.suspect)).flatten();
    let located = located.filter_map(|place| Some((place.context.as_deref()?, place.start.as_ref()?.as_f64())));
    references.chain(located)
}

/// A piece of a text in which something was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Excerpt {
    /// The words, and whether each piece is what was searched for.
    pub pieces: Vec<(String, bool)>,
    /// Seconds from the start of the video to the first word that was found; none in a text without times.
    pub seconds: Option<f64>,
    /// How many different words of the query are in it.
    found: usize,
}

/// The best places of a caption file; none if it cannot be read.
pub fn excerpts_of_captions(captions: &[u8], query: &WordQuery, most: usize) -> Vec<Excerpt> {
    transcript::read(captions).map(|transcript| excerpts(&transcript.joined(), query, most)).unwrap_or_default()
}

/// The best places of the words around the references of a document.
pub fn excerpts_of_references(document: &Document, query: &WordQuery, most: usize) -> Vec<Excerpt> {
    let mut found: Vec<Excerpt> = Vec::new();
    for (context, seconds) in around_references(document) {
        for mut excerpt in excerpts(&JoinedText::plain(context), query, 1) {
            excerpt.seconds = seconds;
            if !found.contains(&excerpt) {
                found.push(excerpt);
            }
        }
    }
    found.sort_by_key(|excerpt| std::cmp::Reverse(excerpt.found));
    found.truncate(most);
    found.sort_by(|a, b| a.seconds.unwrap_or_default().total_cmp(&b.seconds.unwrap_or_default()));
    found
}

/// The best places of a text, at most so many, in the order of the text: those with the most different words.
pub fn excerpts(text: &JoinedText, query: &WordQuery, most: usize) -> Vec<Excerpt> {
    let words: Vec<_> = stems(text.as_str()).map(|(range, stem)| (range, query.place(&stem))).collect();
    let mut found = Vec::new();
    let mut hits = words.iter().enumerate().filter(|(_, (_, place))| place.is_some()).map(|(at, _)| at).peekable();
    while let Some(first) = hits.next() {
        let mut last = first;
        while let Some(next) = hits.next_if(|next| next - first <= TOGETHER) {
            last = next;
        }
        found.push((first, excerpt(text, &words, first, last)));
    }
    found.sort_by_key(|(first, excerpt)| (std::cmp::Reverse(excerpt.found), *first));
    found.truncate(most);
    found.sort_by_key(|(first, _)| *first);
    found.into_iter().map(|(_, excerpt)| excerpt).collect()
}

fn excerpt(text: &JoinedText, words: &[(Range<usize>, Option<usize>)], first: usize, last: usize) -> Excerpt {
    let from = first.saturating_sub(AROUND);
    let to = (last + AROUND).min(words.len() - 1);
    let mut pieces: Vec<(String, bool)> = Vec::new();
    let mut add = |piece: &str, is_found: bool| match pieces.last_mut() {
        Some((before, same)) if *same == is_found => before.push_str(piece),
        _ => pieces.push((piece.to_owned(), is_found)),
    };
    let mut at = words[from].0.start;
    if from > 0 {
        add("… ", false);
    }
    for (range, place) in &words[from..=to] {
        add(&text.as_str()[at..range.start], false);
        add(&text.as_str()[range.clone()], place.is_some());
        at = range.end;
    }
    add(if to + 1 < words.len() { " …" } else { &text.as_str()[at..] }, false);
    let mut different: Vec<_> = words[first..=last].iter().filter_map(|(_, place)| *place).collect();
    different.sort_unstable();
    different.dedup();
    let seconds = text.time_at(words[first].0.start);
    #[expect(clippy::cast_precision_loss, reason = "no video is so long")]
    let seconds = seconds.map(|ms| ms as f64 / 1000.0);
    pieces.retain(|(piece, _)| !piece.is_empty());
    Excerpt { pieces, seconds, found: different.len() }
}

/// The words of a text with their places.
fn stems(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    let stemmer = Stemmer::create(Algorithm::English);
    let is_part = |character: char| character.is_alphanumeric() || matches!(character, '\'' | '’');
    let mut rest = 0;
    std::iter::from_fn(move || {
        loop {
            let start = rest + text[rest..].find(is_part)?;
            let end = text[start..].find(|character| !is_part(character)).map_or(text.len(), |length| start + length);
            rest = end;
            let lower = text[start..end].to_lowercase().replace('’', "'");
            let owner = lower.strip_suffix("'s").unwrap_or(&lower);
            let word: String = owner.chars().filter(|letter| letter.is_alphanumeric()).take(MAX_WORD).collect();
            if !word.is_empty() {
                return Some((start..end, stemmer.stem(&word).into_owned()));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_other_forms_and_hostile_queries_are_words() {
        assert_eq!(
            index("God's forgiveness, forgiving; we don't FORGIVE"),
            index("god forgiveness forgiving we dont forgive")
        );
        assert_eq!(WordQuery::parse("forgiving").phrases(), WordQuery::parse("Forgive").phrases());
        let hostile = WordQuery::parse("\"a OR b* NEAR(c) -d ') & ! : <-> {}^ \0");
        assert!(hostile.phrases().iter().flatten().all(|word| word.chars().all(char::is_alphanumeric)), "{hostile:?}");
        assert!(WordQuery::parse(" \"\" '’ -- ").is_empty());
        assert_eq!(WordQuery::parse(&"word ".repeat(100)).phrases().len(), MAX_QUERY);
        let phrase = WordQuery::parse("faith \"mustard seed\"");
        assert_eq!(phrase.phrases().iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn an_excerpt_marks_what_was_found_and_knows_its_second() {
        let captions = b"1\n00:00:01,000 --> 00:00:03,000\nthe sower went out\n\n2\n00:01:05,500 --> 00:01:09,000\nand a mustard seed, the smallest of seeds, grew\n";
        let joined = transcript::read(captions).expect("captions").joined();
        let found = excerpts(&joined, &WordQuery::parse("SEEDS mustard"), 2);
        assert_eq!(found.len(), 1);
        let marked: Vec<_> =
            found[0].pieces.iter().filter(|(_, found)| *found).map(|(word, _)| word.as_str()).collect();
        assert_eq!((marked, found[0].seconds), (vec!["mustard", "seed", "seeds"], Some(65.5)));
        let whole: String = found[0].pieces.iter().map(|(piece, _)| piece.as_str()).collect();
        assert_eq!(whole, joined.as_str());
        assert!(excerpts(&joined, &WordQuery::parse("nothing"), 2).is_empty());
        assert!(excerpts(&JoinedText::plain(""), &WordQuery::parse("x"), 2).is_empty());
    }

    #[test]
    fn the_places_with_the_most_different_words_are_shown() {
        let filler = "and so on ".repeat(30);
        let text = format!("grace {filler} grace and peace {filler} peace {filler} peace");
        let found = excerpts(&JoinedText::plain(&text), &WordQuery::parse("grace peace"), 1);
        let marked: Vec<_> =
            found[0].pieces.iter().filter(|(_, found)| *found).map(|(word, _)| word.as_str()).collect();
        assert_eq!(marked, ["grace", "peace"]);
        assert!(found[0].pieces[0].0.starts_with("… "));
    }

    #[test]
    fn no_text_becomes_an_index_without_end() {
        let text = (0..200_000_u32).map(|number| format!("w{number}")).collect::<Vec<_>>().join(" ");
        assert!(index(&text).len() <= MAX_INDEX);
        assert!(index(&"x".repeat(1_000_000)).len() <= MAX_WORD);
    }
}

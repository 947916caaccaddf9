//! Full-text search: index terms, query parsing, and excerpts with highlighted matches.
//!
//! The terms are computed here rather than by the databases, so that both databases find the same sermons and the words
//! marked in an excerpt are exactly those that matched.

use std::{cmp::Reverse, ops::Range};

use rust_stemmers::{Algorithm, Stemmer};

use scripture_detector::transcript::{self, JoinedText};

use crate::domain::Document;

/// The version of the index. Increment it whenever [`index_terms`] may return something else; the index is then
/// rebuilt.
pub const VERSION: i32 = 1;

/// Maximum size of the terms of a sermon in bytes, enough for about five hours of speech. PostgreSQL's limit is one
/// megabyte, including all positions.
const MAX_INDEX_BYTES: usize = 250_000;

/// Maximum length of a word in letters. Longer words are truncated.
const MAX_WORD_LETTERS: usize = 40;

/// Maximum number of words in a query. Additional words are ignored.
const MAX_QUERY_WORDS: usize = 12;

/// Number of context words on each side of the matches in an excerpt.
const CONTEXT_WORDS: usize = 14;

/// Maximum number of words between the first and the last match in an excerpt.
const MAX_MATCH_DISTANCE: usize = 24;

/// The most matches that are compared to choose the excerpts.
const MAX_MATCHES: usize = 1_000;

/// Maximum length, in bytes, of a word or of the text between two words in an excerpt.
const MAX_PIECE: usize = 200;

/// A search query: words that must all occur, and phrases whose words must occur in sequence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WordQuery {
    phrases: Vec<Vec<String>>,
}

impl WordQuery {
    /// Parses a query. Words in double quotes are a phrase. Any string is a valid query.
    pub fn parse(text: &str) -> Self {
        let mut phrases = Vec::new();
        let mut words_left = MAX_QUERY_WORDS;
        for (index, part) in text.split('"').enumerate() {
            let words: Vec<_> = stems(part).take(words_left).map(|(_, stem)| stem).collect();
            words_left -= words.len();
            let is_quoted = index % 2 == 1;
            if is_quoted && !words.is_empty() {
                phrases.push(words);
            } else {
                phrases.extend(words.into_iter().map(|word| vec![word]));
            }
        }
        Self { phrases }
    }

    /// Returns whether the query has no words.
    pub fn is_empty(&self) -> bool {
        self.phrases.is_empty()
    }

    /// Returns the phrases as stems that contain only letters and digits. A single word is a phrase of one word.
    pub fn phrases(&self) -> &[Vec<String>] {
        &self.phrases
    }

    /// Returns the index of a stem among all words of the query.
    fn word_index(&self, stem: &str) -> Option<usize> {
        self.phrases.iter().flatten().position(|word| word == stem)
    }
}

/// Returns the index terms of `text`, separated by spaces.
pub fn index_terms(text: &str) -> String {
    let mut terms = String::new();
    for (_, stem) in indexed_stems(text) {
        if !terms.is_empty() {
            terms.push(' ');
        }
        terms.push_str(&stem);
    }
    terms
}

/// Returns the index terms of a caption file, or `None` if it cannot be read.
pub fn caption_terms(captions: &[u8]) -> Option<String> {
    transcript::read(captions).ok().map(|transcript| index_terms(transcript.joined().as_str()))
}

/// Returns the index terms of the contexts of a document's references, for sermons without stored captions.
pub fn reference_terms(document: &Document) -> String {
    let mut text = String::new();
    for (context, _) in reference_contexts(document) {
        text.push_str(context);
        text.push('\n');
    }
    index_terms(&text)
}

/// Returns the context of each reference with its time in seconds.
fn reference_contexts(document: &Document) -> impl Iterator<Item = (&str, Option<f64>)> {
    let references = document.references.iter().flatten();
    let references = references.map(|reference| (reference.context.as_str(), reference.start_seconds));
    // Legacy documents have positions per book instead of references.
    let is_legacy = document.references.is_none();
    let books = document.positions.values().filter(move |_| is_legacy);
    let positions = books.flat_map(|book| book.valid.iter().chain(&book.suspect)).flatten();
    let positions =
        positions.filter_map(|position| Some((position.context.as_deref()?, position.start.as_ref()?.as_f64())));
    references.chain(positions)
}

/// A piece of text with matches.
#[derive(Debug, Clone, PartialEq)]
pub struct Excerpt {
    /// Consecutive pieces of the text. The flag marks matches.
    pub pieces: Vec<(String, bool)>,
    /// Seconds from the start of the recording to the first match; `None` if the text has no times.
    pub seconds: Option<f64>,
    /// The number of distinct query words in the excerpt.
    matched_words: usize,
}

/// Returns the best excerpts from a caption file, or none if it cannot be read.
///
/// `captions` may be only the beginning of the file. Line-based formats can then be read; XML and JSON cannot.
pub fn excerpts_of_captions(captions: &[u8], query: &WordQuery, limit: usize) -> Vec<Excerpt> {
    transcript::read(captions).map(|transcript| excerpts(&transcript.joined(), query, limit)).unwrap_or_default()
}

/// Returns the best excerpts from the contexts of a document's references, in chronological order.
pub fn excerpts_of_references(document: &Document, query: &WordQuery, limit: usize) -> Vec<Excerpt> {
    let mut found: Vec<Excerpt> = Vec::new();
    for (context, seconds) in reference_contexts(document) {
        for mut excerpt in excerpts(&JoinedText::plain(context), query, 1) {
            excerpt.seconds = seconds;
            if !found.contains(&excerpt) {
                found.push(excerpt);
            }
        }
    }
    found.sort_by_key(|excerpt| Reverse(excerpt.matched_words));
    found.truncate(limit);
    found.sort_by(|a, b| a.seconds.unwrap_or_default().total_cmp(&b.seconds.unwrap_or_default()));
    found
}

/// Returns the excerpts with the most distinct query words, at most `limit`, in the order of the text.
///
/// Only the part of the text that is indexed is read, and only its first 1,000 matches.
pub fn excerpts(text: &JoinedText, query: &WordQuery, limit: usize) -> Vec<Excerpt> {
    let (mut words, mut matches) = (Vec::new(), 0);
    for (range, stem) in indexed_stems(text.as_str()) {
        let query_word = query.word_index(&stem);
        matches += usize::from(query_word.is_some());
        words.push(Word { range, query_word });
        if matches > MAX_MATCHES {
            break;
        }
    }
    let mut found = clusters(&words);
    found.sort_by_key(|cluster| (Reverse(cluster.query_words.len()), cluster.first));
    found.truncate(limit);
    found.sort_by_key(|cluster| cluster.first);
    found.into_iter().map(|cluster| excerpt(text, &words, &cluster)).collect()
}

/// Returns the byte ranges of the words of a text that match, at most `limit`. Unlike [`excerpts`], reads the whole text.
pub fn matches(text: &str, query: &WordQuery, limit: usize) -> Vec<Range<usize>> {
    if query.is_empty() {
        return Vec::new();
    }
    let matching = stems(text).filter(|(_, stem)| query.word_index(stem).is_some());
    matching.map(|(range, _)| range).take(limit).collect()
}

/// A word of the text.
struct Word {
    /// Where it is, in bytes.
    range: Range<usize>,
    /// The index of the same word in the query.
    query_word: Option<usize>,
}

/// Matches that are close to each other.
struct Cluster {
    /// The index of the first match among the words.
    first: usize,
    /// The index of the last match.
    last: usize,
    /// The different query words, at most [`MAX_QUERY_WORDS`].
    query_words: Vec<usize>,
}

/// Groups the matches.
fn clusters(words: &[Word]) -> Vec<Cluster> {
    let mut found = Vec::new();
    let matches = words.iter().enumerate().filter_map(|(index, word)| Some((index, word.query_word?)));
    let mut matches = matches.peekable();
    while let Some((first, query_word)) = matches.next() {
        let (mut last, mut query_words) = (first, vec![query_word]);
        while let Some((next, query_word)) = matches.next_if(|(next, _)| next - first <= MAX_MATCH_DISTANCE) {
            last = next;
            query_words.push(query_word);
        }
        query_words.sort_unstable();
        query_words.dedup();
        found.push(Cluster { first, last, query_words });
    }
    found
}

/// Builds the excerpt around a group of matches.
fn excerpt(text: &JoinedText, words: &[Word], cluster: &Cluster) -> Excerpt {
    let from = cluster.first.saturating_sub(CONTEXT_WORDS);
    let to = (cluster.last + CONTEXT_WORDS).min(words.len() - 1);
    let mut pieces: Vec<(String, bool)> = Vec::new();
    let mut append = |piece: &str, is_match: bool| match pieces.last_mut() {
        Some((previous, same)) if *same == is_match => previous.push_str(piece),
        _ => pieces.push((piece.to_owned(), is_match)),
    };
    let mut at = words[from].range.start;
    if from > 0 {
        append("… ", false);
    }
    for Word { range, query_word } in &words[from..=to] {
        append(shortened(&text.as_str()[at..range.start]), false);
        append(shortened(&text.as_str()[range.clone()]), query_word.is_some());
        at = range.end;
    }
    let rest = &text.as_str()[at..];
    append(if to + 1 < words.len() || rest.len() > MAX_PIECE { " …" } else { rest }, false);
    let time = text.time_at(words[cluster.first].range.start);
    #[expect(clippy::cast_precision_loss, reason = "no recording is 2^53 milliseconds long")]
    let seconds = time.map(|milliseconds| milliseconds as f64 / 1000.0);
    pieces.retain(|(piece, _)| !piece.is_empty());
    Excerpt { pieces, seconds, matched_words: cluster.query_words.len() }
}

/// Cuts a word, or what is between two words, to [`MAX_PIECE`] bytes.
fn shortened(piece: &str) -> &str {
    let end = (0..=MAX_PIECE.min(piece.len())).rev().find(|&end| piece.is_char_boundary(end));
    &piece[..end.expect("0 is a boundary")]
}

/// Returns the stems that the index has for the text, with their byte ranges.
fn indexed_stems(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    let mut bytes = 0;
    stems(text).take_while(move |(_, stem)| {
        bytes += stem.len() + 1;
        bytes <= MAX_INDEX_BYTES
    })
}

/// Returns the stem and the byte range of each word in `text`.
fn stems(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    let stemmer = Stemmer::create(Algorithm::English);
    let is_word_character = |character: char| character.is_alphanumeric() || matches!(character, '\'' | '’');
    let mut rest = 0;
    std::iter::from_fn(move || {
        loop {
            let start = rest + text[rest..].find(is_word_character)?;
            let length = text[start..].find(|character| !is_word_character(character));
            let end = length.map_or(text.len(), |length| start + length);
            rest = end;
            let lower = text[start..end].to_lowercase().replace('’', "'");
            let without_possessive = lower.strip_suffix("'s").unwrap_or(&lower);
            let letters = without_possessive.chars().filter(|letter| letter.is_alphanumeric());
            let word: String = letters.take(MAX_WORD_LETTERS).collect();
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
    fn words_match_in_other_forms_and_hostile_queries_are_harmless() {
        assert_eq!(
            index_terms("God's forgiveness, forgiving; we don't FORGIVE"),
            index_terms("god forgiveness forgiving we dont forgive")
        );
        assert_eq!(WordQuery::parse("forgiving").phrases(), WordQuery::parse("Forgive").phrases());
        let hostile = WordQuery::parse("\"a OR b* NEAR(c) -d ') & ! : <-> {}^ \0");
        assert!(hostile.phrases().iter().flatten().all(|word| word.chars().all(char::is_alphanumeric)), "{hostile:?}");
        assert!(WordQuery::parse(" \"\" '’ -- ").is_empty());
        assert_eq!(WordQuery::parse(&"word ".repeat(100)).phrases().len(), MAX_QUERY_WORDS);
        let phrase = WordQuery::parse("faith \"mustard seed\"");
        assert_eq!(phrase.phrases().iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn an_excerpt_marks_the_matches_and_has_the_time_of_the_first() {
        let captions = b"1\n00:00:01,000 --> 00:00:03,000\nthe sower went out\n\n2\n00:01:05,500 --> 00:01:09,000\nand a mustard seed, the smallest of seeds, grew\n";
        let joined = transcript::read(captions).expect("captions").joined();
        let found = excerpts(&joined, &WordQuery::parse("SEEDS mustard"), 2);
        assert_eq!(found.len(), 1);
        let marked: Vec<_> =
            found[0].pieces.iter().filter(|(_, is_match)| *is_match).map(|(word, _)| word.as_str()).collect();
        assert_eq!((marked, found[0].seconds), (vec!["mustard", "seed", "seeds"], Some(65.5)));
        let whole: String = found[0].pieces.iter().map(|(piece, _)| piece.as_str()).collect();
        assert_eq!(whole, joined.as_str());
        assert!(excerpts(&joined, &WordQuery::parse("nothing"), 2).is_empty());
        assert!(excerpts(&JoinedText::plain(""), &WordQuery::parse("x"), 2).is_empty());
    }

    #[test]
    fn matches_are_the_words_of_the_query_in_any_form() {
        let text = "A seed; mustard seeds’ SEED";
        let found: Vec<_> = matches(text, &WordQuery::parse("seed"), 9).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["seed", "seeds’", "SEED"]);
        assert_eq!(matches(text, &WordQuery::parse("seed"), 1).len(), 1);
        assert!(matches(text, &WordQuery::parse("-"), 9).is_empty());
    }

    #[test]
    fn excerpts_with_the_most_different_words_are_preferred() {
        let filler = "and so on ".repeat(30);
        let text = format!("grace {filler} grace and peace {filler} peace {filler} peace");
        let found = excerpts(&JoinedText::plain(&text), &WordQuery::parse("grace peace"), 1);
        let marked: Vec<_> =
            found[0].pieces.iter().filter(|(_, is_match)| *is_match).map(|(word, _)| word.as_str()).collect();
        assert_eq!(marked, ["grace", "peace"]);
        assert!(found[0].pieces[0].0.starts_with("… "));
    }

    #[test]
    fn an_excerpt_is_bounded_whatever_the_text_is() {
        let long_word = "x".repeat(1_000_000);
        let gap = "-".repeat(1_000_000);
        let text = format!("{gap} seed {long_word} seed {gap} seed {}", "seed ".repeat(300_000));
        let found = excerpts(&JoinedText::plain(&text), &WordQuery::parse("seed"), 2);
        assert_eq!(found.len(), 2);
        for excerpt in found {
            let length: usize = excerpt.pieces.iter().map(|(piece, _)| piece.len()).sum();
            assert!(length < 2 * MAX_PIECE * (MAX_MATCH_DISTANCE + 2 * CONTEXT_WORDS + 1), "{length} bytes");
        }
    }

    #[test]
    fn the_index_of_a_text_is_bounded() {
        let text = (0..200_000_u32).map(|number| format!("w{number}")).collect::<Vec<_>>().join(" ");
        assert!(index_terms(&text).len() <= MAX_INDEX_BYTES);
        assert!(index_terms(&"x".repeat(1_000_000)).len() <= MAX_WORD_LETTERS);
    }
}

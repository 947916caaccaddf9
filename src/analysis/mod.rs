//! From a transcript to what is counted in it.
//!
//! Pure: no I/O, no clock.

mod marked;
mod quote;
pub mod score;
pub mod spoken;

use indexmap::IndexMap;
use serde_json::Number;

use crate::{
    domain::{Book, BookMentions, Class, Document, Engine, Kind, Location, Reference, Stats},
    scripture::{self, MAX_MENTIONS, Mention, Passage},
    transcript::{JoinedText, Transcript},
};

/// What is counted in one transcript; the parts of a [`Document`] that come from its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// Code points in the joined text.
    pub transcript_length: u64,
    /// Totals; contextual references are not in them.
    pub stats: Stats,
    /// Confirmed mentions, all 66 books in the order of the canon.
    pub counts: IndexMap<String, u64>,
    /// Suspect mentions, all 66 books.
    pub suspect_counts: IndexMap<String, u64>,
    /// Where each book is mentioned, all 66 books.
    pub positions: IndexMap<String, BookMentions>,
    /// Every reference in order, contextual ones too.
    pub references: Vec<Reference>,
    /// What counted it.
    pub engine: Engine,
}

impl Analysis {
    /// The document with what was counted in the place of what was counted before.
    pub fn put_into(self, document: Document) -> Document {
        Document {
            transcript_length: self.transcript_length,
            stats: self.stats,
            counts: self.counts,
            suspect_counts: self.suspect_counts,
            positions: self.positions,
            references: Some(self.references),
            engine: Some(self.engine),
            ..document
        }
    }
}

/// The text has more mentions than any sermon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the text names books of the Bible more than {MAX_MENTIONS} times: this is more than one sermon; send its parts one by one"
)]
pub struct TooManyMentions;

/// Counts a transcript.
pub fn analyse(transcript: &Transcript) -> Result<Analysis, TooManyMentions> {
    let joined = transcript.joined();
    let mentions = scripture::detect(&joined);
    if mentions.len() > MAX_MENTIONS {
        return Err(TooManyMentions);
    }
    let mut analysis = Analysis::empty();
    let mut characters = quote::Characters::new(joined.as_str());
    for mention in mentions {
        if mention.kind != Kind::Contextual {
            analysis.count(&joined, &mention);
        }
        let (start, end) = (characters.before(mention.span.start), characters.before(mention.span.end));
        if let Some(passage) = mention.passage {
            analysis.references.push(reference(&joined, mention, passage, start..end));
        }
    }
    analysis.transcript_length = characters.before(joined.as_str().len()) as u64;
    Ok(analysis)
}

impl Analysis {
    /// Nothing counted yet; every book is there.
    fn empty() -> Self {
        let names = || Book::all().map(|book| book.name().to_owned());
        Self {
            transcript_length: 0,
            stats: Stats::default(),
            counts: names().map(|name| (name, 0)).collect(),
            suspect_counts: names().map(|name| (name, 0)).collect(),
            positions: names().map(|name| (name, BookMentions::default())).collect(),
            references: Vec::new(),
            engine: Engine { name: scripture::ENGINE_NAME.to_owned(), version: scripture::ENGINE_VERSION.to_owned() },
        }
    }

    /// Counts a mention of a book's name.
    fn count(&mut self, joined: &JoinedText, mention: &Mention) {
        let book = mention.book.index();
        let (_, positions) = self.positions.get_index_mut(book).expect("every book has its positions");
        let list = match mention.class {
            Class::Confirmed => {
                self.stats.scripture_references += 1;
                self.counts[book] += 1;
                &mut positions.valid
            }
            Class::Suspect => {
                self.stats.suspect_references += 1;
                self.suspect_counts[book] += 1;
                &mut positions.suspect
            }
            Class::FalsePositive => {
                self.stats.false_positives += 1;
                &mut positions.false_positive
            }
            Class::NotCounted => &mut positions.not_counted,
        };
        self.stats.total_matches += 1;
        let context = quote::around(joined.as_str(), &mention.span);
        // Some files have the whole sermon in one line: quoted at each mention, it would not fit into a document.
        let line = joined.cue_at(mention.span.start);
        let text = if line.len() > context.len() { context.clone() } else { line.to_owned() };
        list.push(Some(Location {
            start: seconds_at(joined, mention.span.start).and_then(Number::from_f64),
            context: Some(context),
            text: Some(text),
            matched_pattern: Some(mention.evidence.first().cloned().unwrap_or_default()),
            ..Location::default()
        }));
    }
}

/// The document's item of a mention that cites a passage; `characters` is its place in code points.
fn reference(joined: &JoinedText, mention: Mention, passage: Passage, characters: std::ops::Range<usize>) -> Reference {
    Reference {
        osis: passage.to_string(),
        book: passage.book(),
        chapter: passage.chapter(),
        verse: passage.verse(),
        end_chapter: passage.end_chapter(),
        end_verse: passage.end_verse(),
        kind: mention.kind,
        class: mention.class,
        start_seconds: seconds_at(joined, mention.span.start),
        start_char: characters.start,
        end_char: characters.end,
        text: joined.as_str()[mention.span.clone()].to_owned(),
        context: quote::around(joined.as_str(), &mention.span),
        evidence: mention.evidence,
        repaired: mention.repaired,
        anchor: mention.anchor.map(|anchor| anchor.to_string()),
    }
}

/// When the word at an offset is said.
#[expect(clippy::cast_precision_loss, reason = "no video is 2^53 milliseconds long")]
fn seconds_at(joined: &JoinedText, offset: usize) -> Option<f64> {
    joined.time_at(offset).map(|milliseconds| milliseconds as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::{Cue, Format, WordTime};

    fn counted(cues: &[(&str, u64)]) -> Analysis {
        analyse(&transcript(cues)).expect("few mentions")
    }

    fn transcript(cues: &[(&str, u64)]) -> Transcript {
        let cue = |&(text, start): &(&str, u64)| Cue {
            start_ms: Some(start),
            duration_ms: None,
            text: text.to_owned(),
            words: Vec::new(),
        };
        Transcript { format: Format::Srt, language: None, cues: cues.iter().map(cue).collect(), chapters: Vec::new() }
    }

    #[test]
    fn a_reference_cut_by_a_cue_border_is_one_and_has_the_time_of_its_first_word() {
        let analysis = counted(&[("« Été » turn to Romans chapter", 1500), ("8 verse 28 please", 4000)]);
        let found = &analysis.references[0];
        assert_eq!((found.osis.as_str(), found.start_seconds, found.start_char), ("Rom.8.28", Some(1.5), 16));
        assert_eq!(found.end_char - found.start_char, found.text.chars().count());
        assert_eq!(analysis.transcript_length, 48);
        let place = analysis.positions["Romans"].valid[0].as_ref().expect("our places are never null");
        assert_eq!(place.start.as_ref().and_then(Number::as_f64), Some(1.5));
        assert_eq!(place.text.as_deref(), Some("« Été » turn to Romans chapter"));
        assert_eq!(place.context.as_deref(), Some("« Été » turn to Romans chapter 8 verse 28 please"));
    }

    #[test]
    fn the_time_is_the_words_own_where_the_captions_have_it() {
        let mut transcript = transcript(&[("and now John 3:16", 1000)]);
        transcript.cues[0].words = vec![WordTime { offset: 0, start_ms: 1000 }, WordTime { offset: 8, start_ms: 1900 }];
        assert_eq!(analyse(&transcript).expect("few mentions").references[0].start_seconds, Some(1.9));
    }

    #[test]
    fn all_66_books_are_listed_in_the_order_of_the_canon() {
        let analysis = counted(&[]);
        let names: Vec<_> = Book::all().map(Book::name).collect();
        assert_eq!(analysis.counts.keys().collect::<Vec<_>>(), names);
        assert_eq!(analysis.suspect_counts.keys().collect::<Vec<_>>(), names);
        assert_eq!(analysis.positions.keys().collect::<Vec<_>>(), names);
    }

    #[test]
    fn contextual_references_are_listed_and_not_in_the_totals() {
        let analysis = counted(&[("Open to John 5. Look at verse 24. Pastor John did a good job.", 0)]);
        let osis: Vec<_> = analysis.references.iter().map(|found| found.osis.as_str()).collect();
        assert_eq!(osis, ["John.5", "John.5.24"]);
        assert_eq!(analysis.references[1].anchor.as_deref(), Some("John.5"));
        assert_eq!((analysis.stats.scripture_references, analysis.stats.false_positives), (1, 1));
        assert_eq!((analysis.stats.total_matches, analysis.counts["John"]), (3, 1));
        assert_eq!(analysis.positions["Job"].not_counted.len(), 1);
    }

    #[test]
    fn a_sermon_in_one_line_quotes_the_words_around_and_not_the_line_each_time() {
        let line = "let us read John 3:16 and think about what it says to us today and every day ".repeat(100);
        let analysis = counted(&[(&line, 0)]);
        assert_eq!(analysis.counts["John"], 100);
        let places = analysis.positions["John"].valid.iter().flatten();
        assert!(places.map(|place| place.text.as_deref().map_or(0, str::len)).all(|length| length < 400));
    }

    #[test]
    fn a_text_of_nothing_but_references_is_refused_before_it_fills_the_memory() {
        let line = "John 3:16 ".repeat(MAX_MENTIONS + 1);
        assert_eq!(analyse(&transcript(&[(&line, 0)])), Err(TooManyMentions));
        let line = "John 3 ".to_owned() + &"verse 16 ".repeat(500_000);
        assert_eq!(analyse(&transcript(&[(&line, 0)])), Err(TooManyMentions));
    }
}

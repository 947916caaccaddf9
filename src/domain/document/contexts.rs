//! Finds passages in the contexts that the previous system recorded with its mentions.
//!
//! The previous system recorded each mention of a book with 150 characters on either side, but no passage. The detector
//! analyzes this text. If it finds the same book, the reference gets a chapter and possibly a verse. Classes and counts
//! do not change.

use std::ops::Range;

use scripture_detector::{
    Book, Class, Kind, Mention, Passage, Reference, ReferenceSource, detect, transcript::JoinedText,
};

use super::{BookMentions, Document, MentionPosition};

/// Number of characters that the previous system recorded on each side of a mention.
const CONTEXT: usize = 150;

/// Marks where the previous system cut a context.
const CUT: &str = "...";

impl Document {
    /// Returns whether [`Document::with_references_from_contexts`] would add references, that is, whether the document
    /// has contexts but no references yet.
    pub fn has_unread_contexts(&self) -> bool {
        let has_context = |entry: &Option<MentionPosition>| entry.as_ref().is_some_and(|entry| entry.context.is_some());
        self.references.is_none()
            && self.positions.values().any(|mentions| counted(mentions).any(|(_, e)| has_context(e)))
    }

    /// Converts the confirmed and suspect mentions of a document without `references` to references in chronological
    /// order. A reference gets a chapter, and possibly a verse, if the context makes the passage clear. Otherwise it
    /// has only a book.
    ///
    /// Changes nothing else, and does nothing at all unless [`Document::has_unread_contexts`] returns `true`.
    #[must_use]
    pub fn with_references_from_contexts(mut self) -> Self {
        if !self.has_unread_contexts() {
            return self;
        }
        let mut references = Vec::new();
        for (name, mentions) in &self.positions {
            let Ok(book) = Book::from_name(name) else { continue };
            references.extend(counted(mentions).map(|(class, entry)| {
                let pattern = entry.as_ref().and_then(|entry| entry.matched_pattern.as_deref());
                (reference(book, class, entry.as_ref()), verse_only(pattern.unwrap_or_default()))
            }));
        }
        // Mentions without a time come last.
        references.sort_by(|(a, _), (b, _)| {
            let seconds = |reference: &Reference| reference.start_seconds.unwrap_or(f64::INFINITY);
            seconds(a).total_cmp(&seconds(b))
        });
        self.references = Some(complete_verses(references));
        self
    }
}

/// Returns the confirmed and suspect mentions, each with its class.
fn counted(mentions: &BookMentions) -> impl Iterator<Item = (Class, &Option<MentionPosition>)> {
    let confirmed = mentions.valid.iter().map(|entry| (Class::Confirmed, entry));
    confirmed.chain(mentions.suspect.iter().map(|entry| (Class::Suspect, entry)))
}

fn reference(book: Book, class: Class, entry: Option<&MentionPosition>) -> Reference {
    let context = entry.and_then(|entry| entry.context.as_deref()).unwrap_or_default();
    let joined = JoinedText::plain(context);
    let name = name_in(context);
    let mentions = detect(&joined);
    let pattern = entry.and_then(|entry| entry.matched_pattern.as_deref()).unwrap_or_default();
    let found = find(&mentions, joined.as_str(), book, name.as_ref(), pattern);
    let passage = found.and_then(|mention| mention.passage).unwrap_or_else(|| Passage::whole_book(book));
    let span = found.map_or(0..0, |mention| mention.span.clone());
    let characters = |end: usize| joined.as_str()[..end].chars().count();
    Reference {
        osis: passage.to_string(),
        book,
        chapter: passage.chapter(),
        verse: passage.verse(),
        end_chapter: passage.end_chapter(),
        end_verse: passage.end_verse(),
        kind: if passage.chapter().is_some() { Kind::Explicit } else { Kind::Book },
        class,
        start_seconds: entry.and_then(|entry| entry.start.as_ref()?.as_f64()),
        start_char: characters(span.start),
        end_char: characters(span.end),
        text: joined.as_str()[span].to_owned(),
        context: joined.as_str().to_owned(),
        evidence: found.map(|mention| mention.evidence.clone()).unwrap_or_default(),
        repaired: found.is_some_and(|mention| mention.repaired),
        anchor: None,
        source: Some(ReferenceSource::Context),
    }
}

/// Completes references for which the previous system matched only a bare verse, such as "verse 24". The chapter is
/// that of the most recent reference with a chapter, if that reference is to the same book.
fn complete_verses(references: Vec<(Reference, Option<u16>)>) -> Vec<Reference> {
    let mut last: Option<Passage> = None;
    let complete = |(mut reference, verse): (Reference, Option<u16>)| {
        if let Some(chapter) = reference.chapter {
            last = Passage::whole_chapter(reference.book, chapter);
        } else if let Some(anchor) = last.filter(|last| last.book() == reference.book)
            && let Some(verse) = verse
            && let Some(passage) = Passage::single_verse(reference.book, anchor.chapter().unwrap_or_default(), verse)
        {
            reference.osis = passage.to_string();
            (reference.chapter, reference.verse) = (passage.chapter(), passage.verse());
            reference.kind = Kind::Explicit;
            reference.evidence = vec!["verse_or_chapter".to_owned()];
            reference.anchor = Some(anchor.to_string());
        }
        reference
    };
    references.into_iter().map(complete).collect()
}

/// Returns the number in a pattern such as "verse 24".
fn verse_only(pattern: &str) -> Option<u16> {
    let mut words = pattern.split_whitespace();
    let is_verse = words.next()?.eq_ignore_ascii_case("verse");
    let verse = words.next()?.parse().ok()?;
    (is_verse && words.next().is_none()).then_some(verse)
}

/// Returns the mention that corresponds to a recorded mention of `book`: the mention at `name` if it has a chapter, or
/// else the nearest mention of the same book that contains the numbers in the previous system's match.
fn find<'m>(
    mentions: &'m [Mention],
    text: &str,
    book: Book,
    name: Option<&Range<usize>>,
    pattern: &str,
) -> Option<&'m Mention> {
    let cites = |mention: &&Mention| mention.book == book && mention.passage.is_some_and(|p| p.chapter().is_some());
    let Some(name) = name else {
        // The position is unknown, so the text must be unambiguous.
        let mut all = mentions.iter().filter(cites);
        let first = all.next()?;
        return all.all(|other| other.passage == first.passage).then_some(first);
    };
    let here = mentions.iter().find(|mention| mention.span.start < name.end && name.start < mention.span.end);
    match here {
        Some(mention) if cites(&mention) => return Some(mention),
        // For "1 John 5:11", the previous system also recorded a mention of "John".
        Some(mention) if mention.book != book => return None,
        _ => {}
    }
    let numbers = numbers(pattern);
    let distance = |mention: &&Mention| mention.span.start.abs_diff(name.start);
    mentions
        .iter()
        .filter(cites)
        .filter(|mention| {
            !numbers.is_empty()
                && self::numbers(&text[mention.span.clone()]).windows(numbers.len()).any(|w| w == numbers)
        })
        .min_by_key(distance)
}

/// Returns the position of one character of the book's name in the joined context: the first if the text before the
/// name was cut, or else the last if the text after the name was cut. Returns `None` if neither was cut.
fn name_in(context: &str) -> Option<Range<usize>> {
    let length = context.chars().count();
    let margin = CUT.len() + CONTEXT;
    let character = if context.starts_with(CUT) && length > margin {
        margin
    } else if context.ends_with(CUT) && length > margin {
        length - margin - 1
    } else {
        return None;
    };
    let before: String = context.chars().take(character).collect();
    let joined = JoinedText::plain(&before);
    let start = joined.as_str().len() + usize::from(before.ends_with(char::is_whitespace));
    Some(start..start + 1)
}

/// Returns the numbers in a text.
fn numbers(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Returns the OSIS passages found in one context of a book.
    fn passage(book: &str, context: &str, pattern: &str) -> String {
        let entry = json!({ "start": 1.5, "context": context, "text": "", "matched_pattern": pattern });
        let positions = json!({ book: { "valid": [entry], "suspect": [], "false_positive": [], "not_counted": [] } });
        let document = Document::from_legacy("sErm0n_Tst1", json!({ "positions": positions })).expect("a document");
        let found = document.with_references_from_contexts().references.expect("references");
        assert_eq!((found.len(), found[0].start_seconds, found[0].class), (1, Some(1.5), Class::Confirmed));
        found[0].osis.clone()
    }

    /// Returns a context cut the way the previous system did it, with 150 characters before the book's name.
    fn cut(before: &str, after: &str) -> String {
        let before: String = format!("{}{before}", "and so on ".repeat(20)).chars().rev().take(CONTEXT).collect();
        let after: String = format!("{after}{}", " and so on".repeat(20)).chars().take(CONTEXT).collect();
        format!("{CUT}{}{after}{CUT}", before.chars().rev().collect::<String>())
    }

    #[test]
    fn a_mention_gets_the_passage_at_its_place() {
        assert_eq!(passage("Romans", &cut("as we read in ", "Romans 8:28, all things"), "8:28"), "Rom.8.28");
        assert_eq!(passage("Romans", &cut("not Romans 5:8 but ", "Romans 8:28, all things"), "8:28"), "Rom.8.28");
        assert_eq!(passage("Luke", &cut("turn to\nthe gospel of\n", "Luke chapter\n15 and"), "chapter\n15"), "Luke.15");
    }

    #[test]
    fn the_matched_pattern_selects_another_mention_of_the_same_book() {
        let context = cut("Now ", "John uses this word, and in John 10:3 he says");
        assert_eq!(passage("John", &context, "10:3"), "John.10.3");
        assert_eq!(passage("John", &context, "says"), "John", "nothing ties the two together");
        assert_eq!(passage("Luke", &cut("Now ", "Luke says what John 10:3 says"), "10:3"), "Luke", "another book");
    }

    #[test]
    fn a_bare_verse_belongs_to_the_chapter_cited_last_in_the_same_book() {
        let entry = |start: u32, context: &str, pattern: &str| json!({ "start": start, "context": context, "text": "", "matched_pattern": pattern });
        let john = [
            entry(3, &cut("this is where ", "John is taking us in verse 20"), "verse 20"),
            entry(1, "John 5:17", "5:17"),
            entry(9, &cut("as ", "John says in verse 9"), "verse 9"),
            entry(4, &cut("as ", "John says"), "verse 99"),
        ];
        let mark = [entry(7, "Mark 3:1", "3:1")];
        let value = json!({ "positions": { "Mark": { "valid": mark }, "John": { "valid": john } } });
        let document = Document::from_legacy("sErm0n_Tst1", value).expect("a document").with_references_from_contexts();
        let osis: Vec<_> = document.references.iter().flatten().map(|reference| reference.osis.as_str()).collect();
        assert_eq!(osis, ["John.5.17", "John.5.20", "John", "Mark.3.1", "John"]);
    }

    #[test]
    fn a_book_that_the_detector_does_not_find_there_stays_without_a_passage() {
        let context = cut("he writes in 1 ", "John 5:11 that");
        assert_eq!(passage("John", &context, "5:11"), "John");
        assert_eq!(passage("1 John", &cut("he writes in ", "1 John 5:11 that"), "5:11"), "1John.5.11");
    }

    #[test]
    fn a_short_context_counts_if_it_leaves_no_choice() {
        assert_eq!(passage("Mark", "Open to Mark 4:3 with me", "4:3"), "Mark.4.3");
        assert_eq!(passage("Mark", "Mark 4:3, then Mark 5", "4:3"), "Mark");
        let start = format!("We read Mark 4:3.{}", cut("", "").trim_start_matches(CUT));
        assert!(passage("Mark", &start, "4:3").starts_with("Mark"));
    }

    #[test]
    fn documents_with_references_or_without_contexts_stay_as_they_are() {
        for value in [
            json!({ "references": [], "positions": { "Mark": { "valid": [{ "context": "Mark 4" }] } } }),
            json!({ "positions": { "Mark": { "valid": [null, { "start": 3 }] } } }),
            json!({ "counts": { "Mark": 3 } }),
        ] {
            let document = Document::from_legacy("sErm0n_Tst1", value).expect("a document");
            assert_eq!(document.clone().with_references_from_contexts(), document);
        }
    }

    #[test]
    fn counts_and_positions_do_not_change_and_lost_mentions_stay_listed() {
        let value = json!({
            "stats": { "scripture_references": 2 },
            "counts": { "Mark": 2, "John": 0 },
            "positions": { "Mark": { "valid": [null, { "start": 9, "context": "Mark 4:3" }], "suspect": [] } },
        });
        let old = Document::from_legacy("sErm0n_Tst1", value).expect("a document");
        let new = old.clone().with_references_from_contexts();
        let osis: Vec<_> = new.references.iter().flatten().map(|reference| reference.osis.as_str()).collect();
        assert_eq!(osis, ["Mark.4.3", "Mark"], "the one without a time is last");
        assert_eq!(Document { references: None, ..new }, old);
    }
}

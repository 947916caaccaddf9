//! Properties that hold for every text.

use bibleref::bible::{
    BibleBook,
    validate::{get_number_of_chapters, get_number_of_verses},
};
use proptest::prelude::*;
use scripture_detector::{
    Book, Class, Mention, Passage, detect,
    transcript::{Cue, Format, JoinedText, Transcript},
};

/// Pieces of references, and pieces that may break them.
const PIECES: &[&str] = &[
    "John",
    "1",
    "John",
    "first",
    "Second",
    "3",
    ":",
    "16",
    "chapter",
    "verse",
    "verses",
    "and",
    "through",
    "to",
    "-",
    "–",
    ",",
    ".",
    ";",
    "Psalm",
    "psalms",
    "119",
    "one",
    "nineteen",
    "hundred",
    "twenty-three",
    "316",
    "Mark",
    "mark",
    "the",
    "of",
    "book",
    "gospel",
    "Romans",
    "romans",
    "8",
    "28",
    "sorry",
    "Acts",
    "Job",
    "kings",
    "Peter",
    "Jude",
    "[Music]",
    "[",
    "]",
    ">>",
    "\"",
    "’s",
    "'s",
    "é",
    "ß",
    "İ",
    "漢字",
    "🙂",
    "\u{301}",
    "\u{200b}",
    "99999999999",
    "23rd",
    "th",
    "Pastor",
    "King",
    "James",
    "says",
    "in",
    "In",
    "XXIII",
    "Ps.",
    "1 Cor",
    "verse8",
    "/",
    "%",
    "7:30",
    "a.m.",
    "Song of Solomon",
    "Genesis",
    "second letter to the",
    "Corinthians",
    "40:2",
    "0",
    "00:00",
    "oh",
    "I",
    "II",
];

fn passage() -> impl Strategy<Value = Passage> {
    let book = (0..Book::COUNT).prop_map(|index| Book::from_index(index).expect("an index below 66"));
    (book, 1..=150_u16, proptest::option::of((1..=176_u16, proptest::option::of(1..=176_u16)))).prop_filter_map(
        "the passage does not exist",
        |(book, chapter, verses)| match verses {
            None => Passage::whole_chapter(book, chapter),
            Some((verse, None)) => Passage::single_verse(book, chapter, verse),
            Some((verse, Some(last))) => Passage::single_verse(book, chapter, verse)?.through(chapter, Some(last)),
        },
    )
}

/// Returns ways to write or say a passage.
fn forms(passage: Passage) -> Vec<String> {
    let (book, chapter) = (passage.book().name(), passage.chapter().expect("a chapter"));
    let mut forms = vec![passage.english()];
    match (passage.verse(), passage.end_verse()) {
        (None, _) => forms.push(format!("{book} chapter {chapter}")),
        (Some(verse), None) => {
            forms.push(format!("{book} chapter {chapter} verse {verse}"));
            forms.push(format!("{book} chapter {chapter}, verse {verse}"));
            forms.push(format!("{book} {chapter} and verse {verse}"));
            forms.push(format!("verse {verse} of chapter {chapter} of the book of {book}"));
            forms.push(format!("{book} {chapter}.{verse}"));
            forms.push(format!("{book} {chapter}:{verse}").to_lowercase());
            forms.push(format!("{book} {chapter}:{verse}").to_uppercase());
        }
        (Some(verse), Some(last)) => {
            forms.push(format!("{book} chapter {chapter} verses {verse} through {last}"));
            forms.push(format!("{book} {chapter}:{verse}-{last}"));
            forms.push(format!("{book} {chapter}, from verse {verse} to verse {last}"));
        }
    }
    forms
}

/// Returns whether a passage exists, according to the versification and independently of the detector.
fn exists(passage: Passage) -> bool {
    // That crate knows only the Protestant canon.
    let end =
        Passage::single_verse(passage.book(), passage.end_chapter().unwrap_or(1), passage.end_verse().unwrap_or(1));
    if passage.book().is_deuterocanonical() || passage.is_addition() || end.is_some_and(Passage::is_addition) {
        return true;
    }
    let book = &BibleBook::all()[passage.book().index()];
    let place_exists = |chapter: Option<u16>, verse: Option<u16>| {
        let Some(chapter) = chapter else { return verse.is_none() };
        let Ok(chapter) = u8::try_from(chapter) else { return false };
        let in_book = chapter > 0 && chapter <= get_number_of_chapters(book);
        // Most translations split the last verse of 3 John in two.
        let last = || {
            if passage.book().osis() == "3John" {
                15
            } else {
                get_number_of_verses(book, &chapter).map_or(0, u16::from)
            }
        };
        in_book && verse.is_none_or(|verse| verse > 0 && verse <= last())
    };
    let (chapter, end) = (passage.chapter(), passage.end_chapter());
    place_exists(chapter, passage.verse())
        && (end.is_none()
            || place_exists(end, passage.end_verse()) && (end, passage.end_verse()) > (chapter, passage.verse()))
}

fn spans_are_valid(text: &str, mentions: &[Mention]) -> bool {
    let inside = |mention: &Mention| {
        let span = &mention.span;
        span.start < span.end && text.is_char_boundary(span.start) && text.is_char_boundary(span.end)
    };
    mentions.iter().all(inside) && mentions.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mentions_in_any_text_are_in_order(text in any::<String>()) {
        let joined = JoinedText::plain(&text);
        prop_assert!(spans_are_valid(joined.as_str(), &detect(&joined)));
    }

    #[test]
    fn references_in_any_mix_of_pieces_exist(
        pieces in proptest::collection::vec((proptest::sample::select(PIECES), any::<bool>()), 0..40),
    ) {
        let text: String = pieces.iter().flat_map(|&(piece, space)| [piece, if space { " " } else { "" }]).collect();
        let joined = JoinedText::plain(&text);
        let mentions = detect(&joined);
        prop_assert!(spans_are_valid(joined.as_str(), &mentions), "{}", text);
        for mention in mentions {
            let cites = mention.is_reference() || mention.class == Class::Withdrawn;
            prop_assert_eq!(mention.passage.is_some(), cites, "{}", &text);
            if let Some(passage) = mention.passage {
                prop_assert!(exists(passage), "{} in {}", passage, &text);
                prop_assert_eq!(passage.to_string().parse(), Ok(passage), "{}", &text);
                prop_assert_eq!(passage.book(), mention.book);
            }
        }
    }

    #[test]
    fn every_form_of_a_passage_is_detected(passage in passage()) {
        for form in forms(passage) {
            let text = format!("Now look at {form} with me.");
            let cited: Vec<Passage> =
                detect(&JoinedText::plain(&text)).iter().filter_map(|mention| mention.passage).collect();
            prop_assert_eq!(cited, vec![passage], "{}", text);
        }
    }

    #[test]
    fn splitting_a_sentence_into_cues_changes_nothing(
        line in 0..crate::table::SENTENCES.lines().count(),
        lengths in proptest::collection::vec(1..5_usize, 1..20),
    ) {
        let (text, _) = crate::table::SENTENCES.lines().nth(line).and_then(|line| line.rsplit_once('|')).expect("a sentence");
        let whole = JoinedText::plain(text);
        let mut rest: Vec<&str> = text.split_whitespace().collect();
        let mut cues = Vec::new();
        for length in lengths.into_iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let text = rest.drain(..length.min(rest.len())).collect::<Vec<_>>().join(" ");
            cues.push(Cue { start_ms: None, duration_ms: None, text, words: Vec::new() });
        }
        let cut = Transcript { format: Format::Plain, language: None, cues, chapters: Vec::new(), warnings: Vec::new() }.joined();
        prop_assert_eq!(detect(&whole), detect(&cut), "{}", text);
    }

    #[test]
    fn splitting_pieces_into_cues_changes_nothing(
        pieces in proptest::collection::vec((proptest::sample::select(PIECES), any::<bool>()), 1..40),
    ) {
        let mut cues: Vec<String> = vec![String::new()];
        for (piece, starts_cue) in pieces {
            if starts_cue && !cues[cues.len() - 1].is_empty() {
                cues.push(String::new());
            }
            let last = cues.len() - 1;
            let space = if cues[last].is_empty() { "" } else { " " };
            cues[last].push_str(space);
            cues[last].push_str(piece);
        }
        let whole = JoinedText::plain(&cues.join(" "));
        let cues = cues.into_iter().map(|text| Cue { start_ms: None, duration_ms: None, text, words: Vec::new() }).collect();
        let cut = Transcript { format: Format::Plain, language: None, cues, chapters: Vec::new(), warnings: Vec::new() }.joined();
        prop_assert_eq!(whole.as_str(), cut.as_str());
        prop_assert_eq!(detect(&whole), detect(&cut));
    }
}

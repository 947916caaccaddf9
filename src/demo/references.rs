//! Renders references the way speakers say them.

use rand::{Rng, seq::IndexedRandom as _};

use super::transcript::CaptionStyle;
use scripture_detector::{Passage, number_in_words};

use crate::domain::Book;

/// Renders a passage with book and chapter, in one of several common forms.
pub(super) fn passage(passage: Passage, style: CaptionStyle, random: &mut impl Rng) -> String {
    let book = book_name(passage.book(), random);
    let chapter = passage.chapter().expect("cited passages have a chapter");
    // Captions mostly use digits.
    let number = if random.random_ratio(1, 4) { number_in_words } else { in_digits };
    let c = number(chapter);
    let Some(verse) = passage.verse() else {
        return match random.random_range(0..3) {
            0 => format!("{book} chapter {c}"),
            _ => format!("{book} {}", in_digits(chapter)),
        };
    };
    let v = number(verse);
    let is_manual = !style.is_automatic();
    if let Some(last) = passage.end_verse() {
        return match random.random_range(0..4) {
            0 if is_manual => format!("{book} {chapter}:{verse}-{last}"),
            1 => format!("{book} {c} verses {v} to {}", number(last)),
            2 => format!("{book} chapter {c}, verses {v} through {}", number(last)),
            _ => format!("{book} chapter {c}, verses {v} to {}", number(last)),
        };
    }
    match random.random_range(0..8) {
        0 | 1 => format!("{book} {chapter}:{verse}"),
        2 => format!("{book} chapter {c} and verse {v}"),
        3 => format!("{book} {c} verse {v}"),
        4 => format!("verse {v} of {book} {}", in_digits(chapter)),
        5 if is_manual => format!("{book} {chapter}.{verse}"),
        6 => format!("{book}, chapter {c}, verse {v}"),
        _ => format!("{book} chapter {c} verse {v}"),
    }
}

/// Renders a verse of the last cited chapter.
pub(super) fn verse(verse: u16, random: &mut impl Rng) -> String {
    if random.random_ratio(1, 4) { format!("verse {}", number_in_words(verse)) } else { format!("verse {verse}") }
}

/// Renders a reference to an entire book.
pub(super) fn book(book: Book, random: &mut impl Rng) -> String {
    let name = book_name(book, random);
    match book.osis() {
        "Matt" | "Mark" | "Luke" | "John" => format!("the gospel of {name}"),
        "Rom" | "Gal" | "Eph" | "Phil" | "Col" | "Heb" => format!("the letter to the {name}"),
        "Ps" => "the book of Psalms".to_owned(),
        _ => format!("the book of {name}"),
    }
}

/// Returns the name of a book as speakers say it, such as `First Corinthians`, `1 Corinthians` or `Psalm`.
fn book_name(book: Book, random: &mut impl Rng) -> String {
    let name = book.name();
    if book.osis() == "Ps" {
        return "Psalm".to_owned();
    }
    match name.split_once(' ') {
        Some(("1", rest)) => format!("{} {rest}", [&"First", &"1"].choose(random).expect("two")),
        Some(("2", rest)) => format!("{} {rest}", [&"Second", &"2"].choose(random).expect("two")),
        _ => name.to_owned(),
    }
}

fn in_digits(number: u16) -> String {
    number.to_string()
}

//! How a passage is said.

use rand::{Rng, seq::IndexedRandom as _};

use super::speech::Style;
use scripture_detector::Passage;

use crate::domain::Book;

const ONES: [&str; 20] = [
    "",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// A passage with its book and chapter, in one of the ways in which people say it.
pub(super) fn named(passage: Passage, style: Style, random: &mut impl Rng) -> String {
    let book = spoken(passage.book(), random);
    let chapter = passage.chapter().expect("cited passages have a chapter");
    // Speech is mostly written down with digits.
    let number = if random.random_ratio(1, 4) { in_words } else { in_digits };
    let c = number(chapter);
    let Some(verse) = passage.verse() else {
        return match random.random_range(0..3) {
            0 => format!("{book} chapter {c}"),
            _ => format!("{book} {}", in_digits(chapter)),
        };
    };
    let v = number(verse);
    let written = !style.is_automatic();
    if let Some(last) = passage.end_verse() {
        return match random.random_range(0..4) {
            0 if written => format!("{book} {chapter}:{verse}-{last}"),
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
        5 if written => format!("{book} {chapter}.{verse}"),
        6 => format!("{book}, chapter {c}, verse {v}"),
        _ => format!("{book} chapter {c} verse {v}"),
    }
}

/// A verse of the chapter that was cited last.
pub(super) fn verse(verse: u16, random: &mut impl Rng) -> String {
    if random.random_ratio(1, 4) { format!("verse {}", in_words(verse)) } else { format!("verse {verse}") }
}

/// A book as a whole.
pub(super) fn whole(book: Book, random: &mut impl Rng) -> String {
    let name = spoken(book, random);
    match book.osis() {
        "Matt" | "Mark" | "Luke" | "John" => format!("the gospel of {name}"),
        "Rom" | "Gal" | "Eph" | "Phil" | "Col" | "Heb" => format!("the letter to the {name}"),
        "Ps" => "the book of Psalms".to_owned(),
        _ => format!("the book of {name}"),
    }
}

/// The name as it is said: `First Corinthians` or `1 Corinthians`, `Psalm`.
fn spoken(book: Book, random: &mut impl Rng) -> String {
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

/// A number up to 199 in words.
fn in_words(number: u16) -> String {
    let (hundreds, rest) = (number / 100, usize::from(number % 100));
    let mut words: Vec<&str> = Vec::new();
    if hundreds > 0 {
        words.extend(["one", "hundred"]);
        if rest > 0 {
            words.push("and");
        }
    }
    if rest < 20 {
        words.extend(Some(ONES[rest]).filter(|word| !word.is_empty()));
    } else {
        words.push(TENS[rest / 10]);
        words.extend(Some(ONES[rest % 10]).filter(|word| !word.is_empty()));
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_in_words() {
        for (number, words) in [
            (1, "one"),
            (16, "sixteen"),
            (20, "twenty"),
            (119, "one hundred and nineteen"),
            (150, "one hundred and fifty"),
        ] {
            assert_eq!(in_words(number), words);
        }
    }
}

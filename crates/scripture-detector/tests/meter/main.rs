//! Integration tests of the detector and the caption readers.

mod accuracy;
mod classes;
mod context;
mod false_friends;
mod forms;
mod fuzz;
mod language;
mod misheard;
mod names;
mod properties;
mod table;
mod transcripts;

use scripture_detector::{Kind, Mention, detect, transcript::JoinedText};

/// Returns what the text cites, in order, as OSIS references. Contextual ones start with `~`.
fn cited(text: &str) -> Vec<String> {
    detect(&JoinedText::plain(text)).iter().filter(|mention| mention.is_reference()).filter_map(osis).collect()
}

fn osis(mention: &Mention) -> Option<String> {
    let sign = if mention.kind == Kind::Contextual { "~" } else { "" };
    mention.passage.map(|passage| format!("{sign}{passage}"))
}

/// Defines a test per line: its name, the text, and what the text cites, in order.
macro_rules! sentences {
    ($($name:ident: $text:expr => [$($osis:expr),* $(,)?];)+) => {
        $(
            #[test]
            fn $name() {
                let expected: &[&str] = &[$($osis),*];
                assert_eq!(crate::cited($text), expected, "{}", $text);
            }
        )+
    };
}
use sentences;

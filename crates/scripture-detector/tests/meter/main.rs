//! What the detector makes of English sentences: one sentence a rule, each rule a test that says it.

mod accuracy;
mod context;
mod false_friends;
mod forms;
mod fuzz;
mod misheard;
mod names;
mod properties;
mod table;
mod transcripts;

use scripture_detector::{Kind, Mention, detect, transcript::JoinedText};

/// What a text cites, in order: OSIS references, with `~` before those that lean on an earlier one.
fn cited(text: &str) -> Vec<String> {
    detect(&JoinedText::plain(text)).iter().filter_map(osis).collect()
}

fn osis(mention: &Mention) -> Option<String> {
    let sign = if mention.kind == Kind::Contextual { "~" } else { "" };
    mention.passage.map(|passage| format!("{sign}{passage}"))
}

/// Makes a test of each line: its name, a text, and what it cites, in order.
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

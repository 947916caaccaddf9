//! Builds the text of a talk and records the position of each reference.

use crate::domain::Kind;

/// A reference in the text of a talk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedReference {
    /// The cited passage, in OSIS.
    pub osis: String,
    /// The kind of reference.
    pub kind: Kind,
    /// First code point in the joined text.
    pub start: usize,
    /// One past the last code point in the joined text.
    pub end: usize,
}

/// The style of captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CaptionStyle {
    /// Written by a person, with capitals and punctuation.
    Manual,
    /// Written by speech recognition that capitalizes names but omits punctuation.
    Automatic,
    /// Written by older speech recognition, without capitals or punctuation.
    LowerCase,
}

impl CaptionStyle {
    pub(super) const fn is_automatic(self) -> bool {
        !matches!(self, Self::Manual)
    }
}

/// The text of a talk while it is being built.
#[derive(Debug)]
pub(super) struct TextBuilder {
    pub(super) style: CaptionStyle,
    pub(super) text: String,
    pub(super) expected: Vec<ExpectedReference>,
    /// Length of `text` in code points.
    length: usize,
}

impl TextBuilder {
    pub(super) const fn new(style: CaptionStyle) -> Self {
        Self { style, text: String::new(), expected: Vec::new(), length: 0 }
    }

    /// Adds the space before a sentence.
    pub(super) fn start_sentence(&mut self) {
        if !self.text.is_empty() {
            self.push(" ");
        }
    }

    /// Adds ordinary words.
    pub(super) fn add_words(&mut self, words: &str) {
        let at_start = self.text.is_empty() || self.text.ends_with(['.', '?', '!', ' ']) && self.ends_sentence();
        match self.style {
            CaptionStyle::Manual if at_start => self.push(&capitalized(words)),
            CaptionStyle::Manual => self.push(words),
            CaptionStyle::Automatic | CaptionStyle::LowerCase => {
                self.push(&without_punctuation(words).to_lowercase());
            }
        }
    }

    /// Adds a name.
    pub(super) fn add_name(&mut self, name: &str) {
        match self.style {
            CaptionStyle::Manual => self.push(name),
            CaptionStyle::Automatic => self.push(&without_punctuation(name)),
            CaptionStyle::LowerCase => self.push(&without_punctuation(name).to_lowercase()),
        }
    }

    /// Adds a reference.
    pub(super) fn add_reference(&mut self, text: &str, osis: String, kind: Kind) {
        let start = self.length;
        // Automatic captions keep the colon in numbers that look like a time.
        match self.style {
            CaptionStyle::Manual => self.push(text),
            CaptionStyle::Automatic => self.push(&text.replace(',', "")),
            CaptionStyle::LowerCase => self.push(&text.replace(',', "").to_lowercase()),
        }
        self.expected.push(ExpectedReference { osis, kind, start, end: self.length });
    }

    /// Returns the number of words.
    pub(super) fn count_words(&self) -> usize {
        self.text.split(' ').count()
    }

    fn ends_sentence(&self) -> bool {
        self.text.trim_end().ends_with(['.', '?', '!'])
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.length += text.chars().count();
    }
}

/// Removes punctuation, as speech recognition does.
fn without_punctuation(words: &str) -> String {
    words.chars().filter(|character| !matches!(character, '.' | ',' | ':' | ';' | '?' | '!')).collect()
}

fn capitalized(words: &str) -> String {
    let mut rest = words.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

//! Words that are being put together, with the references that are put into them.

use crate::domain::Kind;

/// A reference that was put into a talk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What it cites, in OSIS.
    pub osis: String,
    /// How it is made.
    pub kind: Kind,
    /// Its first code point in the joined text.
    pub start: usize,
    /// One past its last code point.
    pub end: usize,
}

/// How the words are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// By a person: capitals and punctuation.
    Written,
    /// By a machine that knows names: no punctuation, capitals for names alone.
    Automatic,
    /// By an older machine: no punctuation, no capitals.
    Lower,
}

impl Style {
    pub(super) const fn is_automatic(self) -> bool {
        !matches!(self, Self::Written)
    }
}

/// The words so far.
#[derive(Debug)]
pub(super) struct Speech {
    pub(super) style: Style,
    pub(super) text: String,
    pub(super) labels: Vec<Label>,
    /// Code points in `text`.
    length: usize,
}

impl Speech {
    pub(super) const fn new(style: Style) -> Self {
        Self { style, text: String::new(), labels: Vec::new(), length: 0 }
    }

    /// Begins a sentence: a space to the one before.
    pub(super) fn sentence(&mut self) {
        if !self.text.is_empty() {
            self.push(" ");
        }
    }

    /// Adds ordinary words.
    pub(super) fn words(&mut self, words: &str) {
        let at_start = self.text.is_empty() || self.text.ends_with(['.', '?', '!', ' ']) && self.ends_sentence();
        match self.style {
            Style::Written if at_start => self.push(&capitalized(words)),
            Style::Written => self.push(words),
            Style::Automatic | Style::Lower => self.push(&spoken(words).to_lowercase()),
        }
    }

    /// Adds a name.
    pub(super) fn name(&mut self, name: &str) {
        match self.style {
            Style::Written => self.push(name),
            Style::Automatic => self.push(&spoken(name)),
            Style::Lower => self.push(&spoken(name).to_lowercase()),
        }
    }

    /// Adds a reference.
    pub(super) fn cite(&mut self, said: &str, osis: String, kind: Kind) {
        let start = self.length;
        // Clock-like numbers keep their colon in captions of machines, too.
        match self.style {
            Style::Written => self.push(said),
            Style::Automatic => self.push(&said.replace(',', "")),
            Style::Lower => self.push(&said.replace(',', "").to_lowercase()),
        }
        self.labels.push(Label { osis, kind, start, end: self.length });
    }

    /// How many words there are.
    pub(super) fn count(&self) -> usize {
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

/// Without punctuation, as a machine writes down what it hears.
fn spoken(words: &str) -> String {
    words.chars().filter(|character| !matches!(character, '.' | ',' | ':' | ';' | '?' | '!')).collect()
}

fn capitalized(words: &str) -> String {
    let mut rest = words.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

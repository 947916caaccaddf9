//! References as they are serialized, and the classification of mentions.

use serde::{Deserialize, Serialize};

use crate::{Book, Passage};

/// How certain it is that a mention cites Scripture.
///
/// The enum is deliberately exhaustive: code that counts references must handle every class.
///
/// # Examples
///
/// ```
/// use scripture_detector::{Class, detect, transcript::JoinedText};
///
/// let class = |text: &str| detect(&JoinedText::plain(text))[0].class;
/// assert_eq!(class("Turn to Mark 4:3."), Class::Confirmed);
/// assert_eq!(class("Pastor Mark will pray."), Class::FalsePositive);
/// assert_eq!(class("He left his mark on us."), Class::NotCounted);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Cites Scripture; the evidence is strong.
    Confirmed,
    /// Probably cites Scripture; the evidence is weak.
    Suspect,
    /// Could be the name of a book but is not one here: "Pastor John", "the Romans did".
    FalsePositive,
    /// An ordinary lower-case word without any evidence: "a good job".
    NotCounted,
    /// A slip that the speaker corrected at once: the Mark in "Mark 4, sorry, Luke 4". It has a passage but is not counted.
    Withdrawn,
}

/// How a reference is made.
///
/// The enum is deliberately exhaustive, like [`Class`].
///
/// # Examples
///
/// ```
/// use scripture_detector::{Kind, detect, transcript::JoinedText};
///
/// let mentions = detect(&JoinedText::plain("We study the book of Romans. Open to Romans 8. Look at verse 28."));
/// let kinds: Vec<Kind> = mentions.iter().map(|mention| mention.kind).collect();
/// assert_eq!(kinds, [Kind::Book, Kind::Explicit, Kind::Contextual]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The book is named with a chapter or verse.
    Explicit,
    /// The book is named without a number.
    Book,
    /// A bare verse or chapter; an earlier reference supplies the rest.
    Contextual,
}

/// The name of a piece of evidence, such as `book_of`. See [`evidence`](crate::evidence) for all of them.
pub type Evidence = String;

/// A reference to Scripture in a transcript.
///
/// Numbers that the speaker left out are `None`. A range has an `end_verse`, or an `end_chapter` if it is a range of whole
/// chapters; a range of verses always has both.
///
/// # Examples
///
/// ```
/// use scripture_detector::{analyze, transcript};
///
/// let analysis = analyze(&transcript::read(b"It is in Luke 15, verses 11 through 13.")?)?;
/// let reference = &analysis.references[0];
/// assert_eq!(reference.osis, "Luke.15.11-Luke.15.13");
/// assert_eq!((reference.chapter, reference.verse, reference.end_verse), (Some(15), Some(11), Some(13)));
/// assert_eq!(reference.text, "Luke 15, verses 11 through 13");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// The passage in OSIS form: `John.5.24`, `1Cor.13.4-1Cor.13.7`, `Isa.53`, `Gen`.
    pub osis: String,
    /// The book, serialized as its English name.
    pub book: Book,
    /// The chapter, or the first chapter of a range.
    pub chapter: Option<u16>,
    /// The verse, or the first verse of a range.
    pub verse: Option<u16>,
    /// The last chapter of a range.
    pub end_chapter: Option<u16>,
    /// The last verse of a range.
    pub end_verse: Option<u16>,
    /// How the reference is made.
    pub kind: Kind,
    /// [`Class::Confirmed`], [`Class::Suspect`] or [`Class::Withdrawn`].
    pub class: Class,
    /// Seconds from the start of the recording to the first word; `None` if the transcript has no times.
    pub start_seconds: Option<f64>,
    /// The first code point of the reference in the joined text.
    pub start_char: usize,
    /// One past the last code point of the reference in the joined text.
    pub end_char: usize,
    /// The words of the reference.
    pub text: String,
    /// The words around the reference.
    pub context: String,
    /// The evidence for the class, strongest first.
    pub evidence: Vec<Evidence>,
    /// Whether the numbers in the text name a passage that does not exist and `osis` is the likely correction.
    pub repaired: bool,
    /// The OSIS form of the earlier passage that supplied the missing book or chapter, or that a correction replaces.
    pub anchor: Option<String>,
    /// The text that `start_char` and `end_char` refer to, if it is not the joined text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<ReferenceSource>,
}

impl Reference {
    /// Returns the book that the reference counts for: the book that it names or, for a Greek addition, the deuterocanonical book
    /// that consists of it. "Daniel 13" counts for Susanna.
    pub fn counted_book(&self) -> Book {
        self.counted_passage().map_or(self.book, Passage::book)
    }

    /// Returns the passage in the book that the reference counts for, or `None` if `osis` is not a passage.
    pub fn counted_passage(&self) -> Option<Passage> {
        let passage: Passage = self.osis.parse().ok()?;
        Some(passage.in_own_book().unwrap_or(passage))
    }
}

/// Text other than a transcript in which a reference was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceSource {
    /// The reference's own `context`: the transcript was no longer there.
    Context,
}

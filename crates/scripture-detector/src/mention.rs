//! Mentions: the places in the text that the detector reports.

use std::ops::Range;

use crate::{Book, Class, Evidence, Kind, Passage, detector, transcript::JoinedText};

/// Maximum number of mentions in one text. No sermon comes close; the limit bounds the size of the result.
pub const MAX_MENTIONS: usize = 20_000;

/// A place in the text where a book of the Bible is named, or where a verse or chapter is cited without its book.
#[derive(Debug, Clone, PartialEq)]
pub struct Mention {
    /// The byte range in the joined text.
    pub span: Range<usize>,
    /// The book that is named or meant.
    pub book: Book,
    /// How certain it is that Scripture is cited.
    pub class: Class,
    /// How the reference is made.
    pub kind: Kind,
    /// The passage cited; `None` if the mention is not a reference.
    pub passage: Option<Passage>,
    /// The evidence for the class, strongest first. See [`evidence`](crate::evidence).
    pub evidence: Vec<Evidence>,
    /// Whether the numbers in the text name a passage that does not exist and `passage` is the likely correction.
    pub repaired: bool,
    /// The earlier passage that supplied the missing book or chapter, or that a correction replaces.
    pub anchor: Option<Passage>,
}

impl Mention {
    /// Returns whether the mention cites Scripture, that is, whether it is confirmed or suspect.
    pub fn is_reference(&self) -> bool {
        matches!(self.class, Class::Confirmed | Class::Suspect)
    }
}

/// Finds every mention in the text, in order and without overlaps.
///
/// Stops soon after [`MAX_MENTIONS`]: a result longer than that is incomplete.
///
/// # Examples
///
/// ```
/// use scripture_detector::{Class, detect, transcript::JoinedText};
///
/// let text = JoinedText::plain("Pastor John read 1 Corinthians 13:4-7.");
/// let mentions = detect(&text);
///
/// assert_eq!(mentions[0].class, Class::FalsePositive);
/// assert_eq!(&text.as_str()[mentions[1].span.clone()], "1 Corinthians 13:4-7");
/// assert_eq!(mentions[1].passage.map(|passage| passage.to_string()).as_deref(), Some("1Cor.13.4-1Cor.13.7"));
/// ```
pub fn detect(text: &JoinedText) -> Vec<Mention> {
    detector::detect(text)
}

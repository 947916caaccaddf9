//! Corrections that people make to the references found by the meter.
//!
//! Corrections change the document's `references`, `counts`, `stats` and `positions`, so every reader sees the
//! corrected values. As long as any correction is applied, `as_measured` has what the meter found. A correction refers
//! to words of the transcript, so that it can be applied again after the sermon has been reanalyzed. If the words no
//! longer occur, the correction is not applied, but it is preserved.

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use scripture_detector::{Class, Kind, Passage, Reference, transcript::JoinedText};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    BookMentions, Document, Stats,
    anchor::{Anchor, AnchorError, Words},
    corrected::Effective,
};

/// Maximum number of corrections per sermon.
pub const MAX_CORRECTIONS: usize = 1_000;

/// A person's verdict on a place in the transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The words cite nothing.
    Wrong,
    /// The words cite what the meter found.
    Right,
    /// The words cite another passage.
    Passage,
    /// The words cite a passage that the meter missed.
    Added,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 4] = [Self::Wrong, Self::Right, Self::Passage, Self::Added];

    /// Returns the name used by the API and in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Right => "right",
            Self::Passage => "passage",
            Self::Added => "added",
        }
    }

    /// Parses a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }
}

/// A person's statement of what certain words of the transcript cite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Correction {
    /// ID of the correction.
    pub id: Uuid,
    /// The person's verdict on the words.
    pub verdict: Verdict,
    /// What the words cite (OSIS), or `None` if they cite nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub osis: Option<String>,
    /// The words that the correction refers to.
    #[serde(flatten)]
    pub anchor: Anchor,
    /// When the words are spoken, if the transcript has times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_seconds: Option<f64>,
    /// What the meter found in these words, or `None` if it found nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<MeasuredReference>,
    /// Whether the correction is applied to the document. It is not if its words no longer occur, or if a later
    /// correction of the same words is applied.
    pub applied: bool,
    /// Whether the correction was undone. It is kept, so that an older copy of the sermon cannot reapply it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
    /// When the correction was made or undone.
    pub at: DateTime<Utc>,
    /// Who made or undid the correction.
    pub by: String,
    /// Unknown keys, preserved unchanged.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What the meter found in the words of a correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasuredReference {
    /// The cited passage (OSIS).
    pub osis: String,
    /// How certain the meter was.
    pub class: Class,
    /// How the reference was made.
    pub kind: Kind,
}

impl From<&Reference> for MeasuredReference {
    fn from(reference: &Reference) -> Self {
        Self { osis: reference.osis.clone(), class: reference.class, kind: reference.kind }
    }
}

/// What the meter found in a sermon to which corrections are applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Counts of book mentions.
    pub stats: Stats,
    /// Confirmed mentions by book.
    pub counts: IndexMap<String, u64>,
    /// Suspect mentions by book.
    pub suspect_counts: IndexMap<String, u64>,
    /// Where each book is mentioned.
    pub positions: IndexMap<String, BookMentions>,
    /// All references.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<Vec<Reference>>,
}

/// A correction to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCorrection {
    /// ID of the correction.
    pub id: Uuid,
    /// The person's verdict on the words.
    pub verdict: Verdict,
    /// What the words cite, for [`Verdict::Passage`] and [`Verdict::Added`].
    pub passage: Option<Passage>,
    /// The words to correct.
    pub place: Place,
}

/// How a person specifies words of the transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// By their code point range in the joined text, such as the range of a reference.
    Span {
        /// The first code point.
        start_char: usize,
        /// One past the last code point.
        end_char: usize,
    },
    /// By quoting them.
    Quote(String),
}

/// What is known about the transcript that corrections are applied to.
#[derive(Debug, Clone, Copy)]
pub enum CorrectedText<'t> {
    /// The joined text of the transcript.
    Known(&'t JoinedText),
    /// The transcript is not stored, but it is the one in which the corrections were last found.
    Unchanged,
    /// The transcript is a different one, and is not stored.
    Unknown,
}

impl<'t> CorrectedText<'t> {
    /// Wraps the stored text of a sermon whose transcript does not change. `None` means that no text is stored.
    pub fn of_stored(text: Option<&'t JoinedText>) -> Self {
        text.map_or(Self::Unchanged, Self::Known)
    }

    const fn text(self) -> Option<&'t JoinedText> {
        match self {
            Self::Known(text) => Some(text),
            Self::Unchanged | Self::Unknown => None,
        }
    }
}

/// Why a correction was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CorrectionError {
    /// The place in the transcript cannot be identified.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// There is no reference to confirm or correct.
    #[error("there is no reference at {0}–{1}: reload the sermon, or add a reference by quoting its words")]
    NoReference(usize, usize),
    /// The transcript is not stored, so words cannot be found in it.
    #[error("the transcript of this sermon is not stored, so nothing can be added: add the sermon again first")]
    NoTranscript,
    /// The verdict needs a passage.
    #[error("the passage is missing: write it like John 3:16 or 1 Cor 13:4-7")]
    NoPassage,
    /// There is no correction with this ID.
    #[error("there is no correction {0}: it may already have been undone")]
    NoSuchCorrection(Uuid),
    /// The sermon has the maximum number of corrections.
    #[error("this sermon has {MAX_CORRECTIONS} corrections, which is the limit")]
    TooMany,
}

impl Document {
    /// Returns the corrections that have not been undone.
    pub fn active_corrections(&self) -> impl Iterator<Item = &Correction> {
        self.corrections.iter().filter(|correction| !correction.removed)
    }

    /// Adds a correction and applies it. `text` is the joined text of the transcript, if it is stored.
    pub fn correct(
        &mut self,
        new: &NewCorrection,
        text: Option<&JoinedText>,
        at: DateTime<Utc>,
        by: &str,
    ) -> Result<(), CorrectionError> {
        if self.corrections.len() >= MAX_CORRECTIONS {
            return Err(CorrectionError::TooMany);
        }
        let (anchor, current) = self.locate(&new.place, text)?;
        let current = current.map(|reference| reference.osis.clone());
        let osis = match (new.verdict, new.passage) {
            (Verdict::Wrong, _) => None,
            (Verdict::Right, _) => {
                Some(current.ok_or(CorrectionError::NoReference(anchor.start_char, anchor.end_char))?)
            }
            (Verdict::Passage | Verdict::Added, Some(passage)) => Some(passage.to_string()),
            (Verdict::Passage | Verdict::Added, None) => return Err(CorrectionError::NoPassage),
        };
        self.corrections.push(Correction {
            id: new.id,
            verdict: new.verdict,
            osis,
            anchor,
            start_seconds: None,
            measured: None,
            applied: false,
            removed: false,
            at,
            by: by.to_owned(),
            extra: Map::new(),
        });
        self.apply_corrections(CorrectedText::of_stored(text));
        Ok(())
    }

    /// Undoes a correction.
    pub fn remove_correction(
        &mut self,
        id: Uuid,
        text: Option<&JoinedText>,
        at: DateTime<Utc>,
        by: &str,
    ) -> Result<(), CorrectionError> {
        let correction = self.corrections.iter_mut().find(|correction| correction.id == id && !correction.removed);
        let correction = correction.ok_or(CorrectionError::NoSuchCorrection(id))?;
        (correction.removed, correction.at, correction.by) = (true, at, by.to_owned());
        self.apply_corrections(CorrectedText::of_stored(text));
        Ok(())
    }

    /// Returns whether `other`, another version of the sermon, has corrections or undone corrections that this version
    /// lacks.
    pub fn lacks_corrections_of(&self, other: &Self) -> bool {
        let own = |id| self.corrections.iter().find(|own| own.id == id);
        other.corrections.iter().any(|correction| own(correction.id).is_none_or(|own| own.at < correction.at))
    }

    /// Returns the document with its own corrections and those of `other`, another version of the sermon. Without
    /// `text`, the transcripts are assumed to be the same if the meter found the same in both versions.
    #[must_use]
    pub fn with_corrections_of(mut self, other: &Self, text: Option<&JoinedText>) -> Self {
        let text = match text {
            Some(text) => CorrectedText::Known(text),
            None if self.as_found() == other.as_found() => CorrectedText::Unchanged,
            None => CorrectedText::Unknown,
        };
        for correction in &other.corrections {
            match self.corrections.iter_mut().find(|own| own.id == correction.id) {
                Some(own) if own.at < correction.at => own.clone_from(correction),
                Some(_) => {}
                None => self.corrections.push(correction.clone()),
            }
        }
        self.corrections.sort_by_key(|correction| (correction.at, correction.id));
        self.apply_corrections(text);
        self
    }

    /// Applies the corrections to what the meter found. If the text is unknown, applies only corrections whose words
    /// are exactly those of a reference.
    pub fn apply_corrections(&mut self, transcript: CorrectedText<'_>) {
        if self.corrections.is_empty() {
            return;
        }
        if let Some(measured) = self.as_measured.take() {
            self.set_measured(*measured);
        }
        let measured = self.measured_values();
        let mut corrections = std::mem::take(&mut self.corrections);
        let words = transcript.text().map(Words::new);
        let mut effective = Effective::new(self, transcript.text());
        // The latest correction of the same words wins.
        let mut order: Vec<_> = (0..corrections.len()).collect();
        order.sort_by_key(|&index| (std::cmp::Reverse(corrections[index].at), corrections[index].id));
        for index in order {
            let correction = &mut corrections[index];
            correction.applied = false;
            if correction.removed {
                continue;
            }
            let found = match (&words, transcript) {
                (Some(words), _) => words.find(&correction.anchor),
                (None, CorrectedText::Unchanged) => Some(correction.anchor.clone()),
                (None, _) => effective.reference_with(&correction.anchor),
            };
            let Some(anchor) = found else { continue };
            correction.anchor = anchor;
            effective.apply(correction, words.as_ref());
        }
        effective.finish();
        self.corrections = corrections;
        if self.active_corrections().any(|correction| correction.applied) {
            self.as_measured = Some(Box::new(measured));
        }
    }

    /// Returns the words at a place, and the reference that is currently there, if any.
    fn locate(
        &self,
        place: &Place,
        text: Option<&JoinedText>,
    ) -> Result<(Anchor, Option<&Reference>), CorrectionError> {
        // References that were found in stored contexts have offsets that do not refer to the transcript.
        let references = || self.references.iter().flatten().filter(|reference| reference.source.is_none());
        match (place, text) {
            (Place::Quote(quote), Some(text)) => {
                let anchor = Words::new(text).quoted(quote)?;
                let overlaps = |reference: &&Reference| {
                    reference.start_char < anchor.end_char && anchor.start_char < reference.end_char
                };
                let reference = references().find(overlaps);
                Ok((anchor, reference))
            }
            (Place::Quote(_), None) => Err(CorrectionError::NoTranscript),
            (&Place::Span { start_char, end_char }, text) => {
                let is_here =
                    |reference: &&Reference| (reference.start_char, reference.end_char) == (start_char, end_char);
                let reference = references().find(is_here).ok_or(CorrectionError::NoReference(start_char, end_char))?;
                let anchor = match text {
                    Some(text) => Words::new(text).at(start_char, end_char)?,
                    None => Anchor {
                        quote: reference.text.clone(),
                        before: String::new(),
                        after: String::new(),
                        start_char,
                        end_char,
                    },
                };
                Ok((anchor, Some(reference)))
            }
        }
    }

    /// Returns what the meter found: the length of the transcript, and the references.
    fn as_found(&self) -> (u64, Option<&Vec<Reference>>) {
        let references = match &self.as_measured {
            Some(measured) => measured.references.as_ref(),
            None => self.references.as_ref(),
        };
        (self.transcript_length, references)
    }

    fn measured_values(&self) -> Measured {
        Measured {
            stats: self.stats.clone(),
            counts: self.counts.clone(),
            suspect_counts: self.suspect_counts.clone(),
            positions: self.positions.clone(),
            references: self.references.clone(),
        }
    }

    fn set_measured(&mut self, measured: Measured) {
        let Measured { stats, counts, suspect_counts, positions, references } = measured;
        (self.stats, self.counts, self.suspect_counts) = (stats, counts, suspect_counts);
        (self.positions, self.references) = (positions, references);
    }
}

//! The document of one sermon: the JSON that is stored, exported and served.

mod analysis;
mod anchor;
mod contexts;
mod corrected;
mod corrections;
mod counts;
mod difference;
mod edits;
mod language;
mod limits;
mod old_table;
mod parse;
mod speaker;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

pub use self::limits::{MAX_COUNT, MAX_SECONDS};
use self::parse::null_is_default;
use super::{Class, Reference, VideoId};
pub use anchor::{Anchor, AnchorError};
pub use corrections::{
    CorrectedText, Correction, CorrectionError, MAX_CORRECTIONS, Measured, MeasuredReference, NewCorrection, Place,
    Verdict,
};
pub use counts::SermonCounts;
pub use difference::{DocumentDifference, FieldDifference};
pub use edits::{EditableField, Edits, FieldChange, FieldEdit};
pub use language::{DocumentWarning, not_measured};
pub use speaker::suggested_speaker;

/// Name of the detector in documents.
const ENGINE_NAME: &str = "mannameter-detector";

/// Everything known about one sermon.
///
/// The first twelve keys come from the previous system and keep their meaning. Unknown keys are preserved in `extra`,
/// so a foreign document survives a round trip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// ID of the sermon, and the key under which the document is stored.
    pub video_id: VideoId,
    /// Title of the sermon.
    #[serde(default, deserialize_with = "null_is_default")]
    pub title: String,
    /// Name of the channel or church.
    #[serde(default, deserialize_with = "null_is_default")]
    pub channel: String,
    /// URL of the channel, or empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub channel_url: String,
    /// Country of the channel, or empty.
    #[serde(default, deserialize_with = "null_is_default")]
    pub location: String,
    /// Length of the transcript's joined text, in code points.
    #[serde(default, deserialize_with = "null_is_default")]
    pub transcript_length: u64,
    /// When the sermon was analyzed, as written in the document. We write RFC 3339 in UTC; see
    /// [`Document::processed_at`].
    #[serde(default, deserialize_with = "null_is_default")]
    pub processed_at: String,
    /// Counts of book mentions.
    #[serde(default, deserialize_with = "null_is_default")]
    pub stats: Stats,
    /// Confirmed mentions by English book name.
    #[serde(default, deserialize_with = "null_is_default")]
    pub counts: IndexMap<String, u64>,
    /// Suspect mentions by English book name.
    #[serde(default, deserialize_with = "null_is_default")]
    pub suspect_counts: IndexMap<String, u64>,
    /// Where each book is mentioned, by class.
    #[serde(default, deserialize_with = "null_is_default")]
    pub positions: IndexMap<String, BookMentions>,
    /// Log of the analysis.
    #[serde(default, deserialize_with = "null_is_default")]
    pub logs: Vec<Value>,

    /// Every reference, in transcript order. Absent from documents of the previous system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<Vec<Reference>>,
    /// The detector that analyzed the transcript.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Engine>,
    /// Where the transcript came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Language of the transcript (BCP 47), if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Warnings about the transcript, such as that it is not in English or that its times were not understood.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<DocumentWarning>,
    /// When the sermon was published, as RFC 3339 or a date, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<String>,
    /// Length of the recording in seconds, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<f64>,
    /// Who preached, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
    /// Whether the speaker was only inferred from the title and never confirmed.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "std::ops::Not::not")]
    pub speaker_suggested: bool,
    /// The series that the sermon belongs to, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// Edits by field name. The fields themselves hold the edited values.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "IndexMap::is_empty")]
    pub edited: Edits,
    /// Corrections of the references, oldest first. `references` and the counts are already corrected.
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction>,
    /// What the meter found, if corrections are applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_measured: Option<Box<Measured>>,
    /// Unknown keys, preserved unchanged.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Counts of book mentions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Confirmed mentions: the sermon's manna.
    #[serde(default)]
    pub scripture_references: u64,
    /// Suspect mentions.
    #[serde(default)]
    pub suspect_references: u64,
    /// Mentions that are not references.
    #[serde(default)]
    pub false_positives: u64,
    /// All mentions of a book's name.
    #[serde(default)]
    pub total_matches: u64,
    /// Confirmed mentions of deuterocanonical books, which the other totals exclude. Does not depend on the canon.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub deuterocanonical: u64,
    /// Unknown keys, preserved unchanged.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The mentions of one book, by class.
///
/// Documents of the previous system have null entries where it lost the record of a mention. These entries stay null.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BookMentions {
    /// Confirmed mentions.
    #[serde(default, deserialize_with = "null_is_default")]
    pub valid: Vec<Option<MentionPosition>>,
    /// Suspect mentions.
    #[serde(default, deserialize_with = "null_is_default")]
    pub suspect: Vec<Option<MentionPosition>>,
    /// Mentions that are not references.
    #[serde(default, deserialize_with = "null_is_default")]
    pub false_positive: Vec<Option<MentionPosition>>,
    /// Ordinary words that look like a book's name, such as "job".
    #[serde(default, deserialize_with = "null_is_default")]
    pub not_counted: Vec<Option<MentionPosition>>,
    /// Unknown keys, preserved unchanged.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl BookMentions {
    /// Returns the mentions of a class. There are none of class `withdrawn`, which the previous system did not have.
    fn of_class(&self, class: Class) -> &[Option<MentionPosition>] {
        match class {
            Class::Confirmed => &self.valid,
            Class::Suspect => &self.suspect,
            Class::FalsePositive => &self.false_positive,
            Class::NotCounted => &self.not_counted,
            Class::Withdrawn => &[],
        }
    }
}

/// One entry in `positions`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MentionPosition {
    /// Seconds from the start of the recording, or null if the transcript has no times.
    pub start: Option<Number>,
    /// The surrounding words.
    #[serde(default)]
    pub context: Option<String>,
    /// The caption line in which the mention starts.
    #[serde(default)]
    pub text: Option<String>,
    /// The name of the evidence or the pattern that matched.
    #[serde(default)]
    pub matched_pattern: Option<String>,
    /// Unknown keys, preserved unchanged.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The detector that analyzed a transcript, and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engine {
    /// Name of the detector.
    pub name: String,
    /// Version of the detector. Changes whenever the same transcript may produce different counts.
    pub version: String,
}

impl Engine {
    /// Returns the detector this program was built with.
    pub fn current() -> Self {
        Self { name: ENGINE_NAME.to_owned(), version: scripture_detector::ENGINE_VERSION.to_owned() }
    }
}

/// How we got a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Fetched from YouTube.
    Youtube,
    /// Uploaded as a file.
    Upload,
    /// Pasted or sent as text.
    Paste,
}

/// Where the transcript of a document came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// How we got the transcript.
    pub kind: SourceKind,
    /// The caption format, such as `json3` or `srt`.
    pub format: String,
    /// Whether YouTube generated the captions by speech recognition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic: Option<bool>,
    /// URL of the video, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Why a JSON value is not a valid document.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// A field is missing or has the wrong type.
    #[error("not a MannaMeter document: {0}")]
    Shape(#[from] serde_json::Error),
    /// The document's `video_id` differs from the key it is stored under.
    #[error("the document under the key {key:?} has the video_id {found:?}")]
    IdMismatch {
        /// The key in the map.
        key: String,
        /// The document's `video_id`.
        found: String,
    },
    /// A column of the previous system's table cannot be read.
    #[error("the column {column}: {reason}")]
    Column {
        /// Name of the column.
        column: String,
        /// What is wrong with the column.
        reason: String,
    },
    /// A number exceeds its limit.
    #[error("{field} is {value}; the limit is {limit}")]
    Limit {
        /// The path of the field.
        field: String,
        /// The value of the field.
        value: String,
        /// The maximum, or the allowed range.
        limit: String,
    },
    /// `processed_at` is not a time.
    #[error("processed_at is not a time: {0:?}")]
    Time(String),
}

impl Document {
    /// The title of a sermon that was submitted without one.
    pub const UNTITLED: &str = "Untitled sermon";

    /// Returns a document in which every field except the ID is empty.
    pub fn empty(video_id: VideoId) -> Self {
        Self {
            video_id,
            title: String::new(),
            channel: String::new(),
            channel_url: String::new(),
            location: String::new(),
            transcript_length: 0,
            processed_at: String::new(),
            stats: Stats::default(),
            counts: IndexMap::new(),
            suspect_counts: IndexMap::new(),
            positions: IndexMap::new(),
            logs: Vec::new(),
            references: None,
            engine: None,
            source: None,
            language: None,
            warnings: Vec::new(),
            published_at: None,
            duration_seconds: None,
            speaker: None,
            speaker_suggested: false,
            series: None,
            edited: Edits::new(),
            corrections: Vec::new(),
            as_measured: None,
            extra: Map::new(),
        }
    }

    /// Serializes to the text that is stored, exported and served: compact JSON, with keys in the order of this struct.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a document has only string keys and finite numbers")
    }
}

//! Types shared by every layer, valid by construction.
//!
//! Input is parsed into these types once, at the boundary; code further in does not validate it again.
//! This module does no I/O and does not read the clock.

mod counted;
mod digest;
mod document;
mod ids;
mod job;
mod paragraphs;
mod submitter;
mod text;

pub use counted::CountedAs;
pub use digest::{CollectionDigest, InvalidDigest, Sha256};
pub use document::{
    BookMentions, Document, DocumentError, DocumentWarning, Engine, MAX_COUNT, MAX_SECONDS, MentionPosition,
    SermonCounts, Source, SourceKind, Stats, not_measured,
};
pub use ids::{InvalidVideoId, VideoId};
pub use job::{Job, JobError, JobInput, JobState, LogLine, NewJob, Step, StepName, StepState, Submission};
pub use paragraphs::{Paragraph, paragraphs};
pub use scripture_detector::{Book, Class, Division, Evidence, Kind, Reference, Testament, UnknownBook};
pub use submitter::{Merge, Role, StoredSermon, SubmissionTerms, Submitter, has_same_words};
pub use text::{clean_line, escape_controls};

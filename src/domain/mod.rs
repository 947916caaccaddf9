//! Types shared by every layer, valid by construction.
//!
//! Input is parsed into these types once, at the boundary; code further in does not validate it again.
//! This module does no I/O and does not read the clock.

mod digest;
mod document;
mod ids;
mod job;
mod text;

pub use digest::{CollectionDigest, InvalidDigest, Sha256};
pub use document::{
    BookMentions, Document, DocumentError, Engine, MAX_COUNT, MAX_SECONDS, MentionPosition, Source, SourceKind, Stats,
};
pub use ids::{InvalidVideoId, VideoId};
pub use job::{Job, JobError, JobInput, JobState, LogLine, NewJob, Step, StepName, StepState, Submission};
pub use scripture_detector::{Book, Class, Division, Evidence, Kind, Reference, Testament, UnknownBook};
pub use text::{clean_line, escape_controls};

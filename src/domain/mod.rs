//! Types that cannot be wrong, shared by every layer.
//!
//! Input is parsed once, at the edge, into the newtypes here; inside, nothing is checked twice.
//! This module knows no database, no network, no files and no clock.

mod digest;
mod document;
mod ids;
mod job;

pub use digest::{CollectionDigest, InvalidDigest, Sha256};
pub use document::{BookMentions, Document, DocumentError, Engine, Location, Source, SourceKind, Stats};
pub use ids::{InvalidVideoId, VideoId};
pub use job::{Job, JobInput, JobState, LogLine, NewJob, Problem, Step, StepState, Submission};
pub use scripture_detector::{Book, Class, Division, Evidence, Kind, Reference, Testament, UnknownBook};

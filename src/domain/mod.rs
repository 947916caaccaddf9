//! Types that cannot be wrong, shared by every layer.
//!
//! Input is parsed once, at the edge, into the newtypes here; inside, nothing is checked twice.
//! This module knows no database, no network, no files and no clock.

mod book;
mod digest;
mod document;
mod ids;
mod job;
mod reference;

pub use book::{Book, Division, Testament, UnknownBook};
pub use digest::{CollectionDigest, InvalidDigest, Sha256};
pub use document::{BookMentions, Document, DocumentError, Engine, Location, Source, SourceKind, Stats};
pub use ids::{InvalidVideoId, VideoId};
pub use job::{Job, JobInput, JobState, LogLine, NewJob, Problem, Step, StepState, Submission};
pub use reference::{Class, Evidence, Kind, Reference};

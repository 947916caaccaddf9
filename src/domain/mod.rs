//! Types shared by every layer, valid by construction.
//!
//! Input is parsed into these types once, at the boundary; inner code does not validate it again.
//! This module does no I/O and does not read the clock.

mod access;
mod canon;
mod counted;
mod details;
mod digest;
mod document;
mod ids;
mod job;
mod paragraphs;
mod release;
mod submitter;
mod text;

pub use access::{
    Actor, ApiToken, InvalidTokenName, NoScopes, Principal, Scope, Scopes, ScopesError, TokenName, TokenSecret,
    UnknownScope,
};
pub use canon::{Canon, UnknownCanon};
pub use counted::CountedAs;
pub use details::{InvalidDetail, date_or_time, single_line, web_url};
pub use digest::{CollectionDigest, InvalidDigest, Sha256};
pub use document::{
    Anchor, AnchorError, BookMentions, CorrectedText, Correction, CorrectionError, Document, DocumentDifference,
    DocumentError, DocumentWarning, EditableField, Edits, Engine, FieldChange, FieldDifference, FieldEdit,
    MAX_CORRECTIONS, MAX_COUNT, MAX_SECONDS, Measured, MeasuredReference, MentionPosition, NewCorrection, Place,
    SermonCounts, Source, SourceKind, Stats, Verdict, not_measured, suggested_speaker,
};
pub use ids::{InvalidVideoId, VideoId};
pub use job::{Job, JobError, JobInput, JobState, LogLine, NewJob, Step, StepName, StepState, Submission};
pub use paragraphs::{Paragraph, paragraphs};
pub use release::{InvalidVersion, ReleaseVersion};
pub use scripture_detector::{Book, Class, Division, Evidence, Kind, Reference, Testament, UnknownBook};
pub use submitter::{Merge, Role, StoredSermon, SubmissionTerms, Submitter, has_same_words};
pub use text::{clean_line, escape_controls};

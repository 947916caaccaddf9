//! Analysis of sermons, from a link or a transcript to a saved document, and the durable job queue.
//!
//! [`Analyzer`] fetches and analyzes, [`Pipeline`] also saves, [`Jobs`] queues the work, and [`Workers`] run it.
//! Nothing here depends on HTTP or the command line: both start work here and follow it through [`JobProgress`] or
//! [`Jobs`].

mod analyzer;
mod derived_data;
mod direct;
mod error;
mod existing;
mod fetch;
mod list;
mod log;
mod pipeline;
mod progress;
mod progress_record;
mod queue;
mod stored_progress;
mod worker;

pub use analyzer::{AnalyzedSermon, Analyzer};
pub use derived_data::DerivedData;
pub use list::{MAX_RETRIES, RetryReport};
pub use pipeline::{Pipeline, PipelineError, PipelineOutcome};
pub use progress::JobProgress;
pub use queue::{JobUpdates, Jobs, SubmitError, assign_video_id};
pub use worker::Workers;

//! The way of a video from a link or a transcript to a kept result, and the durable queue that it waits in.
//!
//! Knows nothing of HTTP or of the command line; both start work here and watch it through [`Progress`] or [`Jobs`].

mod analyzer;
mod derived_tables;
mod direct;
mod fetch;
mod stored_progress;
mod log;
mod pipeline;
mod problem;
mod progress;
mod queue;
mod so_far;
mod worker;

pub use analyzer::{Analyzer, Analyzed};
pub use derived_tables::DerivedTables;
pub use pipeline::{Done, Pipeline, PipelineError};
pub use progress::{Progress, StepName};
pub use queue::{Follow, Jobs, SubmitError, identify};
pub use worker::Workers;

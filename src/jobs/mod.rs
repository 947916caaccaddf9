//! The way of a video from a link or a transcript to a kept result, and the durable queue that it waits in.
//!
//! Knows nothing of HTTP or of the command line; both start work here and watch it through [`Progress`] or [`Jobs`].

mod fetch;
mod kept_progress;
mod log;
mod pipeline;
mod problem;
mod progress;
mod queue;
mod worker;

pub use pipeline::{Analysed, Done, Pipeline, PipelineError};
pub use progress::{Progress, StepName};
pub use queue::{Follow, Jobs, SubmitError};
pub use worker::Workers;

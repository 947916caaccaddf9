//! How a running analysis reports its progress.

use async_trait::async_trait;

use crate::domain::{StepName, StepState};

/// Receives the steps and log lines of one analysis. The command line prints them; a worker stores them with the job.
#[async_trait]
pub trait JobProgress: Send + Sync {
    /// Called when the state of a step changes.
    async fn step(&self, name: StepName, state: StepState);
    /// Called for each line of the log.
    async fn log(&self, message: &str);
    /// Called when the title of the sermon is known.
    async fn title(&self, _title: &str) {}
}

/// Ignores all progress.
pub(super) struct NoProgress;

#[async_trait]
impl JobProgress for NoProgress {
    async fn step(&self, _: StepName, _: StepState) {}

    async fn log(&self, _: &str) {}
}

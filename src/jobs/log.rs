//! The log of one analysis: forwarded line by line, and collected for the document.

use std::sync::Mutex;

use serde_json::Value;

use super::{JobProgress, PipelineError};
use crate::domain::{StepName, StepState};

/// Forwards steps and log lines to a [`JobProgress`] and collects the lines.
pub(super) struct Log<'a> {
    progress: &'a dyn JobProgress,
    lines: Mutex<Vec<Value>>,
}

impl<'a> Log<'a> {
    pub(super) fn new(progress: &'a dyn JobProgress) -> Self {
        Self { progress, lines: Mutex::default() }
    }

    /// Adds a line.
    pub(super) async fn add(&self, message: String) {
        self.progress.log(&message).await;
        self.lines.lock().expect("nothing panics while it is held").push(Value::String(message));
    }

    /// Reports the state of a step.
    pub(super) async fn set_step(&self, name: StepName, state: StepState) {
        self.progress.step(name, state).await;
    }

    /// Reports the title of the sermon.
    pub(super) async fn set_title(&self, title: &str) {
        self.progress.title(title).await;
    }

    /// Runs a step whose failure ends the analysis, and reports its state before and after.
    pub(super) async fn run_step<T>(
        &self,
        name: StepName,
        work: impl Future<Output = Result<T, PipelineError>>,
    ) -> Result<T, PipelineError> {
        self.set_step(name, StepState::Running).await;
        let result = work.await;
        self.set_step(name, if result.is_ok() { StepState::Done } else { StepState::Failed }).await;
        result
    }

    /// Returns the collected lines.
    pub(super) fn into_lines(self) -> Vec<Value> {
        self.lines.into_inner().expect("nothing panics while it is held")
    }
}

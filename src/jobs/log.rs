//! Tells steps and words on, and remembers the words for the document.

use std::sync::Mutex;

use serde_json::Value;

use super::{PipelineError, Progress, StepName};
use crate::domain::StepState;

/// The log of one piece of work.
pub(super) struct Log<'a> {
    progress: &'a dyn Progress,
    lines: Mutex<Vec<Value>>,
}

impl<'a> Log<'a> {
    pub(super) fn new(progress: &'a dyn Progress) -> Self {
        Self { progress, lines: Mutex::default() }
    }

    /// Something happened.
    pub(super) async fn say(&self, message: String) {
        self.progress.log(&message).await;
        self.lines.lock().expect("nothing panics while it is held").push(Value::String(message));
    }

    /// A step came to a state.
    pub(super) async fn mark(&self, name: StepName, state: StepState) {
        self.progress.step(name, state).await;
    }

    /// Does a step that the rest needs.
    pub(super) async fn step<T>(
        &self,
        name: StepName,
        work: impl Future<Output = Result<T, PipelineError>>,
    ) -> Result<T, PipelineError> {
        self.mark(name, StepState::Running).await;
        let done = work.await;
        self.mark(name, if done.is_ok() { StepState::Done } else { StepState::Failed }).await;
        done
    }

    /// All that was said.
    pub(super) fn into_lines(self) -> Vec<Value> {
        self.lines.into_inner().expect("nothing panics while it is held")
    }
}

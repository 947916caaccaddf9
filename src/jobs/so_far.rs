//! The steps and words of one piece of work, put in order as they come.

use chrono::{DateTime, Utc};

use super::StepName;
use crate::domain::{LogLine, Step, StepState};

/// What happened so far.
#[derive(Debug, Clone, Default)]
pub(super) struct SoFar {
    pub(super) steps: Vec<Step>,
    pub(super) logs: Vec<LogLine>,
}

impl SoFar {
    /// A step came to a state.
    pub(super) fn step(&mut self, name: StepName, state: StepState, at: DateTime<Utc>) {
        match self.steps.iter_mut().find(|step| step.name == name.name()) {
            Some(step) => (step.state, step.at) = (state, at),
            None => self.steps.push(Step { name: name.name().to_owned(), state, at }),
        }
    }

    /// Something was said.
    pub(super) fn log(&mut self, message: &str, at: DateTime<Utc>) {
        self.logs.push(LogLine { at, message: message.to_owned() });
    }
}

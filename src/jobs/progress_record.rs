//! The recorded title, steps and log of a job.

use chrono::{DateTime, Utc};

use crate::domain::{LogLine, Step, StepName, StepState};

/// The title, steps and log of a job so far.
#[derive(Debug, Clone, Default)]
pub(super) struct ProgressRecord {
    /// The title of the sermon, once it is known.
    pub(super) title: Option<String>,
    pub(super) steps: Vec<Step>,
    pub(super) logs: Vec<LogLine>,
}

impl ProgressRecord {
    /// Sets the title of the sermon.
    pub(super) fn set_title(&mut self, title: &str) {
        self.title = Some(title.to_owned());
    }

    /// Sets the state of a step.
    pub(super) fn set_step(&mut self, name: StepName, state: StepState, at: DateTime<Utc>) {
        match self.steps.iter_mut().find(|step| step.name == name) {
            Some(step) => (step.state, step.at) = (state, at),
            None => self.steps.push(Step { name, state, at }),
        }
    }

    /// Appends a line to the log.
    pub(super) fn add_line(&mut self, message: &str, at: DateTime<Utc>) {
        self.logs.push(LogLine { at, message: message.to_owned() });
    }
}

//! Keeps the steps and words of a job with the job, where everybody can see them.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{Jobs, Progress, StepName};
use crate::{
    clock::Clock,
    domain::{LogLine, Step, StepState},
    store::Store,
};

/// The progress of the job that a worker holds.
pub(super) struct KeptProgress {
    store: Arc<dyn Store>,
    jobs: Arc<Jobs>,
    clock: Arc<dyn Clock>,
    job: Uuid,
    worker: String,
    so_far: Mutex<(Vec<Step>, Vec<LogLine>)>,
}

impl KeptProgress {
    /// Begins the steps anew, and goes on with the words of an earlier try.
    pub(super) fn new(
        store: Arc<dyn Store>,
        jobs: Arc<Jobs>,
        clock: Arc<dyn Clock>,
        (job, worker): (Uuid, String),
        logs: Vec<LogLine>,
    ) -> Self {
        Self { store, jobs, clock, job, worker, so_far: Mutex::new((Vec::new(), logs)) }
    }

    /// Writes all that is known. It is for people: a job does not fail because it could not be told.
    async fn write(&self, steps: &[Step], logs: &[LogLine]) {
        if let Err(error) = self.store.progress(self.job, &self.worker, steps, logs, self.clock.now()).await {
            tracing::warn!(job = %self.job, %error, "cannot write the progress");
        }
        self.jobs.tell(self.job);
    }
}

#[async_trait]
impl Progress for KeptProgress {
    async fn step(&self, name: StepName, state: StepState) {
        let mut so_far = self.so_far.lock().await;
        let (steps, logs) = &mut *so_far;
        let at = self.clock.now();
        match steps.iter_mut().find(|step| step.name == name.name()) {
            Some(step) => (step.state, step.at) = (state, at),
            None => steps.push(Step { name: name.name().to_owned(), state, at }),
        }
        self.write(steps, logs).await;
    }

    async fn log(&self, message: &str) {
        let mut so_far = self.so_far.lock().await;
        let (steps, logs) = &mut *so_far;
        logs.push(LogLine { at: self.clock.now(), message: message.to_owned() });
        self.write(steps, logs).await;
    }
}

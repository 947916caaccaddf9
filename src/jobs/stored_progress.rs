//! Keeps the steps and words of a job with the job, where everybody can see them.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{Jobs, Progress, StepName, so_far::SoFar};
use crate::{
    clock::Clock,
    domain::{LogLine, StepState},
    store::{Store, StoreError},
};

/// The progress of the job that a worker holds.
pub(super) struct StoredProgress {
    store: Arc<dyn Store>,
    jobs: Arc<Jobs>,
    clock: Arc<dyn Clock>,
    job: Uuid,
    worker: String,
    so_far: Mutex<SoFar>,
}

impl StoredProgress {
    /// Begins the steps anew, and goes on with the words of an earlier try.
    pub(super) fn new(
        store: Arc<dyn Store>,
        jobs: Arc<Jobs>,
        clock: Arc<dyn Clock>,
        (job, worker): (Uuid, String),
        logs: Vec<LogLine>,
    ) -> Self {
        Self { store, jobs, clock, job, worker, so_far: Mutex::new(SoFar { steps: Vec::new(), logs }) }
    }

    /// Writes all that is known, once more: the database may have been away when it was told.
    pub(super) async fn write_again(&self) -> Result<(), StoreError> {
        let SoFar { steps, logs } = &*self.so_far.lock().await;
        self.store.progress(self.job, &self.worker, steps, logs, self.clock.now()).await.map(drop)
    }

    /// Writes all that is known. It is for people: a job does not fail because it could not be told.
    async fn write(&self, SoFar { steps, logs }: &SoFar) {
        if let Err(error) = self.store.progress(self.job, &self.worker, steps, logs, self.clock.now()).await {
            tracing::warn!(job = %self.job, %error, "cannot write the progress");
        }
        self.jobs.tell(self.job);
    }
}

#[async_trait]
impl Progress for StoredProgress {
    async fn step(&self, name: StepName, state: StepState) {
        let mut so_far = self.so_far.lock().await;
        so_far.step(name, state, self.clock.now());
        self.write(&so_far).await;
    }

    async fn log(&self, message: &str) {
        let mut so_far = self.so_far.lock().await;
        so_far.log(message, self.clock.now());
        self.write(&so_far).await;
    }
}

//! Stores the progress of a job with the job, where every instance can read it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{JobProgress, Jobs, progress_record::ProgressRecord};
use crate::{
    clock::Clock,
    domain::{LogLine, StepName, StepState},
    store::{Store, StoreError},
};

/// The progress of a job that a worker holds.
pub(super) struct StoredProgress {
    store: Arc<dyn Store>,
    jobs: Arc<Jobs>,
    clock: Arc<dyn Clock>,
    job: Uuid,
    worker: String,
    record: Mutex<ProgressRecord>,
    /// Set after the database was unreachable. The job must not wait for it at every step; the end of the job writes the
    /// whole record.
    is_paused: AtomicBool,
}

impl StoredProgress {
    /// Starts without steps; `logs` contains the lines of earlier attempts.
    pub(super) fn new(
        store: Arc<dyn Store>,
        jobs: Arc<Jobs>,
        clock: Arc<dyn Clock>,
        (job, worker): (Uuid, String),
        logs: Vec<LogLine>,
    ) -> Self {
        let record = Mutex::new(ProgressRecord { steps: Vec::new(), logs });
        Self { store, jobs, clock, job, worker, record, is_paused: AtomicBool::new(false) }
    }

    /// Writes the whole record again, in case earlier writes failed while the database was unreachable.
    pub(super) async fn write_again(&self) -> Result<(), StoreError> {
        let ProgressRecord { steps, logs } = &*self.record.lock().await;
        self.store.record_progress(self.job, &self.worker, steps, logs, self.clock.now()).await.map(drop)
    }

    /// Writes the whole record. A failure is only logged, because it must not make the job fail.
    async fn write(&self, ProgressRecord { steps, logs }: &ProgressRecord) {
        if self.is_paused.load(Ordering::Relaxed) {
            return;
        }
        if let Err(error) = self.store.record_progress(self.job, &self.worker, steps, logs, self.clock.now()).await {
            self.is_paused.store(matches!(error, StoreError::Unavailable(_)), Ordering::Relaxed);
            tracing::warn!(job = %self.job, %error, "could not store the progress of a job");
        }
        self.jobs.notify_changed(self.job);
    }
}

#[async_trait]
impl JobProgress for StoredProgress {
    async fn step(&self, name: StepName, state: StepState) {
        let mut record = self.record.lock().await;
        record.set_step(name, state, self.clock.now());
        self.write(&record).await;
    }

    async fn log(&self, message: &str) {
        let mut record = self.record.lock().await;
        record.add_line(message, self.clock.now());
        self.write(&record).await;
    }

    async fn title(&self, title: &str) {
        if self.is_paused.load(Ordering::Relaxed) {
            return;
        }
        if let Err(error) = self.store.set_job_title(self.job, &self.worker, title).await {
            tracing::warn!(job = %self.job, %error, "could not store the title of a job");
        }
    }
}

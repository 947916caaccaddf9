//! Stores the progress of a job in the database, where every instance can read it.
//!
//! The job never waits for these writes. A task writes the newest state. If the database is unreachable, the task
//! stops, and the full progress is written when the job ends.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{Mutex, watch};
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;
use uuid::Uuid;

use super::{JobProgress, Jobs, progress_record::ProgressRecord};
use crate::{
    clock::Clock,
    domain::{LogLine, StepName, StepState},
    store::{Store, StoreError},
};

/// The progress of a job that a worker is running.
pub(super) struct StoredProgress {
    clock: Arc<dyn Clock>,
    newest: watch::Sender<ProgressRecord>,
    writer: Arc<Writer>,
}

/// Writes the progress to the database.
struct Writer {
    store: Arc<dyn Store>,
    jobs: Arc<Jobs>,
    clock: Arc<dyn Clock>,
    job: Uuid,
    worker: String,
    /// The title that was last written. Locked during a write, so that an older state never overwrites a newer one.
    written_title: Mutex<Option<String>>,
}

impl StoredProgress {
    /// Starts a record without steps. `logs` contains the lines of earlier attempts. A task on `tasks` writes the
    /// progress until this value is dropped.
    pub(super) fn start(
        store: Arc<dyn Store>,
        jobs: Arc<Jobs>,
        clock: Arc<dyn Clock>,
        (job, worker): (Uuid, String),
        logs: Vec<LogLine>,
        tasks: &TaskTracker,
    ) -> Self {
        let (newest, changes) = watch::channel(ProgressRecord { title: None, steps: Vec::new(), logs });
        let writer =
            Arc::new(Writer { store, jobs, clock: Arc::clone(&clock), job, worker, written_title: Mutex::default() });
        let running = Arc::clone(&writer);
        tasks.spawn(async move { running.write_until_unreachable(changes).await }.in_current_span());
        Self { clock, newest, writer }
    }

    /// Writes the full record now, in case the database was unreachable before.
    pub(super) async fn write_again(&self) -> Result<(), StoreError> {
        let mut newest = self.newest.subscribe();
        self.writer.write(&mut newest).await
    }
}

impl Writer {
    /// Writes the newest state after each change until the database is unreachable. Other errors are only logged,
    /// because they must not make the job fail.
    async fn write_until_unreachable(&self, mut changes: watch::Receiver<ProgressRecord>) {
        while changes.changed().await.is_ok() {
            let written = self.write(&mut changes).await;
            self.jobs.notify_changed(self.job);
            if let Err(error) = written {
                tracing::warn!(job = %self.job, %error, "could not store the progress of a job");
                if matches!(error, StoreError::Unavailable(_)) {
                    return;
                }
            }
        }
    }

    async fn write(&self, newest: &mut watch::Receiver<ProgressRecord>) -> Result<(), StoreError> {
        let mut written_title = self.written_title.lock().await;
        let ProgressRecord { title, steps, logs } = newest.borrow_and_update().clone();
        self.store.record_progress(self.job, &self.worker, &steps, &logs, self.clock.now()).await?;
        if let Some(new) = title.as_deref().filter(|new| written_title.as_deref() != Some(new)) {
            self.store.set_job_title(self.job, &self.worker, new).await?;
            *written_title = title;
        }
        Ok(())
    }
}

#[async_trait]
impl JobProgress for StoredProgress {
    async fn step(&self, name: StepName, state: StepState) {
        let at = self.clock.now();
        self.newest.send_modify(|record| record.set_step(name, state, at));
    }

    async fn log(&self, message: &str) {
        let at = self.clock.now();
        self.newest.send_modify(|record| record.add_line(message, at));
    }

    async fn title(&self, title: &str) {
        self.newest.send_modify(|record| record.set_title(title));
    }
}

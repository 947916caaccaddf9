//! Runs jobs without the queue while the queue's database is unreachable.
//!
//! Results go to the spool. Finished jobs are kept only in memory.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::{sync::Semaphore, time::timeout};
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;
use uuid::Uuid;

use super::{
    JobProgress, Pipeline, PipelineError, PipelineOutcome, SubmitError, error, progress_record::ProgressRecord,
};
use crate::{
    clock::Clock,
    domain::{Job, JobError, JobState, NewJob, StepName, StepState, VideoId},
    store::StoreError,
};

/// Maximum number of sermons that are analyzed at the same time.
const CONCURRENCY: usize = 4;

/// How long the client waits. The work continues after that.
const DEADLINE: Duration = Duration::from_secs(60);

/// Maximum number of finished jobs to remember.
const MAX_JOBS: usize = 1_000;

/// Runs jobs in this process while the client waits.
#[derive(Debug)]
pub(super) struct DirectRunner {
    pipeline: Arc<Pipeline>,
    tracker: TaskTracker,
    permits: Arc<Semaphore>,
    finished: Mutex<VecDeque<Job>>,
}

impl DirectRunner {
    /// Creates a runner whose work is spawned on `tracker`, so that a shutdown waits for it.
    pub(super) fn new(pipeline: Arc<Pipeline>, tracker: TaskTracker) -> Self {
        Self { pipeline, tracker, permits: Arc::new(Semaphore::new(CONCURRENCY)), finished: Mutex::default() }
    }

    /// Reanalyzes a stored sermon.
    pub(super) async fn reanalyze(&self, id: &VideoId) -> Result<PipelineOutcome, PipelineError> {
        let _permit = self.permits.acquire().await;
        self.pipeline.reanalyze(id).await
    }

    /// Analyzes and saves a sermon. The work runs to completion even if the client disconnects.
    pub(super) async fn run(
        &self,
        NewJob { video_id, input, submitter, .. }: NewJob,
        clock: &Arc<dyn Clock>,
    ) -> Result<Job, SubmitError> {
        let (id, created_at) = (clock.new_id(), clock.now());
        let title = input.title().map(str::to_owned);
        tracing::warn!(job = %id, video = %video_id, "the job queue is unreachable; running the job directly");
        let progress = Arc::new(InMemoryProgress { clock: Arc::clone(clock), record: Mutex::default() });
        let (pipeline, permits, shared) =
            (Arc::clone(&self.pipeline), Arc::clone(&self.permits), Arc::clone(&progress));
        let work = async move {
            let _permit = permits.acquire().await;
            pipeline.run(input, submitter, &*shared).await
        };
        let task = self.tracker.spawn(work.instrument(tracing::info_span!("job", job = %id, video = %video_id)));
        let result = timeout(DEADLINE, task).await.map_err(|_| {
            let seconds = DEADLINE.as_secs();
            StoreError::Unavailable(format!("the analysis did not finish within {seconds} s"))
        })?;
        let ProgressRecord { steps, logs, .. } = progress.record();
        let failed = |error| SubmitError::Failed { error: Box::new(error), logs: logs.clone() };
        match result {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                tracing::error!(job = %id, %error, "a direct job failed");
                return Err(failed(JobError::from(&error)));
            }
            Err(error) => {
                tracing::error!(job = %id, %error, "a direct job panicked");
                return Err(failed(error::internal()));
            }
        }
        let job = Job {
            id,
            result_url: Some(format!("/video/{video_id}")),
            title,
            can_retry: false,
            video_id,
            state: JobState::Done,
            steps,
            logs,
            error: None,
            created_at,
            updated_at: clock.now(),
        };
        self.remember(job.clone());
        Ok(job)
    }

    /// Returns a finished job that was run directly.
    pub(super) fn job(&self, id: Uuid) -> Option<Job> {
        let finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        finished.iter().find(|job| job.id == id).cloned()
    }

    fn remember(&self, job: Job) {
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        finished.truncate(MAX_JOBS - 1);
        finished.push_front(job);
    }
}

/// Records progress in memory.
struct InMemoryProgress {
    clock: Arc<dyn Clock>,
    record: Mutex<ProgressRecord>,
}

impl InMemoryProgress {
    fn record(&self) -> ProgressRecord {
        self.record.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl JobProgress for InMemoryProgress {
    async fn step(&self, name: StepName, state: StepState) {
        self.record.lock().unwrap_or_else(PoisonError::into_inner).set_step(name, state, self.clock.now());
    }

    async fn log(&self, message: &str) {
        self.record.lock().unwrap_or_else(PoisonError::into_inner).add_line(message, self.clock.now());
    }
}

//! Workers take jobs from the queue and run them.
//!
//! A worker holds a lease on its job and renews it. If the worker dies, the lease expires and another worker takes the
//! job. A worker that shuts down releases its job immediately.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use futures_util::future::join_all;
use tokio::time::{sleep, timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument as _;
use uuid::Uuid;

use super::{Jobs, Pipeline, error, stored_progress::StoredProgress};
use crate::{
    backoff::Backoff,
    clock::Clock,
    domain::JobError,
    store::{ClaimedJob, JobOutcome, Store, StoreError},
    telemetry::metrics::record_job,
};

/// How long a lease lasts unless it is renewed.
const LEASE: TimeDelta = TimeDelta::seconds(15);

/// How often a worker renews its lease.
const RENEW_INTERVAL: Duration = Duration::from_secs(5);

/// How often an idle worker looks for jobs that it was not notified of: jobs from other instances and jobs whose lease
/// has expired.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// How long a running job may continue after shutdown begins.
const GRACE_PERIOD: Duration = Duration::from_secs(5);

/// Runs the jobs of the queue.
#[derive(Debug, Clone)]
pub struct Workers {
    jobs: Arc<Jobs>,
    pipeline: Arc<Pipeline>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    tracker: TaskTracker,
    /// Delays between attempts to reach an unreachable database.
    retry: Backoff,
}

/// How a job's run ended.
enum JobRun {
    /// The job finished.
    Finished(JobOutcome),
    /// Another worker has taken the job.
    LeaseLost,
    /// The program is shutting down and the job is not finished.
    Stopped,
}

impl JobRun {
    /// Returns the name used in metrics.
    const fn name(&self) -> &'static str {
        match self {
            Self::Finished(JobOutcome::Done { .. }) => "done",
            Self::Finished(JobOutcome::Failed(_)) => "failed",
            Self::LeaseLost => "lease_lost",
            Self::Stopped => "released",
        }
    }
}

impl Workers {
    /// Creates workers whose jobs run on `tracker`.
    pub fn new(
        jobs: Arc<Jobs>,
        pipeline: Arc<Pipeline>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        tracker: TaskTracker,
    ) -> Self {
        let retry = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
        Self { jobs, pipeline, store, clock, tracker, retry }
    }

    /// Sets the first and the maximum delay between attempts to reach an unreachable database.
    #[must_use]
    pub fn with_retry_delays(self, first: Duration, max: Duration) -> Self {
        Self { retry: Backoff::new(first, max), ..self }
    }

    /// Runs `count` workers until the token is canceled. Running jobs then get a few seconds to finish, and unfinished
    /// jobs are released.
    pub async fn run(&self, count: usize, token: CancellationToken) {
        join_all((0..count).map(|_| self.work(self.clock.new_id().to_string(), &token))).await;
    }

    /// Runs one worker, which runs one job at a time.
    async fn work(&self, worker: String, token: &CancellationToken) {
        let mut queued = self.jobs.subscribe_queued();
        let mut backoff = self.retry.clone();
        while !token.is_cancelled() {
            let idle = match self.store.claim(&worker, LEASE).await {
                Ok(Some(claimed)) => {
                    backoff.reset();
                    self.run_job(&worker, claimed, token).await;
                    continue;
                }
                Ok(None) => POLL_INTERVAL,
                Err(error) => {
                    tracing::warn!(%error, "could not look for queued jobs");
                    backoff.next_delay()
                }
            };
            tokio::select! {
                () = token.cancelled() => {}
                _ = timeout(idle, queued.changed()) => {}
            }
        }
    }

    /// Runs a claimed job and records the outcome.
    #[tracing::instrument(
        name = "job", skip_all,
        fields(job = %claimed.job.id, video = %claimed.job.video_id, request_id = claimed.request_id)
    )]
    async fn run_job(&self, worker: &str, claimed: ClaimedJob, token: &CancellationToken) {
        let (id, start) = (claimed.job.id, Instant::now());
        self.jobs.notify_changed(id);
        tracing::info!(attempt = claimed.attempt, "job started");
        let progress = StoredProgress::start(
            Arc::clone(&self.store),
            Arc::clone(&self.jobs),
            Arc::clone(&self.clock),
            (id, worker.to_owned()),
            claimed.job.logs.clone(),
            &self.tracker,
        );
        let progress = Arc::new(progress);
        let run = self.supervise(worker, claimed, &progress, token).await;
        record_job(run.name(), start.elapsed());
        match run {
            JobRun::Finished(outcome) => self.finish(id, worker, &outcome, &progress, token).await,
            JobRun::LeaseLost => tracing::warn!("lost the lease to another worker; abandoning this run"),
            JobRun::Stopped => match self.store.release(worker, self.clock.now()).await {
                Ok(_) => tracing::info!("released the job; it will run again at the next start"),
                Err(error) => tracing::warn!(%error, "could not release the job; its lease will expire"),
            },
        }
        self.jobs.notify_changed(id);
    }

    /// Runs the job in a separate task, so that a panic is contained, and renews the lease while the job runs.
    async fn supervise(
        &self,
        worker: &str,
        claimed: ClaimedJob,
        progress: &Arc<StoredProgress>,
        token: &CancellationToken,
    ) -> JobRun {
        let ClaimedJob { job, input, submitter, .. } = claimed;
        let (id, video_id) = (job.id, job.video_id);
        let (pipeline, progress) = (Arc::clone(&self.pipeline), Arc::clone(progress));
        let running = async move { pipeline.run(input, submitter, &*progress).await };
        let mut task = self.tracker.spawn(running.in_current_span());
        let run = tokio::select! {
            result = &mut task => JobRun::Finished(match result {
                Ok(Ok(_)) => JobOutcome::Done { result_url: format!("/video/{video_id}") },
                Ok(Err(error)) => {
                    tracing::warn!(%error, "job failed");
                    JobOutcome::Failed(JobError::from(&error))
                }
                Err(error) => {
                    tracing::error!(%error, "job panicked");
                    JobOutcome::Failed(error::internal())
                }
            }),
            () = self.renew_until_lost(id, worker) => JobRun::LeaseLost,
            () = delay_after_cancel(token, GRACE_PERIOD) => JobRun::Stopped,
        };
        // A save that has started runs in its own task and is not aborted.
        task.abort();
        run
    }

    /// Renews the lease until another worker takes it. No worker can take it while the database is unreachable.
    async fn renew_until_lost(&self, id: Uuid, worker: &str) {
        loop {
            sleep(RENEW_INTERVAL).await;
            match self.store.renew(id, worker, LEASE).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(%error, "could not renew the lease"),
            }
        }
    }

    /// Records the outcome of a job, retrying until it is written or the program must stop.
    async fn finish(
        &self,
        id: Uuid,
        worker: &str,
        outcome: &JobOutcome,
        progress: &StoredProgress,
        token: &CancellationToken,
    ) {
        let mut backoff = self.retry.clone();
        loop {
            let written = async {
                progress.write_again().await?;
                self.store.finish(id, worker, outcome, self.clock.now()).await
            };
            let error = match written.await {
                Ok(true) => return tracing::info!("job finished"),
                Ok(false) => return tracing::warn!("lost the lease to another worker; outcome discarded"),
                Err(error @ (StoreError::Unavailable(_) | StoreError::Conflict(_))) => error,
                Err(error) => return tracing::error!(%error, "could not record the outcome of the job"),
            };
            tracing::warn!(%error, "could not record the outcome of the job yet");
            tokio::select! {
                () = delay_after_cancel(token, GRACE_PERIOD) => return,
                () = sleep(backoff.next_delay()) => {}
            }
        }
    }
}

/// Completes `delay` after the token is canceled.
async fn delay_after_cancel(token: &CancellationToken, delay: Duration) {
    token.cancelled().await;
    sleep(delay).await;
}

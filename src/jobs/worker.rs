//! The workers: each takes a job from the queue, does it, and says how it ended.
//!
//! A worker holds its job by a lease. One that vanishes loses the job to another when the lease runs out; one that
//! is told to stop gives it back at once.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use futures_util::future::join_all;
use tokio::time::{sleep, timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Jobs, Pipeline, stored_progress::StoredProgress, problem};
use crate::{
    backoff::Backoff,
    clock::Clock,
    domain::Problem,
    store::{ClaimedJob, JobOutcome, Store, StoreError},
};

/// How long a job belongs to a worker that is not heard of.
const LEASE: TimeDelta = TimeDelta::seconds(15);

/// How often a worker is heard of.
const RENEW_EVERY: Duration = Duration::from_secs(5);

/// How often a worker looks for work that it did not hear of: another instance's, or one whose lease ran out.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How long a running job may go on when the program is to end.
const GRACE: Duration = Duration::from_secs(5);

/// Works on the queue.
#[derive(Debug, Clone)]
pub struct Workers {
    jobs: Arc<Jobs>,
    pipeline: Arc<Pipeline>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    tracker: TaskTracker,
}

/// How the work on a job ended.
enum Ended {
    /// With this.
    With(JobOutcome),
    /// Another worker has the job: nothing is to be said.
    LeaseLost,
    /// The program is to end: the job is given back.
    Stopped,
}

impl Workers {
    /// Workers whose jobs run on `tracker`.
    pub fn new(
        jobs: Arc<Jobs>,
        pipeline: Arc<Pipeline>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        tracker: TaskTracker,
    ) -> Self {
        Self { jobs, pipeline, store, clock, tracker }
    }

    /// Runs `count` workers until the token is canceled; then gives running jobs a few seconds, and gives back
    /// those that are not done.
    pub async fn run(&self, count: usize, token: CancellationToken) {
        join_all((0..count).map(|_| self.work(self.clock.new_id().to_string(), &token))).await;
    }

    /// One worker: claims and does one job after another.
    async fn work(&self, worker: String, token: &CancellationToken) {
        let mut queued = self.jobs.listen();
        let mut backoff = new_backoff();
        while !token.is_cancelled() {
            let now = self.clock.now();
            let idle = match self.store.claim(&worker, now, now + LEASE).await {
                Ok(Some(claimed)) => {
                    backoff = new_backoff();
                    self.take_up(&worker, claimed, token).await;
                    continue;
                }
                Ok(None) => LOOK_EVERY,
                Err(error) => {
                    tracing::warn!(%error, "cannot look for work");
                    backoff.next()
                }
            };
            tokio::select! {
                () = token.cancelled() => {}
                _ = timeout(idle, queued.changed()) => {}
            }
        }
    }

    /// Does one job, and says how it ended.
    async fn take_up(&self, worker: &str, claimed: ClaimedJob, token: &CancellationToken) {
        let id = claimed.job.id;
        self.jobs.tell(id);
        tracing::info!(job = %id, video = %claimed.job.video_id, attempt = claimed.attempt, "job taken up");
        let progress = StoredProgress::new(
            Arc::clone(&self.store),
            Arc::clone(&self.jobs),
            Arc::clone(&self.clock),
            (id, worker.to_owned()),
            claimed.job.logs.clone(),
        );
        let progress = Arc::new(progress);
        match self.watch_over(worker, claimed, &progress, token).await {
            Ended::With(outcome) => self.finish(id, worker, &outcome, &progress, token).await,
            Ended::LeaseLost => tracing::warn!(job = %id, "another worker has the job; this run is given up"),
            Ended::Stopped => match self.store.release(worker, self.clock.now()).await {
                Ok(_) => tracing::info!(job = %id, "job given back; the next start takes it up"),
                Err(error) => tracing::warn!(job = %id, %error, "job not given back; its lease runs out by itself"),
            },
        }
        self.jobs.tell(id);
    }

    /// Runs the job in a task of its own, which may panic, and renews the lease meanwhile.
    async fn watch_over(
        &self,
        worker: &str,
        claimed: ClaimedJob,
        progress: &Arc<StoredProgress>,
        token: &CancellationToken,
    ) -> Ended {
        let ClaimedJob { job, input, .. } = claimed;
        let (id, video_id) = (job.id, job.video_id);
        let (pipeline, progress) = (Arc::clone(&self.pipeline), Arc::clone(progress));
        let mut running = self.tracker.spawn(async move { pipeline.run(input, &*progress).await });
        let ended = tokio::select! {
            done = &mut running => Ended::With(match done {
                Ok(Ok(_)) => JobOutcome::Done { result_url: format!("/video/{video_id}") },
                Ok(Err(error)) => {
                    tracing::warn!(job = %id, %error, "job failed");
                    JobOutcome::Failed(Problem::from(&error))
                }
                Err(error) => {
                    tracing::error!(job = %id, %error, "job broke down");
                    JobOutcome::Failed(problem::internal())
                }
            }),
            () = self.renew_until_lost(id, worker) => Ended::LeaseLost,
            () = after(token, GRACE) => Ended::Stopped,
        };
        // What is being saved goes on to its end in a task of its own.
        running.abort();
        ended
    }

    /// Renews the lease of a job as long as it is ours. While the database is away nobody else can take the job.
    async fn renew_until_lost(&self, id: uuid::Uuid, worker: &str) {
        loop {
            sleep(RENEW_EVERY).await;
            match self.store.renew(id, worker, self.clock.now() + LEASE).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(job = %id, %error, "cannot renew the lease"),
            }
        }
    }

    /// Says how a job ended, until the database has it or the program is to end.
    async fn finish(
        &self,
        id: uuid::Uuid,
        worker: &str,
        outcome: &JobOutcome,
        progress: &StoredProgress,
        token: &CancellationToken,
    ) {
        let mut backoff = new_backoff();
        loop {
            let finished = async {
                progress.write_again().await?;
                self.store.finish(id, worker, outcome, self.clock.now()).await
            };
            let error = match finished.await {
                Ok(true) => return tracing::info!(job = %id, "job ended"),
                Ok(false) => return tracing::warn!(job = %id, "another worker has the job; its word counts"),
                Err(error @ (StoreError::Unavailable(_) | StoreError::Conflict(_))) => error,
                Err(error) => return tracing::error!(job = %id, %error, "cannot end the job"),
            };
            tracing::warn!(job = %id, %error, "cannot end the job yet");
            tokio::select! {
                () = after(token, GRACE) => return,
                () = sleep(backoff.next()) => {}
            }
        }
    }
}

/// So long after the token was canceled.
async fn after(token: &CancellationToken, time: Duration) {
    token.cancelled().await;
    sleep(time).await;
}

fn new_backoff() -> Backoff {
    Backoff::new(Duration::from_millis(500), Duration::from_secs(30))
}

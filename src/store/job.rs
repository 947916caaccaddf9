//! Jobs: the durable queue.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::StoreError;
use crate::domain::{Job, JobError, JobInput, JobState, LogLine, NewJob, Step, Submitter, VideoId};

/// A job claimed by a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedJob {
    /// The job. If an earlier attempt was interrupted, includes the steps and logs of that attempt.
    pub job: Job,
    /// What to analyze.
    pub input: JobInput,
    /// Who submitted the job.
    pub submitter: Submitter,
    /// How many times the job has been claimed, including this time.
    pub attempt: i32,
    /// The ID of the HTTP request that queued the job.
    pub request_id: Option<String>,
}

/// The outcome of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobOutcome {
    /// The sermon was saved.
    Done {
        /// The sermon's page, `/video/{video_id}`.
        result_url: String,
    },
    /// The job failed.
    Failed(JobError),
}

/// The durable queue. A worker holds a job by a lease, which it renews. Once the lease expires, another worker may
/// claim the job. Leases are measured with [`Store::now`](super::Store::now).
#[async_trait]
pub trait JobRepository: Send + Sync {
    /// Queues a job and returns it with `true`. If a job with the same key is already queued or running, returns that
    /// job with `false`.
    async fn enqueue(&self, job: &NewJob) -> Result<(Job, bool), StoreError>;
    /// Claims the oldest job that is queued or whose lease has expired.
    async fn claim(&self, worker: &str, lease: TimeDelta) -> Result<Option<ClaimedJob>, StoreError>;
    /// Renews the lease. Returns `false` if the worker no longer holds the job.
    async fn renew(&self, id: Uuid, worker: &str, lease: TimeDelta) -> Result<bool, StoreError>;
    /// Writes the steps and logs so far. Returns `false` if the worker no longer holds the job.
    async fn record_progress(
        &self,
        id: Uuid,
        worker: &str,
        steps: &[Step],
        logs: &[LogLine],
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError>;
    /// Ends a job, and clears its input if it succeeded. Returns `false` if the worker no longer holds the job.
    async fn finish(&self, id: Uuid, worker: &str, outcome: &JobOutcome, at: DateTime<Utc>)
    -> Result<bool, StoreError>;
    /// Requeues all jobs that a worker holds, so that other workers can claim them, and returns their number.
    async fn release(&self, worker: &str, at: DateTime<Utc>) -> Result<u64, StoreError>;
    /// Returns whether a job for this sermon with one of these keys finished successfully at or after `since`.
    async fn was_done(&self, id: &VideoId, keys: &[String; 2], since: DateTime<Utc>) -> Result<bool, StoreError>;
    /// Returns one job.
    async fn job(&self, id: Uuid) -> Result<Option<Job>, StoreError>;
    /// Returns the number of jobs in a state.
    async fn count_jobs(&self, state: JobState) -> Result<i64, StoreError>;
    /// Deletes the jobs that ended before a time, and returns their number.
    async fn prune_jobs(&self, before: DateTime<Utc>) -> Result<u64, StoreError>;
}

//! What is asked of a store about jobs: the durable queue.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::StoreError;
use crate::domain::{Job, JobInput, JobState, LogLine, NewJob, Problem, Step};

/// A job that a worker holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedJob {
    /// The job; its steps and logs are those of an earlier try, if there was one.
    pub job: Job,
    /// What it is to do.
    pub input: JobInput,
    /// How many times it was taken up, this time included.
    pub attempt: i32,
}

/// How a job ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobOutcome {
    /// The video is stored, and shown here.
    Done {
        /// `/video/{video_id}`.
        result_url: String,
    },
    /// It failed.
    Failed(Problem),
}

/// The durable queue. A worker holds a job by a lease that it renews; a lease that has run out may be taken over.
#[async_trait]
pub trait JobRepository: Send + Sync {
    /// Queues a job, unless one with the same key is waiting or running: then that one is given, and `false`.
    async fn enqueue(&self, job: &NewJob) -> Result<(Job, bool), StoreError>;
    /// Takes the oldest job that waits, or whose lease ran out before `now`, for this worker.
    async fn claim(
        &self,
        worker: &str,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<Option<ClaimedJob>, StoreError>;
    /// Renews the lease; `false` if the worker does not hold the job any more.
    async fn renew(&self, id: Uuid, worker: &str, lease_until: DateTime<Utc>) -> Result<bool, StoreError>;
    /// Writes steps and logs so far; `false` if the worker does not hold the job any more.
    async fn progress(
        &self,
        id: Uuid,
        worker: &str,
        steps: &[Step],
        logs: &[LogLine],
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError>;
    /// Ends a job; `false` if the worker does not hold the job any more. What was sent with it is forgotten.
    async fn finish(&self, id: Uuid, worker: &str, outcome: &JobOutcome, at: DateTime<Utc>)
    -> Result<bool, StoreError>;
    /// Gives back all jobs that a worker holds, so that another takes them up at once.
    async fn release(&self, worker: &str, at: DateTime<Utc>) -> Result<u64, StoreError>;
    /// One job.
    async fn job(&self, id: Uuid) -> Result<Option<Job>, StoreError>;
    /// The last jobs, newest first.
    async fn recent_jobs(&self, limit: u16) -> Result<Vec<Job>, StoreError>;
    /// Number of jobs in a state.
    async fn count_jobs(&self, state: JobState) -> Result<i64, StoreError>;
    /// Forgets the jobs that ended before a time; gives their number.
    async fn prune_jobs(&self, before: DateTime<Utc>) -> Result<u64, StoreError>;
}

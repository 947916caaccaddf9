//! Lists of jobs, for the admin and for the visitors who added them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::StoreError;
use crate::domain::{Job, JobState, Sha256};

/// Which jobs to list, newest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobQuery {
    /// Only jobs of this visitor, or `None` for all jobs.
    pub owner: Option<Sha256>,
    /// Only jobs in this state.
    pub state: Option<JobState>,
    /// Only jobs that come after this one in the list.
    pub after: Option<Uuid>,
    /// Maximum number of jobs.
    pub limit: u16,
}

/// One page of a list of jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobPage {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// The job to continue after on the next page, or `None` on the last page.
    pub next: Option<Uuid>,
    /// The number of jobs in each state, regardless of the state that is listed.
    pub counts: JobCounts,
}

/// The number of jobs in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobCounts {
    /// Waiting for a worker.
    pub queued: i64,
    /// Running.
    pub running: i64,
    /// Ended with an error, or canceled.
    pub failed: i64,
    /// Done.
    pub done: i64,
}

impl JobCounts {
    /// Returns the total number of jobs.
    pub const fn total(&self) -> i64 {
        self.queued + self.running + self.failed + self.done
    }

    /// Returns the count of a state, to be changed.
    pub(super) const fn of(&mut self, state: JobState) -> &mut i64 {
        match state {
            JobState::Queued => &mut self.queued,
            JobState::Running => &mut self.running,
            JobState::Failed => &mut self.failed,
            JobState::Done => &mut self.done,
        }
    }
}

/// The result of an attempt to retry a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryOutcome {
    /// The job is queued again.
    Queued(Box<Job>),
    /// There is no such job, or it belongs to another visitor.
    NotFound,
    /// The job has not failed.
    NotFailed(JobState),
    /// The input is not stored, because an earlier release ran the job.
    NoInput,
    /// Another job for the same sermon is queued or running.
    AlreadyActive,
}

/// The result of an attempt to cancel a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelOutcome {
    /// The job is canceled. If it was running, the worker stops within seconds, but a save that has finished is not
    /// undone.
    Canceled(Box<Job>),
    /// Another visitor has added the same sermon, so the job continues, but it is no longer on this visitor's list.
    Withdrawn(Box<Job>),
    /// There is no such job, or it belongs to another visitor.
    NotFound,
    /// The job has already ended.
    Ended(JobState),
}

/// Lists, retries and cancels jobs. With an `owner`, a method sees only that visitor's jobs. `None` is for the admin.
#[async_trait]
pub trait JobListRepository: Send + Sync {
    /// Adds a job to a visitor's list.
    async fn add_job_owner(&self, id: Uuid, owner: &Sha256) -> Result<(), StoreError>;
    /// Stores the title of a running job's sermon. Does nothing if the worker no longer holds the job.
    async fn set_job_title(&self, id: Uuid, worker: &str, title: &str) -> Result<(), StoreError>;
    /// Returns one page of a list.
    async fn jobs(&self, query: &JobQuery) -> Result<JobPage, StoreError>;
    /// Requeues a failed job.
    async fn retry_job(&self, id: Uuid, owner: Option<&Sha256>, at: DateTime<Utc>) -> Result<RetryOutcome, StoreError>;
    /// Cancels a queued or running job. A canceled job can be retried.
    async fn cancel_job(
        &self,
        id: Uuid,
        owner: Option<&Sha256>,
        at: DateTime<Utc>,
    ) -> Result<CancelOutcome, StoreError>;
}

//! Lists of jobs, for the visitors who added them and for the admin.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::StoreError;
use crate::domain::{Job, JobState, Sha256};

/// Which jobs to list, newest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobQuery {
    /// Only the jobs of this visitor; `None` lists all jobs.
    pub owner: Option<Sha256>,
    /// Only the jobs in this state.
    pub state: Option<JobState>,
    /// Continue after this job.
    pub after: Option<Uuid>,
    /// Maximum number of jobs.
    pub limit: u16,
}

/// One page of a list of jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobPage {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// Where the next page continues; `None` on the last one.
    pub next: Option<Uuid>,
    /// The numbers of jobs in each state, whatever state is listed.
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
    /// Returns the number of all jobs.
    pub const fn total(&self) -> i64 {
        self.queued + self.running + self.failed + self.done
    }

    /// Returns the number for a state.
    pub(super) const fn of(&mut self, state: JobState) -> &mut i64 {
        match state {
            JobState::Queued => &mut self.queued,
            JobState::Running => &mut self.running,
            JobState::Failed => &mut self.failed,
            JobState::Done => &mut self.done,
        }
    }
}

/// What became of an attempt to retry a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryOutcome {
    /// The job is queued again.
    Queued(Box<Job>),
    /// There is no such job, or it belongs to somebody else.
    NotFound,
    /// The job has not failed.
    NotFailed(JobState),
    /// Its input is not stored; an earlier release ran it.
    NoInput,
    /// Another job for the same thing is queued or running.
    AlreadyActive,
}

/// What became of an attempt to cancel a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelOutcome {
    /// The job is canceled. If it was running, its worker stops within seconds, but does not undo a finished save.
    Canceled(Box<Job>),
    /// Another visitor has added the same thing, so the job continues; it is no longer on the list of this visitor.
    Withdrawn(Box<Job>),
    /// There is no such job, or it belongs to somebody else.
    NotFound,
    /// The job has already ended.
    Ended(JobState),
}

/// Lists, retries and cancels jobs. An `owner` limits each method to the jobs of one visitor; `None` is for the admin.
#[async_trait]
pub trait JobListRepository: Send + Sync {
    /// Adds a job to the list of a visitor.
    async fn add_job_owner(&self, id: Uuid, owner: &Sha256) -> Result<(), StoreError>;
    /// Stores the title of a running job's sermon. Does nothing if the worker no longer holds the job.
    async fn set_job_title(&self, id: Uuid, worker: &str, title: &str) -> Result<(), StoreError>;
    /// Returns one page of a list.
    async fn jobs(&self, query: &JobQuery) -> Result<JobPage, StoreError>;
    /// Queues a failed job again.
    async fn retry_job(&self, id: Uuid, owner: Option<&Sha256>, at: DateTime<Utc>) -> Result<RetryOutcome, StoreError>;
    /// Cancels a queued or running job. It can be retried.
    async fn cancel_job(
        &self,
        id: Uuid,
        owner: Option<&Sha256>,
        at: DateTime<Utc>,
    ) -> Result<CancelOutcome, StoreError>;
}

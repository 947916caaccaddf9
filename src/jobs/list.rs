//! Lists, retries and cancels jobs, and decides which visitor may do so.

use uuid::Uuid;

use super::Jobs;
use crate::{
    domain::{JobState, Sha256},
    store::{CancelOutcome, JobPage, JobQuery, RetryOutcome, StoreError},
};

/// Maximum number of jobs that [`Jobs::retry_all`] retries.
pub const MAX_RETRIES: u16 = 200;

/// What [`Jobs::retry_all`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetryReport {
    /// Number of jobs that were queued again.
    pub retried: usize,
    /// Number of failed jobs that could not be retried, or whose sermon is already in the queue.
    pub skipped: usize,
}

impl Jobs {
    /// Adds a job to a visitor's list. If that fails, the job still runs.
    pub async fn add_owner(&self, id: Uuid, owner: &Sha256) {
        if let Err(error) = self.store.add_job_owner(id, owner).await {
            tracing::warn!(job = %id, %error, "could not add a job to the list of its visitor");
        }
    }

    /// Returns one page of a list.
    pub async fn list(&self, query: &JobQuery) -> Result<JobPage, StoreError> {
        self.store.jobs(query).await
    }

    /// Queues a failed job again. If `owner` is given, the job must be on that visitor's list.
    pub async fn retry(&self, id: Uuid, owner: Option<&Sha256>) -> Result<RetryOutcome, StoreError> {
        let outcome = self.store.retry_job(id, owner, self.clock.now()).await?;
        if let RetryOutcome::Queued(job) = &outcome {
            tracing::info!(job = %job.id, video = %job.video_id, "queued again");
            self.notify_queued();
            self.notify_changed(id);
        }
        Ok(outcome)
    }

    /// Returns the failed jobs that [`Jobs::retry_all`] would retry, newest first.
    pub async fn retryable(&self, owner: Option<&Sha256>) -> Result<Vec<Uuid>, StoreError> {
        let state = Some(JobState::Failed);
        let page = self.list(&JobQuery { owner: owner.copied(), state, after: None, limit: MAX_RETRIES }).await?;
        Ok(page.jobs.into_iter().filter(|job| job.can_retry).map(|job| job.id).collect())
    }

    /// Queues these failed jobs again.
    pub async fn retry_all(&self, ids: &[Uuid], owner: Option<&Sha256>) -> Result<RetryReport, StoreError> {
        let mut report = RetryReport::default();
        for &id in ids {
            match self.retry(id, owner).await? {
                RetryOutcome::Queued(_) => report.retried += 1,
                _ => report.skipped += 1,
            }
        }
        Ok(report)
    }

    /// Cancels a queued or running job. If `owner` is given, the job must be on that visitor's list.
    pub async fn cancel(&self, id: Uuid, owner: Option<&Sha256>) -> Result<CancelOutcome, StoreError> {
        let outcome = self.store.cancel_job(id, owner, self.clock.now()).await?;
        if let CancelOutcome::Canceled(job) = &outcome {
            tracing::info!(job = %job.id, video = %job.video_id, "canceled");
            self.notify_changed(id);
        }
        Ok(outcome)
    }
}

//! The durable job queue. Jobs wait in the database, so a restart does not lose them.
//!
//! While the database is unreachable, jobs can run directly instead; see [`Jobs::with_direct_fallback`].

use std::{io, sync::Arc, time::Duration};

use tokio::sync::{broadcast, watch};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::{Pipeline, PipelineError, PipelineOutcome, direct::DirectRunner, error};
use scripture_detector::transcript::{self, TranscriptError};

use crate::{
    blocking::blocking,
    clock::Clock,
    domain::{Job, JobError, JobInput, LogLine, NewJob, Role, Sha256, Submission, Submitter, VideoId},
    store::{Store, StoreError},
    telemetry::request_id,
};

/// How often to poll a followed job, because jobs on other instances send no notifications to this one.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Queues jobs and reports their state.
#[derive(Debug)]
pub struct Jobs {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    changed: broadcast::Sender<Uuid>,
    queued: watch::Sender<()>,
    direct: Option<DirectRunner>,
}

/// Why a submission was not accepted. Nothing was queued.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The submission is not a transcript.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
    /// A database query failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database is unreachable, so the job was run directly, and it failed.
    #[error("{}", error.detail)]
    Failed {
        /// Why the job failed. Includes the full result if it could not be saved anywhere.
        error: Box<JobError>,
        /// The job's log.
        logs: Vec<LogLine>,
    },
}

impl From<io::Error> for SubmitError {
    /// Reports a panic in the transcript parser as an internal error.
    fn from(error: io::Error) -> Self {
        tracing::error!(%error, "a transcript could not be read");
        Self::Failed { error: Box::new(error::internal()), logs: Vec::new() }
    }
}

impl Jobs {
    /// Creates a queue in this store's database.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, changed: broadcast::Sender::new(256), queued: watch::Sender::default(), direct: None }
    }

    /// Returns a queue that runs jobs directly, as tasks on `tracker`, while the database is unreachable.
    #[must_use]
    pub fn with_direct_fallback(self, pipeline: Arc<Pipeline>, tracker: TaskTracker) -> Self {
        Self { direct: Some(DirectRunner::new(pipeline, tracker)), ..self }
    }

    /// Queues a YouTube video. If a job for it is already queued or running, returns that job and `false`.
    pub async fn submit_youtube(&self, video_id: VideoId, submitter: Submitter) -> Result<(Job, bool), SubmitError> {
        let dedupe_key = fetch_key(&video_id, submitter.role);
        self.enqueue(video_id.clone(), JobInput::Youtube { video_id }, submitter, dedupe_key).await
    }

    /// Queues a transcript. Fails if it cannot be parsed.
    ///
    /// A transcript without a video ID gets an ID derived from its text. If a job for the same text with the same
    /// details is already queued or running, returns that job and `false`.
    pub async fn submit_transcript(
        &self,
        mut submission: Submission,
        submitter: Submitter,
    ) -> Result<(Job, bool), SubmitError> {
        // Parsing a transcript may take a second.
        let read = blocking(move || {
            let video_id = assign_video_id(&mut submission)?;
            let content = serde_json::to_vec(&submission).expect("a submission has only string keys");
            Ok::<_, SubmitError>((submission, video_id, Sha256::digest(&content)))
        });
        let (submission, video_id, sha256) = read.await?;
        let dedupe_key = role_key(submitter.role, &format!("transcript:{video_id}:{sha256}"));
        self.enqueue(video_id, JobInput::Transcript(submission), submitter, dedupe_key).await
    }

    /// Reanalyzes a stored sermon from its stored transcript, without the queue.
    pub async fn reanalyze(&self, id: &VideoId) -> Result<PipelineOutcome, PipelineError> {
        match &self.direct {
            Some(direct) => direct.reanalyze(id).await,
            None => Err(PipelineError::Internal("no pipeline is configured".to_owned())),
        }
    }

    /// Returns a job that was queued or run directly.
    pub async fn job(&self, id: Uuid) -> Result<Option<Job>, StoreError> {
        match self.direct.as_ref().and_then(|direct| direct.job(id)) {
            Some(job) => Ok(Some(job)),
            None => self.store.job(id).await,
        }
    }

    /// Follows a job until it ends, starting with its current state.
    pub fn follow(self: &Arc<Self>, id: Uuid) -> JobUpdates {
        JobUpdates { jobs: Arc::clone(self), id, changed: self.changed.subscribe(), last: None }
    }

    async fn enqueue(
        &self,
        video_id: VideoId,
        input: JobInput,
        submitter: Submitter,
        dedupe_key: String,
    ) -> Result<(Job, bool), SubmitError> {
        let job = NewJob {
            id: self.clock.new_id(),
            video_id,
            input,
            submitter,
            dedupe_key,
            at: self.clock.now(),
            request_id: request_id::current(),
        };
        match (self.store.enqueue(&job).await, &self.direct) {
            (Err(StoreError::Unavailable(_) | StoreError::Corrupt(_) | StoreError::Database(_)), Some(direct)) => {
                Ok((direct.run(job, &self.clock).await?, true))
            }
            (queued, _) => {
                let queued = queued?;
                self.notify_queued();
                Ok(queued)
            }
        }
    }

    /// Wakes the workers of this process.
    pub(super) fn notify_queued(&self) {
        self.queued.send_replace(());
    }

    /// Notifies followers that a job has changed.
    pub(super) fn notify_changed(&self, id: Uuid) {
        // Fails only if there are no followers.
        let _ = self.changed.send(id);
    }

    /// Returns a receiver that is notified of every job queued in this process.
    pub(super) fn subscribe_queued(&self) -> watch::Receiver<()> {
        self.queued.subscribe()
    }
}

/// Returns the key of a job that fetches a video.
pub(super) fn fetch_key(video_id: &VideoId, role: Role) -> String {
    role_key(role, &format!("youtube:{video_id}"))
}

/// Returns the key of a job for this role. With the same input, an admin's job may do more than a visitor's.
fn role_key(role: Role, key: &str) -> String {
    match role {
        Role::Public => key.to_owned(),
        Role::Admin => format!("admin:{key}"),
    }
}

/// Sets the submission's ID, deriving it from the transcript text if there is none, and returns it. Fails if the
/// transcript cannot be parsed.
pub fn assign_video_id(submission: &mut Submission) -> Result<VideoId, TranscriptError> {
    let id = submission_id(submission)?;
    Ok(submission.video_id.insert(id).clone())
}

/// Returns the submission's ID, or the ID derived from the transcript text if there is none. Fails if the transcript
/// cannot be parsed.
pub(super) fn submission_id(submission: &Submission) -> Result<VideoId, TranscriptError> {
    let read = transcript::read(submission.transcript.as_bytes())?;
    Ok(submission.video_id.clone().unwrap_or_else(|| VideoId::for_upload(read.joined().as_str())))
}

/// The successive states of a job, from [`Jobs::follow`].
#[derive(Debug)]
pub struct JobUpdates {
    jobs: Arc<Jobs>,
    id: Uuid,
    changed: broadcast::Receiver<Uuid>,
    last: Option<Job>,
}

impl JobUpdates {
    /// Returns the job's current state on the first call, and then waits for each change.
    ///
    /// Returns `None` after the final state, or if the job does not exist.
    pub async fn next(&mut self) -> Result<Option<Job>, StoreError> {
        if self.last.as_ref().is_some_and(|last| last.state.is_final()) {
            return Ok(None);
        }
        loop {
            let Some(job) = self.jobs.job(self.id).await? else { return Ok(None) };
            if self.last.as_ref() != Some(&job) {
                self.last = Some(job.clone());
                return Ok(Some(job));
            }
            self.wait().await;
        }
    }

    /// Waits for a notification about the job, but no longer than the poll interval.
    async fn wait(&mut self) {
        let notified = async {
            // An error means that notifications were missed, which also ends the wait.
            while self.changed.recv().await.is_ok_and(|id| id != self.id) {}
        };
        let _ = tokio::time::timeout(POLL_INTERVAL, notified).await;
    }
}

//! The durable queue: what is asked for waits in the database, so that a restart loses none.
//!
//! While the database is away, what is asked for is done at once instead, if the queue was made so.

use std::{sync::Arc, time::Duration};

use tokio::sync::{broadcast, watch};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::{Done, Pipeline, PipelineError, direct::Direct};
use scripture_detector::transcript::{self, TranscriptError};

use crate::{
    clock::Clock,
    domain::{Job, JobInput, LogLine, NewJob, Problem, Sha256, Submission, VideoId},
    store::{Store, StoreError},
};

/// How often a followed job is looked up when nothing was heard of it: it may run on another instance.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Takes work in and shows how it goes.
#[derive(Debug)]
pub struct Jobs {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    changed: broadcast::Sender<Uuid>,
    queued: watch::Sender<()>,
    direct: Option<Direct>,
}

/// Work was not taken in; nothing is queued.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// What was sent is no transcript.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database is away, and the work that was done at once instead failed.
    #[error("{}", problem.detail)]
    Failed {
        /// Why; with the whole result, if it could be kept nowhere.
        problem: Box<Problem>,
        /// What it said until then.
        logs: Vec<LogLine>,
    },
}

impl Jobs {
    /// A queue in this database.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, changed: broadcast::Sender::new(256), queued: watch::Sender::default(), direct: None }
    }

    /// Does at once what cannot be queued because the database is away; the work runs on `tracker`.
    #[must_use]
    pub fn with_direct_fallback(self, pipeline: Arc<Pipeline>, tracker: TaskTracker) -> Self {
        Self { direct: Some(Direct::new(pipeline, tracker)), ..self }
    }

    /// Asks for a video of YouTube; `false` if a job for it waits or runs already, which is then given.
    pub async fn submit_youtube(&self, video_id: VideoId) -> Result<(Job, bool), SubmitError> {
        let dedupe_key = format!("youtube:{video_id}");
        self.enqueue(video_id.clone(), JobInput::Youtube { video_id }, dedupe_key).await
    }

    /// Asks for a transcript to be analyzed; one that cannot be read is refused here, before it is queued.
    ///
    /// Without a video of its own it gets an id that depends on its words alone. `false` as in
    /// [`Jobs::submit_youtube`], for the very same words with the very same particulars.
    pub async fn submit_transcript(&self, mut submission: Submission) -> Result<(Job, bool), SubmitError> {
        let video_id = identify(&mut submission)?;
        let content = serde_json::to_vec(&submission).expect("a submission has only string keys");
        let dedupe_key = format!("transcript:{video_id}:{}", Sha256::of(&content));
        self.enqueue(video_id, JobInput::Transcript(submission), dedupe_key).await
    }

    /// Counts a stored video anew from its kept transcript, at once; it needs nobody but the database.
    pub async fn reanalyze(&self, id: &VideoId) -> Result<Done, PipelineError> {
        match &self.direct {
            Some(direct) => direct.reanalyze(id).await,
            None => Err(PipelineError::Broken("nothing that counts is set up".to_owned())),
        }
    }

    /// One job.
    pub async fn job(&self, id: Uuid) -> Result<Option<Job>, StoreError> {
        match self.direct.as_ref().and_then(|direct| direct.job(id)) {
            Some(job) => Ok(Some(job)),
            None => self.store.job(id).await,
        }
    }

    /// Follows a job from now to its end.
    pub fn follow(self: &Arc<Self>, id: Uuid) -> Follow {
        Follow { jobs: Arc::clone(self), id, changed: self.changed.subscribe(), last: None }
    }

    async fn enqueue(
        &self,
        video_id: VideoId,
        input: JobInput,
        dedupe_key: String,
    ) -> Result<(Job, bool), SubmitError> {
        let job = NewJob { id: self.clock.new_id(), video_id, input, dedupe_key, at: self.clock.now() };
        match (self.store.enqueue(&job).await, &self.direct) {
            (Err(StoreError::Unavailable(_)), Some(direct)) => {
                Ok((direct.run(job.video_id, job.input, &self.clock).await?, true))
            }
            (queued, _) => {
                let queued = queued?;
                self.queued.send_replace(());
                Ok(queued)
            }
        }
    }

    /// Says that a job has changed.
    pub(super) fn tell(&self, id: Uuid) {
        // Nobody listening is no error.
        let _ = self.changed.send(id);
    }

    /// Hears of every job that is queued in this process.
    pub(super) fn listen(&self) -> watch::Receiver<()> {
        self.queued.subscribe()
    }
}

/// Gives a transcript without a video of its own an id that depends on its words alone. One that cannot be read is
/// refused.
pub fn identify(submission: &mut Submission) -> Result<VideoId, TranscriptError> {
    let read = transcript::read(submission.transcript.as_bytes())?;
    Ok(submission.video_id.get_or_insert_with(|| VideoId::of_upload(read.joined().as_str())).clone())
}

/// Gives a job each time it has changed: first as it is, last in its final state.
#[derive(Debug)]
pub struct Follow {
    jobs: Arc<Jobs>,
    id: Uuid,
    changed: broadcast::Receiver<Uuid>,
    last: Option<Job>,
}

impl Follow {
    /// The job when it has changed; none when it had ended before, or there is no such job.
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

    /// Waits until something was heard of the job, or it is time to look.
    async fn wait(&mut self) {
        let heard = async {
            // A listener that was too slow has missed some: it looks.
            while self.changed.recv().await.is_ok_and(|id| id != self.id) {}
        };
        let _ = tokio::time::timeout(LOOK_EVERY, heard).await;
    }
}

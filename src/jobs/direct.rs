//! The way of a video while the queue's database is away: done at once, by the process that was asked.
//!
//! What comes of it goes to the spool. The jobs themselves are remembered by this process alone.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::{sync::Semaphore, time::timeout};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::{Done, Pipeline, PipelineError, Progress, StepName, SubmitError, problem, so_far::SoFar};
use crate::{
    clock::Clock,
    domain::{Job, JobInput, JobState, Problem, StepState, VideoId},
    store::StoreError,
};

/// How many videos are worked on at the same time.
const AT_ONCE: usize = 4;

/// How long an asker waits; the work goes on when he is told to come again.
const DEADLINE: Duration = Duration::from_secs(60);

/// How many jobs are remembered.
const REMEMBERED: usize = 1_000;

/// Does work without a queue.
#[derive(Debug)]
pub(super) struct Direct {
    pipeline: Arc<Pipeline>,
    tracker: TaskTracker,
    at_once: Arc<Semaphore>,
    done: Mutex<VecDeque<Job>>,
}

impl Direct {
    /// Work that runs on `tracker`, so that shutting down waits for it.
    pub(super) fn new(pipeline: Arc<Pipeline>, tracker: TaskTracker) -> Self {
        Self { pipeline, tracker, at_once: Arc::new(Semaphore::new(AT_ONCE)), done: Mutex::default() }
    }

    /// Counts a stored video anew.
    pub(super) async fn reanalyze(&self, id: &VideoId) -> Result<Done, PipelineError> {
        let _permit = self.at_once.acquire().await;
        self.pipeline.reanalyze(id).await
    }

    /// Analyzes and keeps. Once begun, it goes on to its end even if the asker goes away.
    pub(super) async fn run(
        &self,
        video_id: VideoId,
        input: JobInput,
        clock: &Arc<dyn Clock>,
    ) -> Result<Job, SubmitError> {
        let (id, created_at) = (clock.new_id(), clock.now());
        tracing::warn!(job = %id, video = %video_id, "the queue's database is away: the work is done at once");
        let progress = Arc::new(Remembered { clock: Arc::clone(clock), so_far: Mutex::default() });
        let (pipeline, at_once, seen) = (Arc::clone(&self.pipeline), Arc::clone(&self.at_once), Arc::clone(&progress));
        let working = self.tracker.spawn(async move {
            let _permit = at_once.acquire().await;
            pipeline.run(input, &*seen).await
        });
        let worked = timeout(DEADLINE, working)
            .await
            .map_err(|_| StoreError::Unavailable(format!("and the work is not done after {} s", DEADLINE.as_secs())))?;
        let SoFar { steps, logs } = progress.so_far();
        let failed = |problem| SubmitError::Failed { problem: Box::new(problem), logs: logs.clone() };
        match worked {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                tracing::error!(job = %id, %error, "a job without the queue failed");
                return Err(failed(Problem::from(&error)));
            }
            Err(error) => {
                tracing::error!(job = %id, %error, "a job without the queue broke down");
                return Err(failed(problem::internal()));
            }
        }
        let job = Job {
            id,
            result_url: Some(format!("/video/{video_id}")),
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

    /// A job that was done here.
    pub(super) fn job(&self, id: Uuid) -> Option<Job> {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.iter().find(|job| job.id == id).cloned()
    }

    fn remember(&self, job: Job) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.truncate(REMEMBERED - 1);
        done.push_front(job);
    }
}

/// Steps and words that are remembered until the work is done.
struct Remembered {
    clock: Arc<dyn Clock>,
    so_far: Mutex<SoFar>,
}

impl Remembered {
    fn so_far(&self) -> SoFar {
        self.so_far.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Progress for Remembered {
    async fn step(&self, name: StepName, state: StepState) {
        self.so_far.lock().unwrap_or_else(PoisonError::into_inner).step(name, state, self.clock.now());
    }

    async fn log(&self, message: &str) {
        self.so_far.lock().unwrap_or_else(PoisonError::into_inner).log(message, self.clock.now());
    }
}

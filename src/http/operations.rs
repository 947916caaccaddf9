//! Long work of the admin: in a task of its own, so that a client that hangs up cannot cut it, and to be watched.

use std::{
    collections::VecDeque,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use serde::Serialize;
use serde_json::Value;
use tokio_util::task::TaskTracker;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{error::AppError, problem::ProblemBody};
use crate::clock::Clock;

/// So many operations are remembered.
const REMEMBERED: usize = 50;

/// What is done now, and what was done last in this process.
#[derive(Debug)]
pub(super) struct Operations {
    tasks: TaskTracker,
    clock: Arc<dyn Clock>,
    /// The newest stands first.
    known: Mutex<VecDeque<Operation>>,
}

/// One operation, as it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Operation {
    /// Its id.
    pub(super) id: Uuid,
    /// What is done, such as `backup.create`.
    #[schema(example = "backup.create")]
    pub(super) action: &'static str,
    /// On what.
    pub(super) subject: String,
    /// Whether it goes on.
    pub(super) state: OperationState,
    /// How far it has come, or what came of it, in words.
    pub(super) words: String,
    /// When it began.
    pub(super) started_at: DateTime<Utc>,
    /// When it ended.
    pub(super) ended_at: Option<DateTime<Utc>>,
    /// What came of it: the same as the answer of the request that began it.
    #[schema(value_type = Option<Object>)]
    pub(super) result: Option<Value>,
    /// Why it failed.
    pub(super) problem: Option<ProblemBody>,
}

/// Where an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OperationState {
    /// It goes on.
    Running,
    /// It ended well.
    Done,
    /// It ended with a problem.
    Failed,
}

/// What became of an operation as long as one waited.
#[derive(Debug)]
pub(super) enum Waited<T> {
    /// It has ended.
    Ended(T),
    /// It goes on.
    GoesOn,
}

/// An operation that was begun.
#[derive(Debug)]
pub(super) struct Ran<T> {
    /// Its id.
    pub(super) id: Uuid,
    /// What became of it so far.
    pub(super) waited: Result<Waited<T>, AppError>,
}

impl Operations {
    /// Operations run on these tasks.
    pub(super) fn new(tasks: TaskTracker, clock: Arc<dyn Clock>) -> Self {
        Self { tasks, clock, known: Mutex::default() }
    }

    /// An operation that this process remembers.
    pub(super) fn get(&self, id: Uuid) -> Option<Operation> {
        self.known().iter().find(|operation| operation.id == id).cloned()
    }

    /// What goes on now.
    pub(super) fn running(&self) -> Vec<Operation> {
        self.known().iter().filter(|operation| operation.state == OperationState::Running).cloned().collect()
    }

    /// Begins an operation and waits so long for its end. `words` says what came of it.
    pub(super) async fn run<T, F>(
        self: &Arc<Self>,
        (action, subject): (&'static str, &str),
        wait: Duration,
        work: impl FnOnce(Reporter) -> F,
        words: fn(&T) -> String,
    ) -> Ran<T>
    where
        T: Serialize + Send + 'static,
        F: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        let id = self.begin(action, subject);
        let work = AssertUnwindSafe(work(Reporter { operations: Arc::clone(self), id })).catch_unwind();
        let this = Arc::clone(self);
        let running = self.tasks.spawn(async move {
            let ended = work.await.unwrap_or_else(|_| Err(AppError::Panic(format!("the operation {id}"))));
            this.end(id, &ended, words);
            ended
        });
        let waited = match tokio::time::timeout(wait, running).await {
            Ok(ended) => {
                let ended = ended.unwrap_or_else(|error| Err(AppError::Panic(error.to_string())));
                ended.map(Waited::Ended)
            }
            Err(_) => Ok(Waited::GoesOn),
        };
        Ran { id, waited }
    }

    fn begin(&self, action: &'static str, subject: &str) -> Uuid {
        let id = self.clock.new_id();
        let operation = Operation {
            id,
            action,
            subject: subject.to_owned(),
            state: OperationState::Running,
            words: String::new(),
            started_at: self.clock.now(),
            ended_at: None,
            result: None,
            problem: None,
        };
        let mut known = self.known();
        known.push_front(operation);
        known.truncate(REMEMBERED);
        id
    }

    fn end<T: Serialize>(&self, id: Uuid, ended: &Result<T, AppError>, words: fn(&T) -> String) {
        let now = self.clock.now();
        self.change(id, |operation| {
            operation.ended_at = Some(now);
            match ended {
                Ok(value) => {
                    operation.state = OperationState::Done;
                    operation.words = words(value);
                    operation.result = serde_json::to_value(value).ok();
                }
                Err(error) => operation.fail(error),
            }
        });
    }

    fn change(&self, id: Uuid, change: impl FnOnce(&mut Operation)) {
        if let Some(operation) = self.known().iter_mut().find(|operation| operation.id == id) {
            change(operation);
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, VecDeque<Operation>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Operation {
    fn fail(&mut self, error: &AppError) {
        let problem = error.problem(&format!("/api/backup/operations/{}", self.id));
        self.state = OperationState::Failed;
        self.words.clone_from(&problem.detail);
        self.problem = Some(problem);
    }
}

/// Tells how far an operation has come.
#[derive(Debug, Clone)]
pub(super) struct Reporter {
    operations: Arc<Operations>,
    id: Uuid,
}

impl Reporter {
    /// So far, in words.
    pub(super) fn tell(&self, words: String) {
        self.operations.change(self.id, |operation| operation.words = words);
    }
}

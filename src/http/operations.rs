//! Long-running admin operations. Each runs in a task of its own, so that it completes even if the client disconnects,
//! and its progress can be followed.

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
use tracing::Instrument as _;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{api::backup_schemas::operation_result, error::AppError, problem::ProblemBody};
use crate::clock::Clock;

/// Maximum number of operations to keep.
const MAX_OPERATIONS: usize = 50;

/// The running and most recent operations of this process.
#[derive(Debug)]
pub(super) struct Operations {
    tasks: TaskTracker,
    clock: Arc<dyn Clock>,
    /// The operations, newest first.
    list: Mutex<VecDeque<Operation>>,
}

/// The state of an operation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Operation {
    /// ID of the operation.
    pub(super) id: Uuid,
    /// Name of the operation, such as `backup.create`.
    #[schema(example = "backup.create")]
    pub(super) action: &'static str,
    /// The object of the operation, usually the name of a backup.
    pub(super) subject: String,
    /// Whether the operation is running, and how it ended.
    pub(super) state: OperationState,
    /// Human-readable progress or outcome.
    pub(super) message: String,
    /// When the operation started.
    pub(super) started_at: DateTime<Utc>,
    /// When the operation ended.
    pub(super) ended_at: Option<DateTime<Utc>>,
    /// Result of the operation: the body that a request gets if it waits for the operation to finish.
    #[schema(schema_with = operation_result)]
    pub(super) result: Option<Value>,
    /// Why the operation failed.
    pub(super) problem: Option<ProblemBody>,
}

/// Whether an operation is running, and how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OperationState {
    /// Running.
    Running,
    /// Succeeded.
    Done,
    /// Failed.
    Failed,
}

/// The outcome of waiting for an operation.
#[derive(Debug)]
pub(super) enum WaitOutcome<T> {
    /// The operation has succeeded.
    Finished(T),
    /// The operation is still running.
    StillRunning,
}

/// An operation that has been started.
#[derive(Debug)]
pub(super) struct StartedOperation<T> {
    /// ID of the operation.
    pub(super) id: Uuid,
    /// The outcome of waiting, or an error if the operation has failed.
    pub(super) outcome: Result<WaitOutcome<T>, AppError>,
}

impl Operations {
    /// Creates an empty list. Operations run on `tasks`.
    pub(super) fn new(tasks: TaskTracker, clock: Arc<dyn Clock>) -> Self {
        Self { tasks, clock, list: Mutex::default() }
    }

    /// Returns an operation, or `None` if this process has no such operation.
    pub(super) fn get(&self, id: Uuid) -> Option<Operation> {
        self.lock().iter().find(|operation| operation.id == id).cloned()
    }

    /// Returns the running operations.
    pub(super) fn running(&self) -> Vec<Operation> {
        self.lock().iter().filter(|operation| operation.state == OperationState::Running).cloned().collect()
    }

    /// Starts an operation and waits up to `wait` for it to finish. `describe` converts the result to a message.
    pub(super) async fn run<T, F>(
        self: &Arc<Self>,
        (action, subject): (&'static str, &str),
        wait: Duration,
        work: impl FnOnce(ProgressReporter) -> F,
        describe: fn(&T) -> String,
    ) -> StartedOperation<T>
    where
        T: Serialize + Send + 'static,
        F: Future<Output = Result<T, AppError>> + Send + 'static,
    {
        let id = self.start(action, subject);
        let work = AssertUnwindSafe(work(ProgressReporter { operations: Arc::clone(self), id })).catch_unwind();
        let this = Arc::clone(self);
        let running = async move {
            let result = work.await.unwrap_or_else(|_| Err(AppError::Panic(format!("the operation {id}"))));
            this.finish(id, &result, describe);
            result
        };
        let running = self.tasks.spawn(running.instrument(tracing::info_span!("operation", action, subject, %id)));
        let outcome = match tokio::time::timeout(wait, running).await {
            Ok(joined) => {
                let result = joined.unwrap_or_else(|error| Err(AppError::Panic(error.to_string())));
                result.map(WaitOutcome::Finished)
            }
            Err(_) => Ok(WaitOutcome::StillRunning),
        };
        StartedOperation { id, outcome }
    }

    fn start(&self, action: &'static str, subject: &str) -> Uuid {
        let id = self.clock.new_id();
        let operation = Operation {
            id,
            action,
            subject: subject.to_owned(),
            state: OperationState::Running,
            message: String::new(),
            started_at: self.clock.now(),
            ended_at: None,
            result: None,
            problem: None,
        };
        let mut operations = self.lock();
        operations.push_front(operation);
        operations.truncate(MAX_OPERATIONS);
        id
    }

    fn finish<T: Serialize>(&self, id: Uuid, result: &Result<T, AppError>, describe: fn(&T) -> String) {
        let now = self.clock.now();
        self.update(id, |operation| {
            operation.ended_at = Some(now);
            match result {
                Ok(value) => {
                    operation.state = OperationState::Done;
                    operation.message = describe(value);
                    operation.result = serde_json::to_value(value).ok();
                }
                Err(error) => operation.fail(error),
            }
        });
    }

    fn update(&self, id: Uuid, update: impl FnOnce(&mut Operation)) {
        if let Some(operation) = self.lock().iter_mut().find(|operation| operation.id == id) {
            update(operation);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Operation>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Operation {
    fn fail(&mut self, error: &AppError) {
        let problem = error.problem(&format!("/api/backup/operations/{}", self.id));
        self.state = OperationState::Failed;
        self.message.clone_from(&problem.detail);
        self.problem = Some(problem);
    }
}

/// Reports the progress of an operation.
#[derive(Debug, Clone)]
pub(super) struct ProgressReporter {
    operations: Arc<Operations>,
    id: Uuid,
}

impl ProgressReporter {
    /// Replaces the operation's message.
    pub(super) fn set_message(&self, message: String) {
        self.operations.update(self.id, |operation| operation.message = message);
    }
}

//! A data directory with a real SQLite database, an exporter and a saver.

use std::{sync::Arc, time::Duration};

use mannameter::{
    clock::{Clock, SystemClock},
    domain::VideoId,
    safety::{DataDir, Exporter, Saver},
    store::{Store, connect},
};
use tempfile::TempDir;
use tokio_util::task::TaskTracker;

use crate::support::bench::patient_settings;

pub(crate) struct Bench {
    pub(crate) data_dir: DataDir,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) exporter: Arc<Exporter>,
    pub(crate) saver: Arc<Saver>,
    pub(crate) tracker: TaskTracker,
    pub(crate) clock: Arc<dyn Clock>,
    directory: Arc<TempDir>,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::in_directory(Arc::new(tempfile::tempdir().expect("a directory"))).await
    }

    /// Returns a second instance for the same directory and database, as after a restart.
    pub(crate) async fn restart(&self) -> Self {
        Self::in_directory(Arc::clone(&self.directory)).await
    }

    async fn in_directory(directory: Arc<TempDir>) -> Self {
        let data_dir = DataDir::open(directory.path()).expect("a data directory");
        let url = format!("sqlite://{}", data_dir.sqlite_database().display());
        let store = connect(&patient_settings(&url)).expect("a store");
        store.migrate().await.expect("a schema");
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let exporter = Arc::new(Exporter::new(Arc::clone(&store), data_dir.clone(), Arc::clone(&clock)));
        let tracker = TaskTracker::new();
        let saver = Arc::new(Saver::new(
            Arc::clone(&store),
            Arc::clone(&exporter),
            data_dir.clone(),
            Arc::clone(&clock),
            tracker.clone(),
        ));
        Self { data_dir, store, exporter, saver, tracker, clock, directory }
    }
}

pub(crate) fn id(text: &str) -> VideoId {
    VideoId::parse(text).expect("a valid id")
}

/// Waits until a condition holds. Panics after ten seconds.
pub(crate) async fn eventually<F: Future<Output = bool>>(condition: &str, holds: impl Fn() -> F) {
    for _ in 0..500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("timed out waiting for {condition}");
}

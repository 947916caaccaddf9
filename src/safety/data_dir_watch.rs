//! Lets the server start even if the data directory cannot be written to yet, because its disk is full or read-only.

use std::{io, path::Path, time::Duration};

use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{DataDir, DataDirError};
use crate::blocking::blocking;

/// How often to try again.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// Opens the data directory of the server, and tries again until it can be written to.
#[derive(Debug)]
pub struct DataDirWatch {
    data_dir: DataDir,
    problem: watch::Sender<Option<String>>,
}

impl DataDirWatch {
    /// Opens the directory like [`DataDir::open`], but also accepts a directory whose disk is full or read-only.
    pub fn open(root: &Path) -> Result<Self, DataDirError> {
        match DataDir::open(root) {
            Ok(data_dir) => Ok(data_dir.into()),
            Err(error) if error.is_caused_by_disk() => {
                tracing::error!(%error, "starting although the data directory cannot be written; will try again");
                let problem = watch::Sender::new(Some(describe(error.io_error())));
                Ok(Self { data_dir: DataDir::unprepared(root), problem })
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the directory.
    pub const fn data_dir(&self) -> &DataDir {
        &self.data_dir
    }

    /// Returns why the directory cannot be written to, without its path, or `None` if it can be.
    pub fn problem(&self) -> Option<String> {
        self.problem.borrow().clone()
    }

    /// Tries again until the directory can be written to, or the token is canceled.
    pub async fn run(&self, token: CancellationToken) {
        while self.problem.borrow().is_some() {
            tokio::select! {
                () = token.cancelled() => break,
                () = sleep(RETRY_INTERVAL) => self.try_again().await,
            }
        }
    }

    async fn try_again(&self) {
        let root = self.data_dir.root().to_owned();
        let opened = blocking(move || DataDir::open(&root).map_err(DataDirError::into_io_error)).await;
        let problem = opened.err().map(|error| describe(&error));
        if problem.is_none() {
            tracing::info!("the data directory can be written to again");
        }
        self.problem.send_replace(problem);
    }
}

impl From<DataDir> for DataDirWatch {
    /// Creates a watch for a directory that can be written to.
    fn from(data_dir: DataDir) -> Self {
        Self { data_dir, problem: watch::Sender::new(None) }
    }
}

fn describe(error: &io::Error) -> String {
    format!(
        "the data directory cannot be written ({error}): exports, backups and emergency saves are paused until it can; \
         free space or make its disk writable"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_full_or_read_only_disk_is_accepted_at_the_start() {
        let error = |kind: io::ErrorKind| DataDirError::Write { path: "x".into(), source: kind.into() };
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::ReadOnlyFilesystem] {
            assert!(error(kind).is_caused_by_disk(), "{kind}");
        }
        for kind in [io::ErrorKind::NotADirectory, io::ErrorKind::PermissionDenied] {
            assert!(!error(kind).is_caused_by_disk(), "{kind}");
        }
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("file");
        std::fs::write(&file, "").expect("a file");
        assert!(DataDirWatch::open(&file).is_err());
        assert_eq!(DataDirWatch::open(directory.path()).expect("opened").problem(), None);
    }
}

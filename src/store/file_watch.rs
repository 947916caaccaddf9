//! Detects that the SQLite file has been deleted or replaced while it is open.
//! Open connections keep using the old file. It no longer has a name, so anything they commit would be lost.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Device and inode of a file, or `None` if there is no file.
type Identity = Option<(u64, u64)>;

/// The file that the connections of a store use.
#[derive(Debug)]
pub(super) struct FileWatch {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The file at the last check.
    file: Identity,
    /// When a change of the file was last detected.
    changed_at: Option<Instant>,
}

impl FileWatch {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), state: Mutex::default() }
    }

    /// Returns whether a connection of this age was opened on the file that is now at the path.
    pub(super) fn is_current(&self, age: Duration) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let file = fs::metadata(&self.path).ok().map(|metadata| (metadata.dev(), metadata.ino()));
        if file != state.file {
            let was_known = state.file.is_some();
            state.file = file;
            if was_known {
                tracing::error!(path = %self.path.display(), "the database file was deleted or replaced");
                state.changed_at = Some(Instant::now());
            }
        }
        file.is_some() && state.changed_at.is_none_or(|changed_at| age < changed_at.elapsed())
    }

    /// Returns when the file was last found to have been deleted or replaced.
    pub(super) fn changed_at(&self) -> Option<Instant> {
        self.is_current(Duration::ZERO);
        self.state.lock().unwrap_or_else(PoisonError::into_inner).changed_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_to_a_file_that_was_replaced_are_not_current() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("x.db");
        fs::write(&path, "one").expect("a file");
        let watch = FileWatch::new(&path);
        let old = Duration::from_mins(1);
        assert!(watch.is_current(old) && watch.changed_at().is_none());
        fs::remove_file(&path).expect("removed");
        assert!(!watch.is_current(old) && watch.changed_at().is_some());
        fs::write(&path, "two").expect("a file");
        assert!(!watch.is_current(old), "it was opened before");
        std::thread::sleep(Duration::from_millis(5));
        assert!(watch.is_current(Duration::from_millis(1)), "it was opened after");
    }
}

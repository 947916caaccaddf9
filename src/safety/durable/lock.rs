//! Locks between processes, and between tasks of the same process.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

use rustix::{fs::FlockOperation, io::Errno};

/// An exclusive lock. Released when it is dropped or its process dies.
#[derive(Debug)]
pub(in crate::safety) struct FileLock {
    _file: File,
}

impl FileLock {
    /// Acquires the lock immediately, or returns `None` if it is held elsewhere.
    pub(in crate::safety) fn try_exclusive(path: &Path) -> io::Result<Option<Self>> {
        let file = Self::open(path)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits for the lock and acquires it.
    pub(in crate::safety) fn exclusive(path: &Path) -> io::Result<Self> {
        let file = Self::open(path)?;
        rustix::fs::flock(&file, FlockOperation::LockExclusive)?;
        Ok(Self { _file: file })
    }

    fn open(path: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
    }
}

/// Marks an open file as in use until it is closed or its process dies. See [`is_in_use`].
pub(in crate::safety) fn mark_in_use(file: &File) -> io::Result<()> {
    Ok(rustix::fs::flock(file, FlockOperation::LockShared)?)
}

/// Returns whether any process has marked the file as in use.
pub(in crate::safety) fn is_in_use(file: &File) -> io::Result<bool> {
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {
            rustix::fs::flock(file, FlockOperation::Unlock)?;
            Ok(false)
        }
        Err(Errno::WOULDBLOCK) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_exclusive_and_free_once_it_is_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(".lock");
        let held = FileLock::exclusive(&path).unwrap();
        assert!(FileLock::try_exclusive(&path).unwrap().is_none());
        drop(held);
        assert!(FileLock::try_exclusive(&path).unwrap().is_some());
    }
}

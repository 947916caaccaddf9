//! Files under a temporary name, until they are durable and renamed.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use rustix::{
    fs::{CWD, FlockOperation, RenameFlags},
    io::Errno,
};

use super::{open_beneath, sync_directory};

/// Prefix of the names of all temporary files, by which [`remove_leftovers`] finds them.
const TEMP_PREFIX: &str = ".mannameter-tmp-";

/// A file that is being written. Dropping it removes the temporary file.
///
/// The file is locked while it is open, so that other processes can distinguish it from a leftover.
#[derive(Debug)]
pub(in crate::safety) struct NewFile {
    file: File,
    temp: TempPath,
}

/// A file that is complete and fsynced, but does not have its final name yet.
#[derive(Debug)]
pub(in crate::safety) struct SyncedFile {
    /// Holds the lock until the file has its final name.
    _file: File,
    temp: TempPath,
}

/// The path of a temporary file, which is removed on drop unless it has been renamed.
#[derive(Debug)]
struct TempPath(Option<PathBuf>);

impl Drop for TempPath {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // If this fails, the file is removed at the next start.
            let _ = std::fs::remove_file(path);
        }
    }
}

impl NewFile {
    /// Creates a temporary file in the directory of the final file.
    pub(in crate::safety) fn create_in(directory: &Path) -> io::Result<Self> {
        Self::with_mode(directory, 0o644)
    }

    pub(super) fn with_mode(directory: &Path, mode: u32) -> io::Result<Self> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = COUNTER.fetch_add(1, Ordering::Relaxed);
            let path = directory.join(format!("{TEMP_PREFIX}{}-{number}", process::id()));
            match OpenOptions::new().write(true).create_new(true).mode(mode).open(&path) {
                Ok(file) => {
                    let temp = TempPath(Some(path));
                    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
                        Ok(()) if temp.path().try_exists()? => return Ok(Self { file, temp }),
                        // A starting process mistook the file for a leftover before it was locked.
                        Ok(()) | Err(Errno::WOULDBLOCK) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                // A leftover from a process with our ID, or a file from another machine on a shared disk.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns the temporary path. The file is removed when this value is dropped.
    pub(in crate::safety) fn path(&self) -> &Path {
        self.temp.path()
    }

    /// Makes the content durable. On error, the file is gone and must be written again from the start.
    pub(in crate::safety) fn sync(self) -> io::Result<SyncedFile> {
        self.file.sync_all()?;
        Ok(SyncedFile { _file: self.file, temp: self.temp })
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl SyncedFile {
    /// Renames the file to `target`, replacing an existing file. The rename is durable only after [`sync_directory`].
    pub(in crate::safety) fn replace(mut self, target: &Path) -> io::Result<()> {
        std::fs::rename(self.temp.path(), target)?;
        self.temp.0 = None;
        Ok(())
    }

    /// Renames the file to `target`. Fails if `target` exists. The rename is durable only after [`sync_directory`].
    pub(in crate::safety) fn create(mut self, target: &Path) -> io::Result<()> {
        self.try_create(target)
    }

    /// Like [`SyncedFile::create`], but on error the file can still be given another name.
    pub(in crate::safety) fn try_create(&mut self, target: &Path) -> io::Result<()> {
        match rustix::fs::renameat_with(CWD, self.temp.path(), CWD, target, RenameFlags::NOREPLACE) {
            Ok(()) => self.temp.0 = None,
            // The file system does not support this flag. A hard link has the same effect, and dropping `temp` removes
            // the old name.
            Err(Errno::INVAL) => std::fs::hard_link(self.temp.path(), target)?,
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Opens the file for reading, so that a check reads what later readers will read.
    pub(in crate::safety) fn reopen(&self) -> io::Result<File> {
        File::open(self.temp.path())
    }
}

impl TempPath {
    fn path(&self) -> &Path {
        self.0.as_deref().expect("the path is only cleared when the file gets its name")
    }
}

/// Removes temporary files that no process is writing anymore, and returns their names.
pub(in crate::safety) fn remove_leftovers(directory: &Path) -> io::Result<Vec<String>> {
    let mut removed = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        if !name.starts_with(TEMP_PREFIX) {
            continue;
        }
        // The file is already gone, or is not a regular file. Leave it alone.
        let Ok(file) = open_beneath(directory, &name) else { continue };
        if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            match std::fs::remove_file(directory.join(&name)) {
                Ok(()) => removed.push(name),
                // Another starting process has already removed it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(removed)
}

/// Checks that files can be written to a directory and fsynced. Leaves nothing behind.
pub(in crate::safety) fn probe(directory: &Path) -> io::Result<()> {
    let mut file = NewFile::create_in(directory)?;
    file.write_all(b"probe")?;
    drop(file.sync()?);
    sync_directory(directory)
}

#[cfg(test)]
mod tests {
    use super::{super::names, *};

    #[test]
    fn a_file_that_is_dropped_before_it_is_named_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let mut file = NewFile::create_in(directory.path()).unwrap();
        file.write_all(b"half").unwrap();
        assert_eq!(names(directory.path()).len(), 1);
        drop(file);
        assert_eq!(names(directory.path()), [""; 0]);
    }

    #[test]
    fn leftovers_of_dead_processes_are_removed_and_other_files_stay() {
        let directory = tempfile::tempdir().unwrap();
        let open = NewFile::create_in(directory.path()).unwrap();
        std::fs::write(directory.path().join(".mannameter-tmp-1-0"), "left by a killed process").unwrap();
        std::fs::write(directory.path().join(".other-tmp"), "of another program").unwrap();
        assert_eq!(remove_leftovers(directory.path()).unwrap(), [".mannameter-tmp-1-0"]);
        assert_eq!(names(directory.path()).len(), 2);
        drop(open);
        assert_eq!(names(directory.path()), [".other-tmp"]);
    }
}

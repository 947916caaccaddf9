//! Writes small files, and links, renames and removes files. Each function returns once its change is durable.

use std::{
    fs::File,
    io::{self, Write as _},
    path::Path,
};

use rustix::{
    fs::{CWD, RenameFlags},
    io::Errno,
};

use super::NewFile;

/// Number of attempts to write a small file before the error is returned.
const ATTEMPTS: u32 = 2;

/// Makes the names in a directory durable.
pub(in crate::safety) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Writes a small file, replacing an existing one. Readers see either the old file or the new one.
pub(in crate::safety) fn write_atomic(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = parent(target)?;
    let write = || {
        let mut file = NewFile::create_in(directory)?;
        file.write_all(bytes)?;
        file.sync()?.replace(target)?;
        sync_directory(directory)
    };
    retry(write)
}

/// Writes a small file. Fails if `target` exists.
pub(in crate::safety) fn create(target: &Path, bytes: &[u8]) -> io::Result<()> {
    create_with_mode(target, bytes, 0o644)
}

/// Like [`create`], but only the user that runs the program may read the file.
pub(in crate::safety) fn create_private(target: &Path, bytes: &[u8]) -> io::Result<()> {
    create_with_mode(target, bytes, 0o600)
}

fn create_with_mode(target: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let directory = parent(target)?;
    let write = || {
        let mut file = NewFile::with_mode(directory, mode)?;
        file.write_all(bytes)?;
        file.sync()?.create(target)?;
        sync_directory(directory)
    };
    retry(write)
}

/// Hard-links `source` to `target`, or copies it if the file system cannot link. Fails if `target` exists.
pub(in crate::safety) fn link_or_copy(source: &Path, target: &Path) -> io::Result<()> {
    let directory = parent(target)?;
    match std::fs::hard_link(source, target) {
        Err(error) if is_unsupported(&error) => retry(|| copy(source, target))?,
        linked => linked?,
    }
    sync_directory(directory)
}

/// Renames a file within its directory. Fails if `target` exists.
pub(in crate::safety) fn rename(source: &Path, target: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, source, CWD, target, RenameFlags::NOREPLACE) {
        // The file system does not support this flag.
        Err(Errno::INVAL) if !target.exists() => std::fs::rename(source, target)?,
        renamed => renamed?,
    }
    sync_directory(parent(target)?)
}

/// Removes a file. Succeeds if it does not exist.
pub(in crate::safety) fn remove(target: &Path) -> io::Result<()> {
    match std::fs::remove_file(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        removed => removed?,
    }
    sync_directory(parent(target)?)
}

/// Returns the number of bytes that can still be written to a directory's file system.
pub(in crate::safety) fn free_bytes(directory: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statvfs(directory)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Retries a failed write from the start.
fn retry(write: impl Fn() -> io::Result<()>) -> io::Result<()> {
    let mut attempt = 1;
    loop {
        match write() {
            Err(error) if attempt < ATTEMPTS && error.kind() != io::ErrorKind::AlreadyExists => {
                tracing::warn!(%error, "could not write a file; trying again");
                attempt += 1;
            }
            result => return result,
        }
    }
}

fn copy(source: &Path, target: &Path) -> io::Result<()> {
    let mut file = NewFile::create_in(parent(target)?)?;
    io::copy(&mut File::open(source)?, &mut file)?;
    file.sync()?.create(target)
}

/// Returns whether a hard link failed because the file system does not support it.
fn is_unsupported(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(errno, Some(Errno::XDEV | Errno::PERM | Errno::NOTSUP | Errno::NOSYS | Errno::MLINK))
}

fn parent(target: &Path) -> io::Result<&Path> {
    target.parent().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path has no parent directory"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::{super::names, *};

    #[test]
    fn a_replaced_file_is_a_new_inode_and_a_link_to_the_old_one_keeps_the_old_bytes() {
        let directory = tempfile::tempdir().unwrap();
        let (target, link) = (directory.path().join("a"), directory.path().join("b"));
        write_atomic(&target, b"old").unwrap();
        link_or_copy(&target, &link).unwrap();
        assert_eq!(std::fs::metadata(&target).unwrap().ino(), std::fs::metadata(&link).unwrap().ino());
        write_atomic(&target, b"new").unwrap();
        assert_eq!(std::fs::read(&link).unwrap(), b"old");
        assert_eq!(std::fs::read(&target).unwrap(), b"new");
        assert_eq!(names(directory.path()), ["a", "b"]);
    }

    #[test]
    fn a_private_file_is_readable_by_its_user_alone_and_never_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("secret");
        create_private(&target, b"hush").unwrap();
        assert_eq!(std::fs::metadata(&target).unwrap().mode() & 0o777, 0o600);
        assert_eq!(create_private(&target, b"other").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&target).unwrap(), b"hush");
    }

    #[test]
    fn links_and_copies_never_overwrite_an_existing_file() {
        let directory = tempfile::tempdir().unwrap();
        let (source, target) = (directory.path().join("a"), directory.path().join("b"));
        write_atomic(&source, b"source").unwrap();
        write_atomic(&target, b"target").unwrap();
        for result in [link_or_copy(&source, &target), copy(&source, &target)] {
            assert_eq!(result.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        }
        assert_eq!(std::fs::read(&target).unwrap(), b"target");
        assert_eq!(names(directory.path()), ["a", "b"]);
    }
}

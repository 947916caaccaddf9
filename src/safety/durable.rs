//! The one place where files of ours are written, so that the rules of durability are kept in one place.
//!
//! A file is written beside its target under a temp name, fsynced, renamed, and its directory fsynced. It is never
//! opened for writing again, which is why a hard link to it is a backup. A file whose fsync failed is thrown away:
//! the kernel may have dropped its pages, and a second fsync would say that all is well. Everything here blocks.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use rustix::{
    fs::{FileType, FlockOperation, Mode, OFlags, RenameFlags, ResolveFlags},
    io::Errno,
};

/// What every temp file's name begins with; [`remove_leftovers`] knows them by it.
const TEMP_PREFIX: &str = ".mannameter-tmp-";

/// How often a small file is written anew when it could not be made durable.
const TRIES: u32 = 2;

/// A file that is being written. Dropped before it is put in its place, it is gone.
///
/// It is locked as long as it is open, so that another process can tell it from a leftover.
#[derive(Debug)]
pub(super) struct NewFile {
    file: File,
    temp: TempPath,
}

/// A file that is written and fsynced, and waits for its name.
#[derive(Debug)]
pub(super) struct SyncedFile {
    /// Keeps the lock until the file has its name.
    _file: File,
    temp: TempPath,
}

/// Removes the temp file, unless it has got its name.
#[derive(Debug)]
struct TempPath(Option<PathBuf>);

impl Drop for TempPath {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // Nothing better can be done; the next start removes it.
            let _ = std::fs::remove_file(path);
        }
    }
}

impl NewFile {
    /// Begins a file in the directory that it will stay in.
    pub(super) fn create_in(directory: &Path) -> io::Result<Self> {
        Self::with_mode(directory, 0o644)
    }

    fn with_mode(directory: &Path, mode: u32) -> io::Result<Self> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = COUNTER.fetch_add(1, Ordering::Relaxed);
            let path = directory.join(format!("{TEMP_PREFIX}{}-{number}", process::id()));
            match OpenOptions::new().write(true).create_new(true).mode(mode).open(&path) {
                Ok(file) => {
                    let temp = TempPath(Some(path));
                    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
                        Ok(()) if temp.path().try_exists()? => return Ok(Self { file, temp }),
                        // A process that starts took it for a leftover before it was locked.
                        Ok(()) | Err(Errno::WOULDBLOCK) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                // A leftover of a process that had our number, or another machine's on a shared disk.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes its content durable. On an error the file is gone, and is to be written anew from the start.
    pub(super) fn sync(self) -> io::Result<SyncedFile> {
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
    /// Puts it in the place of whatever has this name. Durable only after [`sync_directory`].
    pub(super) fn replace(mut self, target: &Path) -> io::Result<()> {
        std::fs::rename(self.temp.path(), target)?;
        self.temp.0 = None;
        Ok(())
    }

    /// Gives it a name that nothing has yet. Durable only after [`sync_directory`].
    pub(super) fn create(mut self, target: &Path) -> io::Result<()> {
        self.try_create(target)
    }

    /// As [`SyncedFile::create`]; when something has the name, the file is still there for another one.
    pub(super) fn try_create(&mut self, target: &Path) -> io::Result<()> {
        match rustix::fs::renameat_with(
            rustix::fs::CWD,
            self.temp.path(),
            rustix::fs::CWD,
            target,
            RenameFlags::NOREPLACE,
        ) {
            Ok(()) => self.temp.0 = None,
            // A file system without that flag: a link does the same, and dropping `temp` removes the other name.
            Err(Errno::INVAL) => std::fs::hard_link(self.temp.path(), target)?,
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Opens it anew, to read what others will read.
    pub(super) fn reopen(&self) -> io::Result<File> {
        File::open(self.temp.path())
    }
}

impl TempPath {
    fn path(&self) -> &Path {
        self.0.as_deref().expect("the temp name is given up only with the file")
    }
}

/// Makes the names in a directory durable.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Writes a small file as a whole: a reader sees the old one or the new one.
pub(super) fn write_atomic(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = directory_of(target)?;
    let write = || {
        let mut file = NewFile::create_in(directory)?;
        file.write_all(bytes)?;
        file.sync()?.replace(target)?;
        sync_directory(directory)
    };
    again(write)
}

/// Writes a small file under a name that nothing has yet.
pub(super) fn create(target: &Path, bytes: &[u8]) -> io::Result<()> {
    create_with_mode(target, bytes, 0o644)
}

/// Writes a small file that only our user may read, under a name that nothing has yet.
pub(super) fn create_private(target: &Path, bytes: &[u8]) -> io::Result<()> {
    create_with_mode(target, bytes, 0o600)
}

fn create_with_mode(target: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let directory = directory_of(target)?;
    let write = || {
        let mut file = NewFile::with_mode(directory, mode)?;
        file.write_all(bytes)?;
        file.sync()?.create(target)?;
        sync_directory(directory)
    };
    again(write)
}

/// Gives a file a second name that nothing has yet; a copy where the file system cannot. Makes it durable.
pub(super) fn link_or_copy(source: &Path, target: &Path) -> io::Result<()> {
    let directory = directory_of(target)?;
    match std::fs::hard_link(source, target) {
        Err(error) if cannot_link(&error) => again(|| copy(source, target))?,
        linked => linked?,
    }
    sync_directory(directory)
}

/// Opens a regular file that lies directly below a directory, without following links; a FIFO cannot hang it.
pub(super) fn open_beneath(directory: &Path, name: &str) -> io::Result<File> {
    if name.contains('/') {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the name has a slash in it"));
    }
    let directory = File::open(directory)?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let opened = match rustix::fs::openat2(&directory, name, flags, Mode::empty(), resolve) {
        // A kernel or sandbox without it; a name without a slash cannot leave the directory anyway.
        Err(Errno::NOSYS | Errno::PERM) if name != ".." => rustix::fs::openat(&directory, name, flags, Mode::empty()),
        opened => opened,
    };
    let file = File::from(opened.map_err(|error| match error {
        Errno::LOOP => io::Error::new(io::ErrorKind::InvalidInput, "it is a symlink"),
        Errno::NXIO => io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"),
        error => error.into(),
    })?);
    if FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) != FileType::RegularFile {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    Ok(file)
}

/// Removes the temp files in a directory that nobody is writing any more; gives their names.
pub(super) fn remove_leftovers(directory: &Path) -> io::Result<Vec<String>> {
    let mut removed = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        if !name.starts_with(TEMP_PREFIX) {
            continue;
        }
        // Gone meanwhile, or no file of ours: left alone.
        let Ok(file) = open_beneath(directory, &name) else { continue };
        if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            match std::fs::remove_file(directory.join(&name)) {
                Ok(()) => removed.push(name),
                // Another process that starts was faster.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(removed)
}

/// Proves that a file can be written in a directory and made durable, and leaves nothing behind.
pub(super) fn probe(directory: &Path) -> io::Result<()> {
    let mut file = NewFile::create_in(directory)?;
    file.write_all(b"probe")?;
    drop(file.sync()?);
    sync_directory(directory)
}

/// Marks an open file as in use, until it is closed or its process dies; [`is_in_use`] sees it.
pub(super) fn mark_in_use(file: &File) -> io::Result<()> {
    Ok(rustix::fs::flock(file, FlockOperation::LockShared)?)
}

/// Whether anybody marked this file as in use, here or in another process.
pub(super) fn is_in_use(file: &File) -> io::Result<bool> {
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {
            rustix::fs::flock(file, FlockOperation::Unlock)?;
            Ok(false)
        }
        Err(Errno::WOULDBLOCK) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Bytes that may still be written into a directory.
pub(super) fn free_bytes(directory: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(directory)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// A lock between processes and between the tasks of one; released when dropped, and when its process dies.
#[derive(Debug)]
pub(super) struct FileLock {
    _file: File,
}

impl FileLock {
    /// Takes the lock, or gives none if another has it.
    pub(super) fn try_exclusive(path: &Path) -> io::Result<Option<Self>> {
        let file = Self::open(path)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes the lock, waiting for it.
    pub(super) fn exclusive(path: &Path) -> io::Result<Self> {
        let file = Self::open(path)?;
        rustix::fs::flock(&file, FlockOperation::LockExclusive)?;
        Ok(Self { _file: file })
    }

    fn open(path: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
    }
}

/// Does it once more from the start when it failed.
fn again(write: impl Fn() -> io::Result<()>) -> io::Result<()> {
    let mut tries = 1;
    loop {
        match write() {
            Err(error) if tries < TRIES && error.kind() != io::ErrorKind::AlreadyExists => {
                tracing::warn!(%error, "a file could not be written; it is written anew");
                tries += 1;
            }
            done => return done,
        }
    }
}

fn copy(source: &Path, target: &Path) -> io::Result<()> {
    let mut file = NewFile::create_in(directory_of(target)?)?;
    io::copy(&mut File::open(source)?, &mut file)?;
    file.sync()?.create(target)
}

/// Whether the file system, and not the file, is why there is no link.
fn cannot_link(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(errno, Some(Errno::XDEV | Errno::PERM | Errno::NOTSUP | Errno::NOSYS | Errno::MLINK))
}

fn directory_of(target: &Path) -> io::Result<&Path> {
    target.parent().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path has no directory"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_that_is_given_up_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let mut file = NewFile::create_in(directory.path()).unwrap();
        file.write_all(b"half").unwrap();
        assert_eq!(names(directory.path()).len(), 1);
        drop(file);
        assert_eq!(names(directory.path()), [""; 0]);
    }

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
    fn a_secret_is_readable_by_its_user_alone_and_never_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("secret");
        create_private(&target, b"hush").unwrap();
        assert_eq!(std::fs::metadata(&target).unwrap().mode() & 0o777, 0o600);
        assert_eq!(create_private(&target, b"other").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&target).unwrap(), b"hush");
    }

    #[test]
    fn a_name_that_is_taken_is_never_taken_over() {
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

    #[test]
    fn leftovers_of_the_dead_are_removed_and_files_of_the_living_and_of_others_stay() {
        let directory = tempfile::tempdir().unwrap();
        let living = NewFile::create_in(directory.path()).unwrap();
        std::fs::write(directory.path().join(".mannameter-tmp-1-0"), "left by a process that was killed").unwrap();
        std::fs::write(directory.path().join(".other-tmp"), "of another program").unwrap();
        assert_eq!(remove_leftovers(directory.path()).unwrap(), [".mannameter-tmp-1-0"]);
        assert_eq!(names(directory.path()).len(), 2);
        drop(living);
        assert_eq!(names(directory.path()), [".other-tmp"]);
    }

    #[test]
    fn only_a_regular_file_directly_below_the_directory_is_opened_and_nothing_hangs() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        std::fs::write(path("file"), "x").unwrap();
        std::os::unix::fs::symlink(path("file"), path("link")).unwrap();
        std::fs::create_dir(path("directory")).unwrap();
        std::fs::write(path("directory/inner"), "x").unwrap();
        let fifo = path("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();

        open_beneath(directory.path(), "file").unwrap();
        for name in
            ["link", "directory", "fifo", "directory/inner", "../x", "/etc/passwd", "..", ".", "", "absent", "a\0b"]
        {
            assert!(open_beneath(directory.path(), name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_lock_is_held_by_one_and_free_when_it_is_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(".lock");
        let held = FileLock::exclusive(&path).unwrap();
        assert!(FileLock::try_exclusive(&path).unwrap().is_none());
        drop(held);
        assert!(FileLock::try_exclusive(&path).unwrap().is_some());
    }
}

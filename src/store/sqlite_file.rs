//! Creates the SQLite file: complete, in WAL mode, and accessible only to its owner.
//!
//! Switching to WAL mode fails if another process has the file open. Therefore, the database is created under a
//! temporary name and then linked to its final name in one step. If several processes start at the same time, one wins
//! and the others use its file.

use std::{
    ffi::OsStr,
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use sqlx::{
    ConnectOptions as _, Connection as _,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use tokio::fs;

use super::StoreError;
use crate::blocking::blocking;

/// The suffix of temporary database files.
const TEMPORARY: &str = ".new";

/// Creates an empty database and its directory, unless the file exists.
pub(super) async fn create(file: &Path) -> Result<(), StoreError> {
    let failed = |error: io::Error| StoreError::Unavailable(format!("could not create {}: {error}", file.display()));
    let directory = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    remove_leftovers(directory, file).await.map_err(failed)?;
    if fs::try_exists(file).await.map_err(failed)? {
        return Ok(());
    }
    fs::create_dir_all(directory).await.map_err(failed)?;

    let (temporary, lock) = create_temporary(file).await.map_err(failed)?;
    let published = initialize_and_link(&temporary, file).await;
    fs::remove_file(&temporary).await.map_err(failed)?;
    drop(lock);
    published?.map_err(failed)?;

    // The directory entries of the file and of its directory must survive a power failure too.
    for directory in directory.ancestors().take(2).filter(|directory| !directory.as_os_str().is_empty()) {
        fs::File::open(directory).await.map_err(failed)?.sync_all().await.map_err(failed)?;
    }
    Ok(())
}

/// Creates an empty temporary file and locks it, so that no other process removes it as a leftover.
async fn create_temporary(file: &Path) -> io::Result<(PathBuf, File)> {
    loop {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".{:016x}{TEMPORARY}", rand::random::<u64>()));
        let temporary = PathBuf::from(name);
        let lock = create_empty(&temporary).await?.into_std().await;
        // Another process may have removed the file before it was locked.
        if try_lock(&lock)? && fs::try_exists(&temporary).await? {
            return Ok((temporary, lock));
        }
    }
}

/// Removes temporary files left by processes that were killed.
async fn remove_leftovers(directory: &Path, file: &Path) -> io::Result<()> {
    let (directory, name) = (directory.to_owned(), file.file_name().unwrap_or_default().to_owned());
    let remove = move || {
        let entries = match std::fs::read_dir(&directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?.file_name();
            // A locked file belongs to a running process.
            if is_temporary(&entry, &name)
                && let Ok(temporary) = File::open(directory.join(&entry))
                && try_lock(&temporary)?
            {
                for suffix in ["-journal", "-wal", "-shm", ""] {
                    let mut name = directory.join(&entry).into_os_string();
                    name.push(suffix);
                    match std::fs::remove_file(&name) {
                        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    };
    blocking(remove).await
}

/// Returns whether [`create_temporary`] could have chosen this name.
fn is_temporary(name: &OsStr, database: &OsStr) -> bool {
    let number = || name.to_str()?.strip_prefix(database.to_str()?)?.strip_prefix('.')?.strip_suffix(TEMPORARY);
    number().is_some_and(|number| number.len() == 16 && number.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Locks a file. Returns `false` if another process holds the lock.
fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Turns the temporary file into a database in WAL mode and links it to its final name, unless a file of that name
/// exists.
async fn initialize_and_link(temporary: &Path, file: &Path) -> Result<io::Result<()>, StoreError> {
    let options = SqliteConnectOptions::new().filename(temporary).journal_mode(SqliteJournalMode::Wal);
    options.connect().await?.close().await?;
    Ok(match fs::hard_link(temporary, file).await {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // Not every file system has hard links. Without them, processes that start at the same time may find the file
        // locked and have to retry.
        Err(_) => match create_empty(file).await {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            created => created.map(drop),
        },
    })
}

/// Creates an empty file. SQLite gives its WAL and journal the same mode.
async fn create_empty(file: &Path) -> io::Result<fs::File> {
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).await
}

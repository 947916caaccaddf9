//! The birth of a database file of SQLite: whole, in WAL mode, and its owner's alone.
//!
//! Changing to WAL mode fails when somebody else has the file open. So a new file gets it under another name, and is
//! then put in its place in one step: of several that start at once, one wins and the others use its file.

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
use tokio::{fs, task::spawn_blocking};

use super::StoreError;

/// What the name of a database ends with until it is born.
const UNBORN: &str = ".new";

/// Makes an empty database, and its directory, where there is none.
pub(super) async fn create(file: &Path) -> Result<(), StoreError> {
    let failed = |error: io::Error| StoreError::Unavailable(format!("could not create {}: {error}", file.display()));
    let directory = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    remove_unborn(directory, file).await.map_err(failed)?;
    if fs::try_exists(file).await.map_err(failed)? {
        return Ok(());
    }
    fs::create_dir_all(directory).await.map_err(failed)?;

    let (unborn, lock) = conceive(file).await.map_err(failed)?;
    let born = bear(&unborn, file).await;
    fs::remove_file(&unborn).await.map_err(failed)?;
    drop(lock);
    born?.map_err(failed)?;

    // The names of the file and of its directory have to survive a power cut too.
    for directory in directory.ancestors().take(2).filter(|directory| !directory.as_os_str().is_empty()) {
        fs::File::open(directory).await.map_err(failed)?.sync_all().await.map_err(failed)?;
    }
    Ok(())
}

/// Makes an empty file beside the database, and locks it so that nobody takes it for a leftover.
async fn conceive(file: &Path) -> io::Result<(PathBuf, File)> {
    loop {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".{:016x}{UNBORN}", rand::random::<u64>()));
        let unborn = PathBuf::from(name);
        let lock = empty(&unborn).await?.into_std().await;
        // Somebody who clears up may have been faster.
        if is_free(&lock)? && fs::try_exists(&unborn).await? {
            return Ok((unborn, lock));
        }
    }
}

/// Removes what processes that were killed here left of databases that were not born.
async fn remove_unborn(directory: &Path, file: &Path) -> io::Result<()> {
    let (directory, name) = (directory.to_owned(), file.file_name().unwrap_or_default().to_owned());
    let remove = move || {
        let entries = match std::fs::read_dir(&directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?.file_name();
            // Gone meanwhile, or of a process that is at it: left alone.
            if is_unborn(&entry, &name)
                && let Ok(unborn) = File::open(directory.join(&entry))
                && is_free(&unborn)?
            {
                for behind in ["-journal", "-wal", "-shm", ""] {
                    let mut name = directory.join(&entry).into_os_string();
                    name.push(behind);
                    match std::fs::remove_file(&name) {
                        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    };
    spawn_blocking(remove).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// Whether a file's name is one that [`conceive`] gives.
fn is_unborn(name: &OsStr, database: &OsStr) -> bool {
    let between = || name.to_str()?.strip_prefix(database.to_str()?)?.strip_prefix('.')?.strip_suffix(UNBORN);
    between().is_some_and(|number| number.len() == 16 && number.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Locks a file, unless another has locked it.
fn is_free(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Makes a database of an empty file, and gives it its second name unless that is taken.
async fn bear(unborn: &Path, file: &Path) -> Result<io::Result<()>, StoreError> {
    let options = SqliteConnectOptions::new().filename(unborn).journal_mode(SqliteJournalMode::Wal);
    options.connect().await?.close().await?;
    Ok(match fs::hard_link(unborn, file).await {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // Not every file system has links. Without, those who start at once may find the file locked, and try again.
        Err(_) => match empty(file).await {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made.map(drop),
        },
    })
}

/// Makes an empty file, of which SQLite makes a database; its other files get the same mode.
async fn empty(file: &Path) -> io::Result<fs::File> {
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).await
}

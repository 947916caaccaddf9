//! The birth of a database file of SQLite: whole, in WAL mode, and its owner's alone.
//!
//! Changing to WAL mode fails when somebody else has the file open. So a new file gets it under another name, and is
//! then put in its place in one step: of several that start at once, one wins and the others use its file.

use std::{io, path::Path};

use sqlx::{
    ConnectOptions as _, Connection as _,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use tokio::fs;

use super::StoreError;

/// Makes an empty database, and its directory, where there is none.
pub(super) async fn create(file: &Path) -> Result<(), StoreError> {
    let failed = |error: io::Error| StoreError::Unavailable(format!("could not create {}: {error}", file.display()));
    if fs::try_exists(file).await.map_err(failed)? {
        return Ok(());
    }
    let directory = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(directory).await.map_err(failed)?;

    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{:016x}.new", rand::random::<u64>()));
    let unborn = Path::new(&name);
    empty(unborn).await.map_err(failed)?;
    let born = bear(unborn, file).await;
    fs::remove_file(unborn).await.map_err(failed)?;
    born?.map_err(failed)?;

    // The names of the file and of its directory have to survive a power cut too.
    for directory in directory.ancestors().take(2).filter(|directory| !directory.as_os_str().is_empty()) {
        fs::File::open(directory).await.map_err(failed)?.sync_all().await.map_err(failed)?;
    }
    Ok(())
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
            made => made,
        },
    })
}

/// Makes an empty file, of which SQLite makes a database; its other files get the same mode.
async fn empty(file: &Path) -> io::Result<()> {
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).await.map(drop)
}

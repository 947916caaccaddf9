//! The spool: sermons that wait on disk while the database is unreachable.
//!
//! [`Spool::write`] writes an entry next to the backups, or to the offsite store if the disk fails. The [`Replayer`]
//! saves the entries once the database is reachable. If no entry can be written at all, the command line writes the
//! sermon to the current directory with [`write_lost_sermon`].

mod entry;
mod manifest;
mod name;
mod replay;

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::sync::{Notify, watch};

pub use replay::{ReplayError, ReplayReport, Replayer};

use super::{DataDir, Offsite, durable};
use crate::{blocking::blocking, domain::VideoId, store::SaveRequest};
use entry::{Entry, NewEntry};
use name::{EntryName, SpoolFile};

/// Maximum number of names to try for a lost sermon.
const MAX_LOST_NAMES: u32 = 100;

/// The entries that are waiting for the database.
#[derive(Debug)]
pub struct Spool {
    data_dir: DataDir,
    offsite: Option<Arc<Offsite>>,
    status: watch::Sender<SpoolStatus>,
    new_entry: Notify,
}

/// Status of the spool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SpoolStatus {
    /// Number of entries.
    pub files: usize,
    /// When the oldest entry was written.
    pub oldest: Option<DateTime<Utc>>,
    /// Number of damaged entries that have been set aside.
    pub damaged: usize,
    /// Number of emergency saves from the previous system, which `recover` reads.
    pub legacy: usize,
}

impl Spool {
    pub(super) fn new(data_dir: DataDir, offsite: Option<Arc<Offsite>>) -> Self {
        let spool = Self { data_dir, offsite, status: watch::Sender::default(), new_entry: Notify::new() };
        spool.publish(list(&spool.directory()).map(|listing| listing.status()));
        spool
    }

    /// Returns the last known status.
    pub fn status(&self) -> SpoolStatus {
        self.status.borrow().clone()
    }

    /// Subscribes to the status.
    pub fn watch(&self) -> watch::Receiver<SpoolStatus> {
        self.status.subscribe()
    }

    /// Reads the status from disk, because another process may have added or removed entries.
    pub async fn refresh(&self) -> SpoolStatus {
        let directory = self.directory();
        self.publish(blocking(move || list(&directory)).await.map(|listing| listing.status()));
        self.status()
    }

    /// Returns the newest entry of a sermon, or `None` if it has no intact entry.
    pub async fn sermon(&self, id: &VideoId) -> io::Result<Option<SaveRequest>> {
        let (directory, id) = (self.directory(), id.clone());
        blocking(move || {
            let entries = list(&directory)?.entries;
            let Some(name) = entries.iter().rfind(|name| name.is_for(&id)) else { return Ok(None) };
            Ok(match entry::read(&directory, name)? {
                Entry::Intact(request) => Some(*request),
                _ => None,
            })
        })
        .await
    }

    /// Writes an entry durably. Returns its file name in `backups/`, or its URL in the offsite store.
    pub(super) async fn write(&self, request: &SaveRequest) -> io::Result<String> {
        let entry = Arc::new(NewEntry::new(request)?);
        let (directory, new_entry) = (self.directory(), Arc::clone(&entry));
        let written = blocking(move || {
            // The directory may have been deleted.
            std::fs::create_dir_all(&directory)?;
            entry::write(&directory, &new_entry)
        });
        let name = match (written.await, &self.offsite) {
            (Err(error), Some(offsite)) => {
                tracing::error!(%error, "could not write to the spool; trying the offsite store");
                let written = write_offsite(offsite, &entry).await;
                written.map_err(|offsite_error| io::Error::other(format!("{error}; {offsite_error}")))?
            }
            (written, _) => written?,
        };
        self.refresh().await;
        self.new_entry.notify_one();
        Ok(name)
    }

    fn directory(&self) -> PathBuf {
        self.data_dir.backups()
    }

    fn publish(&self, status: io::Result<SpoolStatus>) {
        match status {
            Ok(status) => {
                self.status.send_replace(status);
            }
            Err(error) => tracing::warn!(%error, "could not list the spool"),
        }
    }
}

/// Writes an entry to the offsite store and returns its URL.
async fn write_offsite(offsite: &Offsite, entry: &NewEntry) -> io::Result<String> {
    for name in entry.names() {
        let objects = [(name.data(), entry.data.clone()), (name.manifest(), entry.manifest.clone())];
        if offsite.write_entry(&objects).await.map_err(io::Error::other)? {
            return Ok(format!("{}/{}", offsite.status().url, name.data()));
        }
    }
    Err(entry::too_many())
}

/// The files in the spool's directory.
#[derive(Debug, Default)]
struct Listing {
    /// Entries with a manifest, oldest first.
    entries: BTreeSet<EntryName>,
    damaged: usize,
    legacy: usize,
}

impl Listing {
    fn status(&self) -> SpoolStatus {
        SpoolStatus {
            files: self.entries.len(),
            oldest: self.entries.first().map(|name| name.at),
            damaged: self.damaged,
            legacy: self.legacy,
        }
    }
}

fn list(directory: &Path) -> io::Result<Listing> {
    let mut listing = Listing::default();
    let files = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(listing),
        files => files?,
    };
    for file in files {
        match file?.file_name().to_str().and_then(SpoolFile::parse) {
            Some(SpoolFile::Manifest(name)) => drop(listing.entries.insert(name)),
            Some(SpoolFile::Damaged) => listing.damaged += 1,
            Some(SpoolFile::Legacy) => listing.legacy += 1,
            // A data file is counted through its manifest. Without one, the entry was never acknowledged.
            Some(SpoolFile::Data(_)) | None => {}
        }
    }
    Ok(listing)
}

/// Returns the data file names of all entries. Blocks.
pub(super) fn list_entries(directory: &Path) -> io::Result<Vec<String>> {
    Ok(list(directory)?.entries.iter().map(EntryName::data).collect())
}

/// Reads an entry by the name of its data file. Returns `None` if it is not intact. Blocks.
pub(super) fn read_entry(directory: &Path, name: &str) -> io::Result<Option<SaveRequest>> {
    let Some(SpoolFile::Data(name)) = SpoolFile::parse(name) else { return Ok(None) };
    Ok(match entry::read(directory, &name)? {
        Entry::Intact(request) => Some(*request),
        _ => None,
    })
}

/// Writes a sermon that could not be saved to `LOST_VIDEO_<id>.json`, which `import` can read, and returns its path.
/// Blocks.
pub fn write_lost_sermon(directory: &Path, request: &SaveRequest) -> io::Result<PathBuf> {
    let id = &request.document.video_id;
    let json = format!("{{\n\"{id}\":{}\n}}\n", request.document.to_json());
    for number in 1..=MAX_LOST_NAMES {
        let suffix = if number == 1 { String::new() } else { format!("_{number}") };
        let path = directory.join(format!("LOST_VIDEO_{id}{suffix}.json"));
        match durable::create(&path, json.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            written => return written.map(|()| path),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("there are {MAX_LOST_NAMES} LOST_VIDEO files for {id}")))
}

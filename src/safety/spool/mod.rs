//! The spool: where a result waits, fsynced, while the database cannot take it.
//!
//! [`Spool::put`] writes an entry beside the backups, or, if the disk does not take it, into the second place for backups;
//! the [`Replayer`] puts it back by itself. What no place can take, [`write_lost`] leaves in a directory of the user's.

mod entry;
mod replay;

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::{
    sync::{Notify, watch},
    task::spawn_blocking,
};

pub use replay::{ReplayError, Replayed, Replayer};

use super::{DataDir, Offsite, durable};
use crate::{domain::VideoId, store::SaveVideo};
use entry::{Content, NewEntry, Part, Stem};

/// How many names are tried for a lost video.
const LOST_NAMES: u32 = 100;

/// The results that wait for the database.
#[derive(Debug)]
pub struct Spool {
    data_dir: DataDir,
    offsite: Option<Arc<Offsite>>,
    status: watch::Sender<SpoolStatus>,
    filled: Notify,
}

/// How the spool stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SpoolStatus {
    /// Results that wait.
    pub files: usize,
    /// Since when the first of them has waited.
    pub oldest: Option<DateTime<Utc>>,
    /// Entries that were set aside because they are not what was written.
    pub damaged: usize,
    /// Emergency saves without a manifest of ours, as the system before ours left them: `recover` takes them.
    pub foreign: usize,
}

impl Spool {
    pub(super) fn new(data_dir: DataDir, offsite: Option<Arc<Offsite>>) -> Self {
        let spool = Self { data_dir, offsite, status: watch::Sender::default(), filled: Notify::new() };
        spool.publish(list(&spool.directory()).map(|listed| listed.status()));
        spool
    }

    /// How the spool stood when it was last looked at.
    pub fn status(&self) -> SpoolStatus {
        self.status.borrow().clone()
    }

    /// Follows [`Spool::status`].
    pub fn watch(&self) -> watch::Receiver<SpoolStatus> {
        self.status.subscribe()
    }

    /// Looks at the spool: another process may have filled or emptied it.
    pub async fn look(&self) -> SpoolStatus {
        let directory = self.directory();
        self.publish(blocking(move || list(&directory)).await.map(|listed| listed.status()));
        self.status()
    }

    /// The document of a video that waits, of its newest entry.
    pub async fn document(&self, id: &VideoId) -> io::Result<Option<String>> {
        let (directory, id) = (self.directory(), id.clone());
        blocking(move || {
            let entries = list(&directory)?.entries;
            let Some(stem) = entries.iter().rfind(|stem| stem.is_of(&id)) else { return Ok(None) };
            Ok(match entry::read(&directory, stem)? {
                Content::Whole(save) => Some(save.document.to_json()),
                _ => None,
            })
        })
        .await
    }

    /// Writes a result durably; gives the name of its file below `backups/`, or its address in the second place.
    pub(super) async fn put(&self, save: &SaveVideo) -> io::Result<String> {
        let entry = Arc::new(NewEntry::of(save)?);
        let (directory, written) = (self.directory(), Arc::clone(&entry));
        let put = blocking(move || {
            // Somebody may have taken it away.
            std::fs::create_dir_all(&directory)?;
            entry::write(&directory, &written)
        });
        let name = match (put.await, &self.offsite) {
            (Err(error), Some(offsite)) => {
                tracing::error!(%error, "the spool did not take a result; trying the second place");
                put_there(offsite, &entry).await.map_err(|second| io::Error::other(format!("{error}; {second}")))?
            }
            (put, _) => put?,
        };
        self.look().await;
        self.filled.notify_one();
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
            Err(error) => tracing::warn!(%error, "cannot look at the spool"),
        }
    }
}

/// Puts an entry into the second place; gives its address.
async fn put_there(offsite: &Offsite, entry: &NewEntry) -> io::Result<String> {
    for stem in entry.stems() {
        let objects = [(stem.data(), entry.data.clone()), (stem.manifest(), entry.manifest.clone())];
        if offsite.put_result(&objects).await.map_err(io::Error::other)? {
            return Ok(format!("{}/{}", offsite.status().place, stem.data()));
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many results of this moment"))
}

/// What stands in the spool's directory.
#[derive(Debug, Default)]
struct Listed {
    /// Those with a manifest, first the oldest.
    entries: BTreeSet<Stem>,
    damaged: usize,
    foreign: usize,
}

impl Listed {
    fn status(&self) -> SpoolStatus {
        SpoolStatus {
            files: self.entries.len(),
            oldest: self.entries.first().map(|stem| stem.at),
            damaged: self.damaged,
            foreign: self.foreign,
        }
    }
}

fn list(directory: &Path) -> io::Result<Listed> {
    let mut listed = Listed::default();
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(listed),
        entries => entries?,
    };
    for entry in entries {
        match entry?.file_name().to_str().and_then(Part::of) {
            Some(Part::Manifest(stem)) => drop(listed.entries.insert(stem)),
            Some(Part::Damaged) => listed.damaged += 1,
            Some(Part::Foreign) => listed.foreign += 1,
            // Counted with its manifest; without one it was never acknowledged.
            Some(Part::Data(_)) | None => {}
        }
    }
    Ok(listed)
}

/// Names of the files of data that wait in a directory, for a recovery. Blocking.
pub(super) fn waiting(directory: &Path) -> io::Result<Vec<String>> {
    Ok(list(directory)?.entries.iter().map(Stem::data).collect())
}

/// The result that waits under this name; none if it is not what was written. Blocking.
pub(super) fn read_waiting(directory: &Path, name: &str) -> io::Result<Option<SaveVideo>> {
    let Some(Part::Data(stem)) = Part::of(name) else { return Ok(None) };
    Ok(match entry::read(directory, &stem)? {
        Content::Whole(save) => Some(*save),
        _ => None,
    })
}

/// Writes a result that is kept nowhere else as `LOST_VIDEO_<id>.json`, which `import` takes; gives its path. Blocking.
pub fn write_lost(directory: &Path, save: &SaveVideo) -> io::Result<PathBuf> {
    let id = &save.document.video_id;
    let json = format!("{{\n\"{id}\":{}\n}}\n", save.document.to_json());
    for number in 1..=LOST_NAMES {
        let more = if number == 1 { String::new() } else { format!("_{number}") };
        let path = directory.join(format!("LOST_VIDEO_{id}{more}.json"));
        match durable::create(&path, json.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            written => return written.map(|()| path),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "there are too many lost videos of this name"))
}

/// Runs what blocks away from the tasks.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

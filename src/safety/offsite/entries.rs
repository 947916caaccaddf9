//! Spool entries in the offsite store: the last resort if neither the database nor the disk can save a sermon.
//!
//! Here, an entry is a pair of objects, and is complete once the second object exists. This module does not interpret
//! the objects; the spool does.

use std::{sync::atomic::Ordering, time::Duration};

use tokio::time::timeout;

use super::{Offsite, OffsiteError, RemoteError};

/// Prefix of the object names, the same as in the spool.
const PREFIX: &str = "EMERGENCY_SAVE_";

/// Maximum time to write an entry while a client waits.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);

/// Maximum size of an object. Manifests contain captions.
const MAX_BYTES: usize = 64 * 1024 * 1024;

impl Offsite {
    /// Writes the objects of an entry and reads them back. Returns `false` if a name is taken.
    pub(in crate::safety) async fn write_entry(&self, objects: &[(String, Vec<u8>); 2]) -> Result<bool, OffsiteError> {
        let writing = async {
            for (name, _) in objects {
                if self.remote.read(name, 1).await?.is_some() {
                    return Ok(false);
                }
            }
            for (name, bytes) in objects {
                self.remote.put(name, bytes.clone()).await?;
                if self.remote.read(name, MAX_BYTES).await?.as_ref() != Some(bytes) {
                    return Err(RemoteError::InvalidResponse(format!(
                        "{name} could not be read back as it was written"
                    )));
                }
            }
            Ok(true)
        };
        let written = timeout(WRITE_TIMEOUT, writing).await.unwrap_or_else(|_| {
            Err(RemoteError::Connection(format!("no response within {} s", WRITE_TIMEOUT.as_secs())))
        });
        let written = written.map_err(OffsiteError::from);
        self.record(&written);
        // The entry may have been written even if there was an error.
        self.may_have_entries.store(true, Ordering::Relaxed);
        written
    }

    /// Returns whether the store may contain entries. If not, there is no need to list them.
    pub(in crate::safety) fn may_have_entries(&self) -> bool {
        self.may_have_entries.load(Ordering::Relaxed)
    }

    /// Returns the names of all objects that belong to entries.
    pub(in crate::safety) async fn list_entries(&self) -> Result<Vec<String>, OffsiteError> {
        // A concurrent write sets this again.
        self.may_have_entries.store(false, Ordering::Relaxed);
        let listed = self.remote.list().await.map_err(OffsiteError::from);
        self.record(&listed);
        if listed.is_err() {
            self.may_have_entries.store(true, Ordering::Relaxed);
        }
        Ok(self.record_entries(listed?.into_iter().map(|(name, _)| name)))
    }

    /// Returns the objects that belong to entries, and updates the status.
    pub(super) fn record_entries(&self, objects: impl Iterator<Item = String>) -> Vec<String> {
        let mut names: Vec<String> = objects.filter(|name| name.starts_with(PREFIX)).collect();
        names.sort();
        let entries = names.iter().filter(|name| name.ends_with(".manifest.json")).count();
        if entries > 0 {
            self.may_have_entries.store(true, Ordering::Relaxed);
        }
        self.status.send_modify(|status| status.spooled = entries);
        names
    }

    /// Reads an object that belongs to an entry. Returns `None` if it does not exist.
    pub(in crate::safety) async fn read_entry_object(&self, name: &str) -> Result<Option<Vec<u8>>, OffsiteError> {
        Ok(self.remote.read(name, MAX_BYTES).await?)
    }

    /// Removes an object that belongs to an entry.
    pub(in crate::safety) async fn remove_entry_object(&self, name: &str) -> Result<(), OffsiteError> {
        Ok(self.remote.remove(name).await?)
    }

    /// Renames an object of a damaged entry to `*.damaged`.
    pub(in crate::safety) async fn set_aside_entry_object(
        &self,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<(), OffsiteError> {
        self.remote.put(&format!("{name}.damaged"), bytes).await?;
        self.remove_entry_object(name).await
    }
}

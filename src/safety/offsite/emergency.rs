//! Results that neither the database nor the spool could take: the last place before they are given back to who sent them.
//!
//! What an entry means is for the spool; here it is two objects, of which the second makes it one.

use std::{sync::atomic::Ordering, time::Duration};

use tokio::time::timeout;

use super::{Offsite, OffsiteError, RemoteError};

/// What the names of results begin with, here as in the spool.
const PREFIX: &str = "EMERGENCY_SAVE_";

/// How long somebody may wait for this place; behind it there is the answer that the result is kept nowhere.
const PATIENCE: Duration = Duration::from_secs(20);

/// The longest object of an entry: its manifest has a raw transcript in it.
const MOST_BYTES: usize = 64 * 1024 * 1024;

impl Offsite {
    /// Puts an entry there, and reads it back; `false` if its names are taken.
    pub(in crate::safety) async fn put_result(&self, entry: &[(String, Vec<u8>); 2]) -> Result<bool, OffsiteError> {
        let putting = async {
            for (name, _) in entry {
                if self.remote.read(name, 1).await?.is_some() {
                    return Ok(false);
                }
            }
            for (name, bytes) in entry {
                self.remote.put(name, bytes.clone()).await?;
                if self.remote.read(name, MOST_BYTES).await?.as_ref() != Some(bytes) {
                    return Err(RemoteError::Answer(format!("{name} was not what was sent when it was read back")));
                }
            }
            Ok(true)
        };
        let put = timeout(PATIENCE, putting)
            .await
            .unwrap_or_else(|_| Err(RemoteError::Broken(format!("not within {} s", PATIENCE.as_secs()))));
        let put = put.map_err(OffsiteError::from);
        self.note(&put);
        // Also if it failed: it may be there all the same.
        self.results_may_wait.store(true, Ordering::Relaxed);
        put
    }

    /// Whether entries may be there, so that asking is worth it.
    pub(in crate::safety) fn results_may_wait(&self) -> bool {
        self.results_may_wait.load(Ordering::Relaxed)
    }

    /// The names of all objects of entries.
    pub(in crate::safety) async fn results(&self) -> Result<Vec<String>, OffsiteError> {
        // Whoever puts one there from now on says so again.
        self.results_may_wait.store(false, Ordering::Relaxed);
        let listed = self.remote.list().await.map_err(OffsiteError::from);
        self.note(&listed);
        if listed.is_err() {
            self.results_may_wait.store(true, Ordering::Relaxed);
        }
        Ok(self.see_results(listed?.into_iter().map(|(name, _)| name)))
    }

    /// Notes which of these objects are of entries.
    pub(super) fn see_results(&self, objects: impl Iterator<Item = String>) -> Vec<String> {
        let mut names: Vec<String> = objects.filter(|name| name.starts_with(PREFIX)).collect();
        names.sort();
        let waiting = names.iter().filter(|name| name.ends_with(".manifest.json")).count();
        if waiting > 0 {
            self.results_may_wait.store(true, Ordering::Relaxed);
        }
        self.status.send_modify(|status| status.results = waiting);
        names
    }

    /// One object of an entry; none if it is not there.
    pub(in crate::safety) async fn result(&self, name: &str) -> Result<Option<Vec<u8>>, OffsiteError> {
        Ok(self.remote.read(name, MOST_BYTES).await?)
    }

    /// Removes an object of an entry.
    pub(in crate::safety) async fn remove_result(&self, name: &str) -> Result<(), OffsiteError> {
        Ok(self.remote.remove(name).await?)
    }

    /// Puts an object under another name, which is no entry's.
    pub(in crate::safety) async fn set_result_aside(&self, name: &str, bytes: Vec<u8>) -> Result<(), OffsiteError> {
        self.remote.put(&format!("{name}.damaged"), bytes).await?;
        self.remove_result(name).await
    }
}

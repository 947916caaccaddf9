//! A second place: every verified backup is copied to a store that speaks S3, so that a lost disk loses nothing.
//!
//! Whatever is wrong with the store, no backup and no save fails because of it: copies are made in the background, are
//! tried again, and the [`OffsiteStatus`] says how it stands. A copy counts once it was read back whole and has the
//! checksum of its manifest; the manifest is put beside it last, and what has none is no copy.
//!
//! | what | where |
//! |---|---|
//! | where the store is | `settings` |
//! | objects, put, read, listed and removed | `remote` |
//! | backups copied there and fetched back, what may go | `copies` |
//! | results that neither the database nor the spool could take | `emergency` |

mod copies;
mod emergency;
mod remote;
mod settings;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
    time::Duration,
};

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

pub use copies::OffsiteError;
pub use remote::RemoteError;
pub use settings::{OffsiteSettings, OffsiteSettingsError};

use super::{
    DataDir,
    backup::{BackupName, Shelf},
};
use crate::{backoff::Backoff, clock::Clock};
use remote::Remote;

/// How often it is looked whether all is there when nothing was made.
const LOOK_EVERY: Duration = Duration::from_secs(600);

/// The second place for backups.
#[derive(Debug)]
pub struct Offsite {
    remote: Remote,
    files: Shelf,
    clock: Arc<dyn Clock>,
    woken: Notify,
    status: watch::Sender<OffsiteStatus>,
    /// The copies that were there when it was last looked, with their lengths.
    known: Mutex<HashMap<BackupName, u64>>,
    /// Whether results may wait there.
    results_may_wait: AtomicBool,
}

/// How the second place stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OffsiteStatus {
    /// Where it is.
    pub place: String,
    /// Backups that are there, read back and with their manifest.
    pub copies: usize,
    /// Their length.
    pub bytes: u64,
    /// The newest of them.
    pub newest: Option<BackupName>,
    /// Verified backups that are not there yet.
    pub missing: usize,
    /// Results that wait there, because neither the database nor the spool could take them.
    pub results: usize,
    /// When all was last found there.
    pub complete_at: Option<DateTime<Utc>>,
    /// Why the last try failed; none when it went well. It is tried again.
    pub error: Option<String>,
}

impl Offsite {
    /// The place that the settings name, for the backups of a data directory. Asks nothing of it yet.
    pub fn new(
        settings: &OffsiteSettings,
        data_dir: &DataDir,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OffsiteSettingsError> {
        let remote = Remote::new(settings)?;
        let status = OffsiteStatus { place: remote.title(), ..OffsiteStatus::default() };
        Ok(Self {
            remote,
            files: Shelf::of(data_dir),
            clock,
            woken: Notify::new(),
            status: watch::Sender::new(status),
            known: Mutex::default(),
            results_may_wait: AtomicBool::new(true),
        })
    }

    /// How it stood when it was last looked at.
    pub fn status(&self) -> OffsiteStatus {
        self.status.borrow().clone()
    }

    /// Follows [`Offsite::status`].
    pub fn watch(&self) -> watch::Receiver<OffsiteStatus> {
        self.status.subscribe()
    }

    /// Says that there is a new backup.
    pub fn wake(&self) {
        self.woken.notify_one();
    }

    /// The copies that were there when it was last looked, with their lengths.
    pub fn known(&self) -> HashMap<BackupName, u64> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Copies what is missing whenever a backup was made, and looks from time to time, until the token is canceled.
    pub async fn run(&self, token: CancellationToken) {
        let mut backoff = new_backoff();
        while !token.is_cancelled() {
            let copied = tokio::select! {
                // What was begun is begun again: a copy without its manifest is none.
                () = token.cancelled() => break,
                copied = self.copy_missing() => copied,
            };
            let again = async {
                if copied.is_ok() {
                    backoff = new_backoff();
                    // Either way it is time to look.
                    let _ = timeout(LOOK_EVERY, self.woken.notified()).await;
                } else {
                    sleep(backoff.next()).await;
                }
            };
            tokio::select! {
                () = token.cancelled() => break,
                () = again => {}
            }
        }
    }

    fn remember(&self, copies: HashMap<BackupName, u64>) {
        self.status.send_modify(|status| {
            status.copies = copies.len();
            status.bytes = copies.values().sum();
            status.newest = copies.keys().max_by_key(|name| (name.at(), name.as_str())).cloned();
        });
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = copies;
    }

    /// Notes how a try went.
    fn note<T>(&self, tried: &Result<T, OffsiteError>) {
        let error = tried.as_ref().err().map(ToString::to_string);
        let changed =
            self.status.send_if_modified(|status| std::mem::replace(&mut status.error, error.clone()) != error);
        match (error, changed) {
            (Some(error), true) => tracing::error!(%error, "the second place for backups; it is tried again"),
            (Some(error), false) => tracing::debug!(%error, "still trouble with the second place for backups"),
            (None, true) => tracing::info!("the second place for backups is back"),
            (None, false) => {}
        }
    }
}

fn new_backoff() -> Backoff {
    Backoff::new(Duration::from_secs(2), Duration::from_secs(300))
}

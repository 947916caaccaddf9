//! The offsite store: copies of all verified backups in S3-compatible storage, so that losing a disk loses no data.
//!
//! A problem with the store never makes a backup or a save fail: copies are made in the background and retried, and
//! [`OffsiteStatus`] reports errors. A copy is complete once it has been read back and its checksum matches. Its
//! manifest is written last, and a file without a manifest does not count.
//!
//! | module | contents |
//! |---|---|
//! | `settings` | the URL and credentials of the store |
//! | `remote` | the S3 client |
//! | `copies` | copies of backups |
//! | `entries` | spool entries that could not be written to disk |

mod copies;
mod entries;
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
    backup::{BackupDir, BackupName},
};
use crate::{backoff::Backoff, clock::Clock};
use remote::Remote;

/// How often to check the store when no backups are made.
const POLL_INTERVAL: Duration = Duration::from_secs(600);

/// The offsite store.
#[derive(Debug)]
pub struct Offsite {
    remote: Remote,
    files: BackupDir,
    clock: Arc<dyn Clock>,
    woken: Notify,
    status: watch::Sender<OffsiteStatus>,
    /// The copies found by the last listing, and their sizes.
    known_copies: Mutex<HashMap<BackupName, u64>>,
    /// Whether the store may have spool entries.
    may_have_entries: AtomicBool,
}

/// Status of the offsite store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OffsiteStatus {
    /// URL of the store, without credentials.
    pub url: String,
    /// Number of complete copies.
    pub copies: usize,
    /// Total size of the copies.
    pub bytes: u64,
    /// The newest copy.
    pub newest: Option<BackupName>,
    /// Number of verified backups that have not been copied yet.
    pub pending: usize,
    /// Number of spool entries that were written here because neither the database nor the disk could save them.
    pub spooled: usize,
    /// When all verified backups were last known to be in the store.
    pub complete_at: Option<DateTime<Utc>>,
    /// Why the last request failed, or `None` if it succeeded. Failed requests are retried.
    pub error: Option<String>,
}

impl Offsite {
    /// Creates a client for the store, for the backups in a data directory. Sends no requests.
    pub fn new(
        settings: &OffsiteSettings,
        data_dir: &DataDir,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OffsiteSettingsError> {
        let remote = Remote::new(settings)?;
        let status = OffsiteStatus { url: remote.url(), ..OffsiteStatus::default() };
        Ok(Self {
            remote,
            files: BackupDir::new(data_dir),
            clock,
            woken: Notify::new(),
            status: watch::Sender::new(status),
            known_copies: Mutex::default(),
            may_have_entries: AtomicBool::new(true),
        })
    }

    /// Returns the last known status.
    pub fn status(&self) -> OffsiteStatus {
        self.status.borrow().clone()
    }

    /// Subscribes to the status.
    pub fn watch(&self) -> watch::Receiver<OffsiteStatus> {
        self.status.subscribe()
    }

    /// Notifies the background task that there may be backups to copy.
    pub fn wake(&self) {
        self.woken.notify_one();
    }

    /// Returns the copies found by the last listing, and their sizes.
    pub fn known_copies(&self) -> HashMap<BackupName, u64> {
        self.known_copies.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Copies new backups, and regularly checks for missing copies, until the token is canceled.
    pub async fn run(&self, token: CancellationToken) {
        let mut backoff = Backoff::new(Duration::from_secs(2), Duration::from_secs(300));
        while !token.is_cancelled() {
            let copied = tokio::select! {
                // An interrupted copy has no manifest and will be made again.
                () = token.cancelled() => break,
                copied = self.copy_missing() => copied,
            };
            let wait = async {
                if copied.is_ok() {
                    backoff.reset();
                    let _ = timeout(POLL_INTERVAL, self.woken.notified()).await;
                } else {
                    sleep(backoff.next_delay()).await;
                }
            };
            tokio::select! {
                () = token.cancelled() => break,
                () = wait => {}
            }
        }
    }

    /// Updates the status after a listing or a copy.
    fn record_copies(&self, copies: HashMap<BackupName, u64>) {
        self.status.send_modify(|status| {
            status.copies = copies.len();
            status.bytes = copies.values().sum();
            status.newest = copies.keys().max_by_key(|name| (name.at(), name.as_str())).cloned();
        });
        *self.known_copies.lock().unwrap_or_else(PoisonError::into_inner) = copies;
    }

    /// Records whether a request succeeded.
    fn record<T>(&self, result: &Result<T, OffsiteError>) {
        let error = result.as_ref().err().map(ToString::to_string);
        let changed =
            self.status.send_if_modified(|status| std::mem::replace(&mut status.error, error.clone()) != error);
        match (error, changed) {
            (Some(error), true) => tracing::error!(%error, "the offsite store failed and will be retried"),
            (Some(error), false) => tracing::debug!(%error, "the offsite store failed again"),
            (None, true) => tracing::info!("the offsite store works again"),
            (None, false) => {}
        }
    }
}

//! Periodic integrity check: whether the database still has everything that was saved, and whether a new database has
//! replaced one that left backups or an export.
//!
//! The check adds up the stored checksums and compares the sum with the state row, which reveals rows that were deleted
//! or changed outside `MannaMeter`. It does not read the documents; reads and backups verify those against their
//! checksums.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{Backups, DataDir, Manifest, plural::count};
use crate::{
    blocking::blocking,
    clock::Clock,
    store::{Fingerprint, Store, StoreError},
};

/// How long to wait before checking again if the database did not respond.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// Checks the database as a whole.
#[derive(Debug)]
pub struct Integrity {
    store: Arc<dyn Store>,
    backups: Arc<Backups>,
    data_dir: DataDir,
    clock: Arc<dyn Clock>,
    status: watch::Sender<IntegrityStatus>,
}

/// The result of the last check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct IntegrityStatus {
    /// When the check ran, or `None` if the database has not responded yet.
    pub checked_at: Option<DateTime<Utc>>,
    /// How the database differs from what was saved, or `None` if it does not differ.
    pub problem: Option<String>,
    /// Which backups and export could fill an uninitialized database, or `None` if the database is in use or no such
    /// data was found.
    pub uninitialized: Option<String>,
}

impl IntegrityStatus {
    /// Returns the message to show on every page, if any.
    pub fn alarm(&self) -> Option<&str> {
        self.problem.as_deref().or(self.uninitialized.as_deref())
    }
}

impl Integrity {
    /// Creates the service; [`Integrity::run`] starts it.
    pub fn new(store: Arc<dyn Store>, backups: Arc<Backups>, data_dir: DataDir, clock: Arc<dyn Clock>) -> Self {
        Self { store, backups, data_dir, clock, status: watch::Sender::default() }
    }

    /// Runs a check every `interval` until the token is canceled.
    pub async fn run(&self, interval: Duration, token: CancellationToken) {
        loop {
            let checked = tokio::select! {
                () = token.cancelled() => break,
                checked = self.check() => checked,
            };
            let pause = match checked {
                Ok(_) => interval,
                Err(error) => {
                    tracing::debug!(%error, "could not check the integrity of the database");
                    RETRY_AFTER.min(interval)
                }
            };
            tokio::select! {
                () = token.cancelled() => break,
                () = sleep(pause) => {}
            }
        }
    }

    /// Returns the result of the last check.
    pub fn status(&self) -> IntegrityStatus {
        self.status.borrow().clone()
    }

    /// Checks now.
    pub async fn check(&self) -> Result<IntegrityStatus, StoreError> {
        let missing = self.store.missing_tables().await?;
        let (problem, uninitialized) = if missing.is_empty() {
            let found = self.store.fingerprint().await?;
            let uninitialized = if found.state.seq == 0 { self.data_for_new_database().await } else { None };
            (describe_mismatch(&found), uninitialized)
        } else {
            let tables = if missing.len() == 1 { "a table is" } else { "tables are" };
            let missing = missing.join(", ");
            let problem = format!("{tables} missing ({missing}); `mannameter recover` shows what can be recovered");
            (Some(problem), None)
        };
        let status = IntegrityStatus { checked_at: Some(self.clock.now()), problem, uninitialized };
        let before = self.status.send_replace(status.clone());
        if let Some(alarm) = status.alarm().filter(|alarm| before.alarm() != Some(*alarm)) {
            tracing::error!("{alarm}");
        }
        Ok(status)
    }

    /// Describes the backups and the export that could fill an uninitialized database.
    async fn data_for_new_database(&self) -> Option<String> {
        let list = self.backups.list().await.unwrap_or_default();
        let backups: Vec<_> = list.into_iter().filter(|backup| backup.sermons != Some(0)).collect();
        let path = self.data_dir.results_manifest();
        let export = blocking(move || Manifest::read(&path)).await.ok()?;
        let export = export.filter(|manifest| manifest.count > 0);
        let data = match (backups.first(), export) {
            (_, Some(export)) => {
                format!("an export of {} and {}", count(export.count, "sermon"), count(backups.len(), "backup"))
            }
            (Some(newest), None) => format!("{} (newest: {})", count(backups.len(), "backup"), newest.name),
            (None, None) => return None,
        };
        Some(format!(
            "this database is new, but its data directory has {data}. If the database should not be empty, `mannameter \
             recover` shows what can be recovered, and `mannameter recover --apply` (or starting the server with \
             --seed-from-backup) recovers it"
        ))
    }
}

/// Describes how the rows differ from the state row, or returns `None` if they match.
fn describe_mismatch(found: &Fingerprint) -> Option<String> {
    let Fingerprint { state, count: rows, digest } = found;
    if (*rows, *digest) == (state.count, state.digest) {
        return None;
    }
    let difference = if *rows == state.count {
        format!("it has {} as expected, but not the versions that were saved", count(*rows, "sermon"))
    } else {
        format!("it has {} but should have {}", count(*rows, "sermon"), state.count)
    };
    Some(format!(
        "the database was modified outside MannaMeter: {difference}; `mannameter recover` shows what can be recovered"
    ))
}

//! Looks every few minutes whether the database still holds what was written, and whether it is a new one beside the
//! backups of another.
//!
//! What is compared is the sum of the stored checksums with what the state says: rows that were deleted or changed
//! behind our back are noticed before the next write. That a document's text is that of its checksum is seen by
//! whatever reads it, and by every backup.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::{sync::watch, task::spawn_blocking, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{Backups, DataDir, Manifest};
use crate::{
    clock::Clock,
    store::{Fingerprint, Store, StoreError},
};

/// How long after a look that got no answer the next one comes.
const AGAIN_AFTER: Duration = Duration::from_secs(10);

/// Looks at the database as a whole.
#[derive(Debug)]
pub struct Integrity {
    store: Arc<dyn Store>,
    backups: Arc<Backups>,
    data_dir: DataDir,
    clock: Arc<dyn Clock>,
    status: watch::Sender<IntegrityStatus>,
}

/// How the database stood when it was last looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct IntegrityStatus {
    /// When that was; none if it has not answered yet.
    pub checked_at: Option<DateTime<Utc>>,
    /// Why it does not hold what was written; none if it does.
    pub problem: Option<String>,
    /// What lies beside a database that was never written to; none if nothing does, or it was.
    pub uninitialized: Option<String>,
}

impl IntegrityStatus {
    /// What everybody should know.
    pub fn alarm(&self) -> Option<&str> {
        self.problem.as_deref().or(self.uninitialized.as_deref())
    }
}

impl Integrity {
    /// Looks when it is told to.
    pub fn new(store: Arc<dyn Store>, backups: Arc<Backups>, data_dir: DataDir, clock: Arc<dyn Clock>) -> Self {
        Self { store, backups, data_dir, clock, status: watch::Sender::default() }
    }

    /// Looks so often, until the token is canceled.
    pub async fn run(&self, every: Duration, token: CancellationToken) {
        loop {
            let looked = tokio::select! {
                () = token.cancelled() => break,
                looked = self.look() => looked,
            };
            let pause = match looked {
                Ok(_) => every,
                Err(error) => {
                    tracing::debug!(%error, "could not look at the database as a whole");
                    AGAIN_AFTER.min(every)
                }
            };
            tokio::select! {
                () = token.cancelled() => break,
                () = sleep(pause) => {}
            }
        }
    }

    /// How it stood when it was last looked at.
    pub fn status(&self) -> IntegrityStatus {
        self.status.borrow().clone()
    }

    /// Looks now.
    pub async fn look(&self) -> Result<IntegrityStatus, StoreError> {
        let missing = self.store.missing_tables().await?;
        let (problem, uninitialized) = if missing.is_empty() {
            let found = self.store.fingerprint().await?;
            let uninitialized = if found.state.seq == 0 { self.beside_a_virgin().await } else { None };
            (problem(&found), uninitialized)
        } else {
            (
                Some(format!(
                    "tables are gone ({}); `mannameter recover` shows what can be brought back",
                    missing.join(", ")
                )),
                None,
            )
        };
        let status = IntegrityStatus { checked_at: Some(self.clock.now()), problem, uninitialized };
        let before = self.status.send_replace(status.clone());
        if let Some(alarm) = status.alarm().filter(|alarm| before.alarm() != Some(*alarm)) {
            tracing::error!("{alarm}");
        }
        Ok(status)
    }

    /// What could fill a database that was never written to.
    async fn beside_a_virgin(&self) -> Option<String> {
        let list = self.backups.list().await.unwrap_or_default();
        let full: Vec<_> = list.into_iter().filter(|backup| backup.videos != Some(0)).collect();
        let path = self.data_dir.results_manifest();
        let export = spawn_blocking(move || Manifest::read(&path)).await.ok()?.ok()?;
        let export = export.filter(|manifest| manifest.count > 0);
        let what = match (full.first(), export) {
            (_, Some(export)) => {
                let backups = full.len();
                format!("an export of {} sermons and {backups} backups lie", export.count)
            }
            (Some(newest), None) => format!("{} backups lie (the newest is {})", full.len(), newest.name),
            (None, None) => return None,
        };
        Some(format!(
            "this database is new, and {what} beside it: if it should not be empty, `mannameter recover` shows what they \
             hold, and `recover --apply` (or a start with --seed-from-backup) brings it back"
        ))
    }
}

/// What is wrong with the whole.
fn problem(found: &Fingerprint) -> Option<String> {
    let Fingerprint { state, count, digest } = found;
    if (*count, *digest) == (state.count, state.digest) {
        return None;
    }
    let what = if *count == state.count {
        format!("there are {count} sermons, as there must be, but not all of them are those that were written")
    } else {
        format!("{count} sermons are there, and {} were written", state.count)
    };
    Some(format!(
        "the database was changed behind our back: {what}; `mannameter recover` shows what can be brought back"
    ))
}

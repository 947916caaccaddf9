//! Ensures that a verified snapshot of the current state exists before a restore changes anything.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    safety::backup::{BackupError, BackupKind, BackupName, Backups},
    store::{ReplaceGuard, StoreState},
};

type Refusal = Box<dyn std::error::Error + Send + Sync>;

/// Takes a snapshot before writers are locked out, and another one afterwards if there was a write in the meantime.
pub(super) struct SnapshotGuard<'a> {
    backups: &'a Arc<Backups>,
    /// The state that the plan was made for, or `None` if the restore has no plan.
    planned_for: Option<StoreState>,
    snapshot: Option<Snapshot>,
    state_changed: bool,
}

/// A snapshot and the state it captures.
struct Snapshot {
    name: BackupName,
    epoch: i64,
    seq: i64,
}

impl Snapshot {
    fn captures(&self, state: &StoreState) -> bool {
        (self.epoch, self.seq) == (state.epoch, state.seq)
    }
}

impl<'a> SnapshotGuard<'a> {
    pub(super) fn new(backups: &'a Arc<Backups>, planned_for: Option<StoreState>) -> Self {
        Self { backups, planned_for, snapshot: None, state_changed: false }
    }

    /// Takes a snapshot of the current state, reads it back and lists it.
    pub(super) async fn take_snapshot(&mut self) -> Result<(), BackupError> {
        let (name, manifest) = self.backups.create_with_kind(BackupKind::BeforeRestore).await?;
        self.snapshot = Some(Snapshot { name, epoch: manifest.contents.epoch, seq: manifest.contents.seq });
        Ok(())
    }

    /// Returns the latest snapshot.
    pub(super) fn snapshot(&self) -> Option<&BackupName> {
        self.snapshot.as_ref().map(|snapshot| &snapshot.name)
    }

    /// Returns whether the state differs from the one that the plan was made for.
    pub(super) fn state_changed(&self) -> bool {
        self.state_changed
    }
}

#[async_trait]
impl ReplaceGuard for SnapshotGuard<'_> {
    async fn ensure_snapshot(&mut self, present: &StoreState) -> Result<String, Refusal> {
        if self.planned_for.as_ref().is_some_and(|planned_for| planned_for != present) {
            self.state_changed = true;
            return Err("the data changed after the plan was made".into());
        }
        if !self.snapshot.as_ref().is_some_and(|snapshot| snapshot.captures(present)) {
            self.take_snapshot().await?;
        }
        match &self.snapshot {
            Some(snapshot) if snapshot.captures(present) => Ok(snapshot.name.to_string()),
            _ => Err("the snapshot does not match the current state".into()),
        }
    }
}

/// Uses the snapshot that is being restored instead of taking another.
pub(super) struct ExistingSnapshot<'a>(pub(super) &'a BackupName);

#[async_trait]
impl ReplaceGuard for ExistingSnapshot<'_> {
    async fn ensure_snapshot(&mut self, _: &StoreState) -> Result<String, Refusal> {
        Ok(self.0.to_string())
    }
}

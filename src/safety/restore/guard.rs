//! What stands between a restore and the first change: a verified snapshot of exactly what is there.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    safety::backup::{BackupError, BackupKind, BackupName, Backups},
    store::{BeforeReplacing, StoreState},
};

type Refusal = Box<dyn std::error::Error + Send + Sync>;

/// Makes the snapshot: before the writers wait, and once more while they wait if one of them was faster.
pub(super) struct SnapshotGuard<'a> {
    backups: &'a Arc<Backups>,
    /// The state that a plan was made for; none if there is no plan.
    agreed: Option<StoreState>,
    made: Option<Made>,
    changed_meanwhile: bool,
}

/// A snapshot, and the state that it is of.
struct Made {
    name: BackupName,
    epoch: i64,
    seq: i64,
}

impl Made {
    fn is_of(&self, state: &StoreState) -> bool {
        (self.epoch, self.seq) == (state.epoch, state.seq)
    }
}

impl<'a> SnapshotGuard<'a> {
    pub(super) fn new(backups: &'a Arc<Backups>, agreed: Option<StoreState>) -> Self {
        Self { backups, agreed, made: None, changed_meanwhile: false }
    }

    /// Makes a snapshot of what is there now, reads it back and lists it.
    pub(super) async fn make(&mut self) -> Result<(), BackupError> {
        let (name, manifest) = self.backups.create_of(BackupKind::BeforeRestore).await?;
        self.made = Some(Made { name, epoch: manifest.contents.epoch, seq: manifest.contents.seq });
        Ok(())
    }

    /// The last snapshot that was made.
    pub(super) fn snapshot(&self) -> Option<&BackupName> {
        self.made.as_ref().map(|made| &made.name)
    }

    /// Whether the data changed under the plan.
    pub(super) fn changed_meanwhile(&self) -> bool {
        self.changed_meanwhile
    }
}

#[async_trait]
impl BeforeReplacing for SnapshotGuard<'_> {
    async fn snapshot_of(&mut self, present: &StoreState) -> Result<String, Refusal> {
        if self.agreed.as_ref().is_some_and(|agreed| agreed != present) {
            self.changed_meanwhile = true;
            return Err("the data was changed meanwhile".into());
        }
        if !self.made.as_ref().is_some_and(|made| made.is_of(present)) {
            self.make().await?;
        }
        match &self.made {
            Some(made) if made.is_of(present) => Ok(made.name.to_string()),
            _ => Err("the snapshot is not of what is there".into()),
        }
    }
}

/// The snapshot that is being restored is there already.
pub(super) struct Known<'a>(pub(super) &'a BackupName);

#[async_trait]
impl BeforeReplacing for Known<'_> {
    async fn snapshot_of(&mut self, _: &StoreState) -> Result<String, Refusal> {
        Ok(self.0.to_string())
    }
}

//! Cleans up after restores whose process died.

use chrono::Duration;
use serde::Serialize;
use uuid::Uuid;

use super::{RestoreError, Restores, blocking};
use crate::{safety::durable::FileLock, store::RestoreState};

/// Time without a heartbeat after which a restore counts as dead.
const HEARTBEAT_TIMEOUT: Duration = Duration::seconds(60);

/// Number of recent restores to check.
const RECENT: u16 = 20;

/// An interrupted restore and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InterruptedRestore {
    /// The restore.
    pub restore_id: Uuid,
    /// [`RestoreState::Failed`] if nothing was changed, [`RestoreState::Done`] if the restore is complete, or
    /// [`RestoreState::Committed`] if it is complete but fails verification.
    pub state: RestoreState,
    /// What failed verification.
    pub problem: Option<String>,
}

impl Restores {
    /// Cleans up after dead processes: marks restores that changed nothing as failed, and verifies those that were
    /// committed. The exporter catches up on its own. Does nothing while a restore is running.
    pub async fn finish_interrupted(&self) -> Result<Vec<InterruptedRestore>, RestoreError> {
        let lock = self.data_dir.restore_lock();
        let Some(_lock) = blocking(move || FileLock::try_exclusive(&lock)).await? else { return Ok(Vec::new()) };
        let failed = |restore_id| InterruptedRestore { restore_id, state: RestoreState::Failed, problem: None };
        let mut interrupted: Vec<_> = self.fail_dead().await?.into_iter().map(failed).collect();
        let recent = self.store.restores(RECENT).await?;
        let unverified = recent.into_iter().filter(|entry| entry.state == RestoreState::Committed);
        for entry in unverified {
            let Some(after) = &entry.after else { continue };
            let problem = self.verify_database(after).await?;
            let state = if problem.is_some() { RestoreState::Committed } else { RestoreState::Done };
            self.store.end_restore(entry.id, state, problem.as_deref(), self.clock.now()).await?;
            match &problem {
                None => {
                    tracing::warn!(restore = %entry.id, backup = entry.backup, "an interrupted restore turned out to be complete");
                }
                Some(problem) => {
                    tracing::error!(restore = %entry.id, snapshot = ?entry.snapshot, %problem, "an interrupted restore failed verification; undo it with `mannameter backup undo`");
                }
            }
            interrupted.push(InterruptedRestore { restore_id: entry.id, state, problem });
        }
        Ok(interrupted)
    }

    /// Marks dead restores as failed. The caller holds the data directory's restore lock.
    pub(super) async fn fail_dead(&self) -> Result<Vec<Uuid>, RestoreError> {
        let dead = self.store.fail_abandoned_restores(&self.key.instance_id(), HEARTBEAT_TIMEOUT).await?;
        for restore in &dead {
            tracing::warn!(%restore, "a restore was interrupted; nothing was changed");
        }
        Ok(dead)
    }
}

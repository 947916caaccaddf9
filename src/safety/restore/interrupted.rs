//! What restores of processes that are gone left behind.

use chrono::Duration;
use serde::Serialize;
use uuid::Uuid;

use super::{RestoreError, Restores, blocking};
use crate::{safety::durable::FileLock, store::RestoreState};

/// A restore that has given no sign of life for so long is dead.
const SILENCE: Duration = Duration::seconds(60);

/// How many of the last restores are looked at.
const LOOK_AT: u16 = 20;

/// What became of a restore that nobody had ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InterruptedRestore {
    /// Which.
    pub restore_id: Uuid,
    /// [`RestoreState::Failed`]: nothing was changed; [`RestoreState::Done`]: it is complete;
    /// [`RestoreState::Committed`]: it is complete, and what is there cannot be read back.
    pub state: RestoreState,
    /// What is wrong.
    pub problem: Option<String>,
}

impl Restores {
    /// Ends what restores of dead processes left: those that had changed nothing are noted as failed, those that
    /// were committed are read back. The export catches up by itself. Does nothing while a restore is under way.
    pub async fn clean_up_interrupted(&self) -> Result<Vec<InterruptedRestore>, RestoreError> {
        let lock = self.data_dir.restore_lock();
        let Some(_lock) = blocking(move || FileLock::try_exclusive(&lock)).await? else { return Ok(Vec::new()) };
        let failed = |restore_id| InterruptedRestore { restore_id, state: RestoreState::Failed, problem: None };
        let mut repaired: Vec<_> = self.end_dead().await?.into_iter().map(failed).collect();
        let last = self.store.restores(LOOK_AT).await?;
        let unread = last.into_iter().filter(|entry| entry.state == RestoreState::Committed);
        for entry in unread {
            let Some(after) = &entry.after else { continue };
            let problem = self.reads_back(after).await?;
            let state = if problem.is_some() { RestoreState::Committed } else { RestoreState::Done };
            self.store.end_restore(entry.id, state, problem.as_deref(), self.clock.now()).await?;
            match &problem {
                None => {
                    tracing::warn!(restore = %entry.id, backup = entry.backup, "a restore that was broken off is complete");
                }
                Some(problem) => {
                    tracing::error!(restore = %entry.id, snapshot = ?entry.snapshot, %problem, "what was restored cannot be read back; `backup undo` goes back");
                }
            }
            repaired.push(InterruptedRestore { restore_id: entry.id, state, problem });
        }
        Ok(repaired)
    }

    /// Notes as failed those that run no more. The caller holds the lock of the data directory.
    pub(super) async fn end_dead(&self) -> Result<Vec<Uuid>, RestoreError> {
        let now = self.clock.now();
        let dead = self.store.end_dead_restores(&self.key.place(), now - SILENCE, now).await?;
        for restore in &dead {
            tracing::warn!(%restore, "a restore was broken off; nothing was changed");
        }
        Ok(dead)
    }
}

//! Progress of a restore.

use serde::Serialize;

/// The phases of a restore, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RestorePhase {
    /// Reading the backup in full and comparing it with the database.
    Checking,
    /// Loading the sermons into the staging table.
    Staging,
    /// Taking and verifying a snapshot of the current state.
    Snapshot,
    /// Replacing the sermons while all other writers wait.
    Replacing,
    /// Reading the sermons back on another connection, which also writes the new export.
    Verifying,
    /// Completing the export.
    Exporting,
}

impl RestorePhase {
    /// Returns the phase as human-readable text.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Checking => "checking the backup",
            Self::Staging => "loading the sermons",
            Self::Snapshot => "backing up the current state",
            Self::Replacing => "replacing the sermons",
            Self::Verifying => "verifying the restored sermons",
            Self::Exporting => "exporting",
        }
    }
}

/// Receives the progress of a restore.
pub trait RestoreProgress: Send + Sync {
    /// Reports that a phase has started, or that it has processed `done` of `total` sermons. Both are 0 if the total is
    /// unknown.
    fn report(&self, phase: RestorePhase, done: u64, total: u64);
}

/// Ignores all progress.
impl RestoreProgress for () {
    fn report(&self, _: RestorePhase, _: u64, _: u64) {}
}

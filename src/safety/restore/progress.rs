//! How far a restore has come.

use serde::Serialize;

/// The steps of a restore, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The file is read to its end and compared with what is there.
    Checking,
    /// Its videos are loaded beside those that are there.
    Staging,
    /// A snapshot of what is there is made and verified.
    Snapshot,
    /// All writers wait; the videos are replaced.
    Replacing,
    /// The videos are read back on a fresh connection, into the new export.
    Verifying,
    /// The new export is there.
    Exporting,
}

impl Phase {
    /// The step in words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Checking => "checking the file",
            Self::Staging => "loading the videos",
            Self::Snapshot => "backing up what is there",
            Self::Replacing => "replacing the videos",
            Self::Verifying => "reading them back",
            Self::Exporting => "exporting",
        }
    }
}

/// Is told how far a restore has come.
pub trait Progress: Send + Sync {
    /// A step has begun, or so many of so many videos have passed through it; 0 of 0 when that is not known.
    fn report(&self, phase: Phase, done: u64, of: u64);
}

/// Nobody needs to know.
impl Progress for () {
    fn report(&self, _: Phase, _: u64, _: u64) {}
}

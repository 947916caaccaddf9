//! What a reference counts as.

use scripture_detector::{Class, Kind, Reference};

use super::Canon;

/// What a reference counts as. Each reference is counted once, so the references listed for a sermon add up to the
/// numbers on its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CountedAs {
    /// Part of the manna.
    Confirmed,
    /// A doubtful reference.
    Suspect,
    /// A bare verse or chapter that depends on an earlier reference.
    Contextual,
    /// A confirmed reference to a book outside the canon.
    Deuterocanonical,
    /// A slip that the speaker corrected.
    Withdrawn,
}

impl CountedAs {
    /// Returns what a reference counts as under `canon`.
    pub fn of(reference: &Reference, canon: Canon) -> Self {
        match reference.class {
            Class::Withdrawn => Self::Withdrawn,
            _ if reference.kind == Kind::Contextual => Self::Contextual,
            Class::Confirmed if canon.contains(reference.book) => Self::Confirmed,
            Class::Confirmed => Self::Deuterocanonical,
            _ => Self::Suspect,
        }
    }
}

//! What is known of one video from everywhere: ids, checksums and places, never a document.

use chrono::{DateTime, Utc};

use crate::domain::Sha256;

/// Everything that was found of a video.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Its title, as it was found first.
    pub(super) title: String,
    /// Its row.
    pub(super) row: Option<Row>,
    /// Its deletion, if the history knows of one and of nothing later.
    pub(super) gone: Option<Gone>,
    /// The last version that another one replaced, if the history knows of nothing later.
    pub(super) replaced: Option<Replaced>,
    /// Checksums of its versions in the history.
    pub(super) in_history: Vec<Sha256>,
    /// Where it was seen in the latest life of a database that ever had it.
    pub(super) seen: Option<Seen>,
    /// Its versions in files, each once.
    pub(super) versions: Vec<Version>,
}

/// A row of `videos`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// Checksum of its text as it is.
    pub(super) sha256: Sha256,
    /// Whether that is the checksum that is stored with it.
    pub(super) whole: bool,
    /// Whether its text is the document of a sermon.
    pub(super) readable: bool,
    /// The write that put it there.
    pub(super) seq: i64,
    /// When it was analyzed.
    pub(super) processed_at: DateTime<Utc>,
}

/// A deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gone {
    /// The write that did it.
    pub(super) seq: i64,
    /// When.
    pub(super) at: DateTime<Utc>,
}

/// A version that another one replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Replaced {
    /// The write that had put it there.
    pub(super) seq: i64,
    /// The write that replaced it.
    pub(super) by: i64,
    /// Checksum of its document.
    pub(super) sha256: Sha256,
}

/// Seen in the files of a database's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// The epoch of that life.
    pub(super) epoch: i64,
    /// The last write that is in the file.
    pub(super) seq: i64,
    /// When the file was made.
    pub(super) at: DateTime<Utc>,
    /// Whether the file is the newest of that life: otherwise the newest does not have the video any more.
    pub(super) in_newest: bool,
    /// Checksum of its document there.
    pub(super) sha256: Sha256,
}

/// A version in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    /// Checksum of its document, in the form in which it would be stored.
    pub(super) sha256: Sha256,
    /// When it was analyzed.
    pub(super) processed_at: DateTime<Utc>,
    /// Where it stands.
    pub(super) place: usize,
    /// How far the file is to be believed.
    pub(super) worth: Worth,
}

/// How far a file is to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Worth {
    /// It is not what its manifest says, or cannot be read to its end.
    Doubtful,
    /// It is whole, and belongs to no life of a database.
    Loose,
    /// It waits in the spool, whole, and is put back with its transcript by the replay.
    Waiting,
    /// It is what its manifest says, and is the state of a database after one of its writes.
    State,
}

impl Known {
    /// Takes in a version from a file. The same one found twice is kept once, where it is to be believed more.
    pub(super) fn add(&mut self, version: Version) {
        match self.versions.iter_mut().find(|known| known.sha256 == version.sha256) {
            Some(known) if version.worth > known.worth => *known = version,
            Some(_) => {}
            None => self.versions.push(version),
        }
    }

    pub(super) fn version(&self, sha256: &Sha256) -> Option<Version> {
        self.versions.iter().find(|version| version.sha256 == *sha256).copied()
    }

    /// The latest version that no database of ours is known to have had.
    pub(super) fn latest_new(&self) -> Option<Version> {
        let new = self.versions.iter().filter(|version| {
            matches!(version.worth, Worth::Loose | Worth::Waiting) && !self.in_history.contains(&version.sha256)
        });
        new.max_by_key(|version| (version.processed_at, version.worth)).copied()
    }

    /// The latest version in a damaged file.
    pub(super) fn latest_doubtful(&self) -> Option<Version> {
        let doubtful = self.versions.iter().filter(|version| version.worth == Worth::Doubtful);
        doubtful.max_by_key(|version| version.processed_at).copied()
    }
}

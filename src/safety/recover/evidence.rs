//! Everything found about one sermon: IDs, checksums and locations, but never documents.

use chrono::{DateTime, Utc};

use crate::domain::Sha256;

/// What the database, its history and all files say about one sermon.
#[derive(Debug, Clone, Default)]
pub(super) struct SermonEvidence {
    /// The first title found.
    pub(super) title: String,
    /// The row in the database.
    pub(super) row: Option<StoredRow>,
    /// The deletion, if it is the latest event in the history.
    pub(super) deletion: Option<Deletion>,
    /// The version that was replaced most recently, if that is the latest event in the history.
    pub(super) replaced: Option<ReplacedVersion>,
    /// Checksums of all versions in the history.
    pub(super) in_history: Vec<Sha256>,
    /// The latest database state that has the sermon.
    pub(super) last_seen: Option<LastSeen>,
    /// The versions found in files, without duplicates.
    pub(super) versions: Vec<FileVersion>,
}

/// A row of the `videos` table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StoredRow {
    /// Checksum of the row's current text.
    pub(super) sha256: Sha256,
    /// Whether the text matches the checksum stored with it.
    pub(super) intact: bool,
    /// Whether the text is a sermon's document.
    pub(super) readable: bool,
    /// Number of the write that created the row.
    pub(super) seq: i64,
    /// When the sermon was analyzed.
    pub(super) processed_at: DateTime<Utc>,
}

/// A deletion recorded in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deletion {
    /// Number of the write that deleted the sermon.
    pub(super) seq: i64,
    /// When the sermon was deleted.
    pub(super) at: DateTime<Utc>,
}

/// A version in the history that was replaced by a later version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ReplacedVersion {
    /// Number of the write that created the version.
    pub(super) seq: i64,
    /// Number of the write that replaced the version.
    pub(super) replaced_by: i64,
    /// Checksum of the version's document.
    pub(super) sha256: Sha256,
}

/// A sermon's version in a file that captures the state of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LastSeen {
    /// Epoch of the database.
    pub(super) epoch: i64,
    /// Number of the last write in the file.
    pub(super) seq: i64,
    /// When the file was written.
    pub(super) at: DateTime<Utc>,
    /// Whether this is the newest file of its epoch. If not, a newer file of the same epoch does not contain the
    /// sermon.
    pub(super) in_latest_state: bool,
    /// Checksum of the document in the file.
    pub(super) sha256: Sha256,
}

/// A version found in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileVersion {
    /// Checksum of the document in the form in which it would be stored.
    pub(super) sha256: Sha256,
    /// When the sermon was analyzed.
    pub(super) processed_at: DateTime<Utc>,
    /// Index of the file in the survey.
    pub(super) file: usize,
    /// How far the file can be trusted.
    pub(super) trust: Trust,
}

/// How far a file can be trusted, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    /// The file does not match its manifest, or cannot be read in full.
    Damaged,
    /// The file is intact, but does not capture the state of a database.
    Standalone,
    /// The file is an intact spool entry. The replay will save it together with its transcript.
    Spooled,
    /// The file matches its manifest and captures the state of a database after one of its writes.
    DatabaseState,
}

impl SermonEvidence {
    /// Adds a version from a file. If another file has the same version, the more trustworthy file wins.
    pub(super) fn add(&mut self, version: FileVersion) {
        match self.versions.iter_mut().find(|known| known.sha256 == version.sha256) {
            Some(known) if version.trust > known.trust => *known = version,
            Some(_) => {}
            None => self.versions.push(version),
        }
    }

    pub(super) fn version(&self, sha256: &Sha256) -> Option<FileVersion> {
        self.versions.iter().find(|version| version.sha256 == *sha256).copied()
    }

    /// Returns the latest version that is not known to have been in any database.
    pub(super) fn latest_unsaved(&self) -> Option<FileVersion> {
        let unsaved = self.versions.iter().filter(|version| {
            matches!(version.trust, Trust::Standalone | Trust::Spooled) && !self.in_history.contains(&version.sha256)
        });
        unsaved.max_by_key(|version| (version.processed_at, version.trust)).copied()
    }

    /// Returns the latest version in a damaged file.
    pub(super) fn latest_in_damaged_file(&self) -> Option<FileVersion> {
        let damaged = self.versions.iter().filter(|version| version.trust == Trust::Damaged);
        damaged.max_by_key(|version| version.processed_at).copied()
    }
}

//! Decides which version of a sermon is best, and why, based only on the evidence.
//!
//! * An intact row stays, unless there is a newer version that was never in this database.
//! * A file that matches its manifest proves what every row written up to the file's last write must contain. A row
//!   that contradicts the file was modified outside `MannaMeter`.
//! * A row that is missing, although the history records no deletion, was lost and is recovered.
//! * A sermon stays deleted if the history records its deletion, or if the latest state of its database no longer has
//!   it.

use super::evidence::{FileVersion, SermonEvidence, StoredRow, Trust};
use crate::domain::Sha256;

/// Where the best version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BestVersion {
    /// In the sermon's row, which stays.
    Row,
    /// In a file.
    File(FileVersion),
    /// In the spool. The replay will save it.
    Spool(FileVersion),
    /// In the history. Holds the number of the write that created the version, and the version's checksum.
    History(i64, Sha256),
    /// Nowhere: the sermon was deleted.
    Deleted,
    /// Nowhere: the row is not a valid document, and there is no other copy.
    Unreadable,
}

/// Why a version is best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    InDatabase,
    ModifiedWithoutOtherCopy,
    ModifiedOutside,
    LostRow,
    OtherDatabase,
    Newer,
    OnlyCopy,
    OnlyDamagedCopy,
    OnlyInHistory,
    AnalyzedAfterDeletion,
    DeletedInHistory,
    NotInLatestState,
    Unreadable,
}

impl Reason {
    /// Returns the reason as human-readable text.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::InDatabase => "the database has it, and nothing newer was found",
            Self::ModifiedWithoutOtherCopy => "its row was modified outside MannaMeter, and there is no other copy",
            Self::ModifiedOutside => "its row was modified outside MannaMeter; this is what was saved",
            Self::LostRow => "its row is missing, and the history has no deletion",
            Self::OtherDatabase => "another database had a newer version that was never in this one",
            Self::Newer => "it is newer than the version in the database, and was never in it",
            Self::OnlyCopy => "it is the only copy",
            Self::OnlyDamagedCopy => "it is the only copy, in a file that is damaged elsewhere",
            Self::OnlyInHistory => "its row is missing, and this is the latest version in the history",
            Self::AnalyzedAfterDeletion => "it was analyzed after the sermon was deleted",
            Self::DeletedInHistory => "it was deleted; the history has it",
            Self::NotInLatestState => "it was deleted: the latest state of that database no longer has it",
            Self::Unreadable => "its row is not a valid document, and there is no other copy",
        }
    }
}

/// Decides which version of one sermon is best. `epoch` is the current epoch of the database.
pub(super) fn decide(sermon: &SermonEvidence, epoch: Option<i64>) -> (BestVersion, Reason) {
    match &sermon.row {
        Some(row) => decide_with_row(sermon, row, epoch),
        None => decide_without_row(sermon, epoch),
    }
}

fn decide_with_row(sermon: &SermonEvidence, row: &StoredRow, epoch: Option<i64>) -> (BestVersion, Reason) {
    let seen = sermon.last_seen.filter(|seen| seen.in_latest_state);
    let contradicted =
        seen.filter(|seen| Some(seen.epoch) == epoch && row.seq <= seen.seq && seen.sha256 != row.sha256);
    if !row.intact || contradicted.is_some() {
        let saved = contradicted.or(seen).and_then(|seen| sermon.version(&seen.sha256));
        let copy = saved.filter(|version| version.sha256 != row.sha256);
        return match copy.or_else(|| sermon.latest_unsaved()) {
            Some(version) => (in_file(version), Reason::ModifiedOutside),
            None if row.readable => (BestVersion::Row, Reason::ModifiedWithoutOtherCopy),
            None => (BestVersion::Unreadable, Reason::Unreadable),
        };
    }
    let elsewhere = seen.filter(|seen| {
        Some(seen.epoch) != epoch && seen.sha256 != row.sha256 && !sermon.in_history.contains(&seen.sha256)
    });
    let elsewhere = elsewhere.and_then(|seen| sermon.version(&seen.sha256));
    let newer = |version: &FileVersion| version.processed_at > row.processed_at && version.sha256 != row.sha256;
    match (sermon.latest_unsaved().filter(newer), elsewhere.filter(newer)) {
        (Some(unsaved), Some(other)) if other.processed_at >= unsaved.processed_at => {
            (in_file(other), Reason::OtherDatabase)
        }
        (Some(unsaved), _) => (in_file(unsaved), Reason::Newer),
        (None, Some(other)) => (in_file(other), Reason::OtherDatabase),
        (None, None) => (BestVersion::Row, Reason::InDatabase),
    }
}

fn decide_without_row(sermon: &SermonEvidence, epoch: Option<i64>) -> (BestVersion, Reason) {
    let unsaved = sermon.latest_unsaved();
    let deleted = |at, reason| match unsaved.filter(|version| version.processed_at > at) {
        Some(version) => (in_file(version), Reason::AnalyzedAfterDeletion),
        None => (BestVersion::Deleted, reason),
    };
    match (sermon.last_seen, sermon.deletion) {
        (Some(seen), Some(deletion)) => {
            let deleted_later = if Some(seen.epoch) == epoch { deletion.seq > seen.seq } else { deletion.at > seen.at };
            if deleted_later || !seen.in_latest_state {
                return deleted(deletion.at, Reason::DeletedInHistory);
            }
        }
        (None, Some(deletion)) => return deleted(deletion.at, Reason::DeletedInHistory),
        (Some(seen), None) if !seen.in_latest_state => return deleted(seen.at, Reason::NotInLatestState),
        (_, None) => {}
    }
    let seen = sermon.last_seen.and_then(|seen| sermon.version(&seen.sha256).map(|version| (seen, version)));
    // A version that was replaced after the file was written is newer than the file's version.
    if let Some(replaced) = sermon.replaced
        && seen.is_none_or(|(seen, _)| {
            Some(seen.epoch) == epoch && replaced.replaced_by > seen.seq && replaced.sha256 != seen.sha256
        })
        && (unsaved.is_none() || seen.is_some())
    {
        return (BestVersion::History(replaced.seq, replaced.sha256), Reason::OnlyInHistory);
    }
    match (seen, unsaved) {
        (Some((_, version)), Some(unsaved)) if unsaved.processed_at > version.processed_at => {
            (in_file(unsaved), Reason::Newer)
        }
        (Some((_, version)), _) => (in_file(version), Reason::LostRow),
        (None, Some(unsaved)) => (in_file(unsaved), Reason::OnlyCopy),
        (None, None) => match sermon.latest_in_damaged_file() {
            Some(version) => (in_file(version), Reason::OnlyDamagedCopy),
            None => (BestVersion::Deleted, Reason::DeletedInHistory),
        },
    }
}

fn in_file(version: FileVersion) -> BestVersion {
    if version.trust == Trust::Spooled { BestVersion::Spool(version) } else { BestVersion::File(version) }
}

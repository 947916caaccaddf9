//! Where the best version of a video is, and why: a pure decision over what is known of it.
//!
//! * What a whole database holds stays, unless something newer was never in it.
//! * What a file proves of a write, no row of that write or before contradicts: it was changed behind our back.
//! * What is gone without the history telling of it was lost, and comes back.
//! * What the history tells was deleted stays deleted, and so does what the newest state of its database no longer had.

use super::known::{Known, Row, Version, Worth};
use crate::domain::Sha256;

/// Where the best version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Best {
    /// In its row: nothing changes.
    Row,
    /// In a file.
    File(Version),
    /// In the spool, from where the replay takes it.
    Spool(Version),
    /// In the history, by the write that had put it there.
    History(i64, Sha256),
    /// Nowhere: it was deleted.
    Deleted,
    /// Nowhere: its row is no document, and there is no other copy.
    Unreadable,
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    InDatabase,
    NoOtherCopy,
    ChangedBehindOurBack,
    LostRow,
    OtherDatabase,
    Newer,
    OnlyCopy,
    OnlyDamagedCopy,
    OnlyHistory,
    LaterThanDeletion,
    HistoryKnowsDeletion,
    NewestStateHasNot,
    Unreadable,
}

impl Why {
    /// In words.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::InDatabase => "the database has it, and nothing newer was found",
            Self::NoOtherCopy => "its row was changed behind our back, and there is no other copy",
            Self::ChangedBehindOurBack => "its row was changed behind our back; this is what was written",
            Self::LostRow => "its row is gone, and no history tells of a deletion",
            Self::OtherDatabase => "another database had a newer version that was never in this one",
            Self::Newer => "it is newer than what the database has, and was never in it",
            Self::OnlyCopy => "it is the only copy",
            Self::OnlyDamagedCopy => "it is the only copy, in a file that is damaged elsewhere",
            Self::OnlyHistory => "its row is gone, and this is the last version that the history has",
            Self::LaterThanDeletion => "it was analyzed after the sermon was deleted",
            Self::HistoryKnowsDeletion => "it was deleted; the history has it",
            Self::NewestStateHasNot => "it was deleted: the newest state of that database does not have it any more",
            Self::Unreadable => "its row is no document, and there is no other copy",
        }
    }
}

/// Judges one video; `epoch` is that of the database.
pub(super) fn judge(known: &Known, epoch: Option<i64>) -> (Best, Why) {
    match &known.row {
        Some(row) => judge_row(known, row, epoch),
        None => judge_absent(known, epoch),
    }
}

fn judge_row(known: &Known, row: &Row, epoch: Option<i64>) -> (Best, Why) {
    let seen = known.seen.filter(|seen| seen.in_newest);
    let proved = seen.filter(|seen| Some(seen.epoch) == epoch && row.seq <= seen.seq && seen.sha256 != row.sha256);
    if !row.whole || proved.is_some() {
        let written = proved.or(seen).and_then(|seen| known.version(&seen.sha256));
        let copy = written.filter(|version| version.sha256 != row.sha256);
        return match copy.or_else(|| known.latest_new()) {
            Some(version) => (found(version), Why::ChangedBehindOurBack),
            None if row.readable => (Best::Row, Why::NoOtherCopy),
            None => (Best::Unreadable, Why::Unreadable),
        };
    }
    let elsewhere = seen.filter(|seen| {
        Some(seen.epoch) != epoch && seen.sha256 != row.sha256 && !known.in_history.contains(&seen.sha256)
    });
    let elsewhere = elsewhere.and_then(|seen| known.version(&seen.sha256));
    let newer = |version: &Version| version.processed_at > row.processed_at && version.sha256 != row.sha256;
    match (known.latest_new().filter(newer), elsewhere.filter(newer)) {
        (Some(new), Some(other)) if other.processed_at >= new.processed_at => (found(other), Why::OtherDatabase),
        (Some(new), _) => (found(new), Why::Newer),
        (None, Some(other)) => (found(other), Why::OtherDatabase),
        (None, None) => (Best::Row, Why::InDatabase),
    }
}

fn judge_absent(known: &Known, epoch: Option<i64>) -> (Best, Why) {
    let new = known.latest_new();
    let after_it = |at| new.filter(|version| version.processed_at > at);
    let deleted = |at, why| after_it(at).map_or((Best::Deleted, why), |new| (found(new), Why::LaterThanDeletion));
    match (known.seen, known.gone) {
        (Some(seen), Some(gone)) => {
            let deleted_later = if Some(seen.epoch) == epoch { gone.seq > seen.seq } else { gone.at > seen.at };
            if deleted_later || !seen.in_newest {
                return deleted(gone.at, Why::HistoryKnowsDeletion);
            }
        }
        (None, Some(gone)) => return deleted(gone.at, Why::HistoryKnowsDeletion),
        (Some(seen), None) if !seen.in_newest => return deleted(seen.at, Why::NewestStateHasNot),
        (_, None) => {}
    }
    let seen = known.seen.and_then(|seen| known.version(&seen.sha256).map(|version| (seen, version)));
    // A version that went to the history after the file was made is later than the file's.
    if let Some(replaced) = known.replaced
        && seen.is_none_or(|(seen, _)| {
            Some(seen.epoch) == epoch && replaced.by > seen.seq && replaced.sha256 != seen.sha256
        })
        && (new.is_none() || seen.is_some())
    {
        return (Best::History(replaced.seq, replaced.sha256), Why::OnlyHistory);
    }
    match (seen, new) {
        (Some((_, version)), Some(new)) if new.processed_at > version.processed_at => (found(new), Why::Newer),
        (Some((_, version)), _) => (found(version), Why::LostRow),
        (None, Some(new)) => (found(new), Why::OnlyCopy),
        (None, None) => match known.latest_doubtful() {
            Some(doubtful) => (found(doubtful), Why::OnlyDamagedCopy),
            None => (Best::Deleted, Why::HistoryKnowsDeletion),
        },
    }
}

fn found(version: Version) -> Best {
    if version.worth == Worth::Waiting { Best::Spool(version) } else { Best::File(version) }
}

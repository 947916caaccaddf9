//! The shrink guard: holds back an export when the database has lost sermons that nobody deleted.

use super::{export::ExportOnDisk, plural::count};
use crate::store::StoreState;

/// Returns why an export of `now` must not replace the export on disk, or `None` if it may.
///
/// The guard objects if fewer than half of the sermons would be left, or none at all, and there have been fewer writes
/// since the last export than sermons lost, so that the sermons cannot have been deleted one by one. A restore changes
/// the epoch. If `restored`, the state right after a restore, has the current epoch, `now` is compared with that state
/// instead.
pub(super) fn objection(on_disk: &ExportOnDisk, restored: Option<&StoreState>, now: &StoreState) -> Option<String> {
    let (before, deletable) = match on_disk {
        ExportOnDisk::Missing => return None,
        ExportOnDisk::Foreign(count) => (i64::try_from(*count).unwrap_or(i64::MAX), 0),
        ExportOnDisk::Good(last) | ExportOnDisk::Damaged(last) if last.epoch == now.epoch => {
            (last.count, now.seq.saturating_sub(last.seq).max(0))
        }
        ExportOnDisk::Good(last) | ExportOnDisk::Damaged(last) => {
            match restored.filter(|after| after.epoch == now.epoch) {
                Some(after) => (after.count, now.seq.saturating_sub(after.seq).max(0)),
                None => (last.count, 0),
            }
        }
    };
    let lost = before - now.count;
    let mostly_lost = before > 0 && (now.count == 0 || now.count < before / 2);
    (mostly_lost && lost > deletable)
        .then(|| format!("the last export has {}, but the database has {}", count(before, "sermon"), now.count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{CollectionDigest, Sha256},
        safety::{FileChecksum, Manifest},
    };

    fn state(epoch: i64, seq: i64, count: i64) -> StoreState {
        StoreState { epoch, seq, count, digest: CollectionDigest::default() }
    }

    fn exported(epoch: i64, seq: i64, count: i64) -> ExportOnDisk {
        let checksum = FileChecksum { bytes: 0, sha256: Sha256::digest(b"") };
        let digest = CollectionDigest::default();
        let exported_at = chrono::DateTime::UNIX_EPOCH;
        ExportOnDisk::Good(Manifest {
            version: 1,
            epoch,
            seq,
            count,
            digest,
            json: checksum,
            b64: checksum,
            exported_at,
        })
    }

    #[test]
    fn an_export_is_held_back_if_sermons_were_lost_and_not_if_they_were_deleted() {
        for (on_disk, now, held_back, case) in [
            (ExportOnDisk::Missing, state(1, 0, 0), false, "no export yet"),
            (ExportOnDisk::Foreign(4), state(1, 0, 0), true, "another program's files and a new database"),
            (ExportOnDisk::Foreign(4), state(1, 2, 2), false, "half of the sermons are left"),
            (ExportOnDisk::Foreign(0), state(1, 0, 0), false, "files without sermons"),
            (exported(1, 10, 10), state(1, 0, 0), true, "the database was replaced by a new one"),
            (exported(1, 10, 10), state(1, 10, 0), true, "the tables were emptied by another program"),
            (exported(1, 10, 10), state(1, 12, 3), true, "seven lost, but only two writes"),
            (exported(1, 10, 10), state(1, 20, 0), false, "ten deleted"),
            (exported(1, 10, 10), state(1, 11, 9), false, "one deleted"),
            (exported(1, 1, 1), state(1, 2, 0), false, "the only one was deleted"),
            (exported(1, 10, 10), state(2, 90, 2), true, "a new epoch without a restore"),
            (exported(1, 10, 10), state(2, 11, 9), false, "a new epoch with nearly all sermons"),
        ] {
            assert_eq!(objection(&on_disk, None, &now).is_some(), held_back, "{case}");
        }
    }

    #[test]
    fn a_restore_explains_what_it_removed_and_nothing_else() {
        let (on_disk, after) = (exported(1, 10, 10), state(2, 11, 2));
        for (now, held_back, case) in [
            (state(2, 11, 2), false, "the state right after the restore"),
            (state(2, 13, 0), false, "and two deleted since"),
            (state(2, 12, 0), true, "emptied by another program after the restore"),
            (state(3, 11, 2), true, "another epoch than the restore's"),
        ] {
            assert_eq!(objection(&on_disk, Some(&after), &now).is_some(), held_back, "{case}");
        }
        let exported_since = exported(2, 11, 4);
        let emptied = state(2, 11, 0);
        assert!(objection(&exported_since, Some(&after), &emptied).is_some(), "exported since the restore");
    }
}

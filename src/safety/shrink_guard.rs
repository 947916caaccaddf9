//! Tells a database that lost its videos from one whose videos were deleted.

use super::pair::OnDisk;
use crate::store::StoreState;

/// Why an export of `now` must not take the place of what is on disk; none if it may.
///
/// It must not when no video, or less than half of them, would be left, and the number of writes in between is too
/// small for that many to have been deleted one by one. A restore changes the epoch; `restored` is the state that the
/// restore left which began the present one, if it was a restore, and then what is there now is compared with that.
pub(super) fn objection(on_disk: &OnDisk, restored: Option<&StoreState>, now: &StoreState) -> Option<String> {
    let (before, deletable) = match on_disk {
        OnDisk::Nothing => return None,
        OnDisk::Foreign(count) => (i64::try_from(*count).unwrap_or(i64::MAX), 0),
        OnDisk::Good(last) | OnDisk::Broken(last) if last.epoch == now.epoch => {
            (last.count, now.seq.saturating_sub(last.seq).max(0))
        }
        OnDisk::Good(last) | OnDisk::Broken(last) => match restored.filter(|after| after.epoch == now.epoch) {
            Some(after) => (after.count, now.seq.saturating_sub(after.seq).max(0)),
            None => (last.count, 0),
        },
    };
    let lost = before - now.count;
    let much = before > 0 && (now.count == 0 || now.count < before / 2);
    (much && lost > deletable).then(|| format!("the last export has {before} videos, the database has {}", now.count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{CollectionDigest, Sha256},
        safety::{FileSum, Manifest},
    };

    fn state(epoch: i64, seq: i64, count: i64) -> StoreState {
        StoreState { epoch, seq, count, digest: CollectionDigest::default() }
    }

    fn exported(epoch: i64, seq: i64, count: i64) -> OnDisk {
        let sum = FileSum { bytes: 0, sha256: Sha256::of(b"") };
        let digest = CollectionDigest::default();
        let exported_at = chrono::DateTime::UNIX_EPOCH;
        OnDisk::Good(Manifest { version: 1, epoch, seq, count, digest, json: sum, b64: sum, exported_at })
    }

    #[test]
    fn a_database_that_lost_its_videos_is_held_back_and_deletes_are_not() {
        for (on_disk, now, held_back, why) in [
            (OnDisk::Nothing, state(1, 0, 0), false, "nothing was there"),
            (OnDisk::Foreign(4), state(1, 0, 0), true, "files of another program, and a new database"),
            (OnDisk::Foreign(4), state(1, 2, 2), false, "half of them are there"),
            (OnDisk::Foreign(0), state(1, 0, 0), false, "files without sermons"),
            (exported(1, 10, 10), state(1, 0, 0), true, "a new database in the place of the old one"),
            (exported(1, 10, 10), state(1, 10, 0), true, "emptied past us"),
            (exported(1, 10, 10), state(1, 12, 3), true, "seven lost, two writes"),
            (exported(1, 10, 10), state(1, 20, 0), false, "ten deletes"),
            (exported(1, 10, 10), state(1, 11, 9), false, "one delete"),
            (exported(1, 1, 1), state(1, 2, 0), false, "the only one was deleted"),
            (exported(1, 10, 10), state(2, 90, 2), true, "another life that does not say why"),
            (exported(1, 10, 10), state(2, 11, 9), false, "another life with nearly all"),
        ] {
            assert_eq!(objection(&on_disk, None, &now).is_some(), held_back, "{why}");
        }
    }

    #[test]
    fn a_restore_explains_what_it_took_away_and_no_more() {
        let (on_disk, after) = (exported(1, 10, 10), state(2, 11, 2));
        for (now, held_back, why) in [
            (state(2, 11, 2), false, "as the restore left it"),
            (state(2, 13, 0), false, "and two deletes"),
            (state(2, 12, 0), true, "emptied past us after the restore"),
            (state(3, 11, 2), true, "another life than that of the restore"),
        ] {
            assert_eq!(objection(&on_disk, Some(&after), &now).is_some(), held_back, "{why}");
        }
        let exported_since = exported(2, 11, 4);
        assert!(objection(&exported_since, Some(&after), &state(2, 11, 0)).is_some(), "the restore is long exported");
    }
}

//! Tests of the decision, case by case, with made-up versions.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    decide::{BestVersion, Reason, decide},
    evidence::{Deletion, FileVersion, LastSeen, ReplacedVersion, SermonEvidence, StoredRow, Trust},
};
use crate::domain::Sha256;

/// Epoch of the current database.
const CURRENT_EPOCH: Option<i64> = Some(1);

fn day(number: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(number)
}

fn sha(name: &str) -> Sha256 {
    Sha256::digest(name.as_bytes())
}

fn version(name: &str, analyzed: i64, trust: Trust) -> FileVersion {
    FileVersion { sha256: sha(name), processed_at: day(analyzed), file: 7, trust }
}

fn row(name: &str, analyzed: i64, seq: i64) -> StoredRow {
    StoredRow { sha256: sha(name), intact: true, readable: true, seq, processed_at: day(analyzed) }
}

fn seen(name: &str, epoch: i64, seq: i64, in_latest_state: bool) -> LastSeen {
    LastSeen { epoch, seq, at: day(seq), in_latest_state, sha256: sha(name) }
}

/// Returns a sermon known only from these versions in files.
fn sermon(versions: &[FileVersion]) -> SermonEvidence {
    let mut sermon = SermonEvidence::default();
    for version in versions {
        sermon.add(*version);
    }
    sermon
}

#[test]
fn an_intact_row_stays_unless_something_newer_was_never_in_the_database() {
    let assert_stays = |sermon: &SermonEvidence| {
        assert_eq!(decide(sermon, CURRENT_EPOCH), (BestVersion::Row, Reason::InDatabase), "{sermon:?}");
    };
    let mut sermon = sermon(&[version("a", 1, Trust::DatabaseState)]);
    (sermon.row, sermon.last_seen) = (Some(row("a", 1, 1)), Some(seen("a", 1, 5, true)));
    assert_stays(&sermon);
    // An older version was restored on purpose: the file was written before the row.
    sermon.row = Some(row("older", 0, 6));
    assert_stays(&sermon);
    sermon.add(version("even older", -1, Trust::Standalone));
    assert_stays(&sermon);
    let new = version("new", 9, Trust::Standalone);
    sermon.add(new);
    assert_eq!(decide(&sermon, CURRENT_EPOCH), (BestVersion::File(new), Reason::Newer));
    sermon.in_history.push(sha("new"));
    assert_stays(&sermon);
    let spooled = version("spooled", 10, Trust::Spooled);
    sermon.add(spooled);
    assert_eq!(decide(&sermon, CURRENT_EPOCH), (BestVersion::Spool(spooled), Reason::Newer));
}

#[test]
fn a_row_that_contradicts_a_later_file_was_modified_outside() {
    let saved = version("saved", 1, Trust::DatabaseState);
    let mut sermon = sermon(&[saved]);
    (sermon.row, sermon.last_seen) = (Some(row("modified", 99, 4)), Some(seen("saved", 1, 5, true)));
    assert_eq!(decide(&sermon, CURRENT_EPOCH), (BestVersion::File(saved), Reason::ModifiedOutside));
    // The row was written after the file.
    sermon.row = Some(row("modified", 99, 6));
    assert_eq!(decide(&sermon, CURRENT_EPOCH), (BestVersion::Row, Reason::InDatabase));
    // The row's text does not match its checksum.
    sermon.row = Some(StoredRow { intact: false, ..row("modified", 99, 6) });
    assert_eq!(decide(&sermon, CURRENT_EPOCH), (BestVersion::File(saved), Reason::ModifiedOutside));
    let without_other_copy = |readable| {
        let row = Some(StoredRow { intact: false, readable, ..row("modified", 1, 1) });
        decide(&SermonEvidence { row, ..SermonEvidence::default() }, CURRENT_EPOCH)
    };
    assert_eq!(without_other_copy(true), (BestVersion::Row, Reason::ModifiedWithoutOtherCopy));
    assert_eq!(without_other_copy(false), (BestVersion::Unreadable, Reason::Unreadable));
}

#[test]
fn a_lost_row_is_recovered_and_a_deleted_one_is_not() {
    let saved = version("a", 1, Trust::DatabaseState);
    let mut sermon = sermon(&[saved]);
    sermon.last_seen = Some(seen("a", 1, 5, true));
    assert_eq!(decide(&sermon, CURRENT_EPOCH), (BestVersion::File(saved), Reason::LostRow));
    for (deleted_at, epoch, is_recovered) in [(4, 1, true), (6, 1, false), (4, 2, true), (6, 2, false)] {
        sermon.deletion = Some(Deletion { seq: deleted_at, at: day(deleted_at) });
        sermon.last_seen = Some(seen("a", epoch, 5, true));
        let expected = if is_recovered {
            (BestVersion::File(saved), Reason::LostRow)
        } else {
            (BestVersion::Deleted, Reason::DeletedInHistory)
        };
        assert_eq!(decide(&sermon, CURRENT_EPOCH), expected, "deleted at {deleted_at}, seen in epoch {epoch}");
    }
    let later = version("later", 7, Trust::Standalone);
    sermon.add(later);
    assert_eq!(decide(&sermon, CURRENT_EPOCH), (BestVersion::File(later), Reason::AnalyzedAfterDeletion));
    sermon.in_history.push(sha("later"));
    assert_eq!(decide(&sermon, CURRENT_EPOCH), (BestVersion::Deleted, Reason::DeletedInHistory));
}

#[test]
fn without_a_history_the_latest_state_of_a_database_tells_what_was_deleted() {
    let mut sermon = sermon(&[version("a", 1, Trust::DatabaseState)]);
    sermon.last_seen = Some(seen("a", 2, 5, false));
    assert_eq!(decide(&sermon, CURRENT_EPOCH), (BestVersion::Deleted, Reason::NotInLatestState));
    let earlier = version("earlier", 4, Trust::Standalone);
    sermon.add(earlier);
    assert_eq!(decide(&sermon, CURRENT_EPOCH), (BestVersion::Deleted, Reason::NotInLatestState));
    let later = version("later", 6, Trust::Standalone);
    sermon.add(later);
    assert_eq!(decide(&sermon, CURRENT_EPOCH), (BestVersion::File(later), Reason::AnalyzedAfterDeletion));
}

#[test]
fn the_history_wins_when_it_is_later_than_the_files() {
    let mut sermon = sermon(&[version("first", 1, Trust::DatabaseState)]);
    sermon.last_seen = Some(seen("first", 1, 5, true));
    sermon.in_history = vec![sha("first"), sha("second")];
    sermon.replaced = Some(ReplacedVersion { seq: 6, replaced_by: 7, sha256: sha("second") });
    assert_eq!(decide(&sermon, CURRENT_EPOCH), (BestVersion::History(6, sha("second")), Reason::OnlyInHistory));
    sermon.last_seen = Some(seen("first", 1, 8, true));
    assert!(matches!(decide(&sermon, CURRENT_EPOCH), (BestVersion::File(_), Reason::LostRow)));
    sermon.last_seen = None;
    assert_eq!(decide(&sermon, CURRENT_EPOCH), (BestVersion::History(6, sha("second")), Reason::OnlyInHistory));
}

#[test]
fn the_only_copy_is_used_wherever_it_is() {
    let standalone = version("standalone", 1, Trust::Standalone);
    let damaged = version("damaged", 9, Trust::Damaged);
    assert_eq!(
        decide(&sermon(&[damaged, standalone]), CURRENT_EPOCH),
        (BestVersion::File(standalone), Reason::OnlyCopy)
    );
    assert_eq!(decide(&sermon(&[damaged]), CURRENT_EPOCH), (BestVersion::File(damaged), Reason::OnlyDamagedCopy));
    // The same version, in an intact file.
    let intact = FileVersion { trust: Trust::Standalone, ..damaged };
    assert_eq!(decide(&sermon(&[damaged, intact]), CURRENT_EPOCH), (BestVersion::File(intact), Reason::OnlyCopy));
}

#[test]
fn a_newer_version_from_another_database_replaces_an_older_row() {
    let other = version("other", 9, Trust::DatabaseState);
    let mut sermon = sermon(&[other]);
    (sermon.row, sermon.last_seen) = (Some(row("row", 1, 1)), Some(seen("other", 2, 50, true)));
    assert_eq!(decide(&sermon, CURRENT_EPOCH), (BestVersion::File(other), Reason::OtherDatabase));
    // This database once had the version, and a restore replaced it on purpose.
    sermon.in_history.push(sha("other"));
    assert_eq!(decide(&sermon, CURRENT_EPOCH), (BestVersion::Row, Reason::InDatabase));
}

//! The decision, case by case, with made-up versions.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    judge::{Best, Why, judge},
    known::{Gone, Known, Replaced, Row, Seen, Version, Worth},
};
use crate::domain::Sha256;

/// The epoch of the database.
const HERE: Option<i64> = Some(1);

fn day(number: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(number)
}

fn sha(name: &str) -> Sha256 {
    Sha256::of(name.as_bytes())
}

fn version(name: &str, analyzed: i64, worth: Worth) -> Version {
    Version { sha256: sha(name), processed_at: day(analyzed), place: 7, worth }
}

fn row(name: &str, analyzed: i64, seq: i64) -> Row {
    Row { sha256: sha(name), whole: true, readable: true, seq, processed_at: day(analyzed) }
}

fn seen(name: &str, epoch: i64, seq: i64, in_newest: bool) -> Seen {
    Seen { epoch, seq, at: day(seq), in_newest, sha256: sha(name) }
}

/// A video of which these versions were found.
fn known(versions: &[Version]) -> Known {
    let mut known = Known::default();
    for version in versions {
        known.add(*version);
    }
    known
}

#[test]
fn what_a_whole_database_has_stays_unless_something_newer_was_never_in_it() {
    let stays = |known: &Known| assert_eq!(judge(known, HERE), (Best::Row, Why::InDatabase), "{known:?}");
    let mut video = known(&[version("a", 1, Worth::State)]);
    (video.row, video.seen) = (Some(row("a", 1, 1)), Some(seen("a", 1, 5, true)));
    stays(&video);
    // It was brought back on purpose: the file is older than the row.
    video.row = Some(row("older", 0, 6));
    stays(&video);
    video.add(version("older still", -1, Worth::Loose));
    stays(&video);
    let new = version("new", 9, Worth::Loose);
    video.add(new);
    assert_eq!(judge(&video, HERE), (Best::File(new), Why::Newer));
    video.in_history.push(sha("new"));
    stays(&video);
    let waiting = version("waiting", 10, Worth::Waiting);
    video.add(waiting);
    assert_eq!(judge(&video, HERE), (Best::Spool(waiting), Why::Newer));
}

#[test]
fn a_row_that_contradicts_a_file_of_its_write_or_later_was_changed_behind_our_back() {
    let written = version("written", 1, Worth::State);
    let mut video = known(&[written]);
    (video.row, video.seen) = (Some(row("changed", 99, 4)), Some(seen("written", 1, 5, true)));
    assert_eq!(judge(&video, HERE), (Best::File(written), Why::ChangedBehindOurBack));
    // Written after the file.
    video.row = Some(row("changed", 99, 6));
    assert_eq!(judge(&video, HERE), (Best::Row, Why::InDatabase));
    // Its checksum is not that of its text.
    video.row = Some(Row { whole: false, ..row("changed", 99, 6) });
    assert_eq!(judge(&video, HERE), (Best::File(written), Why::ChangedBehindOurBack));
    let alone = |readable| {
        let row = Some(Row { whole: false, readable, ..row("changed", 1, 1) });
        judge(&Known { row, ..Known::default() }, HERE)
    };
    assert_eq!(alone(true), (Best::Row, Why::NoOtherCopy));
    assert_eq!(alone(false), (Best::Unreadable, Why::Unreadable));
}

#[test]
fn a_row_that_is_gone_comes_back_and_a_deleted_one_does_not() {
    let there = version("a", 1, Worth::State);
    let mut video = known(&[there]);
    video.seen = Some(seen("a", 1, 5, true));
    assert_eq!(judge(&video, HERE), (Best::File(there), Why::LostRow));
    for (deleted_at, epoch, comes) in [(4, 1, true), (6, 1, false), (4, 2, true), (6, 2, false)] {
        video.gone = Some(Gone { seq: deleted_at, at: day(deleted_at) });
        video.seen = Some(seen("a", epoch, 5, true));
        let expected =
            if comes { (Best::File(there), Why::LostRow) } else { (Best::Deleted, Why::HistoryKnowsDeletion) };
        assert_eq!(judge(&video, HERE), expected, "deleted at {deleted_at}, seen in epoch {epoch}");
    }
    let later = version("later", 7, Worth::Loose);
    video.add(later);
    assert_eq!(judge(&video, HERE), (Best::File(later), Why::LaterThanDeletion));
    video.in_history.push(sha("later"));
    assert_eq!(judge(&video, HERE), (Best::Deleted, Why::HistoryKnowsDeletion));
}

#[test]
fn without_a_history_the_newest_state_of_a_database_tells_what_was_deleted() {
    let mut video = known(&[version("a", 1, Worth::State)]);
    video.seen = Some(seen("a", 2, 5, false));
    assert_eq!(judge(&video, HERE), (Best::Deleted, Why::NewestStateHasNot));
    let earlier = version("earlier", 4, Worth::Loose);
    video.add(earlier);
    assert_eq!(judge(&video, HERE), (Best::Deleted, Why::NewestStateHasNot));
    let later = version("later", 6, Worth::Loose);
    video.add(later);
    assert_eq!(judge(&video, HERE), (Best::File(later), Why::LaterThanDeletion));
}

#[test]
fn the_history_is_asked_when_it_is_later_than_the_files() {
    let mut video = known(&[version("first", 1, Worth::State)]);
    video.seen = Some(seen("first", 1, 5, true));
    video.in_history = vec![sha("first"), sha("second")];
    video.replaced = Some(Replaced { seq: 6, by: 7, sha256: sha("second") });
    assert_eq!(judge(&video, HERE), (Best::History(6, sha("second")), Why::OnlyHistory));
    video.seen = Some(seen("first", 1, 8, true));
    assert!(matches!(judge(&video, HERE), (Best::File(_), Why::LostRow)));
    video.seen = None;
    assert_eq!(judge(&video, HERE), (Best::History(6, sha("second")), Why::OnlyHistory));
}

#[test]
fn only_copies_are_taken_wherever_they_are() {
    let loose = version("loose", 1, Worth::Loose);
    let doubtful = version("doubtful", 9, Worth::Doubtful);
    assert_eq!(judge(&known(&[doubtful, loose]), HERE), (Best::File(loose), Why::OnlyCopy));
    assert_eq!(judge(&known(&[doubtful]), HERE), (Best::File(doubtful), Why::OnlyDamagedCopy));
    // Found again where it can be believed.
    let sure = Version { worth: Worth::Loose, ..doubtful };
    assert_eq!(judge(&known(&[doubtful, sure]), HERE), (Best::File(sure), Why::OnlyCopy));
}

#[test]
fn another_databases_newer_version_takes_the_place_of_an_older_row() {
    let other = version("other", 9, Worth::State);
    let mut video = known(&[other]);
    (video.row, video.seen) = (Some(row("row", 1, 1)), Some(seen("other", 2, 50, true)));
    assert_eq!(judge(&video, HERE), (Best::File(other), Why::OtherDatabase));
    // A restore took it away on purpose.
    video.in_history.push(sha("other"));
    assert_eq!(judge(&video, HERE), (Best::Row, Why::InDatabase));
}

//! The spool is put back by the command line, killed at each of its system calls, and with each of them failing: nothing is
//! lost, and nothing is there twice.

use std::{collections::BTreeMap, process::Output, sync::Arc};

use crate::{
    strace::{self, Call, Fault},
    support::ledger::{Ledger, names},
    support::place::{Database, Place, save_arguments, video_id},
    support::postgres::Postgres,
    support::program::succeeded,
    sweep::{check_words, each, failures, kills, said},
};

/// What the names of results that wait begin with.
const WAITING: &str = "EMERGENCY_SAVE_";

/// A place where two results wait: a newer version of a sermon that is there, and one that is not there.
struct Waiting {
    place: Place,
    ledger: Ledger,
}

impl Waiting {
    fn on(database: Database) -> Self {
        let (place, mut ledger) = (Place::with(database), Ledger::default());
        let mut keep = |id: &str, title: &str, output: &Output, words: &str| {
            assert!(said(output, words), "{words}: {output:?}");
            ledger.acknowledge(id, title);
        };
        keep(&changed(), "one", &place.save(&changed(), "one"), "DATA IS SAFE");
        for (id, title) in [(changed(), "two"), (added(), "new")] {
            let mut away = place.command();
            away.env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none").args(save_arguments(&id, title));
            keep(&id, title, &away.output().expect("the binary runs"), "Spooled");
        }
        assert_eq!(waiting(&place), 4, "two results, each of two files");
        Self { place, ledger }
    }

    /// The same place with files and an SQLite of its own.
    fn copy(&self) -> Self {
        Self { place: self.place.copy(), ledger: self.ledger.clone() }
    }

    /// Lets a fault happen while they are put back, repairs, and checks; `false` if the call did not come.
    fn tried(mut self, call: &Call, fault: Fault) -> bool {
        let Some(output) = strace::inject(&self.place, call, fault, &command().each_ref().map(String::as_str)) else {
            return false;
        };
        if fault != Fault::Kill {
            let spooled = said(&output, "Spooled");
            check_words(&output, if spooled { "Spooled" } else { "DATA IS SAFE" });
        }
        self.ledger.submit(&third(), "third");
        if said(&output, "read back equal") || said(&output, "Spooled") {
            self.ledger.acknowledge(&third(), "third");
        }
        self.check();
        true
    }

    /// Starts again, and finds each result once and nothing that waits.
    fn check(mut self) {
        succeeded(&self.place.save(&video_id('d', 4), "last"));
        self.ledger.acknowledge(&video_id('d', 4), "last");
        let found = self.ledger.check(&self.place);
        let titles: BTreeMap<_, _> = found.titles.iter().map(|(id, title)| (id.as_str(), title.as_str())).collect();
        assert_eq!((titles[&*changed()], titles[&*added()]), ("two", "new"), "both are put back");
        let history = self.place.rows("select video_id, sha256 from video_history");
        assert_eq!(history.len(), 1, "the version before, once: {history:?}");
        assert_eq!(history[0]["video_id"], changed());
        let words = self.place.rows("select video_id from transcripts");
        assert_eq!(words.len(), titles.len(), "each with its words, once");
        assert_eq!(waiting(&self.place), 0, "nothing waits: {:?}", names(&self.place.data().join("backups")));
    }
}

fn changed() -> String {
    video_id('a', 1)
}

fn added() -> String {
    video_id('b', 2)
}

fn third() -> String {
    video_id('c', 3)
}

/// A save, before which the spool is put back.
fn command() -> [String; 6] {
    save_arguments(&third(), "third")
}

/// Files of results that wait or were set aside.
fn waiting(place: &Place) -> usize {
    names(&place.data().join("backups")).iter().filter(|name| name.starts_with(WAITING)).count()
}

/// The calls of the command; for a place that is like this one.
fn calls(waiting: &Waiting) -> Vec<Call> {
    let (calls, _) = strace::record(&waiting.place, &command().each_ref().map(String::as_str));
    let of_the_spool = calls.iter().filter(|call| call.file.contains(WAITING) || call.file.contains("spool")).count();
    assert!(of_the_spool >= 5, "the spool is put back: {calls:?}");
    calls
}

#[test]
fn a_replay_that_is_killed_at_any_system_call_loses_nothing_and_doubles_nothing() {
    let template = Waiting::on(Database::Sqlite);
    let faults = kills(calls(&template.copy()));
    assert!(each(&faults, |call, fault| template.copy().tried(call, fault)) > 40);
}

#[test]
fn a_replay_whose_system_calls_fail_says_so_and_loses_nothing() {
    let template = Waiting::on(Database::Sqlite);
    let faults = failures(calls(&template.copy()));
    assert!(each(&faults, |call, fault| template.copy().tried(call, fault)) > 60);
}

#[test]
fn a_replay_into_postgres_that_meets_a_fault_at_any_call_on_the_spool_loses_nothing_and_doubles_nothing() {
    let postgres = Arc::new(Postgres::new());
    let new = || Waiting::on(Database::new(&postgres));
    // Files of results have names of their moment: a fault is at the how many-th call of its kind in the directory.
    let of_the_spool = |call: &Call| call.file == "backups" || call.file.contains("spool");
    let calls: Vec<_> = calls(&new()).into_iter().filter(of_the_spool).collect();
    let faults = [kills(calls.clone()), failures(calls)].concat();
    assert!(each(&faults, |call, fault| new().tried(call, fault)) >= 4, "{faults:?}");
}

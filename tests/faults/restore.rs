//! A backup and a restore by the command line, killed at each of their system calls, and with each of them failing.

use std::{collections::BTreeMap, process::Output};

use crate::{
    strace::{self, Call, Fault},
    support::ledger::{Ledger, names},
    support::place::{Place, video_id},
    support::program::succeeded,
    sweep::{check_words, each, failures, kills, said},
};

/// Titles by id.
type Titles = BTreeMap<String, String>;

/// A place with four sermons, and a backup of when there was one, in another version: most would go.
struct Sweep {
    template: Place,
    ledger: Ledger,
    backup: String,
    before: Titles,
    after: Titles,
}

impl Sweep {
    fn new() -> Self {
        let (template, mut ledger) = (Place::new(), Ledger::default());
        let ids = ['a', 'b', 'c', 'd'].map(|letter| video_id(letter, 1));
        succeeded(&template.save(&ids[0], "old"));
        ledger.acknowledge(&ids[0], "old");
        succeeded(&template.run(&["backup", "create"]));
        let mut backups = names(&template.data().join("backups")).into_iter();
        let backup =
            backups.find(|name| name.starts_with("database_backup_") && !name.contains("manifest")).expect("it");
        for id in &ids {
            succeeded(&template.save(id, "new"));
            ledger.acknowledge(id, "new");
        }
        let titles = |ids: &[String], title: &str| ids.iter().map(|id| (id.clone(), title.to_owned())).collect();
        let (before, after) = (titles(&ids, "new"), titles(&ids[..1], "old"));
        Self { template, ledger, backup, before, after }
    }

    fn restore(&self) -> [&str; 4] {
        ["backup", "restore", &self.backup, "--yes"]
    }

    /// The calls that a command makes.
    fn calls(&self, arguments: &[&str]) -> Vec<Call> {
        strace::record(&self.template.copy(), arguments).0
    }

    /// Lets a fault happen in a restore, starts again, and checks; `false` if the call did not come.
    fn tried(&self, call: &Call, fault: Fault) -> bool {
        let place = self.template.copy();
        let Some(output) = strace::inject(&place, call, fault, &self.restore()) else { return false };
        if fault != Fault::Kill {
            check_words(&output, "Restored");
        }
        // Says how it ended, and brings the export up to date.
        let restores = succeeded(&place.run(&["backup", "restores", "--json"]));
        assert!(!restores.contains("\"running\""), "{restores}");
        succeeded(&place.run(&["export"]));
        let found = self.ledger.check(&place);
        if said(&output, "Restored") || found.titles == self.after {
            assert_eq!(found.titles, self.after, "wholly the new state");
            let went: Vec<_> = found.history.iter().filter(|(_, title)| title == "new").collect();
            assert_eq!(went.len(), self.before.len(), "what went is in the history");
            let snapshots = names(&place.data().join("backups"));
            let is_snapshot = |name: &String| name.starts_with("database_backup_before_restore_");
            assert!(snapshots.iter().any(is_snapshot), "the snapshot is there");
        } else {
            assert_eq!(found.titles, self.before, "wholly the old state");
        }
        succeeded(&place.run(&["backup", "verify", "--all"]));
        self.once_more(&place);
        true
    }

    /// Nothing is in the way of the next restore.
    fn once_more(&self, place: &Place) {
        succeeded(&place.run(&self.restore()));
        assert_eq!(self.ledger.check(place).titles, self.after);
    }
}

#[test]
fn a_restore_that_is_killed_at_any_system_call_is_wholly_before_or_wholly_after() {
    let sweep = Sweep::new();
    let calls = sweep.calls(&sweep.restore());
    assert!(each(&kills(calls), |call, fault| sweep.tried(call, fault)) > 40);
}

#[test]
fn a_restore_whose_system_calls_fail_says_so_and_is_wholly_before_or_wholly_after() {
    let sweep = Sweep::new();
    let calls = sweep.calls(&sweep.restore());
    assert!(each(&failures(calls), |call, fault| sweep.tried(call, fault)) > 60);
}

/// Checks what a backup that met a fault left: every file is whole, and the next backup is made.
fn check_backup(sweep: &Sweep, place: &Place, output: &Output) {
    let list = succeeded(&place.run(&["backup", "list"]));
    succeeded(&place.run(&["backup", "verify", "--all"]));
    if said(output, "verified: ") {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let name = text.rsplit("verified: ").next().expect("its name").trim();
        assert!(list.contains(name), "what was said to be made is listed: {name} in {list}");
    }
    succeeded(&place.run(&["backup", "create"]));
    succeeded(&place.run(&["export"]));
    assert_eq!(sweep.ledger.check(place).titles, sweep.before);
}

#[test]
fn a_backup_that_meets_a_fault_at_any_system_call_is_whole_or_not_there() {
    let (sweep, arguments) = (Sweep::new(), ["backup", "create"]);
    let calls = sweep.calls(&arguments);
    let faults = [kills(calls.clone()), failures(calls)].concat();
    let tried = |call: &Call, fault: Fault| {
        let place = sweep.template.copy();
        let Some(output) = strace::inject(&place, call, fault, &arguments) else { return false };
        if fault != Fault::Kill {
            check_words(&output, "verified: ");
        }
        check_backup(&sweep, &place, &output);
        true
    };
    assert!(each(&faults, tried) > 30);
}

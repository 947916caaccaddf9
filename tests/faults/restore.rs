//! Backups and restores from the command line: killed at each system call, and with each system call failing.

use std::{collections::BTreeMap, process::Output};

use crate::{
    strace::{self, Call, Fault},
    support::{
        instance::{Instance, video_id},
        ledger::{Ledger, names},
        program::succeeded,
    },
    sweep::{check_output, failures, inject_all, kills, printed},
};

/// What `backup create` prints on success.
const BACKED_UP: &str = "Backed up and verified";

/// Titles by ID.
type Titles = BTreeMap<String, String>;

/// An instance with four sermons, and a backup with an older version of only one of them.
struct Sweep {
    template: Instance,
    ledger: Ledger,
    backup: String,
    before: Titles,
    after: Titles,
}

impl Sweep {
    fn new() -> Self {
        let (template, mut ledger) = (Instance::new(), Ledger::default());
        let ids = ['a', 'b', 'c', 'd'].map(|letter| video_id(letter, 1));
        succeeded(&template.save(&ids[0], "old"));
        ledger.acknowledge(&ids[0], "old");
        succeeded(&template.run(&["backup", "create"]));
        let mut backups = names(&template.data().join("backups")).into_iter();
        let backup = backups
            .find(|name| name.starts_with("database_backup_") && !name.contains("manifest"))
            .expect("the backup");
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

    /// Records the calls that a command makes.
    fn calls(&self, arguments: &[&str]) -> Vec<Call> {
        strace::record(&self.template.copy(), arguments).0
    }

    /// Injects a fault into a restore, runs the program again, and checks. Returns `false` if the call did not happen.
    fn try_restore(&self, call: &Call, fault: Fault) -> bool {
        let instance = self.template.copy();
        let Some(output) = strace::inject(&instance, call, fault, &self.restore()) else { return false };
        if fault != Fault::Kill {
            check_output(&output, "Restored");
        }
        // The next command settles the restore; after that, the export is updated.
        let restores = succeeded(&instance.run(&["backup", "restores", "--json"]));
        assert!(!restores.contains("\"staging\"") && !restores.contains("\"committed\""), "{restores}");
        succeeded(&instance.run(&["export"]));
        let found = self.ledger.check(&instance);
        if printed(&output, "Restored") || found.titles == self.after {
            assert_eq!(found.titles, self.after, "completely the new state");
            let replaced: Vec<_> = found.history.iter().filter(|(_, title)| title == "new").collect();
            assert_eq!(replaced.len(), self.before.len(), "replaced versions are in the history");
            let snapshots = names(&instance.data().join("backups"));
            let is_snapshot = |name: &String| name.starts_with("database_backup_before_restore_");
            assert!(snapshots.iter().any(is_snapshot), "the snapshot exists");
        } else {
            assert_eq!(found.titles, self.before, "completely the old state");
        }
        succeeded(&instance.run(&["backup", "verify", "--all"]));
        self.assert_restores_again(&instance);
        true
    }

    /// Asserts that the next restore succeeds.
    fn assert_restores_again(&self, instance: &Instance) {
        succeeded(&instance.run(&self.restore()));
        assert_eq!(self.ledger.check(instance).titles, self.after);
    }
}

#[test]
fn a_restore_killed_at_any_system_call_leaves_the_old_or_the_new_state() {
    let sweep = Sweep::new();
    let calls = sweep.calls(&sweep.restore());
    assert!(inject_all(&kills(calls), |call, fault| sweep.try_restore(call, fault)) > 40);
}

#[test]
fn a_restore_with_failing_system_calls_reports_the_error_and_leaves_the_old_or_the_new_state() {
    let sweep = Sweep::new();
    let calls = sweep.calls(&sweep.restore());
    assert!(inject_all(&failures(calls), |call, fault| sweep.try_restore(call, fault)) > 60);
}

/// Checks the files after a fault in a backup: every file is complete, and the next backup succeeds.
fn check_backup(sweep: &Sweep, instance: &Instance, output: &Output) {
    let list = succeeded(&instance.run(&["backup", "list"]));
    succeeded(&instance.run(&["backup", "verify", "--all"]));
    if printed(output, BACKED_UP) {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let name = text.rsplit(": ").next().expect("its name").trim();
        assert!(list.contains(name), "a reported backup is listed: {name} in {list}");
    }
    succeeded(&instance.run(&["backup", "create"]));
    succeeded(&instance.run(&["export"]));
    assert_eq!(sweep.ledger.check(instance).titles, sweep.before);
}

#[test]
fn a_fault_at_any_system_call_of_a_backup_leaves_a_complete_backup_or_none() {
    let (sweep, arguments) = (Sweep::new(), ["backup", "create"]);
    let calls = sweep.calls(&arguments);
    let faults = [kills(calls.clone()), failures(calls)].concat();
    let try_backup = |call: &Call, fault: Fault| {
        let instance = sweep.template.copy();
        let Some(output) = strace::inject(&instance, call, fault, &arguments) else { return false };
        if fault != Fault::Kill {
            check_output(&output, BACKED_UP);
        }
        check_backup(&sweep, &instance, &output);
        true
    };
    assert!(inject_all(&faults, try_backup) > 30);
}

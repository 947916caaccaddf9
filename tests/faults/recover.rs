//! Recoveries and drills from the command line: killed at each system call, and with each system call failing.

use crate::{
    strace::{self, Call, Fault},
    support::{
        instance::{Instance, video_id},
        ledger::{Ledger, names},
        program::succeeded,
    },
    sweep::{check_output, failures, inject_all, kills, printed},
};

const RECOVER: [&str; 2] = ["recover", "--apply"];
const DRILL: [&str; 1] = ["drill"];

/// Creates an instance with three sermons, one of them in two versions, and a backup.
fn instance_with_backup() -> (Instance, Ledger) {
    let (instance, mut ledger) = (Instance::new(), Ledger::default());
    for (letter, title) in [('a', "old"), ('b', "one"), ('c', "one"), ('a', "new")] {
        let id = video_id(letter, 1);
        succeeded(&instance.save(&id, title));
        ledger.acknowledge(&id, title);
    }
    succeeded(&instance.run(&["backup", "create"]));
    (instance, ledger)
}

/// Creates the same instance, then drops its table of sermons.
fn instance_without_table() -> (Instance, Ledger) {
    let (instance, ledger) = instance_with_backup();
    instance.execute("drop table videos");
    // Backups created from now on must not have the same name as an existing one.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    (instance, ledger)
}

/// Injects a fault into a recovery, recovers again, and checks. Returns `false` if the call did not happen.
fn try_recovery(template: &Instance, ledger: &Ledger, call: &Call, fault: Fault) -> bool {
    let instance = template.copy();
    let Some(output) = strace::inject(&instance, call, fault, &RECOVER) else { return false };
    if fault != Fault::Kill {
        check_output(&output, "RECOVERED");
    }
    if printed(&output, "RECOVERED") {
        assert_eq!(
            ledger.check_database(&instance).titles.len(),
            3,
            "what was reported as recovered is in the database"
        );
    }
    succeeded(&instance.run(&RECOVER));
    succeeded(&instance.run(&["export"]));
    let found = ledger.check(&instance);
    assert_eq!(found.titles.values().map(String::as_str).collect::<Vec<_>>(), ["new", "one", "one"]);
    let again = succeeded(&instance.run(&["recover"]));
    assert!(again.contains("There is nothing to recover."), "{again}");
    succeeded(&instance.run(&["backup", "verify", "--all"]));
    true
}

/// Records the calls that a command makes, except those on new backups and databases, whose names are different every
/// time.
fn calls(template: &Instance, arguments: &[&str]) -> Vec<Call> {
    let mut calls = strace::record(&template.copy(), arguments).0;
    let is_new_backup = |file: &str| file.contains('T') && !template.data().join(file).exists();
    calls.retain(|call| call.file.contains("tmp") || !(is_new_backup(&call.file) || call.file.contains(".new")));
    calls
}

#[test]
fn a_recovery_killed_at_any_system_call_loses_nothing_and_can_be_run_again() {
    let (template, ledger) = instance_without_table();
    let calls = calls(&template, &RECOVER);
    assert!(inject_all(&kills(calls), |call, fault| try_recovery(&template, &ledger, call, fault)) > 40);
}

#[test]
fn a_recovery_with_failing_system_calls_reports_the_error_and_loses_nothing() {
    let (template, ledger) = instance_without_table();
    let calls = calls(&template, &RECOVER);
    assert!(inject_all(&failures(calls), |call, fault| try_recovery(&template, &ledger, call, fault)) > 60);
}

/// Injects a fault into a drill, runs the drill again, and checks. Returns `false` if the call did not happen.
fn try_drill(template: &Instance, ledger: &Ledger, call: &Call, fault: Fault) -> bool {
    let instance = template.copy();
    let Some(output) = strace::inject(&instance, call, fault, &DRILL) else { return false };
    if fault != Fault::Kill {
        check_output(&output, "The restore drill succeeded");
    }
    assert_eq!(ledger.check_database(&instance).titles.len(), 3, "a drill does not touch the database");
    let again = succeeded(&instance.run(&DRILL));
    assert!(again.contains("verified 3 sermons in "), "{again}");
    let left = names(instance.data()).into_iter().filter(|name| name.starts_with(".drill-"));
    assert_eq!(left.collect::<Vec<_>>(), [""; 0], "the next drill removes the leftovers");
    succeeded(&instance.run(&["export"]));
    ledger.check(&instance);
    true
}

#[test]
fn a_fault_at_any_system_call_of_a_drill_changes_nothing_and_the_next_drill_cleans_up() {
    let (template, ledger) = instance_with_backup();
    let calls = calls(&template, &DRILL);
    let faults = [kills(calls.clone()), failures(calls)].concat();
    assert!(inject_all(&faults, |call, fault| try_drill(&template, &ledger, call, fault)) > 60);
}

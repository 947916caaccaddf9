//! A recovery and a drill by the command line, killed at each of their system calls, and with each of them failing.

use crate::{
    strace::{self, Call, Fault},
    support::ledger::{Ledger, names},
    support::place::{Place, video_id},
    support::program::succeeded,
    sweep::{check_words, each, failures, kills, said},
};

const RECOVER: [&str; 2] = ["recover", "--apply"];
const DRILL: [&str; 1] = ["drill"];

/// A place with three sermons, one in two versions, and a backup.
fn filled() -> (Place, Ledger) {
    let (place, mut ledger) = (Place::new(), Ledger::default());
    for (letter, title) in [('a', "old"), ('b', "one"), ('c', "one"), ('a', "new")] {
        let id = video_id(letter, 1);
        succeeded(&place.save(&id, title));
        ledger.acknowledge(&id, title);
    }
    succeeded(&place.run(&["backup", "create"]));
    (place, ledger)
}

/// The same without its table of videos.
fn without_a_table() -> (Place, Ledger) {
    let (place, ledger) = filled();
    place.execute("drop table videos");
    // So that no name of a backup that is made now is taken already, in this run or in a later one.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    (place, ledger)
}

/// Lets a fault happen in a recovery, does it again, and checks; `false` if the call did not come.
fn recovery_tried(template: &Place, ledger: &Ledger, call: &Call, fault: Fault) -> bool {
    let place = template.copy();
    let Some(output) = strace::inject(&place, call, fault, &RECOVER) else { return false };
    if fault != Fault::Kill {
        check_words(&output, "RECOVERED");
    }
    if said(&output, "RECOVERED") {
        assert_eq!(ledger.check_database(&place).titles.len(), 3, "what was said to be recovered is there");
    }
    succeeded(&place.run(&RECOVER));
    succeeded(&place.run(&["export"]));
    let found = ledger.check(&place);
    assert_eq!(found.titles.values().map(String::as_str).collect::<Vec<_>>(), ["new", "one", "one"]);
    let again = succeeded(&place.run(&["recover"]));
    assert!(again.contains("There is nothing to recover."), "{again}");
    succeeded(&place.run(&["backup", "verify", "--all"]));
    true
}

/// The calls that a command makes, but for those on backups that it makes: their names tell the time.
fn calls(template: &Place, arguments: &[&str]) -> Vec<Call> {
    let mut calls = strace::record(&template.copy(), arguments).0;
    let is_known = |file: &str| template.data().join(file).exists() || !file.contains('T') || file.contains("tmp");
    calls.retain(|call| is_known(&call.file));
    calls
}

#[test]
fn a_recovery_that_is_killed_at_any_system_call_can_be_done_again_and_loses_nothing() {
    let (template, ledger) = without_a_table();
    let calls = calls(&template, &RECOVER);
    assert!(each(&kills(calls), |call, fault| recovery_tried(&template, &ledger, call, fault)) > 40);
}

#[test]
fn a_recovery_whose_system_calls_fail_says_so_and_loses_nothing() {
    let (template, ledger) = without_a_table();
    let calls = calls(&template, &RECOVER);
    assert!(each(&failures(calls), |call, fault| recovery_tried(&template, &ledger, call, fault)) > 60);
}

/// Lets a fault happen in a drill, drills again, and checks; `false` if the call did not come.
fn drill_tried(template: &Place, ledger: &Ledger, call: &Call, fault: Fault) -> bool {
    let place = template.copy();
    let Some(output) = strace::inject(&place, call, fault, &DRILL) else { return false };
    if fault != Fault::Kill {
        check_words(&output, "The drill went well");
    }
    assert_eq!(ledger.check_database(&place).titles.len(), 3, "the database is not its concern");
    let again = succeeded(&place.run(&DRILL));
    assert!(again.contains("3 sermons, number and checksum as they must be"), "{again}");
    let left = names(place.data()).into_iter().filter(|name| name.starts_with(".drill-"));
    assert_eq!(left.collect::<Vec<_>>(), [""; 0], "the next drill has removed what was left");
    succeeded(&place.run(&["export"]));
    ledger.check(&place);
    true
}

#[test]
fn a_drill_that_meets_a_fault_at_any_system_call_touches_nothing_and_the_next_clears_up() {
    let (template, ledger) = filled();
    let calls = calls(&template, &DRILL);
    let faults = [kills(calls.clone()), failures(calls)].concat();
    assert!(each(&faults, |call, fault| drill_tried(&template, &ledger, call, fault)) > 60);
}

//! A save by the command line, killed at each of its system calls, and with each of them failing.

use std::{
    collections::BTreeMap,
    process::Output,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{
    setting,
    strace::{self, Call, Fault},
    support::ledger::Ledger,
    support::place::{Place, save_arguments, video_id},
    support::program::succeeded,
};

/// Places that are tried at the same time.
const AT_ONCE: usize = 4;

/// A place with two sermons, one of which is saved anew while faults happen.
struct Sweep {
    template: Place,
    ledger: Ledger,
    id: String,
}

impl Sweep {
    fn new() -> Self {
        let (template, mut ledger, id) = (Place::new(), Ledger::default(), video_id('a', 1));
        for (id, title) in [(&id, "one"), (&video_id('b', 2), "by")] {
            succeeded(&template.save(id, title));
            ledger.acknowledge(id, title);
        }
        Self { template, ledger, id }
    }

    /// The calls that the save makes.
    fn calls(&self) -> Vec<Call> {
        let place = self.template.copy();
        let arguments = save_arguments(&self.id, "two");
        strace::record(&place, &arguments.each_ref().map(String::as_str)).0
    }

    /// Lets a fault happen in a save, repairs, and checks; `false` if the call did not come.
    fn tried(&self, call: &Call, fault: Fault) -> bool {
        let place = self.template.copy();
        let arguments = save_arguments(&self.id, "two");
        let Some(output) = strace::inject(&place, call, fault, &arguments.each_ref().map(String::as_str)) else {
            return false;
        };
        let mut ledger = self.ledger.clone();
        ledger.submit(&self.id, "two");
        if said(&output, "read back equal") {
            ledger.acknowledge(&self.id, "two");
        }
        // A database that cannot take it is one that is away: then the spool has it.
        let spooled = said(&output, "Spooled");
        if fault != Fault::Kill {
            check_words(&output, if spooled { "Spooled" } else { "DATA IS SAFE" });
        }
        if said(&output, "DATA IS SAFE") {
            ledger.check_contents(&place);
        }
        self.check_repaired(&place, ledger, spooled);
        true
    }

    /// Saves once more, which puts the spool back as well, and checks that everything is whole.
    fn check_repaired(&self, place: &Place, mut ledger: Ledger, spooled: bool) {
        let before = ledger.check_database(place).titles[&self.id].clone();
        // As long as the title before, so that the lengths of files do not tell versions apart.
        succeeded(&place.save(&self.id, "six"));
        if spooled {
            ledger.acknowledge(&self.id, "two");
        }
        ledger.acknowledge(&self.id, "six");
        let found = ledger.check(place);
        assert_eq!(found.titles[&self.id], "six");
        let mut replaced: Vec<_> =
            found.history.iter().filter(|(id, _)| *id == self.id).map(|(_, title)| &**title).collect();
        replaced.sort_unstable();
        match &*before {
            "one" | "two" if spooled => assert_eq!(replaced, ["one", "two"], "the spool was put back"),
            "one" => assert_eq!(replaced, ["one"], "wholly the old state"),
            "two" => assert_eq!(replaced, ["one", "two"], "wholly the new state"),
            other => panic!("{other:?} was never there"),
        }
    }

    /// Tries all of these faults; gives how many happened.
    fn all(&self, faults: &[(Call, Fault)]) -> usize {
        each(faults, |call, fault| self.tried(call, fault))
    }
}

/// Tries faults, some at a time; gives how many happened. `tried` says whether its call came.
pub(crate) fn each(faults: &[(Call, Fault)], tried: impl Fn(&Call, Fault) -> bool + Sync) -> usize {
    let (next, happened, missed) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((call, fault)) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let _told = Told(format!("{fault:?} at {call:?}"));
                    // Threads may share their work otherwise than when it was recorded.
                    if (0..3).any(|_| tried(call, *fault)) {
                        happened.fetch_add(1, Ordering::Relaxed);
                    } else {
                        missed.lock().expect("nobody panicked").push(format!("{fault:?} at {call:?}"));
                    }
                }
            });
        }
    });
    let (happened, missed) = (happened.into_inner(), missed.into_inner().expect("nobody panicked"));
    println!("{happened} faults tried; calls that did not come: {missed:?}");
    assert!(missed.len() * 10 <= faults.len(), "the calls that were recorded come again: {missed:?}");
    happened
}

/// A kill at each of these calls.
pub(crate) fn kills(calls: Vec<Call>) -> Vec<(Call, Fault)> {
    thinned(calls).into_iter().map(|call| (call, Fault::Kill)).collect()
}

/// An error at each of these calls, and from some of them on.
pub(crate) fn failures(calls: Vec<Call>) -> Vec<(Call, Fault)> {
    let each = thinned(calls).into_iter().enumerate().flat_map(|(index, call)| {
        let errors = errors(&call.name);
        let once = Fault::Error(errors[index % errors.len()]);
        // A disk that has failed may go on failing.
        let on = matches!(&*call.name, "fsync" | "write" | "pwrite64").then_some(Fault::ErrorFromThen(errors[0]));
        [Some(once), on].into_iter().flatten().map(move |fault| (call.clone(), fault))
    });
    each.collect()
}

/// Tells what was being tried when it is dropped by a panic.
struct Told(String);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("it was: {}", self.0);
        }
    }
}

/// Whether a command printed these words.
pub(crate) fn said(output: &Output, words: &str) -> bool {
    String::from_utf8_lossy(&output.stdout).contains(words)
}

/// Checks that a command that met an error said so in a line and did not break down, or said that it is done.
pub(crate) fn check_words(output: &Output, done: &str) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!error.contains("panicked"), "{error}");
    if output.status.success() {
        assert!(said(output, done), "it ended well and did not say so");
        return;
    }
    assert_eq!(output.status.code(), Some(1), "{error}");
    let why = error.lines().filter(|line| line.starts_with("mannameter: ")).count();
    assert_eq!(why, 1, "one line says why: {error}");
}

/// Of many calls of a kind on one file, the first, the last, and some between; all if `FAULTS=all` is set.
fn thinned(calls: Vec<Call>) -> Vec<Call> {
    if setting("FAULTS").is_some_and(|faults| faults == "all") {
        return calls;
    }
    let mut last = BTreeMap::new();
    for call in &calls {
        last.insert((call.name.clone(), call.file.clone()), call.number);
    }
    let keep = |call: &Call| {
        let last = last[&(call.name.clone(), call.file.clone())];
        last <= 4 || call.number <= 2 || call.number == last || call.number.is_multiple_of((last / 4).max(1))
    };
    calls.into_iter().filter(keep).collect()
}

/// The errors that a call may fail with.
fn errors(call: &str) -> &'static [&'static str] {
    match call {
        "write" | "pwrite64" => &["ENOSPC", "EIO"],
        "fsync" | "fdatasync" => &["EIO", "ENOSPC"],
        "openat" => &["EROFS", "EMFILE"],
        "link" | "linkat" => &["EIO", "EPERM", "ENOSPC"],
        "flock" => &["EIO"],
        _ => &["EIO", "EROFS"],
    }
}

#[test]
fn a_save_that_is_killed_at_any_system_call_is_wholly_there_or_not_at_all() {
    let sweep = Sweep::new();
    assert!(sweep.all(&kills(sweep.calls())) > 40);
}

#[test]
fn a_save_whose_system_calls_fail_says_so_and_loses_nothing() {
    let sweep = Sweep::new();
    assert!(sweep.all(&failures(sweep.calls())) > 60);
}

#[test]
fn a_first_start_that_is_killed_leaves_nothing_in_the_way_of_the_next() {
    let [first, second] = ['a', 'b'].map(|letter| video_id(letter, 1));
    let arguments = save_arguments(&first, "one");
    let arguments = arguments.each_ref().map(String::as_str);
    let (calls, _) = strace::record(&Place::new(), &arguments);
    // What is made under a name of chance cannot be named here; its neighbors can.
    let named = calls.into_iter().filter(|call| !call.file.contains(".new"));
    let some = named.filter(|call| call.file != "instance/mannameter.db-wal" || call.number.is_multiple_of(4));
    each(&kills(some.collect()), |call, fault| {
        let (place, mut ledger) = (Place::new(), Ledger::default());
        let Some(output) = strace::inject(&place, call, fault, &arguments) else { return false };
        ledger.submit(&first, "one");
        if said(&output, "read back equal") {
            ledger.acknowledge(&first, "one");
        }
        succeeded(&place.save(&second, "two"));
        ledger.acknowledge(&second, "two");
        ledger.check(&place);
        true
    });
}

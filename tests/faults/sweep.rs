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
    ledger::Ledger,
    place::{Place, save_arguments, video_id},
    program::succeeded,
    setting,
    strace::{self, Call, Fault},
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
    fn calls(&self) -> (Vec<Call>, Vec<String>) {
        let place = self.template.copy();
        let arguments = save_arguments(&self.id, "two");
        strace::record(&place, &arguments.each_ref().map(String::as_str))
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
        if fault != Fault::Kill {
            check_words(&output);
        }
        if said(&output, "DATA IS SAFE") {
            ledger.check_contents(&place);
        }
        self.check_repaired(&place, ledger);
        true
    }

    /// Saves once more, and checks that everything is whole.
    fn check_repaired(&self, place: &Place, mut ledger: Ledger) {
        let before = ledger.check_database(place).titles[&self.id].clone();
        // As long as the title before, so that the lengths of files do not tell versions apart.
        succeeded(&place.save(&self.id, "six"));
        ledger.acknowledge(&self.id, "six");
        let found = ledger.check(place);
        assert_eq!(found.titles[&self.id], "six");
        let replaced: Vec<_> =
            found.history.iter().filter(|(id, _)| *id == self.id).map(|(_, title)| &**title).collect();
        match &*before {
            "one" => assert_eq!(replaced, ["one"], "wholly the old state"),
            "two" => assert_eq!(replaced, ["one", "two"], "wholly the new state"),
            other => panic!("{other:?} was never there"),
        }
    }

    /// Tries all of these faults; gives how many happened.
    fn all(&self, faults: &[(Call, Fault)]) -> usize {
        let (next, tried, missed) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    while let Some((call, fault)) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let _told = Told(format!("{fault:?} at {call:?}"));
                        // Threads may share their work otherwise than when it was recorded.
                        if (0..3).any(|_| self.tried(call, *fault)) {
                            tried.fetch_add(1, Ordering::Relaxed);
                        } else {
                            missed.lock().expect("nobody panicked").push(format!("{fault:?} at {call:?}"));
                        }
                    }
                });
            }
        });
        let (tried, missed) = (tried.into_inner(), missed.into_inner().expect("nobody panicked"));
        println!("{tried} faults tried; calls that did not come: {missed:?}");
        assert!(missed.len() * 10 <= faults.len(), "the calls that were recorded come again");
        tried
    }
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

fn said(output: &Output, words: &str) -> bool {
    String::from_utf8_lossy(&output.stdout).contains(words)
}

/// Checks that a command that met an error said so in a line, and did not break down.
fn check_words(output: &Output) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!error.contains("panicked"), "{error}");
    if output.status.success() {
        assert!(said(output, "DATA IS SAFE"), "it ended well and did not say so");
        return;
    }
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(!said(output, "DATA IS SAFE"));
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

#[test]
fn a_save_that_is_killed_at_any_system_call_is_wholly_there_or_not_at_all() {
    let sweep = Sweep::new();
    let (calls, _) = sweep.calls();
    let faults: Vec<_> = thinned(calls).into_iter().map(|call| (call, Fault::Kill)).collect();
    assert!(sweep.all(&faults) > 40);
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
fn a_save_whose_system_calls_fail_says_so_and_loses_nothing() {
    let sweep = Sweep::new();
    let (calls, _) = sweep.calls();
    let each = thinned(calls).into_iter().enumerate().flat_map(|(index, call)| {
        let errors = errors(&call.name);
        let once = Fault::Error(errors[index % errors.len()]);
        // A disk that has failed may go on failing.
        let on = matches!(&*call.name, "fsync" | "write" | "pwrite64").then_some(Fault::ErrorFromThen(errors[0]));
        [Some(once), on].into_iter().flatten().map(move |fault| (call.clone(), fault))
    });
    assert!(sweep.all(&each.collect::<Vec<_>>()) > 60);
}

#[test]
fn a_first_start_that_is_killed_leaves_nothing_in_the_way_of_the_next() {
    let place = Place::new();
    let arguments = save_arguments(&video_id('a', 1), "one");
    let arguments = arguments.each_ref().map(String::as_str);
    let (calls, _) = strace::record(&place, &arguments);
    // What is made under a name of chance cannot be named here; its neighbours can.
    let calls = thinned(calls).into_iter().filter(|call| !call.file.contains(".new"));
    let faults: Vec<_> =
        calls.filter(|call| call.file != "instance/mannameter.db-wal" || call.number % 4 == 0).collect();
    let (next, tried) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(call) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let _told = Told(format!("a kill at {call:?}"));
                    let (place, mut ledger) = (Place::new(), Ledger::default());
                    let Some(output) = strace::inject(&place, call, Fault::Kill, &arguments) else { continue };
                    ledger.submit(&video_id('a', 1), "one");
                    if said(&output, "read back equal") {
                        ledger.acknowledge(&video_id('a', 1), "one");
                    }
                    succeeded(&place.save(&video_id('b', 1), "two"));
                    ledger.acknowledge(&video_id('b', 1), "two");
                    ledger.check(&place);
                    tried.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert!(tried.into_inner() * 10 >= faults.len() * 9, "the calls that were recorded come again");
}

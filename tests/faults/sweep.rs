//! Saves from the command line: killed at each system call, and with each system call failing.

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
    support::{
        instance::{Instance, save_arguments, video_id},
        ledger::Ledger,
        program::succeeded,
    },
};

/// What the program prints when a save has been committed and read back.
pub(crate) const SAVED: &str = " and verified";

/// Number of faults to try in parallel.
const PARALLEL: usize = 4;

/// An instance with two sermons, one of which is saved again while faults are injected.
struct Sweep {
    template: Instance,
    ledger: Ledger,
    id: String,
}

impl Sweep {
    fn new() -> Self {
        let (template, mut ledger, id) = (Instance::new(), Ledger::default(), video_id('a', 1));
        for (id, title) in [(&id, "one"), (&video_id('b', 2), "by")] {
            succeeded(&template.save(id, title));
            ledger.acknowledge(id, title);
        }
        Self { template, ledger, id }
    }

    /// Records the calls of the save.
    fn calls(&self) -> Vec<Call> {
        let instance = self.template.copy();
        let arguments = save_arguments(&self.id, "two");
        strace::record(&instance, &arguments.each_ref().map(String::as_str)).0
    }

    /// Injects a fault into a save, saves again, and checks. Returns `false` if the call did not happen.
    fn try_save(&self, call: &Call, fault: Fault) -> bool {
        let instance = self.template.copy();
        let arguments = save_arguments(&self.id, "two");
        let Some(output) = strace::inject(&instance, call, fault, &arguments.each_ref().map(String::as_str)) else {
            return false;
        };
        let mut ledger = self.ledger.clone();
        ledger.submit(&self.id, "two");
        if printed(&output, SAVED) {
            ledger.acknowledge(&self.id, "two");
        }
        // If the database failed, the sermon is in the spool.
        let spooled = printed(&output, "Spooled");
        if fault != Fault::Kill {
            check_output(&output, if spooled { "Spooled" } else { "DATA IS SAFE" });
        }
        if printed(&output, "DATA IS SAFE") {
            ledger.check_contents(&instance);
        }
        self.check_after_next_save(&instance, ledger, spooled);
        true
    }

    /// Saves once more, which also replays the spool, and checks everything.
    fn check_after_next_save(&self, instance: &Instance, mut ledger: Ledger, spooled: bool) {
        let before = ledger.check_database(instance).titles[&self.id].clone();
        // As long as the other titles, so that versions cannot be distinguished by file size.
        succeeded(&instance.save(&self.id, "six"));
        if spooled {
            ledger.acknowledge(&self.id, "two");
        }
        ledger.acknowledge(&self.id, "six");
        let found = ledger.check(instance);
        assert_eq!(found.titles[&self.id], "six");
        let mut replaced: Vec<_> =
            found.history.iter().filter(|(id, _)| *id == self.id).map(|(_, title)| &**title).collect();
        replaced.sort_unstable();
        match &*before {
            "one" | "two" if spooled => assert_eq!(replaced, ["one", "two"], "the spool was replayed"),
            "one" => assert_eq!(replaced, ["one"], "completely the old state"),
            "two" => assert_eq!(replaced, ["one", "two"], "completely the new state"),
            other => panic!("{other:?} was never saved"),
        }
    }

    /// Tries all faults and returns how many happened.
    fn try_all(&self, faults: &[(Call, Fault)]) -> usize {
        inject_all(faults, |call, fault| self.try_save(call, fault))
    }
}

/// Tries all faults, several in parallel, and returns how many happened. `try_fault` returns whether its call happened.
pub(crate) fn inject_all(faults: &[(Call, Fault)], try_fault: impl Fn(&Call, Fault) -> bool + Sync) -> usize {
    let (next, happened, missed) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..PARALLEL {
            scope.spawn(|| {
                while let Some((call, fault)) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let _on_panic = PrintOnPanic(format!("{fault:?} at {call:?}"));
                    // Threads may divide their work differently than they did in the recording.
                    if (0..3).any(|_| try_fault(call, *fault)) {
                        happened.fetch_add(1, Ordering::Relaxed);
                    } else {
                        missed.lock().expect("not poisoned").push(format!("{fault:?} at {call:?}"));
                    }
                }
            });
        }
    });
    let (happened, missed) = (happened.into_inner(), missed.into_inner().expect("not poisoned"));
    println!("{happened} faults tried; calls that did not happen: {missed:?}");
    assert!(missed.len() <= 2 + faults.len() / 10, "most recorded calls happen again: {missed:?}");
    happened
}

/// Returns a kill at each of these calls.
pub(crate) fn kills(calls: Vec<Call>) -> Vec<(Call, Fault)> {
    thin_out(calls).into_iter().map(|call| (call, Fault::Kill)).collect()
}

/// Returns an error at each of these calls and, for some of them, at all later calls.
pub(crate) fn failures(calls: Vec<Call>) -> Vec<(Call, Fault)> {
    let each = thin_out(calls).into_iter().enumerate().flat_map(|(index, call)| {
        let errors = errors(&call.name);
        let once = Fault::Error(errors[index % errors.len()]);
        // A failed disk may keep failing.
        let lasting =
            matches!(&*call.name, "fsync" | "write" | "pwrite64").then_some(Fault::ErrorFromThenOn(errors[0]));
        [Some(once), lasting].into_iter().flatten().map(move |fault| (call.clone(), fault))
    });
    each.collect()
}

/// Prints what was being tried if the test panics.
struct PrintOnPanic(String);

impl Drop for PrintOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("failed: {}", self.0);
        }
    }
}

/// Returns whether a command printed `text`.
pub(crate) fn printed(output: &Output, text: &str) -> bool {
    String::from_utf8_lossy(&output.stdout).contains(text)
}

/// Checks that a command either succeeded and printed `done`, or failed with a one-line error and without a panic.
pub(crate) fn check_output(output: &Output, done: &str) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!error.contains("panicked"), "{error}");
    if output.status.success() {
        assert!(printed(output, done), "a successful command prints {done:?}");
        return;
    }
    assert_eq!(output.status.code(), Some(1), "{error}");
    let why = error.lines().filter(|line| line.starts_with("mannameter: ")).count();
    assert_eq!(why, 1, "one line has the error: {error}");
}

/// Given many similar calls on the same file, returns the first, the last and some in between; or all if `FAULTS=all`
/// is set.
fn thin_out(calls: Vec<Call>) -> Vec<Call> {
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

/// Returns the errors that a call may fail with.
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
fn a_save_killed_at_any_system_call_is_complete_or_absent() {
    let sweep = Sweep::new();
    assert!(sweep.try_all(&kills(sweep.calls())) > 40);
}

#[test]
fn a_save_with_failing_system_calls_reports_the_error_and_loses_nothing() {
    let sweep = Sweep::new();
    assert!(sweep.try_all(&failures(sweep.calls())) > 60);
}

#[test]
fn a_killed_first_start_does_not_block_the_next_one() {
    let [first, second] = ['a', 'b'].map(|letter| video_id(letter, 1));
    let arguments = save_arguments(&first, "one");
    let arguments = arguments.each_ref().map(String::as_str);
    let (calls, _) = strace::record(&Instance::new(), &arguments);
    // Calls on files with random names cannot be identified.
    let fixed_names = calls.into_iter().filter(|call| !call.file.contains(".new"));
    let some = fixed_names.filter(|call| call.file != "instance/mannameter.db-wal" || call.number.is_multiple_of(4));
    inject_all(&kills(some.collect()), |call, fault| {
        let (instance, mut ledger) = (Instance::new(), Ledger::default());
        let Some(output) = strace::inject(&instance, call, fault, &arguments) else { return false };
        ledger.submit(&first, "one");
        if printed(&output, SAVED) {
            ledger.acknowledge(&first, "one");
        }
        succeeded(&instance.save(&second, "two"));
        ledger.acknowledge(&second, "two");
        ledger.check(&instance);
        true
    });
}

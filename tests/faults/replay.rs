//! Replays of the spool from the command line: killed at each system call, and with each system call failing. Nothing
//! is lost or saved twice.

use std::{collections::BTreeMap, process::Output, sync::Arc};

use crate::{
    strace::{self, Call, Fault},
    support::{
        instance::{Database, Instance, save_arguments, video_id},
        ledger::{Ledger, names},
        postgres::Postgres,
        program::succeeded,
    },
    sweep::{SAVED, check_output, failures, inject_all, kills, printed},
};

/// Prefix of spool entries.
const SPOOL_PREFIX: &str = "EMERGENCY_SAVE_";

/// An instance with two spool entries: a newer version of a stored sermon, and a new sermon.
struct SpooledInstance {
    instance: Instance,
    ledger: Ledger,
}

impl SpooledInstance {
    fn new(database: Database) -> Self {
        let (instance, mut ledger) = (Instance::with(database), Ledger::default());
        let mut acknowledge = |id: &str, title: &str, output: &Output, message: &str| {
            assert!(printed(output, message), "{message}: {output:?}");
            ledger.acknowledge(id, title);
        };
        acknowledge(&changed(), "one", &instance.save(&changed(), "one"), "DATA IS SAFE");
        for (id, title) in [(changed(), "two"), (added(), "new")] {
            let mut offline = instance.command();
            offline.env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none").args(save_arguments(&id, title));
            acknowledge(&id, title, &offline.output().expect("the binary runs"), "Spooled");
        }
        assert_eq!(spool_files(&instance), 4, "two entries, each with its manifest");
        Self { instance, ledger }
    }

    /// Copies the instance with all its files; it must be on SQLite.
    fn copy(&self) -> Self {
        Self { instance: self.instance.copy(), ledger: self.ledger.clone() }
    }

    /// Injects a fault into a replay, replays again, and checks. Returns `false` if the call did not happen.
    fn try_fault(mut self, call: &Call, fault: Fault) -> bool {
        let Some(output) = strace::inject(&self.instance, call, fault, &command().each_ref().map(String::as_str))
        else {
            return false;
        };
        if fault != Fault::Kill {
            let spooled = printed(&output, "Spooled");
            check_output(&output, if spooled { "Spooled" } else { "DATA IS SAFE" });
        }
        self.ledger.submit(&third(), "third");
        if printed(&output, SAVED) || printed(&output, "Spooled") {
            self.ledger.acknowledge(&third(), "third");
        }
        self.check();
        true
    }

    /// Saves once more, which replays the spool, and checks that each result was saved only once.
    fn check(mut self) {
        succeeded(&self.instance.save(&video_id('d', 4), "last"));
        self.ledger.acknowledge(&video_id('d', 4), "last");
        let found = self.ledger.check(&self.instance);
        let titles: BTreeMap<_, _> = found.titles.iter().map(|(id, title)| (id.as_str(), title.as_str())).collect();
        assert_eq!((titles[&*changed()], titles[&*added()]), ("two", "new"), "both are replayed");
        let history = self.instance.rows("select video_id, sha256 from video_history");
        assert_eq!(history.len(), 1, "the replaced version, once: {history:?}");
        assert_eq!(history[0]["video_id"], changed());
        let transcripts = self.instance.rows("select video_id from transcripts");
        assert_eq!(transcripts.len(), titles.len(), "each with its transcript, once");
        assert_eq!(
            spool_files(&self.instance),
            0,
            "the spool is empty: {:?}",
            names(&self.instance.data().join("backups"))
        );
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

/// Returns the arguments of a save, which first replays the spool.
fn command() -> [String; 6] {
    save_arguments(&third(), "third")
}

/// Returns the number of spool files, including those set aside as damaged.
fn spool_files(instance: &Instance) -> usize {
    names(&instance.data().join("backups")).iter().filter(|name| name.starts_with(SPOOL_PREFIX)).count()
}

/// Records the calls of the command on an instance.
fn calls(instance: &SpooledInstance) -> Vec<Call> {
    let (calls, _) = strace::record(&instance.instance, &command().each_ref().map(String::as_str));
    let on_spool = calls.iter().filter(|call| call.file.contains(SPOOL_PREFIX) || call.file.contains("spool")).count();
    assert!(on_spool >= 5, "the spool is replayed: {calls:?}");
    calls
}

#[test]
fn a_replay_killed_at_any_system_call_loses_and_duplicates_nothing() {
    let template = SpooledInstance::new(Database::Sqlite);
    let faults = kills(calls(&template.copy()));
    assert!(inject_all(&faults, |call, fault| template.copy().try_fault(call, fault)) > 40);
}

#[test]
fn a_replay_with_failing_system_calls_reports_the_error_and_loses_nothing() {
    let template = SpooledInstance::new(Database::Sqlite);
    let faults = failures(calls(&template.copy()));
    assert!(inject_all(&faults, |call, fault| template.copy().try_fault(call, fault)) > 60);
}

#[test]
fn a_fault_at_any_spool_call_of_a_replay_into_postgres_loses_and_duplicates_nothing() {
    let postgres = Arc::new(Postgres::new());
    let new = || SpooledInstance::new(Database::new(&postgres));
    // The names of spool entries depend on the time, so only calls on the directories can be addressed.
    let on_spool = |call: &Call| call.file == "backups" || call.file.contains("spool");
    let calls: Vec<_> = calls(&new()).into_iter().filter(on_spool).collect();
    let faults = [kills(calls.clone()), failures(calls)].concat();
    assert!(inject_all(&faults, |call, fault| new().try_fault(call, fault)) >= 4, "{faults:?}");
}

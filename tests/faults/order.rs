//! Durability, judged by the order of system calls: nothing is acknowledged before everything it depends on has been
//! fsynced.
//!
//! This catches every missing fsync. Killing the process cannot, because the kernel keeps what the process has written.

use std::{collections::BTreeSet, path::Path};

use crate::{
    strace::{self, Event},
    support::{
        instance::{Instance, save_arguments, video_id},
        ledger::Ledger,
    },
    sweep::SAVED,
};

/// Everything that is not durable yet, according to the calls so far.
#[derive(Debug, Default)]
struct Volatile {
    /// Files with bytes that have not been fsynced.
    files: BTreeSet<String>,
    /// Directories with entries that have not been fsynced.
    directories: BTreeSet<String>,
    /// Number of renames and links.
    names: usize,
}

impl Volatile {
    fn apply(&mut self, event: &Event<'_>) {
        let file = event.file.to_owned();
        match event.call {
            "write" | "pwrite64" | "ftruncate" => drop(self.files.insert(file)),
            "fsync" | "fdatasync" => {
                self.files.remove(&file);
                self.directories.remove(&file);
            }
            "rename" | "renameat" | "renameat2" => {
                assert!(!self.files.contains(&file), "{file} is renamed before it is durable");
                self.add_name(&file);
            }
            "link" | "linkat" => {
                assert!(!self.files.contains(&file), "{file} is linked before it is durable");
                self.add_name(event.second_file.unwrap_or(&file));
            }
            // SQLite's log is lost if its directory entry is lost.
            "openat" if event.creates && file.ends_with("-wal") => self.add_name(&file),
            _ => {}
        }
    }

    fn add_name(&mut self, file: &str) {
        self.names += 1;
        let directory = Path::new(file).parent().unwrap_or(Path::new(""));
        self.directories.insert(directory.display().to_string());
    }

    /// Returns everything that the database's durability depends on and that is not durable yet.
    fn in_database(&self) -> Vec<&String> {
        let log = |file: &&String| file.ends_with("mannameter.db-wal");
        let its_directory = |directory: &&String| *directory == "instance";
        self.files.iter().filter(log).chain(self.directories.iter().filter(its_directory)).collect()
    }
}

/// Traces a save and returns the number of acknowledgments.
fn trace_save(instance: &Instance, title: &str) -> usize {
    let arguments = save_arguments(&video_id('a', 1), title);
    let (_, lines) = strace::record(instance, &arguments.each_ref().map(String::as_str));
    let (mut volatile, mut acknowledged) = (Volatile::default(), 0);
    for line in &lines {
        if let Some(event) = Event::parse(line, instance.data()) {
            volatile.apply(&event);
        } else if line.contains(SAVED) {
            acknowledged += 1;
            assert_eq!(volatile.in_database(), [""; 0], "the save was acknowledged before it was durable");
        } else if line.contains("SAVE COMPLETE") {
            acknowledged += 1;
            let ours: Vec<_> = volatile.files.iter().filter(|file| !file.starts_with("instance/")).collect();
            assert_eq!(ours, [""; 0], "files that are not durable at the end");
            assert!(volatile.directories.is_empty(), "directories that are not durable: {:?}", volatile.directories);
        }
    }
    assert!(volatile.names >= 4, "the trace includes the renames of the export and SQLite's log: {volatile:?}");
    acknowledged
}

#[test]
fn nothing_is_acknowledged_before_everything_it_depends_on_is_durable() {
    let (instance, mut ledger) = (Instance::new(), Ledger::default());
    for title in ["one", "two"] {
        assert_eq!(trace_save(&instance, title), 2, "the save and its export are acknowledged");
        ledger.acknowledge(&video_id('a', 1), title);
    }
    ledger.check(&instance);
}

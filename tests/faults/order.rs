//! What is acknowledged is durable: in the order of system calls, nothing is said before all that it rests on was fsynced.
//!
//! This sees each fsync that is left out, which no kill of a process can: the kernel keeps what the process wrote.

use std::{collections::BTreeSet, path::Path};

use crate::{
    strace::{self, Event},
    support::ledger::Ledger,
    support::place::{Place, save_arguments, video_id},
};

/// What is not durable yet, by the calls so far.
#[derive(Debug, Default)]
struct Volatile {
    /// Files with bytes that were not fsynced.
    files: BTreeSet<String>,
    /// Directories with names that were not fsynced.
    directories: BTreeSet<String>,
    /// Renames and links that were seen.
    named: usize,
}

impl Volatile {
    fn see(&mut self, event: &Event<'_>) {
        let file = event.file.to_owned();
        match event.call {
            "write" | "pwrite64" | "ftruncate" => drop(self.files.insert(file)),
            "fsync" | "fdatasync" => {
                self.files.remove(&file);
                self.directories.remove(&file);
            }
            "rename" | "renameat" | "renameat2" => {
                assert!(!self.files.contains(&file), "{file} is renamed before it is durable");
                self.name(&file);
            }
            "link" | "linkat" => {
                assert!(!self.files.contains(&file), "{file} is linked before it is durable");
                self.name(event.second_file.unwrap_or(&file));
            }
            // The log of SQLite is nothing without its name.
            "openat" if event.creates && file.ends_with("-wal") => self.name(&file),
            _ => {}
        }
    }

    fn name(&mut self, file: &str) {
        self.named += 1;
        let directory = Path::new(file).parent().unwrap_or(Path::new(""));
        self.directories.insert(directory.display().to_string());
    }

    /// What the database's durability rests on.
    fn of_database(&self) -> Vec<&String> {
        let log = |file: &&String| file.ends_with("mannameter.db-wal");
        let place = |directory: &&String| *directory == "instance";
        self.files.iter().filter(log).chain(self.directories.iter().filter(place)).collect()
    }
}

/// Follows a save, and gives how often something was acknowledged.
fn follow(place: &Place, title: &str) -> usize {
    let arguments = save_arguments(&video_id('a', 1), title);
    let (_, lines) = strace::record(place, &arguments.each_ref().map(String::as_str));
    let (mut volatile, mut acknowledged) = (Volatile::default(), 0);
    for line in &lines {
        if let Some(event) = Event::parse(line, place.data()) {
            volatile.see(&event);
        } else if line.contains("read back equal") {
            acknowledged += 1;
            assert_eq!(volatile.of_database(), [""; 0], "the save was acknowledged before it was durable");
        } else if line.contains("SAVE COMPLETE") {
            acknowledged += 1;
            let ours: Vec<_> = volatile.files.iter().filter(|file| !file.starts_with("instance/")).collect();
            assert_eq!(ours, [""; 0], "files that are not durable at the end");
            assert!(volatile.directories.is_empty(), "names that are not durable: {:?}", volatile.directories);
        }
    }
    assert!(volatile.named >= 4, "the renames of the export and the log of SQLite were seen: {volatile:?}");
    acknowledged
}

#[test]
fn nothing_is_acknowledged_before_all_that_it_rests_on_is_durable() {
    let (place, mut ledger) = (Place::new(), Ledger::default());
    for title in ["one", "two"] {
        assert_eq!(follow(&place, title), 2, "the save and its export are acknowledged");
        ledger.acknowledge(&video_id('a', 1), title);
    }
    ledger.check(&place);
}

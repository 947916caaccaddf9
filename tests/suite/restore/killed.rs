//! Kills the program during a restore: each restore ends in exactly the old state or exactly the new one.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use crate::support::program::{mannameter, succeeded};
use serde_json::{Map, Value, json};

use crate::support::postgres::Postgres;

/// Number of kills, each `STEP` later than the previous one.
const KILLS: u64 = 14;
const STEP: Duration = Duration::from_millis(25);

/// A data directory and a database.
struct Instance<'a> {
    data: &'a Path,
    database_url: Option<String>,
}

impl Instance<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = mannameter(self.data);
        if let Some(url) = &self.database_url {
            command.env("DATABASE_URL", url);
        }
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> String {
        succeeded(&self.command(arguments).output().expect("the binary runs"))
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(arguments)).expect("JSON on standard output")
    }

    /// Returns every document in the database.
    fn documents(&self) -> Value {
        self.run(&["export"]);
        serde_json::from_slice(&fs::read(self.data.join("results.json")).expect("results.json")).expect("JSON")
    }

    /// Imports sermons with this title and creates a backup; returns its name and its documents.
    fn import_and_back_up(&self, title: &str, videos: std::ops::Range<u32>) -> (String, Value) {
        let long = "word ".repeat(2000);
        let documents: Map<String, Value> = videos
            .map(|number| {
                let document = json!({
                    "title": title, "processed_at": format!("2026-01-0{}T00:00:00Z", title.len()), "stats": {},
                    "counts": {}, "suspect_counts": {}, "positions": {}, "logs": [long],
                });
                (format!("v{number:04}"), document)
            })
            .collect();
        let file = self.data.join(format!("{title}.json"));
        fs::write(&file, Value::Object(documents).to_string()).expect("written");
        self.run(&["import", "--force", &file.to_string_lossy()]);
        let name = self.json(&["backup", "create", "--json"])["name"].as_str().expect("a name").to_owned();
        (name, self.documents())
    }
}

fn kill_during_restores(database_url: Option<String>) {
    let directory = tempfile::tempdir().expect("a directory");
    let instance = Instance { data: directory.path(), database_url };
    let one = instance.import_and_back_up("A", 0..60);
    let two = instance.import_and_back_up("BB", 30..120);
    let (mut before, mut after) = (0, 0);
    for kill in 0..KILLS {
        let present = instance.documents();
        let (name, wanted) = if present == one.1 { &two } else { &one };
        let mut child = instance.command(&["backup", "restore", name, "--yes"]).spawn().expect("the binary runs");
        std::thread::sleep(STEP * u32::try_from(kill + 1).expect("a small number"));
        // It may have finished by now.
        let _ = child.kill();
        child.wait().expect("its exit status");

        let found = instance.documents();
        assert!(found == present || found == *wanted, "kill {kill}: neither the old nor the new state");
        if found == *wanted {
            after += 1;
        } else {
            before += 1;
        }
        let restores = instance.json(&["backup", "restores", "--json"]);
        for entry in restores.as_array().expect("a list") {
            let state = entry["state"].as_str().expect("a state");
            assert!(["done", "failed"].contains(&state), "kill {kill}: {entry:#}");
        }
        instance.run(&["backup", "verify", "--all"]);
    }
    // Without a kill, the restore succeeds.
    let (name, wanted) = if instance.documents() == one.1 { two } else { one };
    instance.run(&["backup", "restore", &name, "--yes"]);
    assert_eq!(instance.documents(), wanted);
    assert!(before > 0, "no kill came before the commit: {before} before, {after} after");
    let files = fs::read_dir(directory.path().join("backups")).expect("a directory");
    let left: Vec<_> = files
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(left, [""; 0], "no temp files are left");
}

#[test]
fn a_restore_killed_on_sqlite_leaves_the_old_or_the_new_state() {
    kill_during_restores(None);
}

#[test]
fn a_restore_killed_on_postgres_leaves_the_old_or_the_new_state() {
    kill_during_restores(Some(Postgres::shared().database()));
}

//! The program is killed in the middle of a restore: afterwards everything is wholly as before or wholly as after.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use crate::support::program::{mannameter, succeeded};
use serde_json::{Map, Value, json};

use crate::support::postgres::Postgres;

/// How often it is killed, each time a little later.
const KILLS: u64 = 14;
const LATER: Duration = Duration::from_millis(25);

struct Place<'a> {
    data: &'a Path,
    database_url: Option<String>,
}

impl Place<'_> {
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

    /// What the database holds.
    fn held(&self) -> Value {
        self.run(&["export"]);
        serde_json::from_slice(&fs::read(self.data.join("results.json")).expect("results.json")).expect("JSON")
    }

    /// Imports sermons with this title and backs everything up; gives the backup's name and what it holds.
    fn backed_up(&self, title: &str, videos: std::ops::Range<u32>) -> (String, Value) {
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
        (name, self.held())
    }
}

fn killed_in_the_middle(database_url: Option<String>) {
    let directory = tempfile::tempdir().expect("a directory");
    let place = Place { data: directory.path(), database_url };
    let one = place.backed_up("A", 0..60);
    let two = place.backed_up("BB", 30..120);
    let (mut before, mut after) = (0, 0);
    for kill in 0..KILLS {
        let present = place.held();
        let (name, wanted) = if present == one.1 { &two } else { &one };
        let mut child = place.command(&["backup", "restore", name, "--yes"]).spawn().expect("the binary runs");
        std::thread::sleep(LATER * u32::try_from(kill + 1).expect("few"));
        // It may have ended already.
        let _ = child.kill();
        child.wait().expect("it has ended");

        let found = place.held();
        assert!(found == present || found == *wanted, "kill {kill}: neither before nor after");
        if found == *wanted {
            after += 1;
        } else {
            before += 1;
        }
        let restores = place.json(&["backup", "restores", "--json"]);
        for entry in restores.as_array().expect("a list") {
            let state = entry["state"].as_str().expect("a state");
            assert!(["done", "failed"].contains(&state), "kill {kill}: {entry:#}");
        }
        place.run(&["backup", "verify", "--all"]);
    }
    // Left alone, it goes through.
    let (name, wanted) = if place.held() == one.1 { two } else { one };
    place.run(&["backup", "restore", &name, "--yes"]);
    assert_eq!(place.held(), wanted);
    assert!(before > 0, "it was never killed before the commit: {before} before, {after} after");
    let files = fs::read_dir(directory.path().join("backups")).expect("a directory");
    let left: Vec<_> = files
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(left, [""; 0], "temp files");
}

#[test]
fn a_restore_that_is_killed_on_sqlite_is_wholly_before_or_wholly_after() {
    killed_in_the_middle(None);
}

#[test]
fn a_restore_that_is_killed_on_postgres_is_wholly_before_or_wholly_after() {
    killed_in_the_middle(Some(Postgres::shared().database()));
}

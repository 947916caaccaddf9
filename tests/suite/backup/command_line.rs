//! The `backup` commands.

use std::{fs, io::Write as _, path::Path, process::Stdio};

use crate::support::program::{failed, mannameter, run, succeeded};
use serde_json::Value;

const LEGACY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/legacy_shapes.json.b64");
const SERMON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/sower.srt");

fn json(data: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&succeeded(&run(data, arguments))).expect("JSON on standard output")
}

#[test]
fn a_backup_is_created_listed_restored_undone_and_found_damaged() {
    let data = tempfile::tempdir().expect("a directory");
    let data = data.path();
    succeeded(&run(data, &["import", LEGACY]));
    let created = succeeded(&run(data, &["backup", "create"]));
    assert!(created.starts_with("Backed up and verified 2 sermons"), "{created}");
    let name = json(data, &["backup", "list", "--json"])[0]["name"].as_str().expect("a name").to_owned();
    let table = succeeded(&run(data, &["backup", "list"]));
    assert!(table.starts_with("#  KIND") && table.contains("verified") && table.contains(&name), "{table}");

    succeeded(&run(data, &["analyze", SERMON, "--title", "The Sower", "--channel", "Grace Church"]));
    assert_eq!(videos(data), 3);

    // The confirmation is first empty, then the wrong name, then the right one.
    let error = failed(&run(data, &["backup", "restore", &name]));
    assert!(error.contains("was not typed"), "{error}");
    let (restored, output) = type_line(data, &name, "database_backup_20200102T030405Z_7.json.b64\n");
    assert!(!restored, "{output}");
    assert_eq!(videos(data), 3);
    let (restored, output) = type_name(data, &name);
    assert!(restored && output.contains("1 would be removed") && output.contains("The Sower"), "{output}");
    assert_eq!(videos(data), 2);

    let entries = json(data, &["backup", "restores", "--json"]);
    assert_eq!(entries[0]["state"], "done");
    let id = entries[0]["id"].as_str().expect("an id").to_owned();
    succeeded(&run(data, &["backup", "undo", &id]));
    assert_eq!(videos(data), 3);
    assert!(failed(&run(data, &["backup", "undo", &id])).contains("it was already undone"));

    let path = data.join("backups").join(&name);
    let mut bytes = fs::read(&path).expect("the file");
    bytes[300] ^= 1;
    fs::write(&path, bytes).expect("written");
    let output = run(data, &["backup", "verify", "--all"]);
    assert!(!output.status.success());
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(table.lines().any(|line| line.contains("DAMAGED") && line.contains(&name)), "{table}");
    let error = failed(&run(data, &["backup", "restore", &name, "--yes"]));
    assert!(error.contains("the file cannot be used"), "{error}");
    assert_eq!(videos(data), 3);

    let plan = json(data, &["backup", "cleanup", "--json"]);
    assert_eq!((&plan["applied"], plan["remove"].as_array().map(Vec::len)), (&Value::Bool(false), Some(0)));
    assert!(succeeded(&run(data, &["backup", "stats"])).contains("1 damaged"));
}

fn videos(data: &Path) -> usize {
    let export = fs::read(data.join("results.json")).expect("results.json");
    serde_json::from_slice::<Value>(&export).expect("JSON").as_object().expect("an object").len()
}

fn type_name(data: &Path, name: &str) -> (bool, String) {
    type_line(data, name, &format!("{name}\n"))
}

/// Restores a backup and types a line as confirmation. Returns whether it succeeded, and its output.
fn type_line(data: &Path, name: &str, line: &str) -> (bool, String) {
    let mut child = mannameter(data)
        .args(["backup", "restore", name])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    child.stdin.take().expect("a pipe").write_all(line.as_bytes()).expect("a written line");
    let output = child.wait_with_output().expect("an exit status");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

//! The commands, as a person and as a script meet them.

use std::{fs, io::Write as _, path::Path, process::Stdio};

use crate::support::program::{failed, mannameter, run, succeeded};
use serde_json::Value;

const LEGACY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/legacy_shapes.json.b64");
const SERMON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/sower.srt");

fn json(data: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&succeeded(&run(data, arguments))).expect("JSON on standard output")
}

#[test]
fn a_backup_is_made_shown_verified_damaged_found_restored_and_undone() {
    let data = tempfile::tempdir().expect("a directory");
    let data = data.path();
    succeeded(&run(data, &["import", LEGACY]));
    let made = succeeded(&run(data, &["backup", "create"]));
    assert!(made.starts_with("Backed up 2 videos"), "{made}");
    let name = json(data, &["backup", "list", "--json"])[0]["name"].as_str().expect("a name").to_owned();
    let table = succeeded(&run(data, &["backup", "list"]));
    assert!(table.starts_with("#  KIND") && table.contains("verified") && table.contains(&name), "{table}");

    succeeded(&run(data, &["analyze", SERMON, "--title", "The Sower", "--channel", "Grace Church"]));
    assert_eq!(videos(data), 3);

    // Nothing typed, another name typed, the name typed.
    let error = failed(&run(data, &["backup", "restore", &name]));
    assert!(error.contains("was not typed"), "{error}");
    let (typed, said) = typed(data, &name, "database_backup_20200102T030405Z_7.json.b64\n");
    assert!(!typed, "{said}");
    assert_eq!(videos(data), 3);
    let (typed, said) = typed_name(data, &name);
    assert!(typed && said.contains("1 would be removed") && said.contains("The Sower"), "{said}");
    assert_eq!(videos(data), 2);

    let restores = json(data, &["backup", "restores", "--json"]);
    assert_eq!(restores[0]["state"], "done");
    let id = restores[0]["id"].as_str().expect("an id").to_owned();
    succeeded(&run(data, &["backup", "undo", &id]));
    assert_eq!(videos(data), 3);
    assert!(failed(&run(data, &["backup", "undo", &id])).contains("it was undone"));

    let path = data.join("backups").join(&name);
    let mut bytes = fs::read(&path).expect("the file");
    bytes[300] ^= 1;
    fs::write(&path, bytes).expect("written");
    let output = run(data, &["backup", "verify", "--all"]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.lines().any(|line| line.contains("DAMAGED") && line.contains(&name)), "{said}");
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

fn typed_name(data: &Path, name: &str) -> (bool, String) {
    typed(data, name, &format!("{name}\n"))
}

/// Restores and types something when it is asked; whether it was done, and what was said.
fn typed(data: &Path, name: &str, line: &str) -> (bool, String) {
    let mut child = mannameter(data)
        .args(["backup", "restore", name])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    child.stdin.take().expect("a pipe").write_all(line.as_bytes()).expect("it is typed");
    let output = child.wait_with_output().expect("it ends");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

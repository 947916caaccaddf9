//! The commands of the previous system, as people type them, and `selftest`.

use std::{fs, path::Path, process::Stdio};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{SERMON, data_dir, export};
use crate::support::{
    instance::{Database, Instance},
    postgres::Postgres,
    program::{failed, mannameter, run, succeeded},
};

fn save(data: &Path, title: &str) {
    succeeded(&run(data, &["analyze", SERMON, "--title", title]));
}

/// Returns the only title in the export.
fn title(data: &Path) -> String {
    let export = export(data);
    let document = export.as_object().expect("an object").values().next().expect("a sermon");
    document["title"].as_str().expect("a title").to_owned()
}

/// Returns the backups in the list.
fn list(data: &Path) -> Vec<Value> {
    serde_json::from_str(&succeeded(&run(data, &["backup", "list", "--json"]))).expect("a list")
}

#[test]
fn backup_alone_makes_a_backup_and_parts_of_names_are_enough() {
    let data = data_dir();
    let data = data.path();
    save(data, "First");
    assert!(succeeded(&run(data, &["backup"])).starts_with("Backed up and verified 1 sermon"));
    let name = list(data).iter().find(|backup| backup["kind"] == "database_backup").expect("a backup")["name"].clone();
    let name = name.as_str().expect("a name").to_owned();
    save(data, "Second");

    let part = &name[..name.len() - ".json.b64".len()];
    for arguments in [["--name", &name], ["--name", part]] {
        let said = succeeded(&run(data, &["backup", "verify", arguments[0], arguments[1]]));
        assert!(said.contains(&format!("ok       {name}")), "{said}");
    }
    assert!(failed(&run(data, &["backup", "verify", "--name", "20"])).contains("give more of the name"));
    assert!(failed(&run(data, &["backup", "verify", "--name", "../etc/passwd"])).contains("not the name of a backup"));
    let missing = failed(&run(data, &["backup", "restore", "--name", "database_backup_20200102T030405Z_7.json.b64"]));
    assert!(missing.contains("there is no backup"), "{missing}");

    succeeded(&run(data, &["backup", "restore", "--name", part, "--yes"]));
    assert_eq!(title(data), "First");
}

#[test]
fn restore_without_a_name_takes_the_newest_on_demand_or_scheduled_backup_but_never_another_kind() {
    let data = data_dir();
    let data = data.path();
    save(data, "First");
    save(data, "Second");
    let nothing = failed(&run(data, &["backup", "restore", "--yes"]));
    assert!(nothing.contains("there is no on-demand or scheduled backup"), "a safety backup is not offered: {nothing}");
    succeeded(&run(data, &["backup", "create"]));
    save(data, "Third");
    let newer = STANDARD.encode(fs::read(data.join("results.json")).expect("an export"));
    fs::write(data.join("backups/sync_from_render_29991231_235959.json.b64"), newer).expect("written");
    save(data, "Fourth");

    let refused = failed(&run(data, &["backup", "restore"]));
    assert!(refused.contains("use --yes") && refused.contains("database_backup_2"), "{refused}");
    assert_eq!(title(data), "Fourth");
    succeeded(&run(data, &["backup", "restore", "--yes"]));
    assert_eq!(title(data), "Second");
    // The snapshot before the restore is newer, but is not offered.
    save(data, "Fifth");
    succeeded(&run(data, &["backup", "restore", "--yes"]));
    assert_eq!(title(data), "Second");
}

#[test]
fn cleanup_accepts_days_and_a_number_and_removes_only_with_apply() {
    let data = data_dir();
    let data = data.path();
    save(data, "First");
    let content = STANDARD.encode(fs::read(data.join("results.json")).expect("an export"));
    for day in 1..=9 {
        let name = format!("backups/database_backup_2025120{day}_102352.json.b64");
        fs::write(data.join(name), &content).expect("written");
    }
    let other = data.join("backups/results_backup_20251205_183048.json.b64");
    fs::write(&other, &content).expect("written");
    let count = || list(data).iter().filter(|backup| backup["kind"] == "database_backup").count();
    let plan = |arguments: &[&str]| -> Value {
        let arguments = [&["backup", "cleanup", "--json"], arguments].concat();
        serde_json::from_str(&succeeded(&run(data, &arguments))).expect("JSON")
    };
    let removed = |plan: &Value| plan["remove"].as_array().expect("a list").len();
    assert_eq!(removed(&plan(&[])), 0, "the retention rules keep them");
    assert_eq!(removed(&plan(&["--keep-count", "4"])), 5);
    assert_eq!(removed(&plan(&["--keep-days", "30000"])), 0);
    assert_eq!(removed(&plan(&["--keep-days", "1", "--keep-count", "7"])), 2, "either of them keeps a backup");
    assert_eq!(count(), 9, "nothing was removed yet");
    assert_eq!(removed(&plan(&["--keep-days", "1", "--keep-count", "3", "--apply"])), 6);
    assert!(count() == 3 && other.exists());
    assert!(!run(data, &["backup", "cleanup", "--keep-days", "-1"]).status.success());
}

#[test]
fn analyze_without_an_argument_asks_only_on_a_terminal() {
    let data = data_dir();
    assert!(failed(&run(data.path(), &["analyze"])).contains("give a YouTube link"));
}

#[test]
fn ids_that_begin_with_a_hyphen_are_accepted() {
    let data = data_dir();
    let data = data.path();
    let id = "-hV3xYz1-34";
    succeeded(&run(data, &["analyze", SERMON, "--url", id, "--title", "First"]));
    assert!(export(data).get(id).is_some());
    for arguments in [["history", id], ["history", "--database-url="]] {
        let expected = arguments[1] == id;
        assert_eq!(run(data, &arguments).status.success(), expected, "{arguments:?}");
    }
    assert!(succeeded(&run(data, &["reanalyze", id, "--dry-run"])).contains(&format!("would reanalyze {id}")));
    assert!(succeeded(&run(data, &["history", "-h"])).contains("Usage: mannameter history"));
    // YouTube cannot be reached, but the argument is read as an ID.
    let mut command = mannameter(data);
    command.env("YOUTUBE_BASE_URL", "http://127.0.0.1:1").args(["analyze", id, "--dry-run"]).stdin(Stdio::null());
    let output = command.output().expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains(&format!("Requesting the video {id} from YouTube")), "{said}");
}

#[test]
fn selftest_passes_on_both_databases_and_leaves_nothing_behind() {
    let postgres = std::sync::Arc::new(Postgres::new());
    for instance in [Instance::new(), Instance::with(Database::new(&postgres))] {
        succeeded(&instance.save("sErm0n_Tst1", "Real"));
        let before = instance.rows("select seq, epoch, count from store_state");
        let names = || {
            let mut names: Vec<_> = fs::read_dir(instance.data())
                .expect("a directory")
                .map(|entry| entry.expect("an entry").file_name())
                .collect();
            names.sort();
            names
        };
        let files = names();
        let said = succeeded(&instance.run(&["selftest"]));
        assert_eq!(said.lines().filter(|line| line.starts_with("PASS  ")).count(), 5, "{said}");
        assert!(!said.contains("FAIL") && said.ends_with("Total: 5/5\n"), "{said}");
        assert_eq!(instance.rows("select seq, epoch, count from store_state"), before);
        assert_eq!(names(), files, "the scratch directory was removed");
    }
    let schemas = "select count(*) from pg_namespace where nspname like 'mannameter%'";
    assert_eq!(postgres.psql("test_0", schemas), "0");
}

#[test]
fn selftest_reports_each_failure_and_fails() {
    let data = data_dir();
    let output = run(data.path(), &["selftest", "--database-url", "postgres://nobody@127.0.0.1:1/none"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!output.status.success() && said.ends_with("Total: 0/5\n"), "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("FAIL  ")).count(), 5, "{said}");
}

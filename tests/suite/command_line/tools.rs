//! `mannameter history`, `export --as-of`, `doctor` and `demo`.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use super::{SERMON, data_dir, export};
use crate::support::{
    postgres::Postgres,
    program::{failed, mannameter, run, succeeded},
};

#[test]
fn an_old_version_can_be_restored_and_any_point_in_time_exported() {
    let data = data_dir();
    for title in ["First", "Second"] {
        succeeded(&run(data.path(), &["analyze", SERMON, "--title", title]));
    }
    let id = export(data.path()).as_object().expect("an object").keys().next().expect("a sermon").clone();
    let output = succeeded(&run(data.path(), &["history", &id]));
    let old = output.lines().find(|line| line.ends_with("First")).expect("the old version");
    let number = old.split_whitespace().next().expect("a number");
    assert!(old.contains("update"), "{output}");
    let output = succeeded(&run(data.path(), &["history", &id, "--restore", number]));
    assert!(output.contains("Restored version") && output.contains("SAVE COMPLETE"), "{output}");
    assert_eq!(export(data.path())[&id]["title"], "First");
    let output = failed(&run(data.path(), &["history", &id, "--restore", "99"]));
    assert!(output.contains("no version 99"), "{output}");

    let titles = |time: &str| {
        let out = data_dir();
        let directory = out.path().join("then");
        let path = directory.to_str().expect("UTF-8");
        succeeded(&run(data.path(), &["export", "--as-of", time, "--out", path]));
        export(&directory)
    };
    assert_eq!(titles("2001-01-01"), json!({}), "there were no sermons yet");
    assert_eq!(titles("2999-01-01T00:00:00Z")[&id]["title"], "First");
    let here = data.path().to_str().expect("UTF-8");
    let output = failed(&run(data.path(), &["export", "--as-of", "2001-01-01", "--out", here]));
    assert!(output.contains("choose another directory"), "{output}");
    assert_eq!(export(data.path())[&id]["title"], "First", "the current export is untouched");
}

#[test]
fn doctor_reports_each_check_and_fails_without_a_database() {
    let data = data_dir();
    // It creates nothing, so there has to be a database.
    succeeded(&run(data.path(), &["migrate"]));
    let output = succeeded(&run(data.path(), &["doctor"]));
    assert!(
        output.contains("SQLite") && output.contains("synchronous=full") && output.contains("All checks passed."),
        "{output}"
    );
    let output = run(data.path(), &["doctor", "--database-url", "postgres://nobody@127.0.0.1:1/none"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("FAIL  database"));
}

#[test]
fn demo_fills_an_empty_database_with_the_same_sermons_each_time_and_says_that_they_are_fictional() {
    let (data, other) = (data_dir(), data_dir());
    let demo = ["demo", "--sermons", "3", "--until", "2025-11-30"];
    let output = succeeded(&run(data.path(), &demo));
    for text in ["They were never preached", "Exported 3 videos", "fictional"] {
        assert!(output.contains(text), "{text:?} in:\n{output}");
    }
    succeeded(&run(other.path(), &demo));
    assert_eq!(export(data.path()), export(other.path()));
    let output = failed(&run(data.path(), &demo));
    assert!(output.contains("it has 3 sermons") && output.contains("--data-dir"), "{output}");
    assert_eq!(export(data.path()), export(other.path()), "nothing was added");
    let output = succeeded(&run(data.path(), &["reanalyze", "--dry-run"]));
    assert!(output.contains("Nothing to do"), "their transcripts are stored: {output}");
}

/// Returns the paths of everything below a directory, except locks.
fn entries(directory: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(entries(&path));
        }
        if path.extension().is_none_or(|extension| extension != "lock") {
            found.insert(path);
        }
    }
    found
}

/// Commands that only read.
const READING: [&[&str]; 14] = [
    &["recover"],
    &["recover", "--json"],
    &["backup", "list"],
    &["backup", "stats"],
    &["backup", "restores"],
    &["backup", "verify"],
    &["backup", "verify", "--all"],
    &["backup", "cleanup"],
    &["history", "dQw4w9WgXcQ"],
    &["export"],
    &["export", "--out", "elsewhere"],
    &["export", "--site", "elsewhere"],
    &["reanalyze"],
    &["doctor"],
];

#[test]
fn a_command_that_reads_creates_no_database_and_no_directory() {
    for postgres in [false, true] {
        let scratch = data_dir();
        let database = postgres.then(|| Postgres::shared().database());
        let data = scratch.path().join("data");
        let run_all = || {
            for arguments in READING {
                let before = entries(scratch.path());
                let mut command = mannameter(&data);
                if let Some(url) = &database {
                    command.env("DATABASE_URL", url);
                }
                let command = command.current_dir(scratch.path()).env("YOUTUBE_BASE_URL", "http://127.0.0.1:1");
                let output = command.args(arguments).output().expect("the binary runs");
                assert_eq!(entries(scratch.path()), before, "{arguments:?} created or removed something: {output:?}");
            }
        };
        run_all();
        fs::create_dir(&data).expect("a directory");
        run_all();
        fs::create_dir(data.join("backups")).expect("a directory");
        let backup = json!({"in_backup_1": {"title": "T", "processed_at": "2025-12-05T11:28:13", "stats": {}}});
        fs::write(data.join("backups/results_backup_20251205_183048.json"), backup.to_string()).expect("written");
        run_all();
        let mut command = mannameter(&data);
        if let Some(url) = &database {
            command.env("DATABASE_URL", url);
            let tables = "select count(*) from pg_tables where schemaname = 'public'";
            assert_eq!(Postgres::shared().psql(url.rsplit('/').next().expect("a name"), tables), "0");
        }
        let planned = succeeded(&command.arg("recover").output().expect("the binary runs"));
        assert!(planned.contains("There is no database yet.") && planned.contains("1 to recover"), "{planned}");
        assert!(!data.join("instance").exists());
        let mut command = mannameter(&data);
        if let Some(url) = &database {
            command.env("DATABASE_URL", url);
        }
        let applied = succeeded(&command.args(["recover", "--apply"]).output().expect("the binary runs"));
        assert!(applied.contains("RECOVERED - 1 sermon is in the database"), "{applied}");
    }
}

#[test]
fn demo_rejects_a_database_that_has_sermons() {
    let data = data_dir();
    succeeded(&run(data.path(), &["analyze", SERMON]));
    let before = export(data.path());
    failed(&run(data.path(), &["demo"]));
    assert_eq!(export(data.path()), before);
}

#[test]
fn analyze_says_in_place_of_numbers_that_a_sermon_is_not_measured() {
    let data = data_dir();
    let text = "Abram comigo a palavra de Deus no evangelho de João capítulo três, porque Deus amou o mundo de tal \
        maneira que deu o seu filho, e nós precisamos entender o que isso significa para a nossa vida. ";
    let file = data.path().join("sermon.txt");
    fs::write(&file, text.repeat(30)).expect("a file");
    let output = succeeded(&run(data.path(), &["analyze", "--dry-run", file.to_str().expect("UTF-8")]));
    assert!(output.contains("not measured: this is Portuguese"), "{output}");
    assert!(!output.contains("confirmed") && !output.contains("suspect"), "{output}");
}

#[test]
fn the_canon_decides_what_analyze_counts_as_confirmed() {
    let data = data_dir();
    let file = data.path().join("homily.txt");
    fs::write(&file, "A reading from the book of Sirach 3:5. And turn to Luke 4:18.").expect("a file");
    let file = file.to_str().expect("UTF-8");
    let summary = |canon: &str| succeeded(&run(data.path(), &["analyze", "--dry-run", "--canon", canon, file]));
    let protestant = summary("protestant");
    for line in
        ["  1 confirmed, 0 suspect", "  1 deuterocanonical", "     1  Luke", "     1  Sirach (deuterocanonical)"]
    {
        assert!(protestant.contains(line), "{line:?} in {protestant}");
    }
    let catholic = summary("catholic");
    assert!(catholic.contains("  2 confirmed, 0 suspect") && !catholic.contains("deuterocanonical"), "{catholic}");
}

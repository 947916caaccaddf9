//! Mistakes that an operator may make: nothing secret is printed, and reading neither creates nor removes anything.

use std::fs;

use crate::support::{
    instance::{Instance, SERMON},
    program::{failed, run, succeeded},
};

#[test]
fn no_address_that_is_not_understood_is_printed() {
    let instance = Instance::new();
    for url in [
        "postgres://u:hush@[::1/d",
        "postgresql:/u:hush@h/d",
        "host=h user=u password=hush dbname=d",
        "mysql://u:hush@h/d",
        "u:hush@h/d",
        "jdbc:postgresql://h/d?user=u&password=hush",
    ] {
        for command in ["doctor", "export", "migrate"] {
            let output = instance.command().env("DATABASE_URL", url).arg(command).output().expect("the binary runs");
            let printed = format!("{output:?}");
            assert!(!output.status.success() && !printed.contains("hush"), "{url} {command}: {printed}");
        }
    }
    for url in [
        "http://u:hush@127.0.0.1:1",
        "http://u:hush@127.0.0.1:1/x?token=hush",
        "http://u:hush@127.0.0.1:99999",
        "u:hush@127.0.0.1",
        "ftp://u:hush@127.0.0.1",
    ] {
        let error = failed(&instance.run(&["sync", url]));
        assert!(!error.contains("hush"), "{url}: {error}");
    }
    for (name, value) in [("BACKUP_STORE_URL", "https://u:hush@h/b"), ("YOUTUBE_BASE_URL", "http://u:hush@h")] {
        let output = instance.command().env(name, value).arg("migrate").output().expect("the binary runs");
        assert!(!format!("{output:?}").contains("hush"), "{name}: {output:?}");
    }
}

#[test]
fn commands_that_read_create_neither_a_database_nor_a_directory() {
    let dir = tempfile::tempdir().expect("a directory");
    let data = dir.path().join("data");
    let out = dir.path().join("out");
    for arguments in [
        &["export"][..],
        &["export", "--out", out.to_str().expect("UTF-8")],
        &["export", "--site", out.to_str().expect("UTF-8")],
        &["history", "sErm0n_Tst1"],
        &["doctor"],
        &["backup", "list"],
        &["backup", "stats"],
        &["backup", "create"],
        &["drill"],
        &["reanalyze"],
        &["recover"],
    ] {
        let output = run(&data, arguments);
        assert!(!data.exists() && !out.exists(), "{arguments:?} created something: {output:?}");
    }
    let error = failed(&run(&data, &["export"]));
    assert!(error.contains("there is no database at ") && error.contains("set DATA_DIR or DATABASE_URL"), "{error}");
    fs::create_dir(&data).expect("a directory");
    run(&data, &["export"]);
    assert_eq!(fs::read_dir(&data).expect("a directory").count(), 0);
}

#[test]
fn an_empty_postgres_database_gets_no_tables_from_a_command_that_reads() {
    let postgres = crate::support::postgres::Postgres::shared();
    let url = postgres.database();
    let dir = tempfile::tempdir().expect("a directory");
    let database = ["--database-url", url.as_str()];
    let error = failed(&run(&dir.path().join("data"), &[&["export"][..], &database].concat()));
    assert!(error.contains("there are no sermons at "), "{error}");
    let name = url.rsplit('/').next().expect("a name");
    let tables = postgres.psql(name, "select count(*) from information_schema.tables where table_schema = 'public'");
    assert_eq!(tables, "0");
}

#[test]
fn an_empty_database_does_not_replace_a_site_by_accident() {
    let (full, empty) = (Instance::new(), Instance::new());
    succeeded(&full.run(&["analyze", SERMON, "--title", "The Sower"]));
    let site = full.outside().join("site");
    let export = ["export", "--site", site.to_str().expect("UTF-8")];
    succeeded(&full.run(&export));
    let count = || fs::read_dir(site.join("video")).map_or(0, Iterator::count);
    assert!(count() > 0);
    succeeded(&empty.run(&["migrate"]));
    let error = failed(&empty.run(&export));
    assert!(error.contains("--allow-empty") && count() > 0, "{error}");
    succeeded(&empty.run(&[&export[..], &["--allow-empty"]].concat()));
    assert_eq!(count(), 0);
}

#[test]
fn git_ignores_the_secrets_and_the_database_in_a_checkout() {
    let instance = Instance::new();
    succeeded(&instance.run(&["analyze", SERMON, "--title", "The Sower"]));
    fs::write(instance.data().join("admin_token"), "secret").expect("a token");
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.current_dir(instance.data()).args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null");
        let output = command.output().expect("git runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    git(&["init", "--quiet"]);
    git(&["add", "--all"]);
    let files = git(&["ls-files"]);
    assert!(files.contains("results.json"), "{files}");
    for secret in ["admin_token", ".plan-key", "mannameter.db", ".lock"] {
        assert!(!files.contains(secret), "{secret}: {files}");
    }
}

//! The first start with an uninitialized database.

use std::fs;

use serde_json::{Value, json};

use super::{
    both, insert, old_databases, old_file, old_table, on_postgres, pair, real_database, row, sermons, sqlite3,
};
use crate::support::{
    instance::{Instance, RECORD_TRANSACTIONS},
    program::{Server, failed, succeeded},
};

const LOGIN: &str = "authorization: Bearer the-admin-token-of-the-tests";

#[test]
fn the_first_start_adopts_every_sermon_and_changes_nothing_in_the_old_table() {
    for instance in both() {
        insert(&instance, &[row("aaaaaaaaaaa", "First", 1), row("OLD-TEST_2", "Second", 2)]);
        let before = old_table(&instance);
        let server = Server::start(instance.server());

        let old = old_databases(&server);
        assert_eq!((&old[0]["state"], &old[0]["adopted"]["sermons"]), (&json!("adopted"), &json!(2)), "{old:#?}");
        assert_eq!(old[0]["missing"], json!(0));
        let dashboard = server.curl("/", &["-H", "accept: text/html"]).text();
        assert!(dashboard.contains("Adopted 2 sermons from the database of the previous system"), "{dashboard}");
        let location = instance.data().display().to_string();
        assert!(!dashboard.contains(&location) && !server.curl("/readyz", &[]).text().contains(&location));
        assert!(dashboard.contains("First") && dashboard.contains("Second"));
        let document = server.curl("/api/video/aaaaaaaaaaa", &[]).json();
        assert_eq!(document["processed_at"], "2025-01-01 11:28:13.897205");
        assert_eq!(document["stats"]["scripture_references"], 2);
        assert_eq!(document["counts"], json!({"John": 2}));
        assert_eq!(document["positions"]["John"]["valid"][0], Value::Null);
        assert_eq!(document["logs"], json!(["a line"]));
        let found = server.curl("/api/search?q=second", &[]).json();
        assert!(found.to_string().contains("OLD-TEST_2"), "{found:#}");
        let audit = server.curl("/api/audit", &["-H", LOGIN]).text();
        assert!(audit.contains("database.adopt") && audit.contains("started") && audit.contains("finished"), "{audit}");
        server.terminate();

        assert_eq!(sermons(&instance), [pair("OLD-TEST_2", "Second"), pair("aaaaaaaaaaa", "First")]);
        assert_eq!(old_table(&instance), before);
        let export: Value = serde_json::from_slice(&fs::read(instance.data().join("results.json")).expect("an export"))
            .expect("valid JSON");
        assert_eq!(export["aaaaaaaaaaa"], document);
    }
}

#[test]
fn many_rows_are_adopted_in_few_transactions() {
    let instance = on_postgres();
    instance.execute(super::CREATE_POSTGRES);
    let rows: Vec<_> = (0..150).map(|number| row(&format!("old{number:08}"), "Old", 1)).collect();
    insert(&instance, &rows);
    succeeded(&instance.run(&["migrate"]));
    instance.execute(RECORD_TRANSACTIONS);
    let server = Server::start(instance.server());
    assert_eq!(old_databases(&server)[0]["adopted"]["sermons"], json!(150));
    server.terminate();
    let transactions = instance.rows("select distinct id from transactions").len();
    assert!(transactions < 50, "{transactions} transactions for 150 sermons");
}

#[test]
fn adopting_again_changes_nothing_and_a_deleted_sermon_stays_deleted() {
    for instance in both() {
        insert(&instance, &[row("aaaaaaaaaaa", "First", 1), row("bbbbbbbbbbb", "Second", 2)]);
        let server = Server::start(instance.server());
        old_databases(&server);
        server.curl("/api/video/bbbbbbbbbbb", &["-X", "DELETE", "-H", LOGIN]);
        server.terminate();
        let state = instance.rows("select seq, digest from store_state");

        let server = Server::start(instance.server());
        assert_eq!(old_databases(&server)[0]["missing"], json!(0));
        server.terminate();
        succeeded(&instance.run(&["recover", "--apply"]));
        assert_eq!(instance.rows("select seq, digest from store_state"), state);
        assert_eq!(sermons(&instance), [pair("aaaaaaaaaaa", "First")]);
    }
}

#[test]
fn a_command_adopts_before_it_writes_and_doctor_and_migrate_report_without_adopting() {
    for instance in both() {
        insert(&instance, &[row("aaaaaaaaaaa", "First", 1)]);
        for command in ["migrate", "doctor"] {
            let said = succeeded(&instance.run(&[command]));
            assert!(said.contains("has 1 sermon, which the next start adopts"), "{said}");
            assert!(sermons(&instance).is_empty(), "{command} adopts nothing");
        }
        succeeded(&instance.save("ccccccccccc", "Ours"));
        assert_eq!(sermons(&instance), [pair("aaaaaaaaaaa", "First"), pair("ccccccccccc", "Ours")]);
    }
}

#[test]
fn nothing_is_adopted_if_the_setting_says_so() {
    for instance in both() {
        insert(&instance, &[row("aaaaaaaaaaa", "First", 1)]);
        let mut command = instance.server();
        command.env("ADOPT_OLD_DATABASE", "off");
        let server = Server::start(command);
        let old = old_databases(&server);
        assert_eq!((&old[0]["state"], &old[0]["missing"]), (&json!("not_adopted"), &json!(1)), "{old:#?}");
        server.terminate();
        assert!(sermons(&instance).is_empty());
        let mut command = instance.command();
        command.env("ADOPT_OLD_DATABASE", "maybe").arg("doctor");
        assert!(!command.output().expect("the binary runs").status.success());
    }
}

#[test]
fn the_file_on_the_persistent_disk_is_adopted_with_the_settings_of_the_previous_system() {
    let instance = Instance::new();
    let file = instance.data().join("mannameter.db");
    old_file(&file, &[row("aaaaaaaaaaa", "First", 1)]);
    let before = fs::read(&file).expect("the old file");
    let mut command = instance.server();
    command.env_remove("DATA_DIR").env("PERSISTENT_DISK_PATH", instance.data());
    let server = Server::start(command);
    assert_eq!(old_databases(&server)[0]["state"], json!("adopted"));
    server.terminate();
    assert_eq!(sermons(&instance), [pair("aaaaaaaaaaa", "First")]);
    assert_eq!(fs::read(&file).expect("the old file"), before, "not one byte of the old file changed");
}

#[test]
fn the_table_is_found_in_any_schema_on_the_search_path() {
    let instance = on_postgres();
    instance.execute("create schema old_site");
    instance.execute(&super::CREATE_POSTGRES.replace("table video", "table old_site.video"));
    instance.execute(&super::insertion(&[row("aaaaaaaaaaa", "First", 1)]).replace("into video", "into old_site.video"));
    // Another program's table must not hide it.
    instance.execute("create table video (id integer, url text)");
    instance.execute(
        "alter database current set search_path to public, old_site"
            .replace("current", instance.rows("select current_database() as name")[0]["name"].as_str().expect("a name"))
            .as_str(),
    );
    let server = Server::start(instance.server());
    assert_eq!(old_databases(&server)[0]["adopted"]["sermons"], json!(1));
    server.terminate();
    assert_eq!(sermons(&instance), [pair("aaaaaaaaaaa", "First")]);
}

#[test]
fn the_real_database_keeps_its_numbers() {
    let Some(real) = real_database() else { return };
    let instance = Instance::new();
    let file = instance.data().join("instance/mannameter.db");
    fs::create_dir_all(file.parent().expect("a directory")).expect("a directory");
    fs::copy(&real, &file).expect("a copy");
    let before = sqlite3(&file, ".dump video");
    let server = Server::start(instance.server());
    let old = old_databases(&server);
    assert_eq!(old[0]["adopted"], json!({"sermons": 2, "unreadable": 0, "problems": []}));
    let manna =
        |id: &str| server.curl(&format!("/api/video/{id}"), &[]).json()["stats"]["scripture_references"].clone();
    assert_eq!((manna("AFhG09L0LXA"), manna("b47CJlE-ut0")), (json!(67), json!(12)));
    server.terminate();
    assert_eq!(sqlite3(&file, ".dump video"), before);

    // The same sermons in a backup of the previous system are the same documents.
    let backup = real.with_file_name("results_backup_20251205_183048.json.b64");
    let said = succeeded(&instance.run(&["import", backup.to_str().expect("text")]));
    assert!(said.contains("0 created, 0 updated"), "{said}");
}

#[test]
fn an_argument_that_is_no_old_database_is_refused() {
    let instance = Instance::new();
    let file = instance.outside().join("other.db");
    sqlite3(&file, "create table video (id integer, url text)");
    let file = file.to_str().expect("text");
    let said = failed(&instance.run(&["import", file]));
    assert!(said.contains("nothing was imported: its table video has no column video_id"), "{said}");
}

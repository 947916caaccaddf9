//! Rows and files that cannot be read: each is named, nothing in the old data changes, and the rest is adopted.

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;

use super::{both, insert, old_databases, old_file, old_table, pair, row, sermons, sqlite3};
use crate::support::{
    instance::Instance,
    program::{Server, failed, succeeded},
};

#[test]
fn each_row_that_cannot_be_read_is_named_and_the_others_are_adopted() {
    for instance in both() {
        let good = |id: &str| row(id, "Good", 1);
        insert(
            &instance,
            &[
                good("good-1"),
                good("bad-json").replace(r#"{"John": 2}"#, r#"{"John": "#),
                good("bad-shape").replace(r#"{"John": 2}"#, "[1, 2]"),
                good("bad-list").replace("[\"a line\"]", "{}"),
                good("not an id"),
                good("null-json").replace(r#"'{"John": 2}'"#, "'null'"),
                good("no-json").replace(&format!("'{}'", super::POSITIONS), "null"),
                good("no-time").replace("'2025-01-01 11:28:13.897205'", "null"),
                good("bad-count").replace(r#"{"John": 2}"#, r#"{"John": 9223372036854775807}"#),
                good("good-2"),
            ],
        );
        let before = old_table(&instance);
        let server = Server::start(instance.server());
        let old = old_databases(&server);
        assert_eq!((&old[0]["adopted"]["sermons"], &old[0]["adopted"]["unreadable"]), (&json!(5), &json!(5)));
        let problems = old[0]["adopted"]["problems"].to_string();
        for named in
            ["(bad-json): the column counts_data: not JSON", "(bad-shape)", "(bad-list)", "(not an id)", "(bad-count)"]
        {
            assert!(problems.contains(named), "{named} in {problems}");
        }
        let dashboard = server.curl("/", &["-H", "accept: text/html"]).text();
        assert!(dashboard.contains("5 rows could not be read") && dashboard.contains("bad-shape"), "{dashboard}");
        server.terminate();
        let adopted: Vec<_> = sermons(&instance).into_iter().map(|(id, _)| id).collect();
        assert_eq!(adopted, ["good-1", "good-2", "no-json", "no-time", "null-json"]);
        assert_eq!(old_table(&instance), before);
        let said = succeeded(&instance.run(&["doctor"]));
        assert!(said.contains("5 rows could not be read"), "{said}");
        let said = succeeded(&instance.run(&["recover"]));
        assert!(said.contains("5 rows could not be read") && said.contains("nothing to recover"), "{said}");
    }
}

/// Rejects the sermon `poison`.
const REJECT_SQLITE: &str = "create trigger reject before insert on videos when new.video_id = 'poison' begin
    select raise(abort, 'rejected');
end";
const REJECT_POSTGRES: &str = "create function reject() returns trigger language plpgsql as $$
    begin
        if new.video_id = 'poison' then raise exception 'rejected'; end if;
        return new;
    end
$$;
create trigger reject before insert on videos for each row execute function reject()";

#[test]
fn a_row_that_our_database_rejects_is_named_and_the_others_of_its_batch_are_adopted() {
    for instance in both() {
        insert(
            &instance,
            &[row("aaaaaaaaaaa", "First", 1), row("poison", "Second", 1), row("ccccccccccc", "Third", 1)],
        );
        succeeded(&instance.run(&["migrate"]));
        instance.execute(if instance.is_sqlite() { REJECT_SQLITE } else { REJECT_POSTGRES });
        let server = Server::start(instance.server());
        let adopted = &old_databases(&server)[0]["adopted"];
        assert_eq!((&adopted["sermons"], &adopted["unreadable"]), (&json!(2), &json!(1)), "{adopted}");
        let problem = adopted["problems"][0].as_str().expect("text");
        assert!(problem.starts_with("row 2 (poison): "), "{problem}");
        // "The database rejected a statement", and the database's own message, once.
        assert_eq!(problem.matches("rejected").count(), 2, "{problem}");
        server.terminate();
        assert_eq!(sermons(&instance), [pair("aaaaaaaaaaa", "First"), pair("ccccccccccc", "Third")]);
    }
}

#[test]
fn columns_that_are_missing_are_empty_and_new_ones_are_kept() {
    for instance in both() {
        for statement in [
            "alter table video drop column logs_data",
            "alter table video drop column location",
            "alter table video add column speaker text",
        ] {
            instance.execute(statement);
        }
        instance.execute(
            "insert into video (video_id, title, channel, counts_data, speaker)
            values ('aaaaaaaaaaa', 'First', 'Old Church', '{\"Ruth\": 1}', 'Anna')",
        );
        let server = Server::start(instance.server());
        old_databases(&server);
        let document = server.curl("/api/video/aaaaaaaaaaa", &[]).json();
        assert_eq!((&document["speaker"], &document["counts"]["Ruth"]), (&json!("Anna"), &json!(1)));
        server.terminate();
    }
}

#[test]
fn a_table_of_another_program_is_reported_and_left_alone() {
    for instance in both() {
        for column in ["counts_data", "positions_data", "stats_scripture_references"] {
            instance.execute(&format!("alter table video drop column {column}"));
        }
        instance.execute("insert into video (video_id, title, channel) values ('a', 'b', 'c')");
        let server = Server::start(instance.server());
        let old = old_databases(&server);
        assert_eq!(old[0]["state"], json!("unreadable"));
        assert!(old[0]["problem"].to_string().contains("none of the columns counts_data"), "{old:#?}");
        server.terminate();
        assert!(sermons(&instance).is_empty());
    }
}

#[test]
fn a_locked_file_is_adopted_when_the_lock_ends() {
    let instance = Instance::new();
    let file = instance.data().join("mannameter.db");
    old_file(&file, &[row("aaaaaaaaaaa", "First", 1)]);
    let mut writer =
        Command::new("sqlite3").arg(&file).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("sqlite3 runs");
    let mut input = writer.stdin.take().expect("a pipe");
    input.write_all(b"begin exclusive;\nselect 'locked';\n").expect("written");
    let mut locked = [0; 7];
    std::io::Read::read_exact(writer.stdout.as_mut().expect("a pipe"), &mut locked).expect("it is locked");

    let server = Server::start(instance.server());
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let ready = server.curl("/readyz", &[]).json();
        let old = &ready["old_databases"][0];
        if old["state"] == json!("adopting") && old["problem"].to_string().contains("locked") {
            break;
        }
        assert!(Instant::now() < deadline, "{ready:#}");
        std::thread::sleep(Duration::from_millis(100));
    }
    // A save in the meantime does not prevent the row from being adopted.
    succeeded(&instance.save("bbbbbbbbbbb", "Ours"));
    drop(input);
    writer.wait().expect("it ends");
    assert_eq!(old_databases(&server)[0]["adopted"]["sermons"], json!(1));
    server.terminate();
    assert_eq!(sermons(&instance), [pair("aaaaaaaaaaa", "First"), pair("bbbbbbbbbbb", "Ours")]);
}

#[test]
fn a_damaged_file_is_named_and_a_file_in_wal_mode_can_be_on_a_read_only_disk() {
    let instance = Instance::new();
    let damaged = instance.outside().join("damaged.db");
    fs::write(&damaged, b"SQLite format 3\0 and then nothing that SQLite wrote").expect("written");
    let said = failed(&instance.run(&["import", damaged.to_str().expect("text")]));
    assert!(said.contains("damaged.db") && said.contains("nothing was imported"), "{said}");

    let directory = instance.outside().join("disk");
    let file = directory.join("mannameter.db");
    old_file(&file, &[row("aaaaaaaaaaa", "First", 1)]);
    sqlite3(&file, "pragma journal_mode = wal");
    let before = fs::read(&file).expect("the old file");
    let set = |mode: &str| {
        for path in [&file, &directory] {
            assert!(Command::new("chmod").arg(mode).arg(path).status().expect("chmod runs").success());
        }
    };
    set("a-w");
    let said = instance.run(&["import", file.to_str().expect("text")]);
    set("u+w");
    let said = succeeded(&said);
    assert!(said.contains("1 created"), "{said}");
    assert_eq!(fs::read(&file).expect("the old file"), before);
}

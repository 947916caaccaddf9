//! What `mannameter copy` refuses, and that nothing changes when it does.

use std::path::Path;

use serde_json::json;

use super::{copy, copy_urls, directions, on_postgres, state};
use crate::support::{
    instance::Instance,
    program::{failed, succeeded},
};

/// Creates the table of the previous system with one sermon.
const OLD_TABLE: &str =
    "create table video (id integer primary key, video_id varchar(20), title text, counts_data text);
    insert into video values (1, 'oLd00000001', 'Old', '{\"John\": 1}')";

fn assert_untouched(target: &Instance) {
    if target.is_sqlite() && !target.data().join("instance/mannameter.db").exists() {
        return;
    }
    assert_eq!(target.rows("select seq, count from store_state"), [json!({"seq": 0, "count": 0})]);
    for table in ["videos", "video_history", "transcripts", "mentions", "audit", "churches"] {
        assert!(target.rows(&format!("select 1 from {table}")).is_empty(), "{table}");
    }
}

#[test]
fn a_target_that_is_not_empty_is_named_with_what_is_in_it() {
    for (source, target) in directions() {
        succeeded(&source.run(&["demo", "--sermons", "3"]));
        succeeded(&target.save("mIne0000001", "Mine"));
        succeeded(&target.save("mIne0000001", "Mine again"));
        let before = state(&target);
        let error = failed(&copy(&source, &target));
        for expected in ["not empty", "1 sermon", "1 history version", "1 transcript", "empty database"] {
            assert!(error.contains(expected), "{expected} in {error}");
        }
        assert_eq!(state(&target), before);
    }
}

#[test]
fn a_completed_copy_is_recognized() {
    let (source, target) = (Instance::new(), on_postgres());
    succeeded(&source.run(&["demo", "--sermons", "2"]));
    succeeded(&copy(&source, &target));
    let error = failed(&copy(&source, &target));
    assert!(error.contains("an earlier copy was completed"), "{error}");
}

#[test]
fn source_and_target_must_differ() {
    for instance in [Instance::new(), on_postgres()] {
        succeeded(&instance.run(&["demo", "--sermons", "2"]));
        let before = state(&instance);
        let other = instance.url().replace("127.0.0.1", "localhost").replace("/instance/", "/instance/../instance/");
        for url in [instance.url(), other] {
            let error = failed(&copy_urls(&instance, &url, &instance.url()));
            assert!(error.contains("the same database"), "{error}");
        }
        assert_eq!(state(&instance), before);
    }
}

#[test]
fn a_source_that_does_not_exist_is_an_error_and_nothing_is_created() {
    let target = Instance::new();
    let missing = target.outside().join("missing.db");
    let error = failed(&copy_urls(&target, &format!("sqlite://{}", missing.display()), &target.url()));
    assert!(error.contains("there is no database at") && error.contains("missing.db"), "{error}");
    assert!(!missing.exists() && !target.data().exists());
    let error = failed(&copy_urls(&target, "postgres://u:hush@127.0.0.1:1/none", &target.url()));
    assert!(error.contains("not available") && !error.contains("hush"), "{error}");
    let error = failed(&copy_urls(&target, "results.json", &target.url()));
    assert!(error.contains("--from") && error.contains("sqlite://"), "{error}");
    assert!(!target.data().exists());
}

#[test]
fn a_source_of_another_kind_is_named() {
    for (source, target) in directions() {
        if source.is_sqlite() {
            std::fs::create_dir_all(source.data().join("instance")).expect("a directory");
        }
        source.execute(OLD_TABLE);
        let error = failed(&copy(&source, &target));
        assert!(error.contains("the previous system with 1 sermon") && error.contains("mannameter import"), "{error}");
        source.execute("drop table video");
        let error = failed(&copy(&source, &target));
        assert!(error.contains("is not a database of MannaMeter"), "{error}");
        succeeded(&source.run(&["migrate"]));
        let error = failed(&copy(&source, &target));
        assert!(error.contains("nothing to copy"), "{error}");
        assert!(!target.is_sqlite() || !target.data().exists(), "the target was created");
    }
}

#[test]
fn the_schema_of_the_source_is_never_changed() {
    for (source, target) in directions() {
        succeeded(&source.run(&["demo", "--sermons", "2"]));
        let versions = "select max(version) as newest from _sqlx_migrations";
        source.execute("delete from _sqlx_migrations where version = (select max(version) from _sqlx_migrations)");
        let before = source.rows(versions);
        let error = failed(&copy(&source, &target));
        assert!(error.contains("older release") && error.contains("mannameter migrate"), "{error}");
        assert_eq!(source.rows(versions), before);
        source.execute("update _sqlx_migrations set version = 9999 where version = 1");
        let error = failed(&copy(&source, &target));
        assert!(error.contains("newer release"), "{error}");
        assert!(!target.is_sqlite() || !target.data().exists(), "the target was created");
    }
}

#[test]
fn a_sermon_that_cannot_be_copied_is_named_and_everything_is_rolled_back() {
    for (source, target) in directions() {
        succeeded(&source.run(&["demo", "--sermons", "5"]));
        let ids = source.rows("select video_id from videos order by video_id");
        let [good, bad] = [&ids[2], &ids[3]].map(|row| row["video_id"].as_str().expect("an ID"));
        source.execute(&format!("update videos set document = document || ' ' where video_id = '{bad}'"));
        let error = failed(&copy(&source, &target));
        for expected in ["nothing was copied", good, bad, "does not match its checksum", "mannameter recover"] {
            assert!(error.contains(expected), "{expected} in {error}");
        }
        assert_untouched(&target);
    }
}

#[test]
fn rows_that_another_program_removed_are_noticed() {
    for (source, target) in directions() {
        succeeded(&source.run(&["demo", "--sermons", "3"]));
        source.execute("delete from transcripts where video_id = (select min(video_id) from videos)");
        source.execute("delete from videos where video_id = (select min(video_id) from videos)");
        let error = failed(&copy(&source, &target));
        assert!(error.contains("2 sermons") && error.contains("another program changed it"), "{error}");
        assert_untouched(&target);
    }
}

#[test]
fn a_row_that_the_target_does_not_accept_is_named() {
    let (source, target) = (Instance::new(), on_postgres());
    for title in ["First", "Second", "Third"] {
        succeeded(&source.save("pOison00001", title));
    }
    // SQLite stores NUL in text; PostgreSQL does not.
    source.execute("update video_history set title = 'a' || char(0) || 'b' where id = 2");
    let error = failed(&copy(&source, &target));
    for expected in ["could not copy version", "pOison00001", "rolled back"] {
        assert!(error.contains(expected), "{expected} in {error}");
    }
    assert_untouched(&target);
    source.execute("update video_history set title = 'a' where id = 2");
    succeeded(&copy(&source, &target));
}

#[test]
fn a_file_that_is_not_a_database_is_an_error() {
    let (source, target) = (Instance::new(), Instance::new());
    let file = source.outside().join("text.db");
    std::fs::write(&file, "not a database, but long enough to have a header of one hundred bytes".repeat(3))
        .expect("written");
    let error = failed(&copy_urls(&target, &format!("sqlite://{}", file.display()), &target.url()));
    assert!(error.contains("not a database"), "{error}");
    assert!(!target.data().exists() && Path::new(&file).exists());
}

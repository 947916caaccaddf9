//! A new database, unused or barely used, next to the files of the previous one.

use std::fs;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    recover::{apply, assert_recovered, both, counts, entry, id, on_postgres, plan, save, save_sermons},
    support::{
        instance::Instance,
        ledger::names,
        program::{Server, succeeded},
    },
};

const TOKEN: &str = "authorization: Bearer the-admin-token-of-the-tests";

/// Returns an instance with the same files and a new database.
fn with_new_database(instance: &Instance, postgres: bool) -> Instance {
    let new = if postgres { on_postgres() } else { Instance::new() };
    fs::create_dir_all(new.data().join("backups")).expect("a directory");
    for directory in ["", "backups"] {
        for name in names(&instance.data().join(directory)) {
            let (from, to) = (instance.data().join(directory).join(&name), new.data().join(directory).join(&name));
            if from.is_file() {
                fs::copy(from, to).expect("a copy");
            }
        }
    }
    new
}

#[test]
fn a_new_database_is_filled_from_the_files_and_deleted_sermons_stay_deleted() {
    for (instance, postgres) in both().into_iter().zip([false, true]) {
        let mut ledger = save_sermons(&instance, 3);
        save(&instance, &mut ledger, &id(1), "the second version");
        succeeded(&instance.run(&["backup", "create"]));
        let server = Server::start(instance.server());
        server.curl(&format!("/api/video/{}", id(2)), &["-X", "DELETE", "-H", TOKEN]);
        server.terminate();
        succeeded(&instance.run(&["export"]));

        let new = with_new_database(&instance, postgres);
        let found = plan(&new);
        assert_eq!(counts(&found), [("recover".to_owned(), 2), ("leave_deleted".to_owned(), 1)], "{found:#}");
        assert!(entry(&found, &id(2))["reason"].as_str().expect("text").contains("latest state of that database"));
        apply(&new);
        let there = ledger.check(&new);
        assert_eq!(there.titles[&id(1)], "the second version");
        for version in [(id(1), "sermon 1".to_owned()), (id(2), "sermon 2".to_owned())] {
            assert!(there.history.contains(&version), "{version:?} is in the history");
        }
        assert_recovered(&new);
    }
}

#[test]
fn a_new_database_that_was_used_keeps_its_newer_sermons() {
    for (instance, postgres) in both().into_iter().zip([false, true]) {
        let mut ledger = save_sermons(&instance, 3);
        let new = with_new_database(&instance, postgres);
        save(&new, &mut ledger, &id(8), "in the new database");
        save(&new, &mut ledger, &id(0), "newer in the new database");
        // Back it up, so that its state is the latest one.
        succeeded(&new.run(&["backup", "create"]));
        let found = plan(&new);
        assert_eq!(counts(&found), [("keep".to_owned(), 2), ("recover".to_owned(), 2)], "{found:#}");
        apply(&new);
        let there = ledger.check(&new);
        assert_eq!(there.titles[&id(0)], "newer in the new database");
        assert!(there.history.contains(&(id(0), "sermon 0".to_owned())));
        assert_recovered(&new);
    }
}

#[test]
fn lost_results_and_files_of_the_previous_system_are_recovered() {
    for instance in both() {
        let mut ledger = save_sermons(&instance, 1);
        let document = |id: &str, title: &str| {
            format!(
                r#"{{"{id}":{{"title":"{title}","processed_at":"2025-12-06 11:09:41.2","stats":{{}},"counts":{{}},"suspect_counts":{{}},"positions":null}}}}"#
            )
        };
        let write = |name: &str, text: &str| fs::write(instance.data().join(name), text).expect("written");
        write(
            "backups/EMERGENCY_SAVE_20251206_110941_OLD1.json.b64",
            &STANDARD.encode(document("OLD1", "from before")),
        );
        write("backups/results_backup_20251205_183048.json.b64", &STANDARD.encode(document("OLD2", "a legacy copy")));
        let lost = instance.outside().join("LOST_VIDEO_OLD3.json");
        fs::write(&lost, document("OLD3", "lost")).expect("written");
        // A truncated file: the sermons before the cut are readable, and are used if there is no other copy.
        let whole = document("OLD4", "before the cut");
        write(
            "backups/results_backup_20251205_183049.json.b64",
            &STANDARD.encode(format!("{},\"OLD5\":{{\"ti", &whole[..whole.len() - 1])),
        );
        for (id, title) in
            [("OLD1", "from before"), ("OLD2", "a legacy copy"), ("OLD3", "lost"), ("OLD4", "before the cut")]
        {
            ledger.submit(id, title);
        }

        let lost = lost.to_str().expect("text");
        let said = succeeded(&instance.run(&["recover", lost]));
        assert!(said.contains("4 to recover") && said.contains("LOST_VIDEO_OLD3.json"), "{said}");
        let said = succeeded(&instance.run(&["recover", "--apply", lost]));
        assert!(said.contains("EMERGENCY_SAVE_20251206_110941_OLD1.json.b64.recovered"), "{said}");
        let there = ledger.check_database(&instance);
        assert_eq!(there.titles.len(), 5);
        assert_recovered(&instance);
    }
}

//! A new database, or a hardly used one, and files of the one before.

use std::fs;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    recover::apply,
    recover::both,
    recover::counts,
    recover::filled,
    recover::id,
    recover::is_done,
    recover::of,
    recover::on_postgres,
    recover::plan,
    recover::save,
    support::ledger::names,
    support::place::Place,
    support::program::{Server, succeeded},
};

const TOKEN: &str = "authorization: Bearer the-token-of-the-tests";

/// The files of one place, with a new database.
fn with_new_database(place: &Place, postgres: bool) -> Place {
    let new = if postgres { on_postgres() } else { Place::new() };
    fs::create_dir_all(new.data().join("backups")).expect("a directory");
    for directory in ["", "backups"] {
        for name in names(&place.data().join(directory)) {
            let (from, to) = (place.data().join(directory).join(&name), new.data().join(directory).join(&name));
            if from.is_file() {
                fs::copy(from, to).expect("a copy");
            }
        }
    }
    new
}

#[test]
fn a_virgin_database_is_filled_from_the_files_and_what_was_deleted_stays_deleted() {
    for (place, postgres) in both().into_iter().zip([false, true]) {
        let mut ledger = filled(&place, 3);
        save(&place, &mut ledger, &id(1), "the second version");
        succeeded(&place.run(&["backup", "create"]));
        let server = Server::start(place.server());
        server.curl(&format!("/api/video/{}", id(2)), &["-X", "DELETE", "-H", TOKEN]);
        server.terminate();
        succeeded(&place.run(&["export"]));

        let new = with_new_database(&place, postgres);
        let found = plan(&new);
        assert_eq!(counts(&found), [("come_back".to_owned(), 2), ("deleted".to_owned(), 1)], "{found:#}");
        assert!(of(&found, &id(2))["why"].as_str().expect("text").contains("newest state of that database"));
        apply(&new);
        let there = ledger.check(&new);
        assert_eq!(there.titles[&id(1)], "the second version");
        for version in [(id(1), "sermon 1".to_owned()), (id(2), "sermon 2".to_owned())] {
            assert!(there.history.contains(&version), "{version:?} is in the history");
        }
        is_done(&new);
    }
}

#[test]
fn a_new_database_that_was_used_keeps_what_is_new_in_it() {
    for (place, postgres) in both().into_iter().zip([false, true]) {
        let mut ledger = filled(&place, 3);
        let new = with_new_database(&place, postgres);
        save(&new, &mut ledger, &id(8), "in the new one");
        save(&new, &mut ledger, &id(0), "newer in the new one");
        // A backup of it, so that its state is newer than every other.
        succeeded(&new.run(&["backup", "create"]));
        let found = plan(&new);
        assert_eq!(counts(&found), [("stay".to_owned(), 2), ("come_back".to_owned(), 2)], "{found:#}");
        apply(&new);
        let there = ledger.check(&new);
        assert_eq!(there.titles[&id(0)], "newer in the new one");
        assert!(there.history.contains(&(id(0), "sermon 0".to_owned())));
        is_done(&new);
    }
}

#[test]
fn lost_results_and_files_of_the_system_before_ours_are_taken_in() {
    for place in both() {
        let mut ledger = filled(&place, 1);
        let document = |id: &str, title: &str| {
            format!(
                r#"{{"{id}":{{"title":"{title}","processed_at":"2025-12-06 11:09:41.2","stats":{{}},"counts":{{}},"suspect_counts":{{}},"positions":null}}}}"#
            )
        };
        let write = |name: &str, text: &str| fs::write(place.data().join(name), text).expect("written");
        write("backups/EMERGENCY_SAVE_20251206_110941_OLD1.json.b64", &STANDARD.encode(document("OLD1", "of before")));
        write("backups/results_backup_20251205_183048.json.b64", &STANDARD.encode(document("OLD2", "a legacy copy")));
        let lost = place.outside().join("LOST_VIDEO_OLD3.json");
        fs::write(&lost, document("OLD3", "lost")).expect("written");
        // Cut in the middle: what is before the cut can be had, and is taken if there is nothing better.
        let whole = document("OLD4", "before the cut");
        write(
            "backups/results_backup_20251205_183049.json.b64",
            &STANDARD.encode(format!("{},\"OLD5\":{{\"ti", &whole[..whole.len() - 1])),
        );
        for (id, title) in
            [("OLD1", "of before"), ("OLD2", "a legacy copy"), ("OLD3", "lost"), ("OLD4", "before the cut")]
        {
            ledger.submit(id, title);
        }

        let lost = lost.to_str().expect("text");
        let said = succeeded(&place.run(&["recover", lost]));
        assert!(said.contains("4 come back") && said.contains("LOST_VIDEO_OLD3.json"), "{said}");
        let said = succeeded(&place.run(&["recover", "--apply", lost]));
        assert!(said.contains("EMERGENCY_SAVE_20251206_110941_OLD1.json.b64.recovered"), "{said}");
        let there = ledger.check_database(&place);
        assert_eq!(there.titles.len(), 5);
        is_done(&place);
    }
}

//! Rows that were deleted or modified outside the program.

use crate::{
    recover::{apply, assert_recovered, both, counts, entry, id, plan, save, save_sermons},
    support::program::succeeded,
};

#[test]
fn rows_deleted_outside_the_program_are_recovered() {
    for instance in both() {
        let ledger = save_sermons(&instance, 4);
        for table in ["mentions", "transcripts", "videos"] {
            instance.execute(&format!("delete from {table} where video_id in ('{}', '{}')", id(1), id(2)));
        }
        let found = plan(&instance);
        assert_eq!(counts(&found), [("keep".to_owned(), 2), ("recover".to_owned(), 2)], "{found:#}");
        assert_eq!(found["needs_repair"], true);
        assert_eq!(entry(&found, &id(1))["source"], "results.json.b64");
        assert_eq!(entry(&found, &id(0))["source"], "the database");
        apply(&instance);
        assert_eq!(ledger.check(&instance).titles.len(), 4);
        assert_recovered(&instance);
    }
}

#[test]
fn rows_deleted_together_with_all_counters_are_recovered() {
    for instance in both() {
        let ledger = save_sermons(&instance, 3);
        for table in ["mentions", "transcripts", "videos", "video_history"] {
            instance.execute(&format!("delete from {table}"));
        }
        instance.execute(&format!("update store_state set count = 0, digest = '{}'", "0".repeat(64)));
        // The damaged state has even been backed up.
        succeeded(&instance.run(&["backup", "create"]));
        let found = plan(&instance);
        assert_eq!(found["needs_repair"], false, "the tables are consistent");
        assert_eq!(counts(&found), [("recover".to_owned(), 3)], "{found:#}");
        apply(&instance);
        assert_eq!(ledger.check(&instance).titles.len(), 3);
        assert_recovered(&instance);
    }
}

#[test]
fn a_row_modified_outside_the_program_goes_to_the_history_and_the_saved_version_replaces_it() {
    for instance in both() {
        let mut ledger = save_sermons(&instance, 3);
        // Only the document is modified here; the next test modifies the checksum too.
        instance.execute(&format!(
            "update videos set document = replace(document, 'sermon 1', 'forged') where video_id = '{}'",
            id(1)
        ));
        ledger.submit(&id(1), "forged");
        let found = plan(&instance);
        assert_eq!(counts(&found), [("keep".to_owned(), 2), ("replace".to_owned(), 1)], "{found:#}");
        apply(&instance);
        let there = ledger.check(&instance);
        assert_eq!(there.titles[&id(1)], "sermon 1");
        assert!(there.history.contains(&(id(1), "forged".to_owned())), "{there:?}");
        assert_eq!(instance.rows("select video_id from transcripts").len(), 3, "the transcripts stay");
        assert_recovered(&instance);
    }
}

#[test]
fn a_row_that_contradicts_the_export_is_replaced_even_if_its_checksum_matches() {
    for instance in both() {
        let mut ledger = save_sermons(&instance, 2);
        let forged = instance.rows("select document from videos order by video_id")[0]["document"]
            .as_str()
            .expect("text")
            .replace("sermon 0", "forged");
        let sha256 = crate::support::ledger::sha256(forged.as_bytes());
        let quoted = forged.replace('\'', "''");
        instance.execute(&format!(
            "update videos set document = '{quoted}', sha256 = '{sha256}' where video_id = '{}'",
            id(0)
        ));
        ledger.submit(&id(0), "forged");
        assert_eq!(entry(&plan(&instance), &id(0))["action"], "replace");
        apply(&instance);
        assert_eq!(ledger.check(&instance).titles[&id(0)], "sermon 0");
        assert_recovered(&instance);
    }
}

#[test]
fn sermons_saved_after_the_last_export_stay_and_a_plan_changes_nothing() {
    for instance in both() {
        let mut ledger = save_sermons(&instance, 2);
        save(&instance, &mut ledger, &id(0), "written later");
        let state = || instance.rows("select epoch, seq, count, digest from store_state");
        let before = state();
        let found = plan(&instance);
        assert_eq!(counts(&found), [("keep".to_owned(), 2)], "{found:#}");
        assert_eq!(state(), before);
        assert_recovered(&instance);
        assert_eq!(ledger.check(&instance).titles[&id(0)], "written later");
    }
}

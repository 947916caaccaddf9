//! Rows that are deleted or changed behind the program's back.

use crate::{
    recover::apply, recover::both, recover::counts, recover::filled, recover::id, recover::is_done, recover::of,
    recover::plan, recover::save, support::program::succeeded,
};

#[test]
fn rows_that_were_deleted_behind_our_back_come_back() {
    for place in both() {
        let ledger = filled(&place, 4);
        for table in ["mentions", "transcripts", "videos"] {
            place.execute(&format!("delete from {table} where video_id in ('{}', '{}')", id(1), id(2)));
        }
        let found = plan(&place);
        assert_eq!(counts(&found), [("stay".to_owned(), 2), ("come_back".to_owned(), 2)], "{found:#}");
        assert_eq!(found["must_be_mended"], true);
        assert_eq!(of(&found, &id(1))["from"], "results.json.b64");
        assert_eq!(of(&found, &id(0))["from"], "the database");
        apply(&place);
        assert_eq!(ledger.check(&place).titles.len(), 4);
        is_done(&place);
    }
}

#[test]
fn rows_that_were_deleted_with_all_the_counts_come_back_too() {
    for place in both() {
        let ledger = filled(&place, 3);
        for table in ["mentions", "transcripts", "videos", "video_history"] {
            place.execute(&format!("delete from {table}"));
        }
        place.execute(&format!("update store_state set count = 0, digest = '{}'", "0".repeat(64)));
        // And it was even backed up like that.
        succeeded(&place.run(&["backup", "create"]));
        let found = plan(&place);
        assert_eq!(found["must_be_mended"], false, "it agrees with itself");
        assert_eq!(counts(&found), [("come_back".to_owned(), 3)], "{found:#}");
        apply(&place);
        assert_eq!(ledger.check(&place).titles.len(), 3);
        is_done(&place);
    }
}

#[test]
fn a_row_that_was_changed_behind_our_back_is_replaced_by_what_was_written_and_goes_to_the_history() {
    for place in both() {
        let mut ledger = filled(&place, 3);
        // Its text alone; its text and its checksum are changed below.
        place.execute(&format!(
            "update videos set document = replace(document, 'sermon 1', 'forged') where video_id = '{}'",
            id(1)
        ));
        ledger.submit(&id(1), "forged");
        let found = plan(&place);
        assert_eq!(counts(&found), [("stay".to_owned(), 2), ("replaced".to_owned(), 1)], "{found:#}");
        apply(&place);
        let there = ledger.check(&place);
        assert_eq!(there.titles[&id(1)], "sermon 1");
        assert!(there.history.contains(&(id(1), "forged".to_owned())), "{there:?}");
        assert_eq!(place.rows("select video_id from transcripts").len(), 3, "its words stay");
        is_done(&place);
    }
}

#[test]
fn a_row_that_contradicts_the_export_was_changed_even_if_its_checksum_was_changed_as_well() {
    for place in both() {
        let mut ledger = filled(&place, 2);
        let forged = place.rows("select document from videos order by video_id")[0]["document"]
            .as_str()
            .expect("text")
            .replace("sermon 0", "forged");
        let sha256 = crate::support::ledger::sha256(forged.as_bytes());
        let quoted = forged.replace('\'', "''");
        place.execute(&format!(
            "update videos set document = '{quoted}', sha256 = '{sha256}' where video_id = '{}'",
            id(0)
        ));
        ledger.submit(&id(0), "forged");
        assert_eq!(of(&plan(&place), &id(0))["fate"], "replaced");
        apply(&place);
        assert_eq!(ledger.check(&place).titles[&id(0)], "sermon 0");
        is_done(&place);
    }
}

#[test]
fn what_was_written_after_the_last_export_stays_and_nothing_changes_until_it_is_said() {
    for place in both() {
        let mut ledger = filled(&place, 2);
        save(&place, &mut ledger, &id(0), "written later");
        let state = || place.rows("select epoch, seq, count, digest from store_state");
        let before = state();
        let found = plan(&place);
        assert_eq!(counts(&found), [("stay".to_owned(), 2)], "{found:#}");
        assert_eq!(state(), before);
        is_done(&place);
        assert_eq!(ledger.check(&place).titles[&id(0)], "written later");
    }
}

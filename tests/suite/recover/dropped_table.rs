//! Tables that were dropped outside the program.

use std::{fs, time::Duration};

use crate::{
    recover::{apply, assert_recovered, both, counts, entry, id, plan, save_sermons},
    support::{
        instance::{Instance, SERMON, link},
        ledger::check_export,
        program::{Server, succeeded},
    },
};

const TOKEN: &str = "authorization: Bearer the-admin-token-of-the-tests";

fn drop_table(instance: &Instance, table: &str) {
    // The sqlite3 program ignores foreign keys; PostgreSQL has to drop them too.
    let cascade = if instance.data().join("instance/mannameter.db").exists() { "" } else { " cascade" };
    instance.execute(&format!("drop table {table}{cascade}"));
}

/// Waits until a condition holds.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..300 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("timed out: {what}");
}

#[test]
fn while_a_table_is_missing_the_export_is_held_and_saves_go_to_the_spool_until_recover_fixes_it() {
    for instance in both() {
        let mut ledger = save_sermons(&instance, 4);
        let server = Server::start(instance.server());
        let deleted = server.curl(&format!("/api/video/{}", id(3)), &["-X", "DELETE", "-H", TOKEN]);
        assert!((200..300).contains(&deleted.status), "{}", deleted.text());
        until("the export is up to date", || server.curl("/readyz", &[]).json()["export_up_to_date"] == true);
        let export = fs::read(instance.data().join("results.json")).expect("the export");
        drop_table(&instance, "videos");

        let ready = server.curl("/readyz", &[]);
        assert_eq!(ready.status, 503, "{}", ready.text());
        assert_eq!(ready.json()["database"]["missing_tables"], serde_json::json!(["videos"]), "{}", ready.text());
        let url = format!("url={}", link(&id(9)));
        let file = format!("file=@{SERMON}");
        let sent =
            server.curl("/api/videos", &["-F", &file, "-F", &url, "-F", "title=during the outage", "-F", "channel=C"]);
        assert_eq!(sent.status, 202, "{}", sent.text());
        let job = server.finished_job(sent.header("location").expect("the job's address"));
        assert_eq!((&job["state"], &job["stored"]), (&"done".into(), &"spool".into()), "{job:#}");
        ledger.acknowledge(&id(9), "during the outage");
        let said = crate::support::program::failed(&instance.run(&["export"]));
        assert!(said.contains("missing table: videos") && said.contains("mannameter recover"), "{said}");
        assert!(
            fs::read(instance.data().join("results.json")).expect("the export") == export,
            "the export is unchanged"
        );
        let page = server.curl(&format!("/video/{}", id(0)), &[]);
        assert_eq!(page.status, 200, "exported sermons can be read");
        server.kill();

        let found = plan(&instance);
        assert_eq!(found["missing_tables"], serde_json::json!(["videos"]));
        assert_eq!(
            counts(&found),
            [("recover".to_owned(), 3), ("replay".to_owned(), 1), ("leave_deleted".to_owned(), 1)]
        );
        assert_eq!(entry(&found, &id(3))["reason"], "it was deleted; the history has it");
        assert!(entry(&found, &id(9))["source"].as_str().expect("text").starts_with("EMERGENCY_SAVE_"));
        assert!(
            fs::read(instance.data().join("results.json")).expect("the export") == export,
            "the export is unchanged"
        );

        let said = succeeded(&instance.run(&["recover", "--apply"]));
        assert!(said.contains("RECOVERED - 4 sermons"), "{said}");
        succeeded(&instance.run(&["export"]));
        let there = ledger.check(&instance);
        assert_eq!(there.titles.keys().map(String::as_str).collect::<Vec<_>>(), [id(0), id(1), id(2), id(9)]);
        assert!(instance.rows("select video_id from mentions").len() > 3, "their mentions are recovered");
        assert_eq!(instance.rows("select video_id from transcripts").len(), 4, "their transcripts are recovered");
        assert_recovered(&instance);
    }
}

#[test]
fn every_dropped_table_is_recreated_and_nothing_stored_elsewhere_is_lost() {
    for instance in both() {
        let ledger = save_sermons(&instance, 3);
        for table in [
            "store_state",
            "mentions",
            "transcripts",
            "jobs",
            "restores",
            "sermon_stats",
            "period_stats",
            "churches",
            "search_documents",
            "search_index",
            "maintenance",
            "_sqlx_migrations",
        ] {
            // The sqlite3 that comes with the distribution may be too old to drop the search index.
            if table == "search_index" && instance.data().join("instance/mannameter.db").exists() {
                continue;
            }
            drop_table(&instance, table);
            let said = apply(&instance);
            let created = said["repaired"]["created_tables"].as_array().map_or(0, Vec::len);
            let expected = match table {
                "_sqlx_migrations" => 0,
                // The owners of the dropped jobs are of no use.
                "jobs" => 2,
                _ => 1,
            };
            assert_eq!(created, expected, "{table}: {said:#}");
            succeeded(&instance.run(&["export"]));
            assert_eq!(ledger.check(&instance).titles.len(), 3, "{table}");
            let mentions = instance.rows("select distinct video_id from mentions");
            assert_eq!(mentions.len(), 3, "{table}: the mentions are complete");
            assert_recovered(&instance);
        }
        succeeded(&instance.save(&id(7), "after the recovery"));
        check_export(instance.data());
    }
}

//! A table is dropped by hand.

use std::{fs, time::Duration};

use crate::{
    recover::apply,
    recover::both,
    recover::counts,
    recover::filled,
    recover::id,
    recover::is_done,
    recover::of,
    recover::plan,
    support::ledger::check_export,
    support::place::{Place, SERMON, link},
    support::program::{Server, succeeded},
};

const TOKEN: &str = "authorization: Bearer the-token-of-the-tests";

fn drop_videos(place: &Place) {
    // SQLite's own program does not look at foreign keys; PostgreSQL takes them along.
    let cascade = if place.data().join("instance/mannameter.db").exists() { "" } else { " cascade" };
    place.execute(&format!("drop table videos{cascade}"));
}

/// Waits until something is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..300 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("never: {what}");
}

#[test]
fn a_dropped_table_holds_the_export_and_sends_saves_to_the_spool_and_recover_brings_all_back() {
    for place in both() {
        let mut ledger = filled(&place, 4);
        let server = Server::start(place.server());
        let deleted = server.curl(&format!("/api/video/{}", id(3)), &["-X", "DELETE", "-H", TOKEN]);
        assert!((200..300).contains(&deleted.status), "{}", deleted.text());
        until("the export follows", || server.curl("/readyz", &[]).json()["export_in_step"] == true);
        let export = fs::read(place.data().join("results.json")).expect("the export");
        drop_videos(&place);

        let ready = server.curl("/readyz", &[]);
        assert_eq!(ready.status, 503, "{}", ready.text());
        assert_eq!(ready.json()["database"]["missing_tables"], serde_json::json!(["videos"]), "{}", ready.text());
        let url = format!("url={}", link(&id(9)));
        let file = format!("file=@{SERMON}");
        let sent =
            server.curl("/api/videos", &["-F", &file, "-F", &url, "-F", "title=in the outage", "-F", "channel=C"]);
        assert_eq!(sent.status, 202, "{}", sent.text());
        let job = server.job_ended(sent.header("location").expect("the job's address"));
        assert_eq!((&job["state"], &job["stored"]), (&"done".into(), &"spool".into()), "{job:#}");
        ledger.acknowledge(&id(9), "in the outage");
        let said = crate::support::program::failed(&place.run(&["export"]));
        assert!(said.contains("the table is gone: videos") && said.contains("mannameter recover"), "{said}");
        assert!(fs::read(place.data().join("results.json")).expect("the export") == export, "the export is held");
        let page = server.curl(&format!("/video/{}", id(0)), &[]);
        assert_eq!(page.status, 200, "what is in the export can be read");
        server.kill();

        let found = plan(&place);
        assert_eq!(found["missing_tables"], serde_json::json!(["videos"]));
        assert_eq!(counts(&found), [("come_back".to_owned(), 3), ("wait".to_owned(), 1), ("deleted".to_owned(), 1)]);
        assert_eq!(of(&found, &id(3))["why"], "it was deleted; the history has it");
        assert!(of(&found, &id(9))["from"].as_str().expect("text").starts_with("EMERGENCY_SAVE_"));
        assert!(fs::read(place.data().join("results.json")).expect("the export") == export, "nothing was changed");

        let said = succeeded(&place.run(&["recover", "--apply"]));
        assert!(said.contains("RECOVERED - 4 sermons"), "{said}");
        succeeded(&place.run(&["export"]));
        let there = ledger.check(&place);
        assert_eq!(there.titles.keys().map(String::as_str).collect::<Vec<_>>(), [id(0), id(1), id(2), id(9)]);
        assert!(place.rows("select video_id from mentions").len() > 3, "their mentions as well");
        assert_eq!(place.rows("select video_id from transcripts").len(), 4, "and their transcripts");
        is_done(&place);
    }
}

#[test]
fn every_table_that_is_dropped_is_made_anew_and_nothing_that_is_kept_elsewhere_is_lost() {
    for place in both() {
        let ledger = filled(&place, 3);
        for table in [
            "store_state",
            "mentions",
            "transcripts",
            "jobs",
            "restores",
            "totals",
            "sermons",
            "churches",
            "spoken",
            "spoken_words",
            "maintenance",
            "_sqlx_migrations",
        ] {
            // The sqlite3 of a distribution may be too old for the table of the search.
            if table == "spoken_words" && place.data().join("instance/mannameter.db").exists() {
                continue;
            }
            place.execute(&format!("drop table {table}"));
            let said = apply(&place);
            let made = said["repaired"]["made_tables"].as_array().map_or(0, Vec::len);
            assert_eq!(made, usize::from(table != "_sqlx_migrations"), "{table}: {said:#}");
            succeeded(&place.run(&["export"]));
            assert_eq!(ledger.check(&place).titles.len(), 3, "{table}");
            let mentions = place.rows("select distinct video_id from mentions");
            assert_eq!(mentions.len(), 3, "{table}: the mentions are there");
            is_done(&place);
        }
        succeeded(&place.save(&id(7), "and it goes on"));
        check_export(place.data());
    }
}

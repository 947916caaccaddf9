//! A database that already has data never adopts; what is missing is reported, and imported on request.

use serde_json::json;

use super::{CREATE_POSTGRES, CREATE_SQLITE, insert, old_databases, old_table, on_postgres, pair, row, sermons};
use crate::support::{
    instance::Instance,
    program::{Server, failed, succeeded},
};

/// Returns instances that were in use before they got an old table.
fn both_in_use() -> [Instance; 2] {
    let [sqlite, postgres] = [Instance::new(), on_postgres()];
    for (instance, create) in [(&sqlite, CREATE_SQLITE), (&postgres, CREATE_POSTGRES)] {
        succeeded(&instance.save("aaaaaaaaaaa", "Ours, newer"));
        instance.execute(create);
    }
    [sqlite, postgres]
}

#[test]
fn a_database_in_use_reports_what_is_missing_and_recover_imports_it() {
    for instance in both_in_use() {
        insert(&instance, &[row("aaaaaaaaaaa", "Old", 1), row("bbbbbbbbbbb", "Second", 2), row("bad id", "x", 3)]);
        let before = old_table(&instance);
        let server = Server::start(instance.server());
        let old = old_databases(&server);
        assert_eq!((&old[0]["state"], &old[0]["missing"]), (&json!("not_adopted"), &json!(1)), "{old:#?}");
        let dashboard = server.curl("/", &["-H", "accept: text/html"]).text();
        assert!(dashboard.contains("the current database lacks 1 of them"), "{dashboard}");
        server.terminate();
        assert_eq!(sermons(&instance), [pair("aaaaaaaaaaa", "Ours, newer")]);

        let said = succeeded(&instance.run(&["migrate"]));
        assert!(said.contains("the current database lacks 1 of them"), "{said}");
        let said = succeeded(&instance.run(&["recover"]));
        assert!(said.contains("1 to recover") && said.contains("1 row could not be read"), "{said}");
        succeeded(&instance.run(&["recover", "--apply"]));
        assert_eq!(sermons(&instance), [pair("aaaaaaaaaaa", "Ours, newer"), pair("bbbbbbbbbbb", "Second")]);
        let history = instance.rows("select document from video_history where video_id = 'aaaaaaaaaaa'");
        assert!(history[0]["document"].to_string().contains("Old Church"), "the older version is in the history");
        assert!(succeeded(&instance.run(&["recover"])).contains("There is nothing to recover."));
        assert_eq!(old_table(&instance), before);
    }
}

#[test]
fn import_reads_the_configured_database_by_its_url_and_names_bad_rows() {
    for instance in both_in_use() {
        insert(&instance, &[row("aaaaaaaaaaa", "Old", 1), row("bbbbbbbbbbb", "Second", 2), row("bad id", "x", 3)]);
        let url = instance.url();
        let output = instance.run(&["import", &url]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("1 created, 0 updated, 0 unchanged, 1 skipped"), "{said}");
        assert!(said.contains("not imported: row") && said.contains("(bad id)"), "{said}");
        assert!(failed(&output).contains("1 sermon could not be imported"));
        assert_eq!(sermons(&instance), [pair("aaaaaaaaaaa", "Ours, newer"), pair("bbbbbbbbbbb", "Second")]);
    }
}

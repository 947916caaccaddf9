//! Tests of old files that are not the configured database: they are named, and imported on request.

use std::fs;

use serde_json::json;

use super::{old_databases, old_file, on_postgres, pair, row, sermons};
use crate::support::program::{Server, succeeded};

#[test]
fn an_old_file_in_the_data_directory_of_a_server_database_is_named_and_imported_on_request() {
    for place in ["mannameter.db", "instance/mannameter.db"] {
        let instance = on_postgres();
        let file = instance.data().join(place);
        old_file(&file, &[row("aaaaaaaaaaa", "First", 1), row("bbbbbbbbbbb", "Second", 2)]);
        let before = fs::read(&file).expect("the old file");
        let server = Server::start(instance.server());
        let old = old_databases(&server);
        assert_eq!((&old[0]["state"], &old[0]["missing"]), (&json!("elsewhere"), &json!(2)), "{old:#?}");
        assert_eq!(old[0]["name"], "mannameter.db", "where it is, only the operator sees");
        server.terminate();
        assert!(sermons(&instance).is_empty());
        let said = succeeded(&instance.run(&["doctor"]));
        assert!(said.contains(place) && said.contains("the current database lacks 2 of them"), "{said}");

        let said = succeeded(&instance.run(&["import", file.to_str().expect("text")]));
        assert!(said.contains("2 created") && said.contains("SAVE COMPLETE"), "{said}");
        let said = succeeded(&instance.run(&["import", &format!("sqlite://{}", file.display())]));
        assert!(said.contains("2 unchanged"), "{said}");
        assert_eq!(sermons(&instance), [pair("aaaaaaaaaaa", "First"), pair("bbbbbbbbbbb", "Second")]);
        assert!(succeeded(&instance.run(&["doctor"])).contains("the current database has all of them"));
        assert_eq!(fs::read(&file).expect("the old file"), before);
    }
}

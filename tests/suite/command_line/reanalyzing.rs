//! `reanalyze` of many sermons.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::{
    instance::{Database, Instance, RECORD_TRANSACTIONS},
    postgres::Postgres,
    program::{failed, succeeded},
};

const SERMONS: usize = 60;

/// Returns instances on both databases with demo sermons of an older detector.
fn outdated() -> [Instance; 2] {
    [Instance::new(), Instance::with(Database::new(&Arc::new(Postgres::new())))].map(|instance| {
        succeeded(&instance.run(&["demo", "--sermons", &SERMONS.to_string()]));
        instance.execute("update videos set engine_version = '0.0.1'");
        instance
    })
}

fn count(instance: &Instance, query: &str) -> Value {
    instance.rows(&format!("select count(*) as count {query}"))[0]["count"].clone()
}

#[test]
fn a_sermon_that_cannot_be_reanalyzed_is_named_and_the_others_are_reanalyzed_in_few_transactions() {
    for instance in outdated() {
        let id = instance.rows("select video_id from videos order by video_id limit 1")[0]["video_id"].clone();
        let id = id.as_str().expect("text");
        let is_postgres = !instance.is_sqlite();
        let body = if is_postgres { r"'\x00'" } else { "x'00'" };
        instance.execute(&format!("update transcripts set body = {body} where video_id = '{id}'"));
        if is_postgres {
            instance.execute(RECORD_TRANSACTIONS);
        }
        let output = instance.server().arg("reanalyze").output().expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains(&format!("{id}: the stored data is damaged")), "{said}");
        assert!(said.contains(&format!("Reanalyzed {} sermons", SERMONS - 1)), "{said}");
        assert!(failed(&output).contains(&format!("could not reanalyze 1 of {SERMONS} sermons")));
        assert_eq!(count(&instance, "from videos where engine_version = '0.0.1'"), json!(1));
        assert_eq!(count(&instance, "from video_history"), json!(SERMONS - 1), "each old version is in the history");
        if is_postgres {
            let transactions = instance.rows("select distinct id from transactions").len();
            assert!(transactions < SERMONS / 2, "{transactions} transactions");
        }
    }
}

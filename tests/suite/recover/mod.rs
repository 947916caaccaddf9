//! Tests of `mannameter recover` on both databases, after people or accidents have damaged the data.

mod dropped_table;
mod killed;
mod modified_rows;
mod new_database;
mod other_files;

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::support::{
    instance::{Database, Instance, video_id},
    ledger::Ledger,
    postgres::Postgres,
    program::succeeded,
};

/// Returns an empty instance with a database in the `PostgreSQL` cluster that these tests share.
fn on_postgres() -> Instance {
    static CLUSTER: OnceLock<Arc<Postgres>> = OnceLock::new();
    Instance::with(Database::new(CLUSTER.get_or_init(|| Arc::new(Postgres::new()))))
}

/// Returns an empty instance for each database.
fn both() -> [Instance; 2] {
    [Instance::new(), on_postgres()]
}

/// Saves sermons titled `sermon 0`, `sermon 1` and so on, and updates the export.
fn save_sermons(instance: &Instance, number_of_sermons: usize) -> Ledger {
    let mut ledger = Ledger::default();
    for number in 0..number_of_sermons {
        save(instance, &mut ledger, &id(number), &format!("sermon {number}"));
    }
    ledger
}

/// Saves a sermon.
fn save(instance: &Instance, ledger: &mut Ledger, id: &str, title: &str) {
    succeeded(&instance.save(id, title));
    ledger.acknowledge(id, title);
}

fn id(number: usize) -> String {
    video_id('r', number)
}

/// Returns the output of `recover --json`.
fn plan(instance: &Instance) -> Value {
    serde_json::from_str(&succeeded(&instance.run(&["recover", "--json"]))).expect("JSON on standard output")
}

/// Recovers, and returns the output of `recover --apply --json`.
fn apply(instance: &Instance) -> Value {
    serde_json::from_str(&succeeded(&instance.run(&["recover", "--apply", "--json"]))).expect("JSON on standard output")
}

/// Returns a sermon's entry in a plan.
fn entry<'a>(plan: &'a Value, id: &str) -> &'a Value {
    let sermons = plan["sermons"].as_array().expect("a list");
    sermons.iter().find(|video| video["video_id"] == id).unwrap_or_else(|| panic!("{id} in {plan:#}"))
}

/// Returns the number of sermons for each action in a plan, without zeros.
fn counts(plan: &Value) -> Vec<(String, u64)> {
    let counts = plan["counts"].as_object().expect("an object");
    let counts = counts.iter().map(|(action, count)| (action.clone(), count.as_u64().expect("a number")));
    counts.filter(|(_, count)| *count > 0).collect()
}

/// Asserts that nothing is left to recover.
fn assert_recovered(instance: &Instance) {
    let said = succeeded(&instance.run(&["recover"]));
    assert!(said.contains("There is nothing to recover."), "{said}");
}

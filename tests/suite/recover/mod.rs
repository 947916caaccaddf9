//! `mannameter recover`, on both databases, after what people and accidents do to a database behind the program's back.

mod behind_our_back;
mod dropped;
mod killed;
mod uninitialized;

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::support::ledger::Ledger;
use crate::support::place::{Database, Place, video_id};
use crate::support::postgres::Postgres;
use crate::support::program::succeeded;

/// An empty place with a database of the cluster of these tests.
fn on_postgres() -> Place {
    static CLUSTER: OnceLock<Arc<Postgres>> = OnceLock::new();
    Place::with(Database::new(CLUSTER.get_or_init(|| Arc::new(Postgres::new()))))
}

/// Both databases.
fn both() -> [Place; 2] {
    [Place::new(), on_postgres()]
}

/// Saves so many sermons and brings the export up to date.
fn filled(place: &Place, sermons: usize) -> Ledger {
    let mut ledger = Ledger::default();
    for number in 0..sermons {
        save(place, &mut ledger, &id(number), &format!("sermon {number}"));
    }
    ledger
}

/// Saves a sermon.
fn save(place: &Place, ledger: &mut Ledger, id: &str, title: &str) {
    succeeded(&place.save(id, title));
    ledger.acknowledge(id, title);
}

fn id(number: usize) -> String {
    video_id('r', number)
}

/// What `recover` says, for machines.
fn plan(place: &Place) -> Value {
    serde_json::from_str(&succeeded(&place.run(&["recover", "--json"]))).expect("JSON on standard output")
}

/// Recovers; gives what it said.
fn apply(place: &Place) -> Value {
    serde_json::from_str(&succeeded(&place.run(&["recover", "--apply", "--json"]))).expect("JSON on standard output")
}

/// What a plan says of a sermon.
fn of<'a>(plan: &'a Value, id: &str) -> &'a Value {
    let videos = plan["videos"].as_array().expect("a list");
    videos.iter().find(|video| video["video_id"] == id).unwrap_or_else(|| panic!("{id} in {plan:#}"))
}

/// Fates of the sermons by number: `{"stay": 2, …}` without those that are none.
fn counts(plan: &Value) -> Vec<(String, u64)> {
    let counts = plan["counts"].as_object().expect("an object");
    let counts = counts.iter().map(|(fate, count)| (fate.clone(), count.as_u64().expect("a number")));
    counts.filter(|(_, count)| *count > 0).collect()
}

/// Nothing is left to do.
fn is_done(place: &Place) {
    let said = succeeded(&place.run(&["recover"]));
    assert!(said.contains("There is nothing to recover."), "{said}");
}

//! Restores on a real SQLite and a real PostgreSQL: wholly the old state or wholly the new one.

#[path = "../support/bench.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod bench;
mod crossing;
mod faults;
#[path = "../support/postgres.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod postgres;
mod refusing;
mod restoring;
mod watching;

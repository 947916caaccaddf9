//! The contract of the store, kept on a real SQLite and a real PostgreSQL alike.

#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other test binaries use other parts")]
mod support;

mod harness;
mod jobs;
mod saving;

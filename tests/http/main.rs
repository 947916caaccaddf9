//! The promises of the web service, kept on a real SQLite and a real PostgreSQL.

#[path = "../support/app.rs"]
mod app;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other test binaries use other parts")]
mod support;

mod following;
mod reading;
mod refusing;
mod submitting;

//! The promises of the web service, kept on a real SQLite and a real PostgreSQL.

#[path = "../support/app.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod app;
#[path = "../support/postgres.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod postgres;

mod admin;
mod backup;
mod finding;
mod following;
mod history;
mod outage;
mod pictures;
mod reading;
mod refusing;
mod restore;
mod submitting;

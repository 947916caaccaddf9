//! The promises of the web service, kept on a real SQLite and a real PostgreSQL.

#[path = "../support/app.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod app;
#[path = "../support/postgres.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod postgres;

mod following;
mod outage;
mod reading;
mod refusing;
mod submitting;

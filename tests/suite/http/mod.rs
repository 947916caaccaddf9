//! The promises of the web service, kept on a real SQLite and a real PostgreSQL.

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

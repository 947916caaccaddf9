//! The integration tests, in one binary so that the library is linked only once.
//!
//! Only the tests that need their own process are separate: `faults` and `snapshot_memory`.

#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "the fault tests use the rest")]
mod support;

mod adoption;
mod backup;
mod before_renaming;
mod browser;
mod command_line;
mod copying;
mod export;
mod http;
mod jobs;
mod language;
mod layers;
mod legacy;
mod maintenance;
mod migrating;
mod offsite;
mod pages;
mod people;
mod pooler;
mod recover;
mod restore;
mod schema;
mod spool;
mod store;
mod strangers;
mod strangers_auth;
mod sync;
mod youtube_client;

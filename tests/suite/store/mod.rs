//! The store contract: the same tests on a real SQLite and a real PostgreSQL database.

mod as_of;
mod batches;
mod canon;
mod citations;
mod connecting;
mod faults;
pub(crate) mod harness;
mod instances;
mod job_lists;
mod jobs;
mod limits;
mod listing;
mod saving;
mod searching;
mod snapshots;
mod stats;

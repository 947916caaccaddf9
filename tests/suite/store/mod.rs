//! The contract of the store, kept on a real SQLite and a real PostgreSQL alike.

mod as_of;
mod citations;
mod connecting;
mod faults;
mod harness;
mod stats;
mod jobs;
mod listing;
mod saving;
mod searching;
mod snapshots;

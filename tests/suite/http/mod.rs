//! The web service, on a real SQLite and a real PostgreSQL.

pub(crate) mod admin;
mod backup;
mod batches;
mod forms;
mod history;
mod job_lists;
mod jobs;
mod label_images;
mod languages;
mod legacy;
mod metrics;
mod openapi;
mod outage;
mod reading;
mod rejections;
mod restore;
mod search;
mod search_engines;
mod spans;
mod submissions;
mod totals;
mod transcripts;

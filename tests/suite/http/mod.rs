//! The web service, on a real SQLite and a real PostgreSQL.

mod admin;
mod backup;
mod history;
mod jobs;
mod label_images;
mod languages;
mod metrics;
mod outage;
mod reading;
mod rejections;
mod restore;
mod search;
mod spans;
mod submissions;

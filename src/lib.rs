//! MannaMeter: the Nutrition Facts label for every sermon.

pub mod analysis;
mod backoff;
pub mod clock;
pub mod config;
pub mod domain;
pub mod http;
pub mod jobs;
pub mod lifecycle;
pub mod safety;
pub mod scripture;
pub mod store;
pub mod telemetry;
pub mod transcript;
pub mod youtube;

//! Logs, metrics and request IDs.

pub mod log;
pub mod metrics;
pub mod request_id;

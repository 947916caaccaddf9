//! Logs, metrics and the request ID: what an operator sees of a running process.

pub mod log;
pub mod metrics;
pub mod request_id;

//! The log: to standard error, so that standard output is only what a command answers.

use std::io::{self, IsTerminal};

use tracing_subscriber::{EnvFilter, filter::ParseError};

use crate::config::LogFormat;

/// Starts the log of this process.
///
/// # Errors
/// When the filter is none; the message says what is wrong with it.
pub fn start(format: LogFormat, filter: &str) -> Result<(), ParseError> {
    let filter = EnvFilter::builder().parse(filter)?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // A second start (in tests) leaves the first one in place.
    let _already_started = match format {
        LogFormat::Json => log.json().flatten_event(true).try_init(),
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).try_init(),
    };
    Ok(())
}

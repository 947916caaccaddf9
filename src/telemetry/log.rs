//! The log. It goes to standard error, so that standard output contains only the output of a command.

use std::io::{self, IsTerminal};

use tracing_subscriber::{EnvFilter, filter::ParseError};

use crate::config::LogFormat;

/// Starts logging in this process. Later calls have no effect.
///
/// # Errors
/// If `filter` is not a valid filter; the message names the invalid part.
pub fn start(format: LogFormat, filter: &str) -> Result<(), ParseError> {
    let filter = EnvFilter::builder().parse(filter)?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let _already_started = match format {
        LogFormat::Json => log.json().flatten_event(true).try_init(),
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).try_init(),
    };
    Ok(())
}

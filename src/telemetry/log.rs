//! The log. It goes to standard error, so that standard output contains only the output of a command.

use std::io::{self, IsTerminal, Write};

use tracing_subscriber::{EnvFilter, filter::ParseError};

use crate::config::LogFormat;

/// Starts logging in this process. Later calls have no effect.
///
/// # Errors
/// If `filter` is not a valid filter; the message names the invalid part.
pub fn start(format: LogFormat, filter: &str) -> Result<(), ParseError> {
    let filter = EnvFilter::builder().parse(filter)?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| Lossy(io::stderr()));
    let _already_started = match format {
        LogFormat::Json => log.json().flatten_event(true).try_init(),
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).try_init(),
    };
    Ok(())
}

/// Writes to the log and ignores errors: a full disk or a closed pipe must not fail a request.
struct Lossy<W>(W);

impl<W: Write> Write for Lossy<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let _ = self.0.write_all(buffer);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.0.flush();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_cannot_be_written_is_not_an_error() {
        let mut full = [0; 4];
        let mut log = Lossy(&mut full[..]);
        assert_eq!(log.write(b"longer than four bytes").expect("ignored"), 22);
        log.flush().expect("ignored");
    }
}

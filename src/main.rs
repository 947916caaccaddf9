//! The `mannameter` program: parses the command line, runs the command, and converts an error to an exit code.

use std::{
    io::{self, Write as _},
    process::ExitCode,
    time::Duration,
};

use mannameter::cli::Cli;

/// How long blocking work may continue after the command has ended.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let cli = Cli::from_command_line();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(anyhow::Error::from);
    let result = runtime.and_then(|runtime| {
        let result = runtime.block_on(cli.run());
        // Blocked threads, such as those waiting for a client, must not keep the program alive.
        runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
        result
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of our output has closed the pipe (`mannameter ... | head`). This is not a failure.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // `eprintln` would panic if standard error is closed.
            let _ = writeln!(io::stderr(), "mannameter: {}", in_one_line(&error));
            ExitCode::FAILURE
        }
    }
}

/// Joins an error and its causes, omitting causes that the text already includes.
fn in_one_line(error: &anyhow::Error) -> String {
    let mut line = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    line
}

/// Returns whether the reader of standard output has closed the pipe.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe))
}

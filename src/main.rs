//! The `mannameter` program: parses the command line, runs the command, and turns an error into an exit code.

use std::{io, process::ExitCode};

use mannameter::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::from_command_line();
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(cli.run()));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of our output closed the pipe (`mannameter ... | head`), which is not a failure.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the only place that prints the final error")]
            {
                eprintln!("mannameter: {}", in_one_line(&error));
            }
            ExitCode::FAILURE
        }
    }
}

/// Joins an error and its causes, leaving out causes that the text already includes.
fn in_one_line(error: &anyhow::Error) -> String {
    let mut line = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    line
}

/// Returns whether the reader of standard output closed the pipe.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe))
}

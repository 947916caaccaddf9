//! `mannameter completions` and `mannameter man`: files for shells and for `man`, made from the command line's own
//! definition.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, console::Console};

/// Name of the program.
const PROGRAM: &str = "mannameter";

/// The arguments of `completions`.
#[derive(Debug, Args)]
pub(super) struct CompletionsArguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// The arguments of `man`.
#[derive(Debug, Args)]
pub(super) struct ManArguments {
    /// Directory for the man pages: one for the program and one for each command
    #[arg(long, value_name = "DIRECTORY", default_value = "man")]
    out: PathBuf,
}

/// Prints a completion script.
pub(super) fn completions(arguments: &CompletionsArguments) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), PROGRAM, &mut script);
    Console::text().print(String::from_utf8(script).context("the script is not UTF-8")?.trim_end())?;
    Ok(())
}

/// Writes the man pages.
pub(super) fn man(arguments: &ManArguments) -> anyhow::Result<()> {
    let directory = &arguments.out;
    write_pages(directory).with_context(|| format!("cannot write the man pages to {}", directory.display()))?;
    Console::text().print(format_args!("Wrote the man pages to {}", directory.display()))?;
    Ok(())
}

fn write_pages(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    clap_mangen::generate_to(Cli::command(), directory)
}

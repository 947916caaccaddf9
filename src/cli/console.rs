//! Output of the commands. Results go to standard output, and everything else to standard error.

use std::{
    fmt::Display,
    io::{self, Write},
};

use serde::Serialize;

use crate::{app::App, domain::escape_controls, safety::ExportReport};

/// Prints human-readable messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Console {
    /// Whether standard output is reserved for JSON. If so, messages go to standard error.
    is_json: bool,
}

impl Console {
    /// Returns a console that prints messages to standard output.
    pub(super) const fn text() -> Self {
        Self { is_json: false }
    }

    /// Returns a console that prints messages to standard error, because standard output has the JSON result.
    pub(super) const fn json() -> Self {
        Self { is_json: true }
    }

    /// Prints a line.
    pub(super) fn print(self, line: impl Display) -> io::Result<()> {
        let line = escape_controls(&line.to_string());
        if self.is_json {
            // The result matters more than messages, so this failure is ignored.
            let _ = writeln!(io::stderr(), "{line}");
            Ok(())
        } else {
            writeln!(io::stdout(), "{line}")
        }
    }

    /// Prints the number of exported sermons and their location.
    pub(super) fn print_export(self, app: &App, report: &ExportReport) -> io::Result<()> {
        // The previous system printed this line, and scripts may look for it.
        let videos = if report.sermons == 1 { "video" } else { "videos" };
        self.print(format_args!(
            "Exported {} {videos}: {}, {}",
            report.sermons,
            app.data_dir.results_json().display(),
            app.data_dir.results_b64().display()
        ))
    }
}

/// Prints lines with color codes to standard output. Untrusted text must already be escaped.
pub(super) fn print_colored(lines: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{lines}")
}

/// Prints a line of the result to standard output.
pub(super) fn print_result(line: impl Display) -> io::Result<()> {
    writeln!(io::stdout(), "{}", escape_controls(&line.to_string()))
}

/// Formats a count with a noun: `1 sermon`, `2 sermons`.
pub(super) fn plural<N: Copy + Display + From<u8> + PartialEq>(count: N, noun: &str) -> String {
    if count == N::from(1) { format!("{count} {noun}") } else { format!("{count} {noun}s") }
}

/// Formats a message as a sentence that starts with a capital letter and ends with a period.
pub(super) fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    format!("{}{}.", first.collect::<String>(), characters.as_str())
}

/// The output of a command with a `--json` flag.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    is_json: bool,
}

impl Output {
    /// Creates the output for the value of the `--json` flag.
    pub(super) const fn new(is_json: bool) -> Self {
        Self { is_json }
    }

    /// Returns the console for questions and messages.
    pub(super) const fn console(self) -> Console {
        if self.is_json { Console::json() } else { Console::text() }
    }

    /// Prints the result, either `value` as JSON or the text written by `print_text`.
    pub(super) fn print(
        self,
        value: &impl Serialize,
        print_text: impl FnOnce(Console) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        if self.is_json {
            print_result(serde_json::to_string_pretty(value)?)?;
        } else {
            print_text(Console::text())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::plural;

    #[test]
    fn one_is_singular_and_every_other_count_is_plural() {
        assert_eq!([0, 1, 2].map(|count| plural(count, "sermon")), ["0 sermons", "1 sermon", "2 sermons"]);
    }
}

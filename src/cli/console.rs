//! What a command says: answers on standard output, everything else on standard error.

use std::{
    fmt::Display,
    io::{self, Write},
};

/// Where a command's words go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Console {
    /// Whether standard output is kept free for a machine; the words for people then go to standard error.
    answers_are_json: bool,
}

impl Console {
    /// A console whose standard output is for people.
    pub(super) const fn for_people() -> Self {
        Self { answers_are_json: false }
    }

    /// A console whose standard output carries JSON alone.
    pub(super) const fn for_machines() -> Self {
        Self { answers_are_json: true }
    }

    /// A line for people.
    pub(super) fn say(self, line: impl Display) -> io::Result<()> {
        if self.answers_are_json { writeln!(io::stderr(), "{line}") } else { writeln!(io::stdout(), "{line}") }
    }
}

/// A line of the answer that a machine may read.
pub(super) fn answer(line: impl Display) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

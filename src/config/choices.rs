//! Settings with a few possible values. Their doc comments are what `--help` prints.

use clap::ValueEnum;

/// Whether PostgreSQL is behind a connection pooler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DatabasePooler {
    /// Find out when connecting
    Auto,
    /// There is none, or each client has a connection of its own
    Off,
    /// Each transaction may get another connection
    Transaction,
}

/// Who may add sermons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SubmissionAccess {
    /// Anyone, up to the rate limit
    Open,
    /// Only requests with the admin token
    Admin,
}

/// Whether search engines may list the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SearchEngineAccess {
    /// Every page asks them not to list it
    Off,
    /// They may list all public pages
    On,
}

/// Who may read whole transcripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TranscriptReaders {
    /// Anyone
    Public,
    /// Only the admin
    Admin,
    /// Nobody
    Off,
}

/// Whether something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// Yes
    On,
    /// No
    Off,
}

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Plain lines
    Text,
    /// One JSON object per line
    Json,
}

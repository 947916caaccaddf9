//! A data directory and a database of one test, commands on them, and a look behind the program's back.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::Arc,
};

use serde_json::Value;
use tempfile::TempDir;

use super::{postgres::Postgres, program};

/// The sermon that most tests send.
pub(crate) const SERMON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/sower.srt");

/// The directory of a test, with the data directory in it.
pub(crate) struct Place {
    dir: TempDir,
    data: PathBuf,
    database: Database,
}

/// Where the documents are.
#[derive(Clone)]
pub(crate) enum Database {
    /// A file below the data directory.
    Sqlite,
    /// A database of a server.
    Postgres(Arc<Postgres>, String),
}

/// The directory that the program is run in.
const HERE: &str = "here";

impl Database {
    /// A new database of this server.
    pub(crate) fn new(postgres: &Arc<Postgres>) -> Self {
        let url = postgres.database();
        let name = url.rsplit('/').next().expect("the address ends with the name");
        Self::Postgres(Arc::clone(postgres), name.to_owned())
    }
}

impl Place {
    /// An empty place, with SQLite.
    pub(crate) fn new() -> Self {
        Self::with(Database::Sqlite)
    }

    /// An empty place, with this database.
    pub(crate) fn with(database: Database) -> Self {
        let dir = tempfile::Builder::new().prefix("mannameter-faults-").tempdir().expect("a directory for the test");
        let data = dir.path().join("data");
        fs::create_dir(dir.path().join(HERE)).expect("a directory to run in");
        Self { dir, data, database }
    }

    /// An empty place whose data directory is `data`, which is somebody else's.
    pub(crate) fn at(data: &Path) -> Self {
        Self { data: data.to_owned(), ..Self::new() }
    }

    /// The same, with this database.
    pub(crate) fn with_data(data: &Path, database: Database) -> Self {
        Self { data: data.to_owned(), ..Self::with(database) }
    }

    /// Another place with the same files, and an SQLite of its own.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::new();
        let done = Command::new("cp").arg("-a").arg(&self.data).arg(&copy.data).status().expect("cp runs");
        assert!(done.success(), "the files are copied");
        copy
    }

    /// A directory that is not the program's.
    pub(crate) fn outside(&self) -> &Path {
        self.dir.path()
    }

    /// The data directory.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// A command that uses this place.
    pub(crate) fn command(&self) -> Command {
        let mut command = program::mannameter(&self.data);
        // Not where the tests run: a result that can be kept nowhere else is left in the current directory.
        command.current_dir(self.dir.path().join(HERE));
        // Few threads, so that system calls come in the same order each time.
        command.env("TOKIO_WORKER_THREADS", "1").env("SUBMISSIONS_PER_MINUTE", "1000000");
        if let Database::Postgres(postgres, name) = &self.database {
            command.env("DATABASE_URL", postgres.url(name));
        }
        command
    }

    /// A command that serves this place, and keeps its log to itself.
    pub(crate) fn server(&self) -> Command {
        let mut command = self.command();
        command.env("RUST_LOG", "off");
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).stdin(Stdio::null()).output().expect("the binary runs")
    }

    /// Saves a sermon under this id with this title, by the command line.
    pub(crate) fn save(&self, id: &str, title: &str) -> Output {
        self.run(&save_arguments(id, title).each_ref().map(String::as_str))
    }

    /// The rows that a query gives, each an object; asked behind the program's back.
    pub(crate) fn rows(&self, query: &str) -> Vec<Value> {
        let json = match &self.database {
            Database::Sqlite => {
                let file = self.data.join("instance/mannameter.db");
                let asked = Command::new("sqlite3").args(["-batch", "-json"]).arg(file).arg(query).output();
                let answer = asked.expect("sqlite3 must be installed for this test; on Debian: apt install sqlite3");
                let error = String::from_utf8_lossy(&answer.stderr);
                assert!(answer.status.success(), "sqlite3 {query:?}: {error}");
                String::from_utf8(answer.stdout).expect("text")
            }
            Database::Postgres(postgres, name) => {
                postgres.psql(name, &format!("select coalesce(json_agg(r), '[]') from ({query}) r"))
            }
        };
        if json.trim().is_empty() { Vec::new() } else { serde_json::from_str(&json).expect("an array of objects") }
    }

    /// Runs a statement behind the program's back.
    pub(crate) fn execute(&self, statement: &str) {
        match &self.database {
            Database::Sqlite => drop(self.rows(statement)),
            Database::Postgres(postgres, name) => drop(postgres.psql(name, statement)),
        }
    }
}

/// The arguments that save [`SERMON`] under this id with this title.
pub(crate) fn save_arguments(id: &str, title: &str) -> [String; 6] {
    ["analyze", SERMON, "--url", &link(id), "--title", title].map(str::to_owned)
}

/// The link of a video.
pub(crate) fn link(id: &str) -> String {
    format!("https://www.youtube.com/watch?v={id}")
}

/// An id of a video's shape: a letter and a number.
pub(crate) fn video_id(letter: char, number: usize) -> String {
    format!("{letter}{number:010}")
}

//! A test's data directory and database, with commands that use them and direct access to the rows.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::Arc,
};

use serde_json::Value;
use tempfile::TempDir;

use super::{postgres::Postgres, program};

/// The transcript that most tests use.
pub(crate) const SERMON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/sower.srt");

/// Makes PostgreSQL record in the table `transactions` which transactions write sermons.
pub(crate) const RECORD_TRANSACTIONS: &str = "create table transactions (id bigint);
create function record_transaction() returns trigger language plpgsql as $$
    begin
        insert into transactions values (txid_current());
        return new;
    end
$$;
create trigger record_transaction before insert or update on videos for each row execute function record_transaction()";

/// A test's directory, with a data directory and a database.
pub(crate) struct Instance {
    dir: TempDir,
    data: PathBuf,
    database: Database,
}

/// The database of an instance.
#[derive(Clone)]
pub(crate) enum Database {
    /// A file in the data directory.
    Sqlite,
    /// A database on a server.
    Postgres(Arc<Postgres>, String),
}

/// The working directory of the program, below the test's directory.
const WORKING_DIR: &str = "working-dir";

impl Database {
    /// Creates a database on this server.
    pub(crate) fn new(postgres: &Arc<Postgres>) -> Self {
        let url = postgres.database();
        let name = url.rsplit('/').next().expect("the address ends with the name");
        Self::Postgres(Arc::clone(postgres), name.to_owned())
    }
}

impl Instance {
    /// Creates an empty instance with SQLite.
    pub(crate) fn new() -> Self {
        Self::with(Database::Sqlite)
    }

    /// Creates an empty instance with this database.
    pub(crate) fn with(database: Database) -> Self {
        let dir = tempfile::Builder::new().prefix("mannameter-faults-").tempdir().expect("a directory for the test");
        let data = dir.path().join("data");
        fs::create_dir(dir.path().join(WORKING_DIR)).expect("a directory to run in");
        Self { dir, data, database }
    }

    /// Creates an empty instance with SQLite whose data directory is `data`, which is not deleted.
    pub(crate) fn at(data: &Path) -> Self {
        Self { data: data.to_owned(), ..Self::new() }
    }

    /// Creates an empty instance with this database whose data directory is `data`, which is not deleted.
    pub(crate) fn with_data(data: &Path, database: Database) -> Self {
        Self { data: data.to_owned(), ..Self::with(database) }
    }

    /// Copies the instance with all its files; it must be on SQLite.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::new();
        let status = Command::new("cp").arg("-a").arg(&self.data).arg(&copy.data).status().expect("cp runs");
        assert!(status.success(), "the files are copied");
        copy
    }

    /// Returns a directory outside the data directory.
    pub(crate) fn outside(&self) -> &Path {
        self.dir.path()
    }

    /// Returns the data directory.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Returns the URL of the database.
    pub(crate) fn url(&self) -> String {
        match &self.database {
            Database::Sqlite => format!("sqlite://{}", self.data.join("instance/mannameter.db").display()),
            Database::Postgres(postgres, name) => postgres.url(name),
        }
    }

    /// Returns a command that uses this instance.
    pub(crate) fn command(&self) -> Command {
        let mut command = program::mannameter(&self.data);
        // A result that cannot be saved anywhere else is written to the current directory, which must not be the source
        // tree.
        command.current_dir(self.dir.path().join(WORKING_DIR));
        // A single worker thread makes the order of system calls reproducible.
        command.env("TOKIO_WORKER_THREADS", "1").env("SUBMISSIONS_PER_MINUTE", "1000000");
        if let Database::Postgres(postgres, name) = &self.database {
            command.env("DATABASE_URL", postgres.url(name));
        }
        command
    }

    /// Returns the URL of the database.
    pub(crate) fn database_url(&self) -> String {
        match &self.database {
            Database::Sqlite => format!("sqlite://{}", self.data.join("instance/mannameter.db").display()),
            Database::Postgres(postgres, name) => postgres.url(name),
        }
    }

    /// Returns whether the database is SQLite.
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.database, Database::Sqlite)
    }

    /// Returns a command that serves this instance without logging.
    pub(crate) fn server(&self) -> Command {
        let mut command = self.command();
        command.env("RUST_LOG", "off");
        command
    }

    /// Runs a command and waits for it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).stdin(Stdio::null()).output().expect("the binary runs")
    }

    /// Saves a sermon with this ID and title, using the command line.
    pub(crate) fn save(&self, id: &str, title: &str) -> Output {
        self.run(&save_arguments(id, title).each_ref().map(String::as_str))
    }

    /// Runs a query directly on the database and returns each row as an object.
    pub(crate) fn rows(&self, query: &str) -> Vec<Value> {
        let json = match &self.database {
            Database::Sqlite => {
                let file = self.data.join("instance/mannameter.db");
                let output = Command::new("sqlite3").args(["-batch", "-json"]).arg(file).arg(query).output();
                let output = output.expect("sqlite3 must be installed for this test; on Debian: apt install sqlite3");
                let error = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "sqlite3 {query:?}: {error}");
                String::from_utf8(output.stdout).expect("text")
            }
            Database::Postgres(postgres, name) => {
                postgres.psql(name, &format!("select coalesce(json_agg(r), '[]') from ({query}) r"))
            }
        };
        if json.trim().is_empty() { Vec::new() } else { serde_json::from_str(&json).expect("an array of objects") }
    }

    /// Runs a statement directly on the database.
    pub(crate) fn execute(&self, statement: &str) {
        match &self.database {
            Database::Sqlite => drop(self.rows(statement)),
            Database::Postgres(postgres, name) => drop(postgres.psql(name, statement)),
        }
    }
}

/// Returns the arguments that save [`SERMON`] with this ID and title.
pub(crate) fn save_arguments(id: &str, title: &str) -> [String; 6] {
    ["analyze", SERMON, "--url", &link(id), "--title", title].map(str::to_owned)
}

/// Returns a link to a sermon's video.
pub(crate) fn link(id: &str) -> String {
    format!("https://www.youtube.com/watch?v={id}")
}

/// Returns an ID in the form of a YouTube video ID: a letter and a number.
pub(crate) fn video_id(letter: char, number: usize) -> String {
    format!("{letter}{number:010}")
}

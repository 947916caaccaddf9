//! The database of the previous system: adopted on the first start, on both databases, and never changed.

mod bad_rows;
mod elsewhere;
mod first_start;
mod killed;
mod later;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{
    instance::{Database, Instance},
    postgres::Postgres,
    program::Server,
};

/// The old table, as `SQLAlchemy` creates it.
const CREATE_SQLITE: &str =
    "create table video (id integer not null, video_id varchar(20) not null, title text not null,
    channel text not null, channel_url text, location text, transcript_length integer, processed_at datetime,
    stats_scripture_references integer, stats_suspect_references integer, stats_false_positives integer,
    stats_total_matches integer, counts_data text, suspect_counts_data text, positions_data text, logs_data text,
    primary key (id), unique (video_id))";

pub(crate) const CREATE_POSTGRES: &str =
    "create table video (id serial primary key, video_id varchar(20) not null unique,
    title text not null, channel text not null, channel_url text, location text, transcript_length integer,
    processed_at timestamp, stats_scripture_references integer, stats_suspect_references integer,
    stats_false_positives integer, stats_total_matches integer, counts_data text, suspect_counts_data text,
    positions_data text, logs_data text)";

/// The positions of a sermon that mentions John twice; the record of one mention was lost.
const POSITIONS: &str = r#"{"John": {"valid": [null, {"start": 1.5, "context": "open to John", "text": "John", "matched_pattern": "to"}], "suspect": [], "false_positive": [], "not_counted": []}}"#;

/// How long an adoption may go without progress: a lease of 15 seconds must expire first if an instance was killed.
const MAX_STANDSTILL: Duration = Duration::from_secs(120);

/// Returns an empty instance with a database in the `PostgreSQL` cluster that these tests share.
fn on_postgres() -> Instance {
    static CLUSTER: OnceLock<Arc<Postgres>> = OnceLock::new();
    Instance::with(Database::new(CLUSTER.get_or_init(|| Arc::new(Postgres::new()))))
}

/// Returns an instance for each database. Each has an empty old table.
fn both() -> [Instance; 2] {
    let [sqlite, postgres] = [Instance::new(), on_postgres()];
    fs::create_dir_all(sqlite.data().join("instance")).expect("a directory");
    sqlite.execute(CREATE_SQLITE);
    postgres.execute(CREATE_POSTGRES);
    [sqlite, postgres]
}

/// Returns the values of an old row: two confirmed mentions of John, analyzed on this day of January.
pub(crate) fn row(id: &str, title: &str, day: u8) -> String {
    format!(
        "('{id}', '{title}', 'Old Church', null, '', 1200, '2025-01-{day:02} 11:28:13.897205', 2, 0, 1, 3, \
         '{{\"John\": 2}}', null, '{POSITIONS}', '[\"a line\"]')"
    )
}

/// Inserts old rows.
pub(crate) fn insert(instance: &Instance, rows: &[String]) {
    // The length of a program argument is limited.
    for rows in rows.chunks(50) {
        instance.execute(&insertion(rows));
    }
}

fn insertion(rows: &[String]) -> String {
    format!(
        "insert into video (video_id, title, channel, channel_url, location, transcript_length, processed_at, \
         stats_scripture_references, stats_suspect_references, stats_false_positives, stats_total_matches, \
         counts_data, suspect_counts_data, positions_data, logs_data) values {}",
        rows.join(", ")
    )
}

/// Creates a SQLite file with the old table and these rows.
fn old_file(path: &Path, rows: &[String]) {
    fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    sqlite3(path, CREATE_SQLITE);
    sqlite3(path, &insertion(rows));
}

/// Runs statements with the `sqlite3` program.
fn sqlite3(path: &Path, statements: &str) -> String {
    let output = Command::new("sqlite3").arg("-batch").arg(path).arg(statements).output().expect("sqlite3 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Returns everything in the old table.
fn old_table(instance: &Instance) -> Vec<Value> {
    instance.rows("select * from video order by video_id")
}

/// Returns the IDs and titles of our sermons.
fn sermons(instance: &Instance) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let rows = instance.rows("select video_id, title from videos order by video_id");
    rows.iter().map(|row| (text(&row["video_id"]), text(&row["title"]))).collect()
}

fn pair(id: &str, title: &str) -> (String, String) {
    (id.to_owned(), title.to_owned())
}

/// Returns what `/readyz` says about old databases, once none is being adopted anymore. On a busy machine that may take any
/// time, but there must be progress.
fn old_databases(server: &Server) -> Vec<Value> {
    let (mut last, mut deadline) = (Vec::new(), Instant::now() + MAX_STANDSTILL);
    loop {
        let ready = server.curl("/readyz", &[]).json();
        let databases = ready["old_databases"].as_array().expect("a list").clone();
        if databases.iter().all(|old| old["state"] != json!("adopting")) {
            return databases;
        }
        if databases != last {
            (last, deadline) = (databases, Instant::now() + MAX_STANDSTILL);
        }
        assert!(Instant::now() < deadline, "no progress: {last:#?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Returns the real database of the previous system, if available.
fn real_database() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures/legacy/mannameter.db");
    path.is_file().then_some(path)
}

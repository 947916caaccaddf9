//! What strangers on the internet may send, against the built program. None of it may harm others, on either database.
//!
//! Each test corresponds to one row of the table in `docs/THREAT-MODEL.md`.

mod connections;
mod documents;
mod history;
mod search;
mod standard_error;

use std::{
    fs,
    future::Future,
    sync::{Arc, LazyLock},
    time::Duration,
};

use mannameter::{
    clock::{Clock as _, SystemClock},
    store::{DatabaseSettings, SavePolicy, SaveRequest, Store, connect},
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use crate::support::{
    instance::{Database, Instance},
    postgres::Postgres,
    program::Server,
};

/// Maximum amount of memory that the server may ever use.
const MAX_RESIDENT: usize = 512 * MEGABYTE;

const MEGABYTE: usize = 1024 * 1024;

/// Defines a test for each database. The function receives an empty [`Instance`].
macro_rules! on_both_databases {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[test]
            fn $name() {
                super::$name(&crate::support::instance::Instance::new());
            })*
        }

        mod on_postgres {
            $(#[test]
            fn $name() {
                super::$name(&crate::strangers::on_postgres());
            })*
        }
    };
}
use on_both_databases;

/// Returns an empty instance on PostgreSQL.
fn on_postgres() -> Instance {
    static CLUSTER: LazyLock<Arc<Postgres>> = LazyLock::new(|| Arc::new(Postgres::new()));
    Instance::with(Database::new(&CLUSTER))
}

/// Runs a future to completion.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(future)
}

/// Calls `work` with the store of an instance.
fn with_store<F: Future<Output = ()>>(instance: &Instance, work: impl FnOnce(Arc<dyn Store>) -> F) {
    block_on(async {
        let settings = DatabaseSettings::new(instance.database_url());
        let store = connect(&DatabaseSettings { deadline: Duration::from_secs(60), ..settings }).expect("a store");
        work(Arc::clone(&store)).await;
        store.close().await;
    });
}

/// Runs statements on the database directly, without the store.
fn run(instance: &Instance, statements: &str) {
    let statements = AssertSqlSafe(statements.to_owned());
    block_on(async {
        if instance.is_sqlite() {
            let mut connection = SqliteConnection::connect(&instance.database_url()).await.expect("a connection");
            sqlx::raw_sql(statements).execute(&mut connection).await.expect("the statements");
        } else {
            let mut connection = PgConnection::connect(&instance.database_url()).await.expect("a connection");
            sqlx::raw_sql(statements).execute(&mut connection).await.expect("the statements");
        }
    });
}

/// Returns a request to save a document without captions.
fn save_request(document: mannameter::domain::Document) -> SaveRequest {
    SaveRequest {
        save_id: SystemClock.new_id(),
        document,
        transcript: None,
        policy: SavePolicy::Replace,
        actor: "import".into(),
        at: SystemClock.now(),
    }
}

/// Measures the resident memory of a server.
struct Memory {
    status: String,
    at_start: usize,
}

impl Memory {
    /// Starts measuring.
    fn of(server: &Server) -> Self {
        let status = format!("/proc/{}/status", server.pid());
        // Resets the peak.
        fs::write(format!("/proc/{}/clear_refs", server.pid()), "5").expect("Linux 4.0 or newer");
        let at_start = read_bytes(&status, "VmRSS:");
        Self { status, at_start }
    }

    /// Asserts that the peak since the start is at most `bytes` higher, and does not exceed [`MAX_RESIDENT`].
    fn assert_grew_at_most(&self, bytes: usize) {
        let peak = read_bytes(&self.status, "VmHWM:");
        let grown = peak.saturating_sub(self.at_start);
        assert!(grown <= bytes && peak <= MAX_RESIDENT, "{} MB more, {} MB", grown / MEGABYTE, peak / MEGABYTE);
    }
}

fn read_bytes(status: &str, key: &str) -> usize {
    let status = fs::read_to_string(status).expect("the server is running");
    let line = status.lines().find_map(|line| line.strip_prefix(key)).expect("the key");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024
}

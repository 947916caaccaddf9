//! The faults that nothing must be lost to, done to the built binary; a ledger outside of it says what must be there.
//!
//! These tests need strace, sqlite3, PostgreSQL, e2fsprogs and util-linux, and root for namespaces and mounts; without, they fail
//! and say so. `docs/SAFETY.md` has the table of what is done where.

mod client;
mod database;
mod disk;
mod export;
mod ledger;
mod mount;
mod order;
mod place;
#[path = "../support/postgres.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod postgres;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/proxy.rs"]
mod proxy;
mod server;
mod strace;
mod sweep;

/// The seed of what happens by chance: `FAULTS_SEED`, or another each time. Each test prints it.
fn seed() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the program")]
    let given = std::env::var("FAULTS_SEED");
    given.map_or_else(|_| rand::random(), |seed| seed.parse().expect("FAULTS_SEED is a number"))
}

//! Fault injection on the built binary. A ledger outside the program records what must not be lost.
//!
//! These tests need strace, sqlite3, PostgreSQL, e2fsprogs and util-linux, and root for namespaces and mounts. If
//! something is missing, they fail and say what. `docs/SAFETY.md` lists which fault is tested where.

#![expect(clippy::print_stdout, reason = "the output of a failed test shows what it tried")]

mod attackers;
mod client;
mod database;
mod disk;
mod export;
mod mount;
mod order;
mod recover;
mod replay;
mod restore;
mod server;
mod soak;
mod start;
mod strace;
#[path = "../support/mod.rs"]
#[expect(dead_code, unused_imports, unused_macros, reason = "the suite uses the rest")]
mod support;
mod sweep;

/// Returns a setting for the tests.
fn setting(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "these are settings of the tests, not of the program")]
    std::env::var(name).ok()
}

/// Returns the random seed: `FAULTS_SEED`, or a new one. Tests that use it print it.
fn seed() -> u64 {
    setting("FAULTS_SEED").map_or_else(rand::random, |seed| seed.parse().expect("FAULTS_SEED is a number"))
}

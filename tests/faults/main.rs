//! The faults that nothing must be lost to, done to the built binary; a ledger outside of it says what must be there.
//!
//! These tests need strace, sqlite3, PostgreSQL, e2fsprogs and util-linux, and root for namespaces and mounts; without, they fail
//! and say so. `docs/SAFETY.md` has the table of what is done where.

#![expect(clippy::print_stdout, reason = "the tests say what they tried; it is shown when one fails")]

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
mod strace;
#[path = "../support/mod.rs"]
#[expect(dead_code, unused_imports, unused_macros, reason = "the suite uses the rest")]
mod support;
mod sweep;

/// A setting of the tests.
fn setting(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the settings of the program come from elsewhere")]
    std::env::var(name).ok()
}

/// The seed of what happens by chance: `FAULTS_SEED`, or another each time. Each test prints it.
fn seed() -> u64 {
    setting("FAULTS_SEED").map_or_else(rand::random, |seed| seed.parse().expect("FAULTS_SEED is a number"))
}

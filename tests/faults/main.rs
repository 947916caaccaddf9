//! The faults that nothing must be lost to, done to the built binary; a ledger outside of it says what must be there.
//!
//! These tests need strace, sqlite3, PostgreSQL, e2fsprogs and util-linux, and root for namespaces and mounts; without, they fail
//! and say so. `docs/SAFETY.md` has the table of what is done where.

mod ledger;
mod order;
mod place;
#[path = "../support/postgres.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod postgres;
#[path = "../support/program.rs"]
mod program;
mod strace;
mod sweep;

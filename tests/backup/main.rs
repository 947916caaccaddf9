//! Backups on a real SQLite and a real PostgreSQL: made, verified, taken in, thrown away.

#[path = "../support/bench.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod bench;
mod cleaning;
mod hostile;
mod making;
#[path = "../support/postgres.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod postgres;
mod program;
mod uploading;
mod verifying;

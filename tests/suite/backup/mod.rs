//! Backups on a real SQLite and a real PostgreSQL: made, verified, taken in, thrown away.

mod cleaning;
mod hostile;
mod making;
mod program;
mod uploading;
mod verifying;

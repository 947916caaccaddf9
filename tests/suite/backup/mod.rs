//! Backups on a real SQLite and a real PostgreSQL database.

mod cleanup;
mod command_line;
mod creating;
mod hostile;
mod other;
mod uploading;
mod verifying;

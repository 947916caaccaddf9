//! Backups on a real SQLite and a real PostgreSQL database.

mod cleanup;
mod command_line;
mod creating;
mod hostile;
mod uploading;
mod verifying;

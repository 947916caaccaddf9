//! Tests of restores on SQLite and PostgreSQL: each ends in exactly the old state or exactly the new one.

mod concurrent;
mod faults;
pub(crate) mod helpers;
mod killed;
mod refused;
mod restored;

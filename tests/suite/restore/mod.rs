//! Restores on SQLite and PostgreSQL: afterwards the state is completely the old one or completely the new one.

mod concurrent;
mod faults;
pub(crate) mod helpers;
mod killed;
mod refused;
mod restored;

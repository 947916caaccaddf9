//! Restores on a real SQLite and a real PostgreSQL: wholly the old state or wholly the new one.

mod crossing;
mod faults;
mod killed;
mod refusing;
mod restoring;
mod watching;

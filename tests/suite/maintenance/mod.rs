//! What is done by itself: schedules, drills, and the look at the whole database; on both databases, with a clock that
//! goes when it is told to.

mod damaged;
mod drill;
mod integrity;
mod schedule;
mod server;

use std::sync::Arc;

use mannameter::{
    clock::Clock,
    safety::{Drill, Maintenance, MaintenanceSettings},
    store::{DatabaseSettings, Scratches},
};

use crate::support::bench::Bench;

/// The maintenance of a bench.
fn maintenance(bench: &Bench, settings: MaintenanceSettings) -> Maintenance {
    let clock = || Arc::clone(&bench.clock) as Arc<dyn Clock>;
    Maintenance::new(Arc::clone(&bench.store), Arc::clone(&bench.backups), drill_of(bench), clock(), settings)
}

fn drill_of(bench: &Bench) -> Drill {
    let clock = Arc::clone(&bench.clock) as Arc<dyn Clock>;
    Drill::new(scratches(bench), Arc::clone(&bench.backups), bench.data_dir.clone(), clock)
}

fn scratches(bench: &Bench) -> Scratches {
    Scratches::new(DatabaseSettings::new(&bench.url))
}

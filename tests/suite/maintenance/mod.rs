//! Background maintenance on both databases, with a manual clock: the schedule, restore drills and the integrity check.

mod damaged;
mod drill;
mod integrity;
mod schedule;
mod server;

use std::sync::Arc;

use mannameter::{
    clock::Clock,
    safety::{Drill, Maintenance, MaintenanceSettings},
    store::{DatabaseSettings, ScratchDatabases},
};

use crate::support::bench::Bench;

/// Returns a maintenance service for a bench.
fn maintenance(bench: &Bench, settings: MaintenanceSettings) -> Maintenance {
    let clock = || Arc::clone(&bench.clock) as Arc<dyn Clock>;
    Maintenance::new(Arc::clone(&bench.store), Arc::clone(&bench.backups), drill_of(bench), clock(), settings)
}

fn drill_of(bench: &Bench) -> Drill {
    let clock = Arc::clone(&bench.clock) as Arc<dyn Clock>;
    Drill::new(scratches(bench), Arc::clone(&bench.backups), bench.data_dir.clone(), clock)
}

fn scratches(bench: &Bench) -> ScratchDatabases {
    ScratchDatabases::new(DatabaseSettings::new(&bench.url))
}

//! Requests, and a look at how a restore goes.

use std::sync::{Arc, Mutex};

use mannameter::safety::{
    backup::BackupName,
    restore::{Phase, Progress, RestoreError, RestoreRequest, Restored},
};

use crate::support::bench::Bench;

/// A request in one go, with nothing agreed to but the name.
pub(crate) fn request(name: &BackupName) -> RestoreRequest {
    RestoreRequest {
        name: name.clone(),
        confirm: name.to_string(),
        plan_token: None,
        accept_unverified: false,
        allow_empty: false,
        damaged: false,
        actor: "admin",
    }
}

/// Restores in one go.
pub(crate) async fn restore(bench: &Bench, name: &BackupName) -> Result<Restored, RestoreError> {
    bench.restores.restore(request(name), Arc::new(())).await
}

/// Notes the steps, and does something when one begins.
pub(crate) struct At<F: Fn() + Send + Sync> {
    pub(crate) phase: Phase,
    pub(crate) act: F,
    pub(crate) seen: Mutex<Vec<Phase>>,
}

impl<F: Fn() + Send + Sync> At<F> {
    pub(crate) fn new(phase: Phase, act: F) -> Arc<Self> {
        Arc::new(Self { phase, act, seen: Mutex::default() })
    }
}

impl<F: Fn() + Send + Sync> Progress for At<F> {
    fn report(&self, phase: Phase, _: u64, _: u64) {
        let mut seen = self.seen.lock().expect("nobody panics while holding it");
        if seen.last() == Some(&phase) {
            return;
        }
        seen.push(phase);
        drop(seen);
        if phase == self.phase {
            (self.act)();
        }
    }
}

//! Restore requests, and a hook into the phases of a restore.

use std::sync::{Arc, Mutex};

use mannameter::safety::{
    backup::BackupName,
    restore::{RestoreError, RestorePhase, RestoreProgress, RestoreRequest, Restored},
};

use crate::support::bench::Bench;

/// Returns a request with a valid confirmation but without a plan.
pub(crate) fn request(name: &BackupName) -> RestoreRequest {
    RestoreRequest {
        name: name.clone(),
        confirm: name.to_string(),
        plan_token: None,
        accept_unverified: false,
        allow_empty: false,
        damaged: false,
        actor: "admin".into(),
    }
}

/// Restores without a plan.
pub(crate) async fn restore(bench: &Bench, name: &BackupName) -> Result<Restored, RestoreError> {
    bench.restores.restore(request(name), Arc::new(())).await
}

/// Records the phases, and runs `action` when `phase` begins.
pub(crate) struct DuringPhase<F: Fn() + Send + Sync> {
    pub(crate) phase: RestorePhase,
    pub(crate) action: F,
    pub(crate) seen: Mutex<Vec<RestorePhase>>,
}

impl<F: Fn() + Send + Sync> DuringPhase<F> {
    pub(crate) fn new(phase: RestorePhase, action: F) -> Arc<Self> {
        Arc::new(Self { phase, action, seen: Mutex::default() })
    }
}

impl<F: Fn() + Send + Sync> RestoreProgress for DuringPhase<F> {
    fn report(&self, phase: RestorePhase, _: u64, _: u64) {
        let mut seen = self.seen.lock().expect("not poisoned");
        if seen.last() == Some(&phase) {
            return;
        }
        seen.push(phase);
        drop(seen);
        if phase == self.phase {
            (self.action)();
        }
    }
}

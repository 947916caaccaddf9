//! Tells the other instances that this one is alive, and which version it runs.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Saver;
use crate::{clock::Clock, store::Store};

/// How often to record a heartbeat. An instance without one for a minute and a half counts as dead.
const INTERVAL: Duration = Duration::from_secs(30);
/// How often to record a heartbeat while saves fail. A heartbeat shows that the database accepts writes again.
const INTERVAL_WHILE_SAVES_FAIL: Duration = Duration::from_secs(5);

/// Records the heartbeats of this instance.
#[derive(Debug)]
pub struct Presence {
    store: Arc<dyn Store>,
    saver: Arc<Saver>,
    id: Uuid,
}

impl Presence {
    /// Creates the service; [`Presence::run`] starts it.
    pub fn new(store: Arc<dyn Store>, saver: Arc<Saver>, clock: &dyn Clock) -> Self {
        Self { store, saver, id: clock.new_id() }
    }

    /// Records heartbeats until the token is canceled, and then removes the entry of this instance.
    pub async fn run(&self, token: CancellationToken) {
        loop {
            match self.store.record_heartbeat(self.id).await {
                Ok(()) => self.saver.record_write(),
                Err(error) => tracing::debug!(%error, "could not record a heartbeat"),
            }
            let interval = if self.saver.problem().is_some() { INTERVAL_WHILE_SAVES_FAIL } else { INTERVAL };
            tokio::select! {
                () = token.cancelled() => break,
                () = sleep(interval) => {}
            }
        }
        if let Err(error) = self.store.remove_instance(self.id).await {
            tracing::debug!(%error, "could not remove the entry of this instance; it expires");
        }
    }
}

//! Keeps the statistics and the search index up to date.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::store::Store;

/// How often to check. A check costs one small query if nothing is out of date.
const INTERVAL: Duration = Duration::from_secs(10);

/// Background task that rebuilds derived tables after a restore or a write by an older release.
#[derive(Debug)]
pub struct DerivedData {
    store: Arc<dyn Store>,
}

impl DerivedData {
    /// Creates the task for a store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// Checks immediately and then every ten seconds, until the token is canceled.
    pub async fn run(&self, until: CancellationToken) {
        until.run_until_cancelled(self.repeat()).await;
    }

    async fn repeat(&self) {
        loop {
            match self.store.catch_up_stats().await {
                Ok(true) => tracing::info!("rebuilt the statistics"),
                Ok(false) => {}
                // Pages show the previous statistics until the next attempt.
                Err(error) => tracing::warn!(%error, "could not update the statistics"),
            }
            match self.store.catch_up_search_index().await {
                Ok(0) => {}
                Ok(sermons) => tracing::info!(sermons, "updated the search index"),
                Err(error) => tracing::warn!(%error, "could not update the search index"),
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }
}

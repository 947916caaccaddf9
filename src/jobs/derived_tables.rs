//! Looks after what is derived from the documents: counts anew what a write of an older release, or a restore, passed by.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::store::Store;

/// How often it is looked at; one small read when there is nothing to do.
const EVERY: Duration = Duration::from_secs(10);

/// Keeps the sums of the pages and the words of the search in step, until it is told to stop.
#[derive(Debug)]
pub struct DerivedTables {
    store: Arc<dyn Store>,
}

impl DerivedTables {
    /// Of this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// Looks at once, and then every ten seconds.
    pub async fn run(&self, until: CancellationToken) {
        until.run_until_cancelled(self.repeat()).await;
    }

    async fn repeat(&self) {
        loop {
            match self.store.catch_up_stats().await {
                Ok(true) => tracing::info!("the sums of the pages were counted anew"),
                Ok(false) => {}
                // The pages show the sums of before meanwhile.
                Err(error) => tracing::warn!(%error, "the sums of the pages could not be looked after"),
            }
            match self.store.catch_up_search_index().await {
                Ok(0) => {}
                Ok(sermons) => tracing::info!(sermons, "the words of the search were made anew"),
                Err(error) => tracing::warn!(%error, "the words of the search could not be looked after"),
            }
            tokio::time::sleep(EVERY).await;
        }
    }
}

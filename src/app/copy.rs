//! Opens the two databases of a copy, neither of which is the configured database.

use std::sync::Arc;

use anyhow::Context as _;

use crate::{
    clock::{Clock, SystemClock},
    store::{self, DatabaseSettings, Store},
};

/// The databases to copy from and to.
#[derive(Debug)]
pub struct CopyStores {
    /// The source. Commands must not create or migrate it.
    pub from: Arc<dyn Store>,
    /// The target.
    pub to: Arc<dyn Store>,
    /// Source of times and IDs.
    pub clock: Arc<dyn Clock>,
}

/// Returns stores for the databases with these URLs. Does not connect to them.
pub fn copy_stores(from: &str, to: &str) -> anyhow::Result<CopyStores> {
    let source = DatabaseSettings { create: false, ..DatabaseSettings::new(from) };
    Ok(CopyStores {
        from: store::connect(&source).context("--from")?,
        to: store::connect(&DatabaseSettings::new(to)).context("--to")?,
        clock: Arc::new(SystemClock),
    })
}

impl CopyStores {
    /// Closes both databases.
    pub async fn close(&self) {
        self.from.close().await;
        self.to.close().await;
    }
}

//! The check of `doctor` that reads every document.

use std::io;

use async_trait::async_trait;

use crate::{
    app::App,
    domain::{Document, Sha256, VideoId},
    store::{DocumentSink, SnapshotError},
};

/// The most documents that are named.
const MAX_NAMED: usize = 20;

/// Documents with numbers beyond the limits.
#[derive(Debug, Default)]
pub(super) struct OutOfRange {
    /// The ID of each, and what is wrong; the first ones only.
    pub(super) named: Vec<String>,
    /// How many there are.
    pub(super) count: u64,
}

#[async_trait]
impl DocumentSink for OutOfRange {
    async fn document(&mut self, id: &VideoId, document: &str, _sha256: &Sha256) -> io::Result<()> {
        // Damaged documents are reported by the check of the checksums.
        let Ok(document) = serde_json::from_str::<Document>(document) else { return Ok(()) };
        if let Err(error) = document.check_limits() {
            self.count += 1;
            if self.named.len() < MAX_NAMED {
                self.named.push(format!("{id}: {error}"));
            }
        }
        Ok(())
    }
}

/// Reads every document and returns those whose numbers exceed the limits.
pub(super) async fn find_out_of_range(app: &App) -> Result<OutOfRange, SnapshotError> {
    let mut found = OutOfRange::default();
    app.store.snapshot(&mut found).await?;
    Ok(found)
}

//! The `doctor` check that reads every document.

use std::io;

use async_trait::async_trait;

use crate::{
    app::App,
    domain::{Document, Sha256, VideoId},
    store::{DocumentSink, SnapshotError},
};

/// Maximum number of documents to list.
const MAX_NAMED: usize = 20;

/// Documents with numbers that exceed the limits.
#[derive(Debug, Default)]
pub(super) struct OutOfRange {
    /// ID and problem of the first few documents.
    pub(super) named: Vec<String>,
    /// Total number of documents.
    pub(super) count: u64,
}

#[async_trait]
impl DocumentSink for OutOfRange {
    async fn document(&mut self, id: &VideoId, document: &str, _sha256: &Sha256) -> io::Result<()> {
        // Damaged documents are reported by the checksum check.
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

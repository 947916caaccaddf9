//! Moves documents from an async task to a thread that writes them to files.

use std::io;

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::{
    blocking::blocking,
    domain::{Sha256, VideoId},
    store::DocumentSink,
};

/// Maximum number of documents in flight between the database and the files: at most 64 MB.
const CAPACITY: usize = 8;

type Item = (VideoId, String, Sha256);

/// The sending half: accepts documents with their IDs and checksums.
#[derive(Debug, Clone)]
pub(super) struct DocumentSender(mpsc::Sender<Item>);

/// The receiving half: a blocking iterator over the documents.
#[derive(Debug)]
pub(super) struct Documents(mpsc::Receiver<Item>);

/// Runs `write` on its own thread. Returns the sender that supplies it with documents, and a future for its result.
///
/// The iterator ends when the sender is dropped. If `write` fails, sending fails too.
pub(super) fn write_documents<T: Send + 'static>(
    write: impl FnOnce(Documents) -> io::Result<T> + Send + 'static,
) -> (DocumentSender, impl Future<Output = io::Result<T>> + Send) {
    let (sender, receiver) = mpsc::channel(CAPACITY);
    (DocumentSender(sender), blocking(move || write(Documents(receiver))))
}

impl DocumentSender {
    /// Sends a document.
    pub(super) async fn send(&self, id: VideoId, document: String, sha256: Sha256) -> io::Result<()> {
        self.0.send((id, document, sha256)).await.map_err(|_| closed())
    }

    /// Sends a document from a thread that may block.
    pub(super) fn blocking_send(&self, id: VideoId, document: String, sha256: Sha256) -> io::Result<()> {
        self.0.blocking_send((id, document, sha256)).map_err(|_| closed())
    }
}

#[async_trait]
impl DocumentSink for DocumentSender {
    async fn document(&mut self, id: &VideoId, document: &str, sha256: &Sha256) -> io::Result<()> {
        self.send(id.clone(), document.to_owned(), *sha256).await
    }
}

impl Iterator for Documents {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        self.0.blocking_recv()
    }
}

fn closed() -> io::Error {
    io::Error::other("the writer has stopped")
}

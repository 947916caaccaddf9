//! A response body that is written while a snapshot of the database, or the last export, is read. It takes constant
//! memory, however many sermons there are.

use std::{io, time::Duration};

use async_trait::async_trait;
use axum::body::{Body, Bytes};
use futures_util::{FutureExt, StreamExt, future, stream};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    domain::{Sha256, VideoId},
    http::reader::Documents,
    store::DocumentSink,
};

/// Documents that are read ahead of the client.
const READ_AHEAD: usize = 8;
/// How long a client may accept no data before it is dropped, so that it cannot keep the snapshot open.
const SEND_TIMEOUT: Duration = Duration::from_secs(60);

/// A text format for a sequence of documents.
pub(super) trait DocumentWriter: Send + 'static {
    /// Returns the text before the first document.
    fn start(&mut self) -> Vec<u8>;
    /// Returns the text of one document.
    fn document(&mut self, id: &VideoId, document: &str) -> io::Result<Vec<u8>>;
    /// Returns the text after the last document.
    fn end(&mut self) -> Vec<u8>;
}

/// Returns a body with all documents. If reading fails, the connection is closed before the body is complete.
pub(super) fn body(documents: Documents, writer: impl DocumentWriter) -> Body {
    let (chunks, received) = mpsc::channel(READ_AHEAD);
    // Polled and dropped together with the body, so that the snapshot ends when the client disconnects.
    let reading = read(documents, writer, chunks).into_stream().filter_map(|()| future::ready(None));
    Body::from_stream(stream::select(ReceiverStream::new(received), reading))
}

async fn read(documents: Documents, writer: impl DocumentWriter, chunks: mpsc::Sender<io::Result<Bytes>>) {
    let mut sink = BodySink { writer, chunks };
    let written = async {
        let start = sink.writer.start();
        sink.send(start).await?;
        documents.read(&mut sink).await?;
        let end = sink.writer.end();
        sink.send(end).await
    };
    if let Err(error) = written.await {
        tracing::error!(error = &error as &dyn std::error::Error, "could not send the whole snapshot");
        // Fails if the client has disconnected.
        let _ = sink.chunks.send_timeout(Err(error), SEND_TIMEOUT).await;
    }
}

/// Writes documents to the body.
struct BodySink<W> {
    writer: W,
    chunks: mpsc::Sender<io::Result<Bytes>>,
}

impl<W: DocumentWriter> BodySink<W> {
    async fn send(&mut self, text: Vec<u8>) -> io::Result<()> {
        let sent = self.chunks.send_timeout(Ok(text.into()), SEND_TIMEOUT).await;
        sent.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "the client accepts no more data"))
    }
}

#[async_trait]
impl<W: DocumentWriter> DocumentSink for BodySink<W> {
    async fn document(&mut self, id: &VideoId, document: &str, _sha256: &Sha256) -> io::Result<()> {
        let text = self.writer.document(id, document)?;
        self.send(text).await
    }
}

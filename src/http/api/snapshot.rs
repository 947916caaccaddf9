//! A body that is written while a snapshot of the database, or the last export, is read: constant memory, whatever the number of videos.

use std::{io, time::Duration};

use async_trait::async_trait;
use axum::body::{Body, Bytes};
use futures_util::{FutureExt, StreamExt, future, stream};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    domain::{Sha256, VideoId},
    http::fallback::Documents,
    store::DocumentSink,
};

/// Documents that are ready before the asker takes them.
const AHEAD: usize = 8;
/// An asker who takes nothing for so long is given up, so that the snapshot does not stay open.
const PATIENCE: Duration = Duration::from_secs(60);

/// How documents become a text.
pub(super) trait Writer: Send + 'static {
    /// What stands before all documents.
    fn head(&mut self) -> Vec<u8>;
    /// What a document becomes.
    fn document(&mut self, id: &VideoId, document: &str) -> io::Result<Vec<u8>>;
    /// What stands behind all documents.
    fn tail(&mut self) -> Vec<u8>;
}

/// All documents as a body. If it cannot be read to its end, the body breaks off and never looks whole.
pub(super) fn body(documents: Documents, writer: impl Writer) -> Body {
    let (chunks, taken) = mpsc::channel(AHEAD);
    // Polled with the body and dropped with it: whoever hangs up ends the snapshot.
    let reading = read(documents, writer, chunks).into_stream().filter_map(|()| future::ready(None));
    Body::from_stream(stream::select(ReceiverStream::new(taken), reading))
}

async fn read(documents: Documents, writer: impl Writer, chunks: mpsc::Sender<io::Result<Bytes>>) {
    let mut sink = Sink { writer, chunks };
    let written = async {
        let head = sink.writer.head();
        sink.send(head).await?;
        documents.read(&mut sink).await?;
        let tail = sink.writer.tail();
        sink.send(tail).await
    };
    if let Err(error) = written.await {
        tracing::error!(error = &error as &dyn std::error::Error, "a snapshot was not sent to its end");
        // If the asker is gone, nobody needs to be told.
        let _ = sink.chunks.send_timeout(Err(error), PATIENCE).await;
    }
}

struct Sink<W> {
    writer: W,
    chunks: mpsc::Sender<io::Result<Bytes>>,
}

impl<W: Writer> Sink<W> {
    async fn send(&mut self, text: Vec<u8>) -> io::Result<()> {
        let sent = self.chunks.send_timeout(Ok(text.into()), PATIENCE).await;
        sent.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "the asker takes nothing more"))
    }
}

#[async_trait]
impl<W: Writer> DocumentSink for Sink<W> {
    async fn document(&mut self, id: &VideoId, document: &str, _sha256: &Sha256) -> io::Result<()> {
        let text = self.writer.document(id, document)?;
        self.send(text).await
    }
}

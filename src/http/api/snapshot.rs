//! A response body with all documents. Memory use does not depend on the number of sermons.
//!
//! The documents are first written to an unnamed temporary file, so that reading the database never waits for the
//! client. A slow client only holds the file, which disappears with the response.

use std::{
    fs::File,
    io::{self, BufWriter, Seek as _, Write as _},
    time::Duration,
};

use async_trait::async_trait;
use axum::body::Body;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::timeout;
use tokio_util::io::ReaderStream;

use crate::{
    blocking::blocking,
    domain::{Sha256, VideoId},
    http::{error::AppError, reader::Documents, state::AppState},
    store::DocumentSink,
};

/// Number of bytes to read from the file at a time.
const CHUNK: usize = 128 * 1024;
/// Size of the write buffer.
const BUFFER: usize = 1 << 18;
/// How long writing the file may take.
const MAX_TIME: Duration = Duration::from_secs(30 * 60);

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
///
/// Only a few of these files are written at a time. Fails with [`AppError::Busy`] if the wait is too long.
pub(super) async fn body(
    state: &AppState,
    documents: Documents,
    writer: impl DocumentWriter,
) -> Result<Body, AppError> {
    let permit = state.exports.owned_permit().await?;
    let directory = state.data_dir.root().to_owned();
    let written = async move {
        let file = timeout(MAX_TIME, write(documents, writer, directory))
            .await
            .unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "writing the snapshot took too long")));
        drop(permit);
        if let Err(error) = &file {
            tracing::error!(error = error as &dyn std::error::Error, "could not write the snapshot");
        }
        file.map(|file| ReaderStream::with_capacity(tokio::fs::File::from_std(file), CHUNK))
    };
    // Runs while the body is polled and is dropped along with it, so it stops when the client disconnects.
    Ok(Body::from_stream(stream::once(written).try_flatten().boxed()))
}

/// Writes all documents to an unnamed file.
async fn write(documents: Documents, writer: impl DocumentWriter, directory: std::path::PathBuf) -> io::Result<File> {
    let file = blocking(move || tempfile::tempfile_in(directory)).await?;
    let mut sink = FileSink { writer, file: BufWriter::with_capacity(BUFFER, file) };
    let start = sink.writer.start();
    sink.file.write_all(&start)?;
    documents.read(&mut sink).await?;
    let end = sink.writer.end();
    sink.file.write_all(&end)?;
    let mut file = sink.file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}

/// Writes documents to the file.
struct FileSink<W> {
    writer: W,
    file: BufWriter<File>,
}

#[async_trait]
impl<W: DocumentWriter> DocumentSink for FileSink<W> {
    async fn document(&mut self, id: &VideoId, document: &str, _sha256: &Sha256) -> io::Result<()> {
        let text = self.writer.document(id, document)?;
        // A short write to the page cache takes only microseconds.
        self.file.write_all(&text)
    }
}

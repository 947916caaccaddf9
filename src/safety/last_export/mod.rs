//! Reads the last export while the database is unreachable.
//!
//! Each request reads the file from the start. Only the index for lists is kept in memory, until the next export.

mod index;

use std::{
    fs::File,
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::{
    DataDir, Manifest,
    format::{ReadError, read_documents},
};
use crate::{
    blocking::blocking,
    domain::{Canon, Sha256, VideoId},
    store::{AllTimeStats, DocumentSink, InvalidCursor, VideoPage, VideoQuery},
};
use index::ExportIndex;

/// Number of attempts to open the files while they are being replaced.
const ATTEMPTS: u32 = 20;
/// Time between two attempts.
const RETRY_INTERVAL: Duration = Duration::from_millis(50);

/// Number of documents to read ahead of the sink. They take at most 64 MB.
const READ_AHEAD: usize = 8;

/// The last export of a data directory.
#[derive(Debug, Clone)]
pub struct LastExport {
    data_dir: DataDir,
    /// Which books are part of the manna.
    canon: Canon,
    cache: Arc<Mutex<Option<CachedIndex>>>,
}

/// The index of the export with this checksum.
#[derive(Debug)]
struct CachedIndex {
    sha256: Sha256,
    index: Arc<ExportIndex>,
}

/// A value read from an export, and the time of that export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported<T> {
    /// The value.
    pub value: T,
    /// When the export was made.
    pub at: DateTime<Utc>,
}

/// All methods return `Ok(None)` if there is no export.
impl LastExport {
    /// Creates a reader for the export in a data directory.
    pub fn new(data_dir: DataDir, canon: Canon) -> Self {
        Self { data_dir, canon, cache: Arc::default() }
    }

    /// Returns when the export was made.
    pub async fn exported_at(&self) -> io::Result<Option<DateTime<Utc>>> {
        self.read_file(|_, _| Ok(())).await.map(|found| found.map(|found| found.at))
    }

    /// Returns the exact bytes of one document. The inner value is `None` if the export does not contain the sermon.
    pub async fn video(&self, id: &VideoId) -> io::Result<Option<Exported<Option<String>>>> {
        let wanted = id.clone();
        self.read_file(move |_, file| find(file, &wanted)).await
    }

    /// Returns a page of the list. Searches only titles and church names.
    pub async fn videos(&self, query: &VideoQuery) -> io::Result<Option<Exported<Result<VideoPage, InvalidCursor>>>> {
        let query = query.clone();
        let index = self.index().await?;
        Ok(index.map(|Exported { value, at }| Exported { value: value.page(&query), at }))
    }

    /// Returns statistics for all sermons.
    pub async fn all_time_stats(&self) -> io::Result<Option<Exported<AllTimeStats>>> {
        let index = self.index().await?;
        Ok(index.map(|Exported { value, at }| Exported { value: value.all_time_stats(), at }))
    }

    /// Sends all documents to `sink`, ordered by ID. Fails if there is no export, or if it does not match its manifest.
    pub async fn read(&self, sink: &mut dyn DocumentSink) -> io::Result<()> {
        let (documents, mut received) = mpsc::channel::<(VideoId, String)>(READ_AHEAD);
        let reading = self.read_file(move |manifest, file| {
            let contents = read_documents(file, |id, document, _| {
                documents.blocking_send((id, document.to_owned())).map_err(|_| "the sink has stopped".into())
            })
            .map_err(io::Error::other)?;
            if contents.digest == manifest.digest {
                Ok(())
            } else {
                Err(io::Error::other("the export does not match its manifest"))
            }
        });
        let sending = async {
            while let Some((id, document)) = received.recv().await {
                sink.document(&id, &document, &Sha256::digest(document.as_bytes())).await?;
            }
            Ok::<_, io::Error>(())
        };
        let (read, sent) = tokio::join!(reading, sending);
        sent?;
        read?.map(drop).ok_or_else(|| io::Error::other("there is no export"))
    }

    async fn index(&self) -> io::Result<Option<Exported<Arc<ExportIndex>>>> {
        let (cache, canon) = (Arc::clone(&self.cache), self.canon);
        self.read_file(move |manifest, file| {
            let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(CachedIndex { sha256, index }) = &*cache
                && *sha256 == manifest.json.sha256
            {
                return Ok(Arc::clone(index));
            }
            let index = Arc::new(ExportIndex::read(file, canon).map_err(io::Error::other)?);
            *cache = Some(CachedIndex { sha256: manifest.json.sha256, index: Arc::clone(&index) });
            Ok(index)
        })
        .await
    }

    /// Runs `read` on the plain file.
    async fn read_file<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Manifest, File) -> io::Result<T> + Send + 'static,
    ) -> io::Result<Option<Exported<T>>> {
        let (manifest, json) = (self.data_dir.results_manifest(), self.data_dir.results_json());
        blocking(move || {
            let Some((manifest, file)) = open(&manifest, &json)? else { return Ok(None) };
            read(&manifest, file).map(|value| Some(Exported { value, at: manifest.exported_at }))
        })
        .await
    }
}

/// Opens the plain file and its manifest. Waits while the two do not match, because the manifest is written last.
fn open(manifest: &Path, json: &Path) -> io::Result<Option<(Manifest, File)>> {
    for _ in 0..ATTEMPTS {
        let file = match File::open(json) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let Some(manifest) = Manifest::read(manifest)? else { return Ok(None) };
        if file.metadata()?.len() == manifest.json.bytes {
            return Ok(Some((manifest, file)));
        }
        thread::sleep(RETRY_INTERVAL);
    }
    Ok(None)
}

/// Returns one document. Stops reading once it has been found.
fn find(file: File, wanted: &VideoId) -> io::Result<Option<String>> {
    let mut found = None;
    let read = read_documents(file, |id, document, _| {
        if id == *wanted {
            found = Some(document.to_owned());
            return Err("found".into());
        }
        Ok(())
    });
    match read {
        Ok(_) | Err(ReadError::Stopped(_)) => Ok(found),
        Err(error) => Err(io::Error::other(error)),
    }
}

//! Reads the last export: what is answered while the database is away.
//!
//! It goes through the file from its beginning for every question; only what lists need is remembered, until there is
//! another export.

mod list;

use std::{
    fs::File,
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::{sync::mpsc, task::spawn_blocking};

use super::{
    DataDir, Manifest,
    format::{ReadError, read_documents},
};
use crate::{
    domain::{Sha256, VideoId},
    store::{DocumentSink, InvalidCursor, Totals, VideoPage, VideoQuery},
};
use list::Listing;

/// How often the files are looked at again when they are just being replaced.
const TRIES: u32 = 20;
/// The time between two looks.
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// Documents that are read before they are taken; with the largest of them, 64 MB.
const AHEAD: usize = 8;

/// The last export of a data directory.
#[derive(Debug, Clone)]
pub struct LastExport {
    data_dir: DataDir,
    remembered: Arc<Mutex<Option<Remembered>>>,
}

/// What lists need, of the export with this checksum.
#[derive(Debug)]
struct Remembered {
    sha256: Sha256,
    listing: Arc<Listing>,
}

/// Something that was read in an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported<T> {
    /// What.
    pub value: T,
    /// When the export was made.
    pub at: DateTime<Utc>,
}

impl LastExport {
    /// That of this directory.
    pub fn new(data_dir: DataDir) -> Self {
        Self { data_dir, remembered: Arc::default() }
    }

    /// When it was made; none if there is none.
    pub async fn made_at(&self) -> io::Result<Option<DateTime<Utc>>> {
        self.reading(|_, _| Ok(())).await.map(|found| found.map(|found| found.at))
    }

    /// One document, to the byte; the outer none if there is no export, the inner one if it is not in it.
    pub async fn video(&self, id: &VideoId) -> io::Result<Option<Exported<Option<String>>>> {
        let wanted = id.clone();
        self.reading(move |_, file| find(file, &wanted)).await
    }

    /// A page of the list. The search looks at titles and churches alone.
    pub async fn videos(&self, query: &VideoQuery) -> io::Result<Option<Exported<Result<VideoPage, InvalidCursor>>>> {
        let query = query.clone();
        let listing = self.listing().await?;
        Ok(listing.map(|Exported { value, at }| Exported { value: value.page(&query), at }))
    }

    /// Sums over all videos.
    pub async fn totals(&self) -> io::Result<Option<Exported<Totals>>> {
        let listing = self.listing().await?;
        Ok(listing.map(|Exported { value, at }| Exported { value: value.totals(), at }))
    }

    /// Hands out all documents in the order of ids; fails if they are not those of the manifest, or there is none.
    pub async fn read(&self, sink: &mut dyn DocumentSink) -> io::Result<()> {
        let (documents, mut received) = mpsc::channel::<(VideoId, String)>(AHEAD);
        let reading = self.reading(move |manifest, file| {
            let contents = read_documents(file, |id, document, _| {
                documents.blocking_send((id, document.to_owned())).map_err(|_| "the taker has gone".into())
            })
            .map_err(io::Error::other)?;
            if contents.digest == manifest.digest {
                Ok(())
            } else {
                Err(io::Error::other("the export is not what its manifest says"))
            }
        });
        let taking = async {
            while let Some((id, document)) = received.recv().await {
                sink.document(&id, &document, &Sha256::of(document.as_bytes())).await?;
            }
            Ok::<_, io::Error>(())
        };
        let (read, taken) = tokio::join!(reading, taking);
        taken?;
        read?.map(drop).ok_or_else(|| io::Error::other("there is no export"))
    }

    async fn listing(&self) -> io::Result<Option<Exported<Arc<Listing>>>> {
        let remembered = Arc::clone(&self.remembered);
        self.reading(move |manifest, file| {
            let mut remembered = remembered.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(Remembered { sha256, listing }) = &*remembered
                && *sha256 == manifest.json.sha256
            {
                return Ok(Arc::clone(listing));
            }
            let listing = Arc::new(Listing::read(file).map_err(io::Error::other)?);
            *remembered = Some(Remembered { sha256: manifest.json.sha256, listing: Arc::clone(&listing) });
            Ok(listing)
        })
        .await
    }

    /// Reads in the plain file, away from the tasks; none if there is no export.
    async fn reading<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Manifest, File) -> io::Result<T> + Send + 'static,
    ) -> io::Result<Option<Exported<T>>> {
        let (manifest, json) = (self.data_dir.results_manifest(), self.data_dir.results_json());
        let reading = spawn_blocking(move || {
            let Some((manifest, file)) = open(&manifest, &json)? else { return Ok(None) };
            read(&manifest, file).map(|value| Some(Exported { value, at: manifest.exported_at }))
        });
        reading.await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

/// Opens the plain file together with its manifest, which is written last: between the two one looks again.
fn open(manifest: &Path, json: &Path) -> io::Result<Option<(Manifest, File)>> {
    for _ in 0..TRIES {
        let file = match File::open(json) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let Some(manifest) = Manifest::read(manifest)? else { return Ok(None) };
        if file.metadata()?.len() == manifest.json.bytes {
            return Ok(Some((manifest, file)));
        }
        thread::sleep(BETWEEN_TRIES);
    }
    Ok(None)
}

/// One document; what stands behind it is not read.
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

//! Making a backup: the whole database into one file, read back before anybody sees it.

use std::io::{self, BufWriter};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::{sync::mpsc, task::spawn_blocking};

use super::{BackupError, BackupKind, BackupManifest, BackupName, Backups, blocking, check};
use crate::{
    domain::{Sha256, VideoId},
    safety::{
        Manifest,
        durable::{NewFile, SyncedFile},
        format::{CollectionWriter, Written},
    },
    store::{DocumentSink, StoreState},
};

/// How much is given to the kernel at once.
const BUFFER: usize = 1 << 18;

/// Documents between the database and the file; with the largest of them, 64 MB.
const IN_FLIGHT: usize = 8;

/// So many backups of one moment and position get a name.
const MOST_NAMES: u32 = 10_000;

/// Takes the documents of a backup that is being written: id, text and checksum.
pub(in crate::safety) type NewDocuments = mpsc::Sender<(VideoId, String, Sha256)>;

/// A backup that is written and waits to be read back.
type Draft = Written<io::Sink, BufWriter<NewFile>>;

impl Backups {
    /// Writes everything that the database holds into a backup of this kind, durably, reads it back, and lists it.
    pub(in crate::safety) async fn create_of(
        &self,
        kind: BackupKind,
    ) -> Result<(BackupName, BackupManifest), BackupError> {
        let written = self.write(async |documents| Ok(self.store.snapshot(&mut ToWriter { documents }).await?)).await?;
        self.put(kind, written).await
    }

    /// Writes what `pour` hands over into a backup, durably, reads it back, and lists it if it is what `pour` says.
    pub(in crate::safety) async fn create_from(
        &self,
        pour: impl AsyncFnOnce(NewDocuments) -> Result<StoreState, BackupError>,
    ) -> Result<(BackupName, BackupManifest), BackupError> {
        let written = self.write(pour).await?;
        self.put(BackupKind::DatabaseBackup, written).await
    }

    async fn put(
        &self,
        kind: BackupKind,
        (draft, state): (Draft, StoreState),
    ) -> Result<(BackupName, BackupManifest), BackupError> {
        let (files, now) = (self.files.clone(), self.clock.now());
        let made = blocking(move || {
            let (file, manifest) = read_back(draft, &state, now)?;
            let names = (0..MOST_NAMES).map(|number| BackupName::new(kind, now, state.seq, number));
            let name = files.put(file, &manifest, names)?;
            Ok((name, manifest))
        })
        .await;
        self.copy_soon();
        made
    }

    /// Streams documents into a temp file, which is written on a thread of its own.
    async fn write(
        &self,
        pour: impl AsyncFnOnce(NewDocuments) -> Result<StoreState, BackupError>,
    ) -> Result<(Draft, StoreState), BackupError> {
        let (documents, mut received) = mpsc::channel::<(VideoId, String, Sha256)>(IN_FLIGHT);
        let directory = self.files.directory().clone();
        let writing = spawn_blocking(move || {
            let file = BufWriter::with_capacity(BUFFER, NewFile::create_in(&directory)?);
            let mut writer = CollectionWriter::new(io::sink(), file);
            while let Some((id, document, sha256)) = received.blocking_recv() {
                writer.document(&id, &document, &sha256)?;
            }
            writer.finish()
        });
        let poured = pour(documents).await;
        // When the writer stopped, its reason is the true one.
        let draft = writing.await.unwrap_or_else(|error| Err(io::Error::other(error)))?;
        Ok((draft, poured?))
    }
}

/// Makes the file durable, and reads it as anybody will who needs it one day.
fn read_back(
    draft: Draft,
    state: &StoreState,
    now: DateTime<Utc>,
) -> Result<(SyncedFile, BackupManifest), BackupError> {
    let file = draft.b64.into_inner().map_err(io::Error::from)?.sync()?;
    let manifest = BackupManifest {
        contents: Manifest {
            version: Manifest::VERSION,
            epoch: state.epoch,
            seq: state.seq,
            count: state.count,
            digest: state.digest,
            json: draft.json_sum,
            b64: draft.b64_sum,
            exported_at: now,
        },
        verified_at: Some(now),
        problem: None,
        pinned: false,
    };
    let found =
        check::read(&file.reopen()?, |_, _, _| Ok(())).map_err(|error| BackupError::NotReadBack(error.to_string()))?;
    match check::compare(&found, &manifest) {
        None => Ok((file, manifest)),
        Some(problem) => Err(BackupError::NotReadBack(problem)),
    }
}

/// Hands documents to the thread that writes them.
struct ToWriter {
    documents: NewDocuments,
}

#[async_trait]
impl DocumentSink for ToWriter {
    async fn document(&mut self, id: &VideoId, document: &str, sha256: &Sha256) -> io::Result<()> {
        let sent = self.documents.send((id.clone(), document.to_owned(), *sha256)).await;
        sent.map_err(|_| io::Error::other("the writer of the backup has stopped"))
    }
}

//! Taking in a backup from somewhere else: streamed to a temp file, read whole, and only then on the shelf.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Write},
};

use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt as _};
use tokio::{sync::mpsc, task::spawn_blocking};

use super::{
    BackupError, BackupInfo, BackupKind, BackupManifest, BackupName, Backups, MAX_FILE_BYTES, blocking,
    check::{self, Found},
    shelf::Shelf,
};
use crate::safety::{
    FileSum, Manifest,
    durable::{NewFile, SyncedFile},
    format::{self, CollectionWriter, read_documents},
};

/// Pieces between the sender and the disk.
const IN_FLIGHT: usize = 4;

/// How much is given to the kernel at once.
const BUFFER: usize = 1 << 18;

impl Backups {
    /// Takes a file, plain JSON or base64, and lists it under its own name (if that is the name of a backup and
    /// free) or a fresh one. It is pinned. What is broken, too large or none of ours leaves nothing behind.
    pub async fn upload<S, B, E>(&self, mut body: S, file_name: Option<&str>) -> Result<BackupInfo, BackupError>
    where
        S: Stream<Item = Result<B, E>> + Send + Unpin,
        B: AsRef<[u8]> + Send + 'static,
        E: std::fmt::Display,
    {
        // Without the database, the position in the name is unknown; the backup is as good.
        let seq = self.store.state().await.map_or(0, |state| state.seq);
        let file = self.receive(&mut body).await?;
        let (files, now, wished) = (self.files.clone(), self.clock.now(), file_name.map(str::to_owned));
        let name = blocking(move || take(&files, file, wished.as_deref(), seq, now)).await?;
        self.copy_soon();
        self.info(&name).await
    }

    /// Writes what comes in into a temp file, as it comes.
    pub(super) async fn receive<S, B, E>(&self, body: &mut S) -> Result<NewFile, BackupError>
    where
        S: Stream<Item = Result<B, E>> + Send + Unpin,
        B: AsRef<[u8]> + Send + 'static,
        E: std::fmt::Display,
    {
        let (pieces, mut received) = mpsc::channel::<B>(IN_FLIGHT);
        let directory = self.files.directory().clone();
        let writing = spawn_blocking(move || {
            let mut file = NewFile::create_in(&directory)?;
            while let Some(piece) = received.blocking_recv() {
                file.write_all(piece.as_ref())?;
            }
            io::Result::Ok(file)
        });
        let sent = async move {
            let mut bytes = 0;
            while let Some(piece) = body.next().await {
                let piece = piece.map_err(|error| BackupError::BrokenOff(error.to_string()))?;
                bytes += piece.as_ref().len() as u64;
                if bytes > MAX_FILE_BYTES {
                    return Err(BackupError::TooLarge(format!("at most {MAX_FILE_BYTES} bytes are taken")));
                }
                if pieces.send(piece).await.is_err() {
                    break;
                }
            }
            Ok(())
        }
        .await;
        // When the writer stopped, its reason is the true one.
        let file = writing.await.unwrap_or_else(|error| Err(io::Error::other(error)))?;
        sent?;
        Ok(file)
    }
}

/// Reads what was sent, and puts it on the shelf.
fn take(
    files: &Shelf,
    file: NewFile,
    wished: Option<&str>,
    seq: i64,
    now: DateTime<Utc>,
) -> Result<BackupName, BackupError> {
    let mut file = file.sync()?;
    if is_plain(&mut file.reopen()?)? {
        file = in_base64(files, &file)?;
    }
    let Found { file: b64, contents } = check::read_sermons(&file.reopen()?)?;
    let manifest = BackupManifest {
        contents: Manifest {
            version: Manifest::VERSION,
            epoch: BackupManifest::NO_EPOCH,
            seq,
            count: i64::try_from(contents.count).map_err(io::Error::other)?,
            digest: contents.digest,
            json: plain_sum(&file.reopen()?)?,
            b64,
            exported_at: now,
        },
        verified_at: Some(now),
        problem: None,
        pinned: true,
    };
    let own = wished.and_then(|name| BackupName::parse(name).ok()).filter(|name| {
        // Other kinds mean something to others: the spool is replayed, safety backups come and go.
        matches!(name.kind(), BackupKind::DatabaseBackup | BackupKind::ResultsBackup)
    });
    let fresh = (0..).map(|number| BackupName::new(BackupKind::DatabaseBackup, now, seq, number));
    Ok(files.put(file, &manifest, own.into_iter().chain(fresh))?)
}

fn is_plain(file: &mut File) -> io::Result<bool> {
    let mut first = [0];
    while file.read(&mut first)? == 1 {
        if !first[0].is_ascii_whitespace() {
            return Ok(first[0] == b'{');
        }
    }
    Ok(false)
}

/// The same documents as a file in base64, which every backup is.
fn in_base64(files: &Shelf, plain: &SyncedFile) -> Result<SyncedFile, BackupError> {
    let file = BufWriter::with_capacity(BUFFER, NewFile::create_in(files.directory())?);
    let mut writer = CollectionWriter::new(io::sink(), file);
    read_documents(plain.reopen()?, |id, document, sha256| Ok(writer.document(&id, document, sha256)?))?;
    Ok(writer.finish()?.b64.into_inner().map_err(io::Error::from)?.sync()?)
}

/// Length and checksum of what stands in a file in base64.
fn plain_sum(file: &File) -> Result<FileSum, BackupError> {
    Ok(FileSum::of(format::decoded(file)?)?)
}

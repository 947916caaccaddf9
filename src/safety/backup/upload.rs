//! Accepts an uploaded backup: streams it to a temp file, reads it in full, and only then lists it.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
};

use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::mpsc;

use super::{
    BackupDir, BackupError, BackupInfo, BackupKind, BackupManifest, BackupName, Backups, MAX_FILE_BYTES, ScannedFile,
    stored_form::Origin, verify,
};
use crate::{
    blocking::blocking,
    safety::{
        FileChecksum, Manifest,
        durable::{NewFile, SyncedFile},
        format::{self, CollectionWriter, read_documents},
    },
};

/// Maximum number of chunks in flight between the client and the disk.
const IN_FLIGHT: usize = 4;

/// Size of the write buffer.
const BUFFER: usize = 1 << 18;

impl Backups {
    /// Adds an uploaded file, either plain JSON or base64, and pins it.
    ///
    /// The backup keeps `file_name` if that is a suitable name and is not taken. Otherwise it gets a new name. If the
    /// file is damaged, too large or not a backup, nothing is kept.
    pub async fn upload<S, B, E>(&self, mut body: S, file_name: Option<&str>) -> Result<BackupInfo, BackupError>
    where
        S: Stream<Item = Result<B, E>> + Send + Unpin,
        B: AsRef<[u8]> + Send + 'static,
        E: std::fmt::Display,
    {
        // If the database is unreachable, the name contains 0 as the number of the last write.
        let seq = self.store.state().await.map_or(0, |state| state.seq);
        let file = self.receive(&mut body).await?;
        let (files, now, file_name) = (self.files.clone(), self.clock.now(), file_name.map(str::to_owned));
        let name = blocking(move || add_upload(&files, file, file_name.as_deref(), seq, now)).await?;
        self.wake_offsite();
        self.info(&name).await
    }

    /// Streams a body to a temp file.
    pub(super) async fn receive<S, B, E>(&self, body: &mut S) -> Result<NewFile, BackupError>
    where
        S: Stream<Item = Result<B, E>> + Send + Unpin,
        B: AsRef<[u8]> + Send + 'static,
        E: std::fmt::Display,
    {
        let (chunks, mut received) = mpsc::channel::<B>(IN_FLIGHT);
        let directory = self.files.path().to_owned();
        let writing = blocking(move || {
            let mut file = NewFile::create_in(&directory)?;
            while let Some(chunk) = received.blocking_recv() {
                file.write_all(chunk.as_ref())?;
            }
            io::Result::Ok(file)
        });
        let sent = async move {
            let mut bytes = 0;
            while let Some(chunk) = body.next().await {
                let chunk = chunk.map_err(|error| BackupError::UploadInterrupted(error.to_string()))?;
                bytes += chunk.as_ref().len() as u64;
                if bytes > MAX_FILE_BYTES {
                    return Err(BackupError::TooLarge(format!("the limit is {MAX_FILE_BYTES} bytes")));
                }
                if chunks.send(chunk).await.is_err() {
                    break;
                }
            }
            Ok(())
        }
        .await;
        // If the writer failed, its error caused the sender's error.
        let file = writing.await?;
        sent?;
        Ok(file)
    }
}

/// Checks an uploaded file and adds it to the directory.
fn add_upload(
    files: &BackupDir,
    file: NewFile,
    file_name: Option<&str>,
    seq: i64,
    now: DateTime<Utc>,
) -> Result<BackupName, BackupError> {
    let mut file = file.sync()?;
    if format::needs_encoding(file.reopen()?)? {
        file = encode(files, &file)?;
    }
    let ScannedFile { checksum, contents } = verify::scan_restorable(&file.reopen()?, Origin::Elsewhere)?;
    let manifest = BackupManifest {
        contents: Manifest {
            version: Manifest::VERSION,
            epoch: BackupManifest::NO_EPOCH,
            seq,
            count: i64::try_from(contents.count).map_err(io::Error::other)?,
            digest: contents.digest,
            json: plain_checksum(&file.reopen()?)?,
            b64: checksum,
            exported_at: now,
        },
        verified_at: Some(now),
        problem: None,
        pinned: true,
    };
    let own_name = file_name.and_then(|name| BackupName::parse(name).ok()).filter(|name| {
        // Files of other kinds would be replayed or removed automatically.
        match name.kind() {
            BackupKind::DatabaseBackup => true,
            // A name without a time, such as `results.json.b64`, is uninformative.
            BackupKind::Other => name.is_base64() && name.at().is_some(),
            _ => false,
        }
    });
    let new_names = (0..).map(|number| BackupName::new(BackupKind::DatabaseBackup, now, seq, number));
    Ok(files.add(file, &manifest, own_name.into_iter().chain(new_names))?)
}

/// Writes the documents in a file to a new base64 file.
fn encode(files: &BackupDir, plain: &SyncedFile) -> Result<SyncedFile, BackupError> {
    let file = BufWriter::with_capacity(BUFFER, NewFile::create_in(files.path())?);
    let mut writer = CollectionWriter::new(io::sink(), file);
    read_documents(plain.reopen()?, |id, document, sha256| Ok(writer.document(&id, document, sha256)?))?;
    Ok(writer.finish()?.b64.into_inner().map_err(io::Error::from)?.sync()?)
}

/// Returns the checksum of the plain content of a base64 file.
fn plain_checksum(file: &File) -> Result<FileChecksum, BackupError> {
    Ok(FileChecksum::compute(format::decode(file)?)?)
}

//! Creates a backup: writes the documents to one file, and reads the file back before it is listed.

use std::io::{self, BufWriter};

use chrono::{DateTime, Utc};

use super::{BackupError, BackupKind, BackupManifest, BackupName, Backups, Origin, restorable, verify};
use crate::{
    blocking::blocking,
    safety::{
        Manifest,
        document_channel::{DocumentSender, write_documents},
        durable::{NewFile, SyncedFile},
        format::{CollectionWriter, WrittenCollection},
    },
    store::StoreState,
};

/// Size of the write buffer.
const BUFFER: usize = 1 << 18;

/// Maximum number of names to try for backups of the same second and write.
const MAX_NAMES: u32 = 10_000;

/// A backup that has been written but not yet read back.
type Draft = WrittenCollection<io::Sink, BufWriter<NewFile>>;

impl Backups {
    /// Creates a backup of all sermons.
    pub(in crate::safety) async fn create_with_kind(
        &self,
        kind: BackupKind,
    ) -> Result<(BackupName, BackupManifest), BackupError> {
        let written = self.write(async |mut documents| Ok(self.store.snapshot(&mut documents).await?)).await?;
        self.publish(kind, written).await
    }

    /// Creates a backup from the documents that `send` sends. They must match the state that `send` returns.
    pub(in crate::safety) async fn create_from(
        &self,
        send: impl AsyncFnOnce(DocumentSender) -> Result<StoreState, BackupError>,
    ) -> Result<(BackupName, BackupManifest), BackupError> {
        let written = self.write(send).await?;
        self.publish(BackupKind::DatabaseBackup, written).await
    }

    /// Reads the file back and adds it to the list.
    async fn publish(
        &self,
        kind: BackupKind,
        (draft, state): (Draft, StoreState),
    ) -> Result<(BackupName, BackupManifest), BackupError> {
        let (files, now) = (self.files.clone(), self.clock.now());
        let created = blocking(move || {
            let (file, manifest) = read_back(draft, &state, now)?;
            let names = (0..MAX_NAMES).map(|number| BackupName::new(kind, now, state.seq, number));
            let name = files.add(file, &manifest, names)?;
            Ok((name, manifest))
        })
        .await;
        self.wake_offsite();
        created
    }

    /// Writes the documents that `send` sends to a temp file.
    async fn write(
        &self,
        send: impl AsyncFnOnce(DocumentSender) -> Result<StoreState, BackupError>,
    ) -> Result<(Draft, StoreState), BackupError> {
        let directory = self.files.path().to_owned();
        let (documents, draft) = write_documents(move |documents| {
            let file = BufWriter::with_capacity(BUFFER, NewFile::create_in(&directory)?);
            let mut writer = CollectionWriter::new(io::sink(), file);
            for (id, document, sha256) in documents {
                writer.document(&id, &document, &sha256)?;
            }
            writer.finish()
        });
        let state = send(documents).await;
        // If the writer failed, its error caused the sender's error.
        let draft = draft.await?;
        Ok((draft, state?))
    }
}

/// Makes the file durable, reads it back, and compares it with the state of the database.
fn read_back(
    draft: Draft,
    state: &StoreState,
    now: DateTime<Utc>,
) -> Result<(SyncedFile, BackupManifest), BackupError> {
    let file = draft.b64.into_inner().map_err(io::Error::from)?.sync()?;
    let mut manifest = BackupManifest {
        contents: Manifest {
            version: Manifest::VERSION,
            epoch: state.epoch,
            seq: state.seq,
            count: state.count,
            digest: state.digest,
            json: draft.json_checksum,
            b64: draft.b64_checksum,
            exported_at: now,
        },
        verified_at: Some(now),
        problem: None,
        pinned: false,
    };
    let mut problem = None;
    let scanned = verify::scan(&file.reopen()?, |id, document, sha256| {
        // The backup is worth keeping, but must not count as verified.
        if let Err(error) = restorable(&id, document, sha256, Origin::Ours) {
            problem.get_or_insert(format!("it cannot be restored: {error}"));
        }
        Ok(())
    });
    let scanned = scanned.map_err(|error| BackupError::ReadBackMismatch(error.to_string()))?;
    if let Some(mismatch) = verify::find_mismatch(&scanned, &manifest) {
        return Err(BackupError::ReadBackMismatch(mismatch));
    }
    if let Some(problem) = &problem {
        tracing::error!("a new backup of the database is damaged: {problem}");
    }
    manifest.problem = problem;
    Ok((file, manifest))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::domain::{CollectionDigest, Sha256, VideoId};

    /// Writes one document to a temp file. Returns the draft, and the state of a database that contains the document.
    fn draft(directory: &Path) -> (Draft, StoreState) {
        draft_of(directory, r#"{"video_id":"a","title":"A"}"#)
    }

    fn draft_of(directory: &Path, text: &str) -> (Draft, StoreState) {
        let id = VideoId::parse("a").unwrap();
        let sha256 = Sha256::digest(text.as_bytes());
        let mut writer = CollectionWriter::new(io::sink(), BufWriter::new(NewFile::create_in(directory).unwrap()));
        writer.document(&id, text, &sha256).unwrap();
        let mut digest = CollectionDigest::default();
        digest.add(&id, &sha256);
        (writer.finish().unwrap(), StoreState { epoch: 1, seq: 1, count: 1, digest })
    }

    #[test]
    fn a_backup_with_a_document_that_cannot_be_restored_is_written_but_is_not_verified() {
        let directory = tempfile::tempdir().unwrap();
        let (good, state) = draft(directory.path());
        assert_eq!(read_back(good, &state, DateTime::UNIX_EPOCH).unwrap().1.problem, None);
        let (overflow, state) = draft_of(directory.path(), r#"{"video_id":"a","title":"A","counts":{"John":1e30}}"#);
        let (file, manifest) = read_back(overflow, &state, DateTime::UNIX_EPOCH).unwrap();
        let problem = manifest.problem.clone().unwrap();
        assert!(problem.contains("the document of a") && problem.contains("expected u64"), "{problem}");
        let name = BackupName::parse("database_backup_20260101T000000Z_1.json.b64").unwrap();
        let verified = verify::verify(&name, &file.reopen().unwrap(), Some(&manifest), DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(verified.verdict, verify::Verdict::Damaged);
        assert!(verified.problem.unwrap().contains("the document of a"));
    }

    #[test]
    fn a_backup_that_is_not_read_back_as_expected_is_discarded() {
        let directory = tempfile::tempdir().unwrap();
        let files = || std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path());
        let (good, state) = draft(directory.path());
        read_back(good, &state, DateTime::UNIX_EPOCH).unwrap();

        let (draft_of_another_state, state) = draft(directory.path());
        let other_state = StoreState { digest: CollectionDigest::default(), ..state };
        let error = read_back(draft_of_another_state, &other_state, DateTime::UNIX_EPOCH).unwrap_err();
        assert!(matches!(error, BackupError::ReadBackMismatch(_)), "{error}");

        let (damaged, state) = draft(directory.path());
        let path = files().next().unwrap();
        // Whitespace at the end changes the file, but not its documents.
        let text = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&text[..], b"\n"].concat()).unwrap();
        let error = read_back(damaged, &state, DateTime::UNIX_EPOCH).unwrap_err();
        assert!(matches!(error, BackupError::ReadBackMismatch(_)), "{error}");
        assert_eq!(files().count(), 0, "the temp files are removed");
    }
}

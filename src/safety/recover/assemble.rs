//! Writes the best versions to one backup, from which they are restored, and adds the other versions to the history.

use std::{collections::HashMap, io};

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::{
    RecoverError, Recovery,
    plan::{PlannedChanges, RecoveryPlan, VersionLocation},
    survey::{self, SurveyedFile},
};
use crate::{
    blocking::blocking,
    domain::{Sha256, VideoId},
    safety::{
        backup::{BackupError, BackupName},
        document_channel::DocumentSender,
    },
    store::{RecoveredVersion, SalvageSink, SalvagedRow, StoreState},
};

/// Limits of one batch of versions, which is added to the history in a single write.
const BATCH_VERSIONS: usize = 100;
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Number of versions to read ahead of the database.
const READ_AHEAD: usize = 4;

/// The versions to read from each file, by sermon.
type WantedVersions = HashMap<usize, HashMap<VideoId, Vec<Sha256>>>;

impl Recovery {
    /// Writes the chosen versions to a new backup, which is read back before it is listed.
    pub(super) async fn assemble(&self, plan: &RecoveryPlan, epoch: i64) -> Result<BackupName, RecoverError> {
        let changes = &plan.changes;
        let state = StoreState {
            epoch,
            seq: plan.state.as_ref().map_or(0, |state| state.seq),
            count: i64::try_from(changes.chosen.len()).map_err(io::Error::other)?,
            digest: changes.digest,
        };
        let created = self.backups.create_from(async |documents: DocumentSender| {
            self.copy_rows(changes, &documents).await?;
            self.copy_from_history(changes, &documents).await?;
            let (files, wanted) = (changes.files.clone(), chosen_in_files(changes));
            let copying = blocking(move || {
                copy_from_files(&files, wanted, |id, text, sha256| documents.blocking_send(id, text, sha256))
            });
            copying.await?;
            Ok(state)
        });
        Ok(created.await?.0)
    }

    /// Copies the rows that are kept.
    async fn copy_rows(&self, changes: &PlannedChanges, documents: &DocumentSender) -> Result<(), BackupError> {
        if changes.chosen.values().any(|chosen| chosen.location == VersionLocation::Row) {
            self.store.salvage(&mut RowCopier { changes, documents }).await?;
        }
        Ok(())
    }

    /// Copies the versions that were chosen from the history.
    async fn copy_from_history(&self, changes: &PlannedChanges, documents: &DocumentSender) -> Result<(), BackupError> {
        for (id, chosen) in &changes.chosen {
            let VersionLocation::History(seq) = chosen.location else { continue };
            if let Some(version) = self.store.version(id, seq).await? {
                documents.send(id.clone(), version.document, chosen.sha256).await?;
            }
        }
        Ok(())
    }

    /// Adds the versions that exist only in files to the history, and returns the number of these versions.
    pub(super) async fn archive_older_versions(&self, changes: &PlannedChanges) -> Result<u64, RecoverError> {
        let mut wanted = WantedVersions::new();
        for (id, versions) in &changes.older {
            for (sha256, file) in versions {
                wanted.entry(*file).or_default().entry(id.clone()).or_default().push(*sha256);
            }
        }
        let (versions, mut received) = mpsc::channel::<RecoveredVersion>(READ_AHEAD);
        let files = changes.files.clone();
        let copying = blocking(move || {
            copy_from_files(&files, wanted, |video_id, document, _| {
                let sent = versions.blocking_send(RecoveredVersion { video_id, document });
                sent.map_err(|_| io::Error::other("writing to the history has stopped"))
            })
        });
        let (mut batch, mut bytes, mut archived) = (Vec::new(), 0, 0);
        while let Some(version) = received.recv().await {
            bytes += version.document.len();
            batch.push(version);
            if batch.len() == BATCH_VERSIONS || bytes > BATCH_BYTES {
                archived += self.archive_batch(&batch).await?;
                batch.clear();
                bytes = 0;
            }
        }
        archived += self.archive_batch(&batch).await?;
        copying.await?;
        Ok(archived)
    }

    async fn archive_batch(&self, versions: &[RecoveredVersion]) -> Result<u64, RecoverError> {
        if versions.is_empty() {
            return Ok(0);
        }
        Ok(self.store.add_to_history(versions, self.clock.new_id(), super::ACTOR, self.clock.now()).await?)
    }
}

/// Copies the rows that are kept into the new backup.
struct RowCopier<'a> {
    changes: &'a PlannedChanges,
    documents: &'a DocumentSender,
}

#[async_trait]
impl SalvageSink for RowCopier<'_> {
    async fn row(&mut self, row: SalvagedRow) -> io::Result<()> {
        let SalvagedRow { video_id, document, .. } = row;
        let chosen = self.changes.chosen.get(&video_id);
        let Some(chosen) = chosen.filter(|chosen| chosen.location == VersionLocation::Row) else {
            return Ok(());
        };
        let sha256 = Sha256::digest(document.as_bytes());
        if sha256 != chosen.sha256 {
            return Err(io::Error::other(format!(
                "the sermon {video_id} changed after the survey; run `recover` again"
            )));
        }
        self.documents.send(video_id, document, sha256).await
    }
}

fn chosen_in_files(changes: &PlannedChanges) -> WantedVersions {
    let mut wanted = WantedVersions::new();
    for (id, chosen) in &changes.chosen {
        if let VersionLocation::File(file) = chosen.location {
            wanted.entry(file).or_default().entry(id.clone()).or_default().push(chosen.sha256);
        }
    }
    wanted
}

/// Reads the files again and calls `take` once for each wanted version. Fails if a version is no longer in its file.
fn copy_from_files(
    files: &[SurveyedFile],
    mut wanted: WantedVersions,
    mut take: impl FnMut(VideoId, String, Sha256) -> io::Result<()>,
) -> io::Result<()> {
    for (index, file) in files.iter().enumerate() {
        let Some(mut wanted) = wanted.remove(&index) else { continue };
        let mut failed = None;
        let read = survey::for_each_document(
            &file.source,
            |document, text| {
                let sha256 = Sha256::digest(text.as_bytes());
                let Some(versions) = wanted.get_mut(&document.video_id) else { return true };
                let Some(position) = versions.iter().position(|version| *version == sha256) else { return true };
                versions.swap_remove(position);
                let taken = take(document.video_id.clone(), text.to_owned(), sha256);
                taken.map_err(|error| failed = Some(error)).is_ok()
            },
            &mut survey::InvalidDocuments::default(),
        );
        if let Some(error) = failed {
            return Err(error);
        }
        let missing = wanted.values().map(Vec::len).sum::<usize>();
        if missing > 0 {
            let why = read.err().unwrap_or_else(|| "it was changed".to_owned());
            let name = &file.source.name;
            return Err(io::Error::other(format!(
                "{name} no longer has {missing} of the versions that were found in it: {why}; run `recover` again"
            )));
        }
    }
    Ok(())
}

//! Restores: replace the whole collection with the collection from a backup.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    StoreError, StoreState,
    columns::{self, VideoColumns},
};
use crate::domain::{Actor, CollectionDigest, Document, Sha256, VideoId};

/// ID, checksum and title of a sermon, for comparing collections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoOutline {
    /// The sermon.
    pub video_id: VideoId,
    /// Checksum of the document.
    pub sha256: Sha256,
    /// Title of the sermon.
    pub title: String,
}

/// A restore to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRestore {
    /// ID of the restore (UUIDv7).
    pub id: Uuid,
    /// Name of the backup.
    pub backup: String,
    /// Checksum of the backup file.
    pub file_sha256: Sha256,
    /// The restore that this one undoes.
    pub undoes: Option<Uuid>,
    /// Who runs the restore.
    pub actor: Actor,
    /// Identifies the data directory of the instance that runs the restore.
    pub instance: String,
    /// When the restore begins.
    pub at: DateTime<Utc>,
}

/// A sermon that is ready to be moved into `videos`.
#[derive(Debug, Clone, PartialEq)]
pub struct StagedVideo {
    /// The sermon.
    pub video_id: VideoId,
    /// The document as it will be stored.
    pub document: String,
    /// Checksum of the document.
    pub sha256: Sha256,
    pub(super) columns: VideoColumns,
    /// The mentions as JSON; see `staged_videos`.
    pub(super) mentions: String,
}

impl StagedVideo {
    /// Derives all columns from a document. `text` is its stored form, and `sha256` is the checksum of `text`.
    pub fn new(document: &Document, text: String, sha256: Sha256) -> Self {
        Self {
            video_id: document.video_id.clone(),
            document: text,
            sha256,
            columns: VideoColumns::new(document),
            mentions: columns::mentions_json(document),
        }
    }
}

/// The state of a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestoreState {
    /// The backup is being loaded. Nothing has changed yet.
    Staging,
    /// Committed, but not yet read back.
    Committed,
    /// Committed and read back.
    Done,
    /// Failed before anything changed.
    Failed,
    /// Committed but unreadable, so the snapshot from before the restore was restored.
    Reverted,
    /// Undone by a later restore.
    Undone,
}

/// A recorded restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestoreEntry {
    /// ID of the restore (UUIDv7).
    pub id: Uuid,
    /// State of the restore.
    pub state: RestoreState,
    /// Name of the backup.
    pub backup: String,
    /// Checksum of the backup file.
    pub file_sha256: Sha256,
    /// Name of the snapshot that was taken before anything changed.
    pub snapshot: Option<String>,
    /// The restore that this one undoes.
    pub undoes: Option<Uuid>,
    /// Who ran the restore.
    pub actor: String,
    /// The store's state before the restore.
    pub before: Option<StoreState>,
    /// The store's state after the restore.
    pub after: Option<StoreState>,
    /// The number of added, changed and removed sermons.
    pub difference: Option<ChangeCounts>,
    /// Why the restore failed, or other remarks.
    pub note: Option<String>,
    /// When the restore began.
    pub started_at: DateTime<Utc>,
    /// When the restore last reported progress.
    pub updated_at: DateTime<Utc>,
}

/// The number of sermons that a restore adds, changes and removes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ChangeCounts {
    /// Number of sermons that did not exist before.
    pub added: i64,
    /// Number of sermons that had a different document before.
    pub changed: i64,
    /// Number of sermons that are now only in the history.
    pub removed: i64,
}

/// A request to replace the whole collection with the staged sermons of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The restore.
    pub restore_id: Uuid,
    /// The number of sermons that must exist afterwards.
    pub count: i64,
    /// The digest that the resulting sermons must have.
    pub digest: CollectionDigest,
    /// The new epoch.
    pub epoch: i64,
    /// ID of the audit entry to write.
    pub audit_id: Uuid,
    /// Who runs the restore, for the history and the audit log.
    pub actor: Actor,
    /// Time of the replacement.
    pub at: DateTime<Utc>,
}

/// A committed replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplaceOutcome {
    /// The state before the replacement.
    pub before: StoreState,
    /// The state after the replacement.
    pub after: StoreState,
    /// The number of added, changed and removed sermons.
    pub difference: ChangeCounts,
}

/// The replacement failed. Nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// The database reported an error.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The [`ReplaceGuard`] stopped the replacement.
    #[error("refused: {0}")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The sermons written by the transaction did not match the backup.
    #[error("the restored sermons did not match the backup, and everything was rolled back: {0}")]
    Mismatch(String),
}

/// Called while all writers wait, before anything is changed.
#[async_trait]
pub trait ReplaceGuard: Send {
    /// Makes sure that a snapshot of this state exists and returns the snapshot's name. An error stops the replacement.
    async fn ensure_snapshot(
        &mut self,
        current: &StoreState,
    ) -> Result<String, Box<dyn std::error::Error + Send + Sync>>;
}

/// Restores.
#[async_trait]
pub trait RestoreRepository: Send + Sync {
    /// Returns the outline of every sermon, ordered by ID, and the state that the outlines belong to.
    async fn outline(&self) -> Result<(StoreState, Vec<VideoOutline>), StoreError>;
    /// Records that a restore begins. Returns `false` if another restore is running.
    async fn begin_restore(&self, restore: &NewRestore) -> Result<bool, StoreError>;
    /// Stages sermons and, like [`RestoreRepository::touch_restore`], records that the restore is still running.
    async fn stage_videos(&self, restore_id: Uuid, videos: &[StagedVideo]) -> Result<(), StoreError>;
    /// Records that the restore is still running, so that it is not considered abandoned.
    async fn touch_restore(&self, restore_id: Uuid) -> Result<(), StoreError>;
    /// Returns the count and digest of the staged sermons, computed from their documents.
    async fn staged_digest(&self, restore_id: Uuid) -> Result<(i64, CollectionDigest), StoreError>;
    /// Replaces all sermons with the staged ones, in one transaction that excludes all other writers. Everything that
    /// is replaced or removed is kept in the history, with its transcript. The count and digest of the result are
    /// computed before the transaction commits.
    async fn replace_all(
        &self,
        replacement: &Replacement,
        guard: &mut dyn ReplaceGuard,
    ) -> Result<ReplaceOutcome, ReplaceError>;
    /// Records how a restore ended and deletes its staged rows.
    async fn end_restore(
        &self,
        restore_id: Uuid,
        state: RestoreState,
        note: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Marks abandoned restores as failed: restores of this instance, and restores that have not reported progress for
    /// `silent_for`, measured with [`Store::now`](super::Store::now). Deletes the staged rows of restores that have
    /// ended. Returns the IDs of the restores it marked.
    async fn fail_abandoned_restores(&self, instance: &str, silent_for: TimeDelta) -> Result<Vec<Uuid>, StoreError>;
    /// Returns the most recent restores, newest first.
    async fn restores(&self, limit: u16) -> Result<Vec<RestoreEntry>, StoreError>;
    /// Returns one restore.
    async fn restore_entry(&self, restore_id: Uuid) -> Result<Option<RestoreEntry>, StoreError>;
}

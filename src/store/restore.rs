//! What is asked of a store about restores: the whole of the videos replaced by another whole.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    StoreError, StoreState,
    columns::{self, VideoColumns},
};
use crate::domain::{CollectionDigest, Document, Sha256, VideoId};

/// A video in short, for telling what differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoOutline {
    /// Its id.
    pub video_id: VideoId,
    /// Checksum of its document.
    pub sha256: Sha256,
    /// Its title.
    pub title: String,
}

/// A restore that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRestore {
    /// UUIDv7.
    pub id: Uuid,
    /// Name of the backup.
    pub backup: String,
    /// Checksum of its file.
    pub file_sha256: Sha256,
    /// The restore that this one undoes.
    pub undoes: Option<Uuid>,
    /// Who asked.
    pub actor: &'static str,
    /// The data directory that it runs on.
    pub place: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A video that waits to take its place.
#[derive(Debug, Clone, PartialEq)]
pub struct StagedVideo {
    /// Its id.
    pub video_id: VideoId,
    /// Its document, as it is going to be stored.
    pub document: String,
    /// The checksum of that.
    pub sha256: Sha256,
    pub(super) columns: VideoColumns,
    /// JSON, see `staged_videos`.
    pub(super) mentions: String,
}

/// How far a restore has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestoreState {
    /// Nothing is changed yet.
    Staging,
    /// The new state is in the database.
    Committed,
    /// It was read back as well.
    Done,
    /// It ended before anything was changed.
    Failed,
    /// What was committed could not be read back, and the snapshot was restored.
    Returned,
    /// It was undone.
    Undone,
}

/// A restore as it is noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestoreEntry {
    /// UUIDv7.
    pub id: Uuid,
    /// How far it has come.
    pub state: RestoreState,
    /// Name of the backup.
    pub backup: String,
    /// Checksum of its file.
    pub file_sha256: Sha256,
    /// Name of the snapshot of what was there before.
    pub snapshot: Option<String>,
    /// The restore that this one undoes.
    pub undoes: Option<Uuid>,
    /// Who asked.
    pub actor: String,
    /// The state before.
    pub before: Option<StoreState>,
    /// The state after.
    pub after: Option<StoreState>,
    /// What became of the videos.
    pub difference: Option<Replaced>,
    /// Why it failed, or what else is worth knowing.
    pub note: Option<String>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it last gave a sign of life.
    pub updated_at: DateTime<Utc>,
}

/// Numbers of videos.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Replaced {
    /// That were not there.
    pub added: i64,
    /// That were there with another document.
    pub changed: i64,
    /// That are in the history alone now.
    pub removed: i64,
}

/// What replaces everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The restore whose staged videos they are.
    pub restore_id: Uuid,
    /// Number of videos that there must be afterwards.
    pub count: i64,
    /// Digest that they must have.
    pub digest: CollectionDigest,
    /// The new epoch.
    pub epoch: i64,
    /// Id of the line of the audit.
    pub audit_id: Uuid,
    /// Who asked, for the history and the audit.
    pub actor: &'static str,
    /// When.
    pub at: DateTime<Utc>,
}

/// Everything was replaced and is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The state before.
    pub before: StoreState,
    /// The state after.
    pub after: StoreState,
    /// What became of the videos.
    pub difference: Replaced,
}

/// Nothing was replaced.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// [`BeforeReplacing`] said no.
    #[error("refused: {0}")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Within the transaction the videos were not what they had to be.
    #[error("the videos were not what the backup holds when they were read back, and everything was rolled back: {0}")]
    Differs(String),
}

/// Is asked while all writers wait, before anything is changed.
#[async_trait]
pub trait BeforeReplacing: Send {
    /// Makes sure that a snapshot of this state exists, and gives its name; or refuses.
    async fn snapshot_of(&mut self, present: &StoreState) -> Result<String, Box<dyn std::error::Error + Send + Sync>>;
}

/// Restores.
#[async_trait]
pub trait RestoreRepository: Send + Sync {
    /// Every video in short, in the order of ids, and the state that they belong to.
    async fn outline(&self) -> Result<(StoreState, Vec<VideoOutline>), StoreError>;
    /// Notes a restore that begins; `false` if another one is under way.
    async fn begin_restore(&self, restore: &NewRestore) -> Result<bool, StoreError>;
    /// Puts videos where they wait, and says that the restore lives.
    async fn stage(&self, restore_id: Uuid, videos: &[StagedVideo], at: DateTime<Utc>) -> Result<(), StoreError>;
    /// Says that the restore lives.
    async fn touch_restore(&self, restore_id: Uuid, at: DateTime<Utc>) -> Result<(), StoreError>;
    /// Number and digest of the videos that wait, computed from their documents.
    async fn staged(&self, restore_id: Uuid) -> Result<(i64, CollectionDigest), StoreError>;
    /// Replaces all videos by those that wait, in one transaction in which nobody else writes: what goes is in the
    /// history with its transcript, number and digest are computed anew from what is there then.
    async fn replace_all(
        &self,
        replacement: &Replacement,
        before: &mut dyn BeforeReplacing,
    ) -> Result<Outcome, ReplaceError>;
    /// Notes how a restore ended, and forgets what it had waiting.
    async fn end_restore(
        &self,
        restore_id: Uuid,
        state: RestoreState,
        note: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Notes as failed those that run no more: begun at `place`, or without a sign of life since `silent_since`.
    /// Forgets everything that waits for a restore that has ended. Gives the restores that it noted.
    async fn end_dead_restores(
        &self,
        place: &str,
        silent_since: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<Vec<Uuid>, StoreError>;
    /// The last restores, newest first.
    async fn restores(&self, limit: u16) -> Result<Vec<RestoreEntry>, StoreError>;
    /// One restore.
    async fn restore_entry(&self, restore_id: Uuid) -> Result<Option<RestoreEntry>, StoreError>;
}

impl StagedVideo {
    /// Of a document, the text that it is stored as, and the checksum of that.
    pub fn new(document: &Document, text: String, sha256: Sha256) -> Self {
        Self {
            video_id: document.video_id.clone(),
            document: text,
            sha256,
            columns: VideoColumns::of(document),
            mentions: columns::mentions_as_json(document),
        }
    }
}

//! What is asked of a store about videos, their history and their transcripts.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{StoreError, StoreState};
use crate::domain::{Book, Document, Sha256, VideoId};

/// A video to be kept.
#[derive(Debug, Clone)]
pub struct SaveVideo {
    /// Names this attempt (UUIDv7), so that an unclear commit can be settled.
    pub save_id: Uuid,
    /// What is to be kept.
    pub document: Document,
    /// The words that it was counted from, as they came; none for imported documents.
    pub transcript: Option<StoredCaptions>,
    /// What to do when there is a row already.
    pub policy: SavePolicy,
    /// Who asked, for the history: `worker`, `cli`, `import`, `admin`, `replay`.
    pub actor: &'static str,
    /// When.
    pub at: DateTime<Utc>,
}

/// What a save does with an older row of the same video. The old version goes to the history in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SavePolicy {
    /// Replaces it.
    Replace,
    /// Replaces it only if the new document was processed later; otherwise leaves the row alone.
    KeepNewer,
}

/// The raw captions of a video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCaptions {
    /// As they came; kept compressed.
    pub body: Vec<u8>,
    /// The format's name, such as `json3`.
    pub format: String,
    /// Language (BCP 47), when known.
    pub language: Option<String>,
}

/// How a save ended: committed, and re-read equal on another connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Saved {
    /// What happened to the row.
    pub outcome: SaveOutcome,
    /// The state after the commit.
    pub state: StoreState,
    /// Checksum of the document that is stored now.
    pub sha256: Sha256,
}

/// What a save did to the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SaveOutcome {
    /// There was none.
    Created,
    /// The old version is in the history.
    Updated,
    /// The very same document was there already; nothing was written.
    Unchanged,
    /// A newer document was there and stays ([`SavePolicy::KeepNewer`]); the given one went to the history.
    KeptNewer,
}

/// A video as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredVideo {
    /// Its id.
    pub video_id: VideoId,
    /// Its document, to the byte as it was written.
    pub document: String,
    /// Checksum of the document.
    pub sha256: Sha256,
    /// The write that put it there.
    pub seq: i64,
    /// When that was.
    pub updated_at: DateTime<Utc>,
}

/// An old version of a video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The write that took its place.
    pub replaced_by_seq: i64,
    /// The write that had put it there.
    pub seq: i64,
    /// `update`, `delete`, `superseded`, `restore`.
    pub reason: String,
    /// Who asked for the change.
    pub actor: String,
    /// When it was replaced.
    pub replaced_at: DateTime<Utc>,
    /// Checksum of the old document.
    pub sha256: Sha256,
    /// The old document.
    pub document: String,
}

/// An old version that can be brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldVersion {
    /// Its document.
    pub document: String,
    /// The words that it was counted from; none if they are those of the present version, or were never kept.
    pub transcript: Option<StoredCaptions>,
}

/// A row of the list of videos.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VideoSummary {
    /// Its id.
    pub video_id: VideoId,
    /// Title of the sermon.
    pub title: String,
    /// Name of the church.
    pub channel: String,
    /// Address of the church, or empty.
    pub channel_url: String,
    /// Country, or empty.
    pub location: String,
    /// When it was analyzed.
    pub processed_at: DateTime<Utc>,
    /// When it was published, when known.
    pub published_at: Option<String>,
    /// Length in seconds, when known.
    pub duration_seconds: Option<f64>,
    /// Confirmed references.
    pub manna: i64,
    /// Suspect ones.
    pub suspect: i64,
    /// Where the church's page is, `/church/{slug}`; none in an export.
    pub church_slug: Option<String>,
}

/// Which videos, in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VideoQuery {
    /// Words that must all stand in the title, the church's name, or the passages cited.
    pub search: Option<String>,
    /// Name of the church, exactly.
    pub channel: Option<String>,
    /// A book that is cited.
    pub book: Option<Book>,
    /// Analyzed at or after.
    pub from: Option<DateTime<Utc>>,
    /// Analyzed before.
    pub to: Option<DateTime<Utc>>,
    /// The order.
    pub sort: VideoSort,
    /// Goes on behind the page that gave it.
    pub cursor: Option<String>,
    /// At most so many (1 to 200).
    pub limit: u16,
}

/// The order of a list; ties go by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoSort {
    /// Last analyzed first.
    #[default]
    Newest,
    /// First analyzed first.
    Oldest,
    /// Most manna first.
    Manna,
    /// By title.
    Title,
    /// By church, then title.
    Channel,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VideoPage {
    /// The videos.
    pub videos: Vec<VideoSummary>,
    /// Gives the next page; none at the end.
    pub next_cursor: Option<String>,
    /// Number of videos that fit the query.
    pub total: i64,
}

/// The cursor or another part of a query is not ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one that a list of this order gave")]
pub struct InvalidCursor;

/// Sums over all videos.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Totals {
    /// Number of videos.
    pub videos: i64,
    /// Number of different channels.
    pub channels: i64,
    /// Confirmed references.
    pub manna: i64,
    /// Confirmed references of each book that has some, in the order of the canon.
    pub books: Vec<(Book, i64)>,
}

/// Takes documents one by one while a consistent snapshot of the database is read.
#[async_trait]
pub trait DocumentSink: Send {
    /// The next document, in the order of ids (bytewise).
    async fn document(&mut self, id: &VideoId, document: &str, sha256: &Sha256) -> std::io::Result<()>;
}

/// Why a snapshot could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Where the documents go to.
    #[error("could not write the documents: {0}")]
    Sink(#[from] std::io::Error),
}

/// Videos, their history and their transcripts.
#[async_trait]
pub trait VideoRepository: Send + Sync {
    /// Keeps a video in one transaction (old version to the history, row, mentions, transcript, state), re-reads it
    /// on another connection and compares the checksum. `Ok` means that it is committed and was read back equal.
    async fn save(&self, save: &SaveVideo) -> Result<Saved, StoreError>;
    /// Deletes a video; its last version stays in the history. `None` if there was none.
    async fn delete_video(
        &self,
        id: &VideoId,
        actor: &'static str,
        at: DateTime<Utc>,
    ) -> Result<Option<StoreState>, StoreError>;
    /// One video.
    async fn video(&self, id: &VideoId) -> Result<Option<StoredVideo>, StoreError>;
    /// A page of the list; the inner error is a cursor that is not ours.
    async fn videos(&self, query: &VideoQuery) -> Result<Result<VideoPage, InvalidCursor>, StoreError>;
    /// Sums over all videos.
    async fn totals(&self) -> Result<Totals, StoreError>;
    /// The old versions of a video, last replaced first.
    async fn history(&self, id: &VideoId) -> Result<Vec<HistoryEntry>, StoreError>;
    /// Whether this attempt to save was committed: in its row, or in the history if it was replaced or deleted since.
    async fn knows_save(&self, id: &VideoId, save_id: Uuid) -> Result<bool, StoreError>;
    /// An old version of a video, by the write that had put it there, with the transcript that belonged to it.
    async fn version(&self, id: &VideoId, seq: i64) -> Result<Option<OldVersion>, StoreError>;
    /// The raw captions of a video.
    async fn transcript(&self, id: &VideoId) -> Result<Option<StoredCaptions>, StoreError>;
    /// Ids of the videos whose engine is another than this and whose transcript is kept, in the order of ids.
    async fn analyzed_by_other_engines(&self, name: &str, version: &str) -> Result<Vec<VideoId>, StoreError>;
    /// All documents in the order of ids, read in one repeatable-read transaction with constant memory, and the
    /// state that they belong to.
    async fn snapshot(&self, sink: &mut dyn DocumentSink) -> Result<StoreState, SnapshotError>;
    /// As [`VideoRepository::snapshot`], of all documents as they were at a time: after the last write that was made
    /// then or before.
    async fn snapshot_as_of(
        &self,
        time: DateTime<Utc>,
        sink: &mut dyn DocumentSink,
    ) -> Result<StoreState, SnapshotError>;
    /// The state now.
    async fn state(&self) -> Result<StoreState, StoreError>;
    /// Writes the mentions of every video anew from its document; gives the number of videos.
    async fn rebuild_mentions(&self) -> Result<u64, StoreError>;
}

//! Sermons, their history and their transcripts: the repository trait and its types.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use scripture_detector::transcript::{self, JoinedText};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Revision, StoreError, StoreState};
use crate::domain::{Actor, Book, Document, Sha256, SubmissionTerms, VideoId};

/// A sermon to save.
#[derive(Debug, Clone)]
pub struct SaveRequest {
    /// Identifies this attempt (UUIDv7), so that an unacknowledged commit can be looked up.
    pub save_id: Uuid,
    /// The document.
    pub document: Document,
    /// The captions that the document was analyzed from, or `None` for imported documents.
    pub transcript: Option<StoredCaptions>,
    /// What to do if the sermon exists.
    pub policy: SavePolicy,
    /// Who saves the sermon, for the history: `worker`, `cli`, `import`, `admin`, `replay`, or `token:` and a name.
    pub actor: Actor,
    /// Time of the save.
    pub at: DateTime<Utc>,
}

/// What a save does if the sermon exists. A replaced version is kept in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SavePolicy {
    /// Replace the stored document.
    Replace,
    /// Replace the stored document only if the new one was analyzed later.
    KeepNewer,
    /// Replace the stored document with the version that this write saved, and record that in the audit log.
    RestoreVersion(i64),
    /// Replace the version that a person changed; see [`VideoRepository::revise`].
    Revise,
    /// Replace or fill the stored document as far as the submitter may; see [`crate::domain::StoredSermon::merge`].
    Submission(SubmissionTerms),
}

/// The captions of a sermon as they were received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCaptions {
    /// The original bytes. The database holds them compressed.
    pub body: Vec<u8>,
    /// Name of the format, such as `json3`.
    pub format: String,
    /// Language (BCP 47), if known.
    pub language: Option<String>,
}

impl StoredCaptions {
    /// Returns the joined text, which character offsets refer to, or `None` if the captions cannot be read.
    pub fn joined(&self) -> Option<JoinedText> {
        transcript::read(&self.body).ok().map(|transcript| transcript.joined())
    }
}

/// The result of a save that was committed and verified by reading it back on another connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Saved {
    /// What the save did.
    pub outcome: SaveOutcome,
    /// The state after the commit.
    pub state: StoreState,
    /// Checksum of the current document.
    pub sha256: Sha256,
}

/// What a save did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SaveOutcome {
    /// The sermon is new.
    Created,
    /// The document was replaced; the old one is in the history.
    Updated,
    /// The same document was already stored. Nothing was written.
    Unchanged,
    /// The stored document is newer and was kept ([`SavePolicy::KeepNewer`]). The new document is in the history.
    KeptNewer,
    /// Empty fields of the stored document were filled ([`SavePolicy::Submission`]).
    Filled,
    /// The stored document was kept ([`SavePolicy::Submission`]). Nothing was written.
    Kept,
}

impl SaveOutcome {
    /// Returns the name used in metrics and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::KeptNewer => "kept_newer",
            Self::Filled => "filled",
            Self::Kept => "kept",
        }
    }
}

/// A stored sermon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredVideo {
    /// The sermon.
    pub video_id: VideoId,
    /// The document, byte for byte as it was saved.
    pub document: String,
    /// Checksum of the document.
    pub sha256: Sha256,
    /// Number of the write that saved the document.
    pub seq: i64,
    /// Time of that write.
    pub updated_at: DateTime<Utc>,
}

/// An old version of a sermon, with the change that replaced it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Number of the write that replaced this version.
    pub replaced_by_seq: i64,
    /// Number of the write that saved this version.
    pub seq: i64,
    /// `update`, `delete`, `superseded` or `restore`.
    pub reason: String,
    /// Who made the change.
    pub actor: String,
    /// Time of the change.
    pub replaced_at: DateTime<Utc>,
    /// Checksum of the old document.
    pub sha256: Sha256,
    /// The old document.
    pub document: String,
}

/// Write numbers that bound the versions of a sermon, known without reading any version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryBounds {
    /// Number of the write that saved the current version, or `None` if there is no such sermon.
    pub current_seq: Option<i64>,
    /// Number of the write that last deleted the sermon, or 0 if it has never been deleted.
    pub deleted_by_seq: i64,
}

/// An old version in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistorySummary {
    /// Number of the write that replaced this version.
    pub replaced_by_seq: i64,
    /// Number of the write that saved this version.
    pub seq: i64,
    /// `update`, `delete`, `superseded` or `restore`.
    pub reason: String,
    /// Who made the change.
    pub actor: String,
    /// Time of the change.
    pub replaced_at: DateTime<Utc>,
    /// Checksum of the old document.
    pub sha256: Sha256,
    /// Title of the old version.
    pub title: String,
    /// When the old version was analyzed.
    pub processed_at: DateTime<Utc>,
    /// Number of confirmed references in the old version.
    pub manna: i64,
}

/// An old version of a sermon, with what is needed to restore it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldVersion {
    /// The document.
    pub document: String,
    /// The captions that the version was analyzed from, or `None` if they are the current captions or were never
    /// stored.
    pub transcript: Option<StoredCaptions>,
}

/// A sermon in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VideoSummary {
    /// The sermon.
    pub video_id: VideoId,
    /// Title of the sermon.
    pub title: String,
    /// Name of the church.
    pub channel: String,
    /// URL of the church, or empty.
    pub channel_url: String,
    /// Country, or empty.
    pub location: String,
    /// When the sermon was analyzed.
    pub processed_at: DateTime<Utc>,
    /// When the sermon was published, if known.
    pub published_at: Option<String>,
    /// Length in seconds, if known.
    pub duration_seconds: Option<f64>,
    /// Number of confirmed references, or `None` if the sermon is not measured.
    pub manna: Option<i64>,
    /// Number of suspect references, or `None` if the sermon is not measured.
    pub suspect: Option<i64>,
    /// Number of confirmed references to books outside the canon, or `None` if the sermon is not measured.
    pub deuterocanonical: Option<i64>,
    /// Text to show in place of the numbers, such as `not measured: this is Portuguese`.
    pub not_measured: Option<String>,
    /// The slug in `/church/{slug}`, or `None` in an export.
    pub church_slug: Option<String>,
    /// Who preached, if known.
    pub speaker: Option<String>,
    /// The series that the sermon belongs to, if known.
    pub series: Option<String>,
}

/// Which sermons to list, and in what order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VideoQuery {
    /// Words that must all occur in the title, the church's name or the cited passages.
    pub search: Option<String>,
    /// The exact name of the church.
    pub channel: Option<String>,
    /// The name of the speaker. Capitals and punctuation are ignored.
    pub speaker: Option<String>,
    /// The name of the series. Capitals and punctuation are ignored.
    pub series: Option<String>,
    /// A book that the sermon must have a confirmed reference to.
    pub book: Option<Book>,
    /// The days on which the sermon was preached.
    pub preached: Preached,
    /// Only sermons analyzed at or after this time.
    pub added_from: Option<DateTime<Utc>>,
    /// Only sermons analyzed before this time.
    pub added_to: Option<DateTime<Utc>>,
    /// The sort order.
    pub sort: VideoSort,
    /// The cursor of this page, as returned with the previous page.
    pub cursor: Option<String>,
    /// Maximum number of sermons (1 to 200).
    pub limit: u16,
}

/// A filter on the day a sermon was preached (`published_at`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Preached {
    /// Any day, or an unknown one.
    #[default]
    Any,
    /// Between two days, inclusive. A missing bound is open. Sermons without a date are left out.
    Between(Option<NaiveDate>, Option<NaiveDate>),
    /// On an unknown day.
    Undated,
}

impl Preached {
    /// Returns whether a sermon with this `published_at` matches.
    pub fn includes(self, published_at: Option<&str>) -> bool {
        let day = published_at.and_then(|text| NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok());
        match (self, day) {
            (Self::Any, _) | (Self::Undated, None) => true,
            (Self::Undated, Some(_)) | (Self::Between(..), None) => false,
            (Self::Between(from, to), Some(day)) => {
                from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
            }
        }
    }
}

/// The order of a list. Ties are ordered by ID.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoSort {
    /// Most recently analyzed first.
    #[default]
    Newest,
    /// Least recently analyzed first.
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
    /// The sermons.
    pub videos: Vec<VideoSummary>,
    /// The cursor of the next page, or `None` on the last page.
    pub next_cursor: Option<String>,
    /// Total number of sermons that match the query.
    pub total: i64,
}

/// The cursor does not belong to a list in this order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the cursor does not belong to a list in this order")]
pub struct InvalidCursor;

/// Receives documents one at a time while a snapshot is read.
#[async_trait]
pub trait DocumentSink: Send {
    /// Receives the next document, in byte order of IDs.
    async fn document(&mut self, id: &VideoId, document: &str, sha256: &Sha256) -> std::io::Result<()>;
}

/// A snapshot could not be read in full.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The sink failed.
    #[error("could not write the documents: {0}")]
    Sink(#[from] std::io::Error),
}

/// Sermons, their history and their transcripts.
#[async_trait]
pub trait VideoRepository: Send + Sync {
    /// Saves a sermon in one transaction (history, row, mentions, transcript, state), then reads it back on another
    /// connection and compares the checksum. `Ok` means that the sermon has been committed and read back unchanged.
    async fn save(&self, save: &SaveRequest) -> Result<Saved, StoreError>;
    /// Saves several sermons in one transaction, one after another like [`VideoRepository::save`], and reads all of
    /// them back. Each inner result belongs to the save at the same position. If the database rejects a sermon, the
    /// others are still saved.
    async fn save_batch(&self, saves: &[SaveRequest]) -> Result<Vec<Result<Saved, StoreError>>, StoreError>;
    /// Saves a change to a stored sermon like [`VideoRepository::save`], with an entry in the audit log. Returns `None`
    /// if the stored version is no longer the one that was changed.
    async fn revise(&self, save: &SaveRequest, revision: &Revision) -> Result<Option<Saved>, StoreError>;
    /// Deletes a sermon and returns the new state, or `None` if there is no such sermon. The sermon's last version is
    /// kept in the history, and the deletion is recorded in the audit log under this ID.
    async fn delete_video(
        &self,
        id: &VideoId,
        audit_id: Uuid,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<StoreState>, StoreError>;
    /// Returns one sermon.
    async fn video(&self, id: &VideoId) -> Result<Option<StoredVideo>, StoreError>;
    /// Returns one page of a list. The inner error means that the cursor is invalid.
    async fn videos(&self, query: &VideoQuery) -> Result<Result<VideoPage, InvalidCursor>, StoreError>;
    /// Returns the old versions of a sermon, most recently replaced first.
    async fn history(&self, id: &VideoId) -> Result<Vec<HistoryEntry>, StoreError>;
    /// Returns the write numbers that decide which old versions a client may see.
    async fn history_bounds(&self, id: &VideoId) -> Result<HistoryBounds, StoreError>;
    /// Returns a page of the old versions that were saved after this write, most recently replaced first, without
    /// documents.
    async fn history_page(
        &self,
        id: &VideoId,
        after_seq: i64,
        offset: u32,
        limit: u16,
    ) -> Result<Vec<HistorySummary>, StoreError>;
    /// Returns whether this save was committed, even if its version is no longer the current one.
    async fn has_save(&self, id: &VideoId, save_id: Uuid) -> Result<bool, StoreError>;
    /// Returns the old version that this write saved, with its transcript.
    async fn version(&self, id: &VideoId, seq: i64) -> Result<Option<OldVersion>, StoreError>;
    /// Returns the captions of a sermon.
    async fn transcript(&self, id: &VideoId) -> Result<Option<StoredCaptions>, StoreError>;
    /// Returns whether the captions of a sermon are stored.
    async fn has_transcript(&self, id: &VideoId) -> Result<bool, StoreError>;
    /// Returns the IDs, in order, of all sermons that have a stored transcript and were analyzed by a different engine
    /// or version.
    async fn analyzed_by_other_engines(&self, name: &str, version: &str) -> Result<Vec<VideoId>, StoreError>;
    /// Returns the IDs, in order, of all sermons that have no recorded engine and no stored transcript. They come from
    /// the previous system.
    async fn without_engine_and_transcript(&self) -> Result<Vec<VideoId>, StoreError>;
    /// Streams all documents in byte order of IDs, from one repeatable-read transaction and in constant memory. Returns
    /// the state that they belong to.
    async fn snapshot(&self, sink: &mut dyn DocumentSink) -> Result<StoreState, SnapshotError>;
    /// Like [`VideoRepository::snapshot`], but with all documents as of the last write at or before `time`.
    async fn snapshot_as_of(
        &self,
        time: DateTime<Utc>,
        sink: &mut dyn DocumentSink,
    ) -> Result<StoreState, SnapshotError>;
    /// Returns the current state.
    async fn state(&self) -> Result<StoreState, StoreError>;
}

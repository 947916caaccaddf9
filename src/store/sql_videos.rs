//! The video repository: which method is answered where, and within which time.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    DocumentSink, HistoryEntry, InvalidCursor, OldVersion, StoredCaptions, SaveVideo, Saved, SnapshotError, StoreError,
    StoreState, StoredVideo, Totals, VideoPage, VideoQuery, VideoRepository, sql::Dialect, sql_store::SqlStore,
};
use crate::domain::VideoId;

#[async_trait]
impl<D: Dialect> VideoRepository for SqlStore<D> {
    async fn save(&self, save: &SaveVideo) -> Result<Saved, StoreError> {
        self.within(self.save_and_read_back(save)).await
    }

    async fn delete_video(
        &self,
        id: &VideoId,
        actor: &'static str,
        at: DateTime<Utc>,
    ) -> Result<Option<StoreState>, StoreError> {
        self.within(self.retrying(|| self.delete(id, actor, at))).await
    }

    async fn video(&self, id: &VideoId) -> Result<Option<StoredVideo>, StoreError> {
        self.within(self.read_video(id)).await
    }

    async fn videos(&self, query: &VideoQuery) -> Result<Result<VideoPage, InvalidCursor>, StoreError> {
        self.within(self.read_page(query)).await
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        self.within(self.read_totals()).await
    }

    async fn history(&self, id: &VideoId) -> Result<Vec<HistoryEntry>, StoreError> {
        self.within(self.read_history(id)).await
    }

    async fn knows_save(&self, id: &VideoId, save_id: Uuid) -> Result<bool, StoreError> {
        self.within(self.read_knows_save(id, save_id)).await
    }

    async fn version(&self, id: &VideoId, seq: i64) -> Result<Option<OldVersion>, StoreError> {
        self.within(self.read_version(id, seq)).await
    }

    async fn transcript(&self, id: &VideoId) -> Result<Option<StoredCaptions>, StoreError> {
        self.within(self.read_transcript(id)).await
    }

    async fn analyzed_by_other_engines(&self, name: &str, version: &str) -> Result<Vec<VideoId>, StoreError> {
        self.within(self.read_counted_by_other_engines(name, version)).await
    }

    async fn snapshot(&self, sink: &mut dyn DocumentSink) -> Result<StoreState, SnapshotError> {
        self.read_snapshot(sink).await
    }

    async fn snapshot_as_of(
        &self,
        time: DateTime<Utc>,
        sink: &mut dyn DocumentSink,
    ) -> Result<StoreState, SnapshotError> {
        self.read_snapshot_as_of(time, sink).await
    }

    async fn state(&self) -> Result<StoreState, StoreError> {
        self.within(self.read_state()).await
    }

    async fn rebuild_mentions(&self) -> Result<u64, StoreError> {
        self.write_mentions_anew().await
    }
}

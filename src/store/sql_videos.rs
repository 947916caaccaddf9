//! The video repository. Delegates each method, with its deadline.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    DocumentSink, HistoryBounds, HistoryEntry, HistorySummary, InvalidCursor, OldVersion, Revision, SaveRequest, Saved,
    SnapshotError, StoreError, StoreState, StoredCaptions, StoredVideo, VideoPage, VideoQuery, VideoRepository,
    dialect::Dialect, sql_store::SqlStore,
};
use crate::domain::VideoId;

#[async_trait]
impl<D: Dialect> VideoRepository for SqlStore<D> {
    #[tracing::instrument(skip_all, fields(video = %save.document.video_id))]
    async fn save(&self, save: &SaveRequest) -> Result<Saved, StoreError> {
        self.with_deadline(self.save_and_read_back(save)).await
    }

    #[tracing::instrument(skip_all, fields(sermons = saves.len()))]
    async fn save_batch(&self, saves: &[SaveRequest]) -> Result<Vec<Result<Saved, StoreError>>, StoreError> {
        self.with_deadline(self.save_batch_and_read_back(saves)).await
    }

    #[tracing::instrument(skip_all, fields(video = %save.document.video_id))]
    async fn revise(&self, save: &SaveRequest, revision: &Revision) -> Result<Option<Saved>, StoreError> {
        self.with_deadline(self.revise_and_read_back(save, revision)).await
    }

    #[tracing::instrument(skip_all, fields(video = %id))]
    async fn delete_video(
        &self,
        id: &VideoId,
        audit_id: Uuid,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<StoreState>, StoreError> {
        self.with_deadline(self.with_retries(|| self.delete(id, audit_id, actor, at))).await
    }

    #[tracing::instrument(skip_all, fields(video = %id))]
    async fn video(&self, id: &VideoId) -> Result<Option<StoredVideo>, StoreError> {
        self.with_deadline(self.read_video(id)).await
    }

    #[tracing::instrument(skip_all)]
    async fn videos(&self, query: &VideoQuery) -> Result<Result<VideoPage, InvalidCursor>, StoreError> {
        self.with_deadline(self.read_page(query)).await
    }

    #[tracing::instrument(skip_all, fields(video = %id))]
    async fn history(&self, id: &VideoId) -> Result<Vec<HistoryEntry>, StoreError> {
        self.with_deadline(self.read_history(id)).await
    }

    #[tracing::instrument(skip_all, fields(video = %id))]
    async fn history_bounds(&self, id: &VideoId) -> Result<HistoryBounds, StoreError> {
        self.with_deadline(self.read_history_bounds(id)).await
    }

    #[tracing::instrument(skip_all, fields(video = %id))]
    async fn history_page(
        &self,
        id: &VideoId,
        after_seq: i64,
        offset: u32,
        limit: u16,
    ) -> Result<Vec<HistorySummary>, StoreError> {
        self.with_deadline(self.read_history_page(id, after_seq, offset, limit)).await
    }

    #[tracing::instrument(skip_all, fields(video = %id))]
    async fn has_save(&self, id: &VideoId, save_id: Uuid) -> Result<bool, StoreError> {
        self.with_deadline(self.find_save(id, save_id)).await
    }

    #[tracing::instrument(skip_all, fields(video = %id))]
    async fn version(&self, id: &VideoId, seq: i64) -> Result<Option<OldVersion>, StoreError> {
        self.with_deadline(self.read_version(id, seq)).await
    }

    #[tracing::instrument(skip_all, fields(video = %id))]
    async fn transcript(&self, id: &VideoId) -> Result<Option<StoredCaptions>, StoreError> {
        self.with_deadline(self.read_transcript(id)).await
    }

    #[tracing::instrument(skip_all, fields(video = %id))]
    async fn has_transcript(&self, id: &VideoId) -> Result<bool, StoreError> {
        self.with_deadline(self.find_transcript(id)).await
    }

    #[tracing::instrument(skip_all)]
    async fn analyzed_by_other_engines(&self, name: &str, version: &str) -> Result<Vec<VideoId>, StoreError> {
        self.with_deadline(self.read_ids_of_other_engines(name, version)).await
    }

    #[tracing::instrument(skip_all)]
    async fn without_engine_and_transcript(&self) -> Result<Vec<VideoId>, StoreError> {
        self.with_deadline(self.read_ids_without_engine_and_transcript()).await
    }

    #[tracing::instrument(skip_all)]
    async fn snapshot(&self, sink: &mut dyn DocumentSink) -> Result<StoreState, SnapshotError> {
        self.read_snapshot(sink).await
    }

    #[tracing::instrument(skip_all)]
    async fn snapshot_as_of(
        &self,
        time: DateTime<Utc>,
        sink: &mut dyn DocumentSink,
    ) -> Result<StoreState, SnapshotError> {
        self.read_snapshot_as_of(time, sink).await
    }

    #[tracing::instrument(skip_all)]
    async fn state(&self) -> Result<StoreState, StoreError> {
        self.with_deadline(self.read_current_state()).await
    }
}

//! Old versions: looks up a save, one version of a sermon, or the whole collection as of a point in time.

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use uuid::Uuid;

use super::{
    DocumentSink, OldVersion, SnapshotError, StoreError, StoreState, columns,
    dialect::Dialect,
    read::{CaptionsRow, parse_id, verify_document},
    sql::sql,
    sql_store::SqlStore,
    state::read_state,
};
use crate::domain::{CollectionDigest, VideoId};

/// A version in `video_history`.
#[derive(sqlx::FromRow)]
struct VersionRow {
    id: i64,
    reason: String,
    /// When it was saved. Rows written before this column existed have the time at which they were replaced.
    saved_at: DateTime<Utc>,
    sha256: String,
    document: String,
}

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn find_save(&self, id: &VideoId, save_id: Uuid) -> Result<bool, StoreError> {
        let mut connection = self.reader().await?;
        let rows: Vec<(i64,)> = sql::<D>(
            "select seq from videos where video_id = $1 and save_id = $2
            union all
            select seq from video_history where video_id = $1 and save_id = $2",
        )
        .bind(id.as_str())
        .bind(save_id)
        .fetch_all(&mut connection)
        .await?;
        Ok(!rows.is_empty())
    }

    pub(super) async fn read_version(&self, id: &VideoId, seq: i64) -> Result<Option<OldVersion>, StoreError> {
        let mut transaction = self.begin_snapshot().await?;
        let version = sql::<D>(
            "select id, reason, coalesce(saved_at, replaced_at) as saved_at, sha256, document
            from video_history
            where video_id = $1 and seq = $2
            order by id desc
            limit 1",
        )
        .bind(id.as_str())
        .bind(seq)
        .fetch_optional::<VersionRow>(&mut transaction)
        .await?;
        let Some(version) = version else { return Ok(None) };
        verify_document(id.as_str(), &version.document, &version.sha256)?;
        // A transcript moves to the history with the last version that was analyzed from it. A transcript that was
        // stored after this version belongs to a different one.
        let transcript = sql::<D>(
            "select transcript_body as body, transcript_format as format, transcript_language as language
            from video_history
            where video_id = $1 and transcript_body is not null
                and (id = $2 or (id > $2 and reason <> 'superseded' and $3 <> 'superseded' and transcript_at <= $4))
            order by id
            limit 1",
        )
        .bind(id.as_str())
        .bind(version.id)
        .bind(version.reason.as_str())
        .bind(columns::db_time(version.saved_at))
        .fetch_optional::<CaptionsRow>(&mut transaction)
        .await?;
        transaction.rollback().await?;
        let transcript = transcript.map(|row| row.unpack(id.as_str())).transpose()?;
        Ok(Some(OldVersion { document: version.document, transcript }))
    }

    /// Streams all documents as of `time`. The deadline applies to each row, not to the whole operation.
    /// First finds the last write at that time, because write numbers have no gaps and, unlike a clock, never go
    /// backward.
    pub(super) async fn read_snapshot_as_of(
        &self,
        time: DateTime<Utc>,
        sink: &mut dyn DocumentSink,
    ) -> Result<StoreState, SnapshotError> {
        let mut transaction = self.begin_long_snapshot().await?;
        let now = self.with_deadline(read_state::<D>(&mut transaction)).await?;
        let last_write = sql::<D>(
            "select coalesce(max(w.seq), 0)
            from (
                select max(seq) as seq from videos where updated_at <= $1
                union all
                select max(seq) as seq from video_history where saved_at <= $1
                union all
                select max(replaced_by_seq) as seq from video_history where replaced_at <= $1
            ) as w",
        )
        .bind(columns::db_time(time))
        .fetch_one::<(i64,)>(&mut transaction);
        let (seq,) = self.with_deadline(last_write).await?;

        let (mut count, mut digest) = (0, CollectionDigest::default());
        let mut last: Option<VideoId> = None;
        let mut rows = sql::<D>(
            "select video_id, document, sha256
            from videos
            where seq <= $1
            union all
            select video_id, document, sha256
            from video_history
            where seq <= $1 and replaced_by_seq > $1
            order by video_id",
        )
        .bind(seq)
        .fetch::<(String, String, String)>(&mut transaction)?;
        while let Some((id, document, sha256)) = self.with_deadline(rows.try_next()).await? {
            let sha256 = verify_document(&id, &document, &sha256)?;
            let id = parse_id(&id)?;
            if last.as_ref() == Some(&id) {
                return Err(StoreError::Corrupt(format!("{id} has two versions after write {seq}")).into());
            }
            digest.add(&id, &sha256);
            count += 1;
            sink.document(&id, &document, &sha256).await?;
            last = Some(id);
        }
        Ok(StoreState { epoch: now.epoch, seq, count, digest })
    }
}

//! Old versions: which save is known, what can be brought back, and everything as it was at a time.

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use uuid::Uuid;

use super::{
    DocumentSink, OldVersion, StoredCaptions, SnapshotError, StoreError, StoreState, columns, gzip,
    read::{checked, video_id},
    sql::{Dialect, sql},
    sql_store::SqlStore,
    state::state_of,
};
use crate::domain::{CollectionDigest, VideoId};

/// A version of `video_history`.
#[derive(sqlx::FromRow)]
struct VersionRow {
    id: i64,
    reason: String,
    /// When it was saved, as far as that is known.
    saved_at: DateTime<Utc>,
    sha256: String,
    document: String,
}

/// The transcript of a version of `video_history`.
#[derive(sqlx::FromRow)]
struct TranscriptRow {
    body: Vec<u8>,
    format: String,
    language: Option<String>,
}

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn read_knows_save(&self, id: &VideoId, save_id: Uuid) -> Result<bool, StoreError> {
        let mut connection = self.reader().await?;
        let found: Vec<(i64,)> = sql::<D>(
            "select seq from videos where video_id = $1 and save_id = $2
            union all
            select seq from video_history where video_id = $1 and save_id = $2",
        )
        .bind(id.as_str())
        .bind(save_id)
        .fetch_all(&mut connection)
        .await?;
        Ok(!found.is_empty())
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
        checked(id.as_str(), &version.document, &version.sha256)?;
        // A transcript goes to the history with the last version that was counted from it; one that came later than
        // this version is of another.
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
        .bind(columns::time(version.saved_at))
        .fetch_optional::<TranscriptRow>(&mut transaction)
        .await?;
        transaction.rollback().await?;
        let transcript = transcript.map(|row| {
            let body = gzip::decompress(&row.body)
                .map_err(|error| StoreError::Corrupt(format!("an old transcript of {id}: {error}")))?;
            Ok::<_, StoreError>(StoredCaptions { body, format: row.format, language: row.language })
        });
        Ok(Some(OldVersion { document: version.document, transcript: transcript.transpose()? }))
    }

    /// Reads row by row, as the snapshot of now does.
    ///
    /// The time is turned into a write first: the order of writes has no gaps and never goes back, as a clock may.
    pub(super) async fn read_snapshot_as_of(
        &self,
        time: DateTime<Utc>,
        sink: &mut dyn DocumentSink,
    ) -> Result<StoreState, SnapshotError> {
        let mut transaction = self.within(self.begin_snapshot()).await?;
        if let Some(unlimited) = D::UNLIMITED_TIME {
            self.within(sql::<D>(unlimited).execute(&mut transaction)).await?;
        }
        let now = self.within(state_of::<D>(&mut transaction)).await?;
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
        .bind(columns::time(time))
        .fetch_one::<(i64,)>(&mut transaction);
        let (seq,) = self.within(last_write).await?;

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
        while let Some((id, document, sha256)) = self.within(rows.try_next()).await? {
            let sha256 = checked(&id, &document, &sha256)?;
            let id = video_id(&id)?;
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

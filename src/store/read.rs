//! Reading videos and their transcripts, and all of them at once.

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;

use super::{
    DocumentSink, StoredCaptions, SnapshotError, StoreError, StoreState, StoredVideo, gzip,
    sql::{Dialect, sql},
    sql_store::SqlStore,
    state::state_of,
};
use crate::domain::{CollectionDigest, Sha256, VideoId};

/// A row of `videos`.
#[derive(sqlx::FromRow)]
struct VideoRow {
    video_id: String,
    document: String,
    sha256: String,
    seq: i64,
    updated_at: DateTime<Utc>,
}

/// A row of `transcripts`.
#[derive(sqlx::FromRow)]
struct TranscriptRow {
    body: Vec<u8>,
    format: String,
    language: Option<String>,
}

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn read_video(&self, id: &VideoId) -> Result<Option<StoredVideo>, StoreError> {
        let mut connection = self.reader().await?;
        let row: Option<VideoRow> = sql::<D>(
            "select video_id, document, sha256, seq, updated_at
            from videos
            where video_id = $1",
        )
        .bind(id.as_str())
        .fetch_optional(&mut connection)
        .await?;
        row.map(|row| {
            let sha256 = checked(&row.video_id, &row.document, &row.sha256)?;
            Ok(StoredVideo {
                video_id: video_id(&row.video_id)?,
                document: row.document,
                sha256,
                seq: row.seq,
                updated_at: row.updated_at,
            })
        })
        .transpose()
    }

    pub(super) async fn read_transcript(&self, id: &VideoId) -> Result<Option<StoredCaptions>, StoreError> {
        let mut connection = self.reader().await?;
        let row: Option<TranscriptRow> = sql::<D>(
            "select body, format, language
            from transcripts
            where video_id = $1",
        )
        .bind(id.as_str())
        .fetch_optional(&mut connection)
        .await?;
        row.map(|row| {
            let body = gzip::decompress(&row.body)
                .map_err(|error| StoreError::Corrupt(format!("the transcript of {id}: {error}")))?;
            Ok(StoredCaptions { body, format: row.format, language: row.language })
        })
        .transpose()
    }

    pub(super) async fn read_counted_by_other_engines(
        &self,
        name: &str,
        version: &str,
    ) -> Result<Vec<VideoId>, StoreError> {
        let mut connection = self.reader().await?;
        let rows: Vec<(String,)> = sql::<D>(
            "select v.video_id
            from videos v
            join transcripts t on t.video_id = v.video_id
            where v.engine_name is null or v.engine_name <> $1
                or v.engine_version is null or v.engine_version <> $2
            order by v.video_id",
        )
        .bind(name)
        .bind(version)
        .fetch_all(&mut connection)
        .await?;
        rows.iter().map(|(id,)| video_id(id)).collect()
    }

    /// Reads row by row; each step, not the whole, has to keep the deadline.
    pub(super) async fn read_snapshot(&self, sink: &mut dyn DocumentSink) -> Result<StoreState, SnapshotError> {
        let mut transaction = self.within(self.begin_snapshot()).await?;
        if let Some(unlimited) = D::UNLIMITED_TIME {
            self.within(sql::<D>(unlimited).execute(&mut transaction)).await?;
        }
        let state = self.within(state_of::<D>(&mut transaction)).await?;
        let (mut count, mut digest) = (0, CollectionDigest::default());
        let mut rows = sql::<D>(
            "select video_id, document, sha256
            from videos
            order by video_id",
        )
        .fetch::<(String, String, String)>(&mut transaction)?;
        while let Some((id, document, sha256)) = self.within(rows.try_next()).await? {
            let sha256 = checked(&id, &document, &sha256)?;
            let id = video_id(&id)?;
            digest.add(&id, &sha256);
            count += 1;
            sink.document(&id, &document, &sha256).await?;
        }
        if (count, digest) != (state.count, state.digest) {
            let problem = format!(
                "the rows have count {count} and digest {digest}, store_state says {} and {}",
                state.count, state.digest
            );
            return Err(StoreError::Corrupt(problem).into());
        }
        Ok(state)
    }
}

/// What a change has to know of the row that it finds.
#[derive(sqlx::FromRow)]
pub(super) struct Found {
    pub(super) sha256: String,
    pub(super) processed_at: DateTime<Utc>,
    pub(super) transcript_sha256: Option<String>,
}

/// The row of a video, if there is one.
pub(super) async fn find<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
) -> Result<Option<Found>, StoreError> {
    sql::<D>(
        "select v.sha256, v.processed_at, t.sha256 as transcript_sha256
        from videos v
        left join transcripts t on t.video_id = v.video_id
        where v.video_id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(connection)
    .await
}

/// An id as it is stored.
pub(super) fn video_id(text: &str) -> Result<VideoId, StoreError> {
    VideoId::parse(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// A checksum as it is stored.
pub(super) fn checksum(text: &str) -> Result<Sha256, StoreError> {
    Sha256::parse(text).map_err(|error| StoreError::Corrupt(format!("a checksum: {error}")))
}

/// The checksum of a stored document, once it is known to be right.
pub(super) fn checked(id: &str, document: &str, stored: &str) -> Result<Sha256, StoreError> {
    let found = Sha256::of(document.as_bytes());
    if found == checksum(stored)? {
        Ok(found)
    } else {
        Err(StoreError::Corrupt(format!("the document of {id} does not have the checksum that is stored with it")))
    }
}

//! Reads sermons and transcripts, one at a time or all in one snapshot.

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;

use super::{
    DocumentSink, SnapshotError, StoreError, StoreState, StoredCaptions, StoredVideo, dialect::Dialect, gzip, sql::sql,
    sql_store::SqlStore, state::read_state,
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

/// Captions as stored.
#[derive(sqlx::FromRow)]
pub(super) struct CaptionsRow {
    body: Vec<u8>,
    format: String,
    language: Option<String>,
}

impl CaptionsRow {
    /// Decompresses the captions of this video.
    pub(super) fn unpack(self, id: &str) -> Result<StoredCaptions, StoreError> {
        let body = gzip::decompress(&self.body)
            .map_err(|error| StoreError::Corrupt(format!("a transcript of {id}: {error}")))?;
        Ok(StoredCaptions { body, format: self.format, language: self.language })
    }
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
            let sha256 = verify_document(&row.video_id, &row.document, &row.sha256)?;
            Ok(StoredVideo {
                video_id: parse_id(&row.video_id)?,
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
        let row: Option<CaptionsRow> = sql::<D>(
            "select body, format, language
            from transcripts
            where video_id = $1",
        )
        .bind(id.as_str())
        .fetch_optional(&mut connection)
        .await?;
        row.map(|row| row.unpack(id.as_str())).transpose()
    }

    pub(super) async fn find_transcript(&self, id: &VideoId) -> Result<bool, StoreError> {
        let query = sql::<D>("select count(*) from transcripts where video_id = $1").bind(id.as_str());
        let (count,) = query.fetch_one::<(i64,)>(&mut *self.reader().await?).await?;
        Ok(count > 0)
    }

    pub(super) async fn read_ids_of_other_engines(
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
        rows.iter().map(|(id,)| parse_id(id)).collect()
    }

    pub(super) async fn read_ids_without_engine_and_transcript(&self) -> Result<Vec<VideoId>, StoreError> {
        let mut connection = self.reader().await?;
        let rows: Vec<(String,)> = sql::<D>(
            "select v.video_id
            from videos v
            where v.engine_name is null
                and not exists (select 1 from transcripts t where t.video_id = v.video_id)
            order by v.video_id",
        )
        .fetch_all(&mut connection)
        .await?;
        rows.iter().map(|(id,)| parse_id(id)).collect()
    }

    /// Streams all documents. The deadline applies to each row, not to the whole read.
    pub(super) async fn read_snapshot(&self, sink: &mut dyn DocumentSink) -> Result<StoreState, SnapshotError> {
        let mut transaction = self.begin_long_snapshot().await?;
        let state = self.with_deadline(read_state::<D>(&mut transaction)).await?;
        let (mut count, mut digest) = (0, CollectionDigest::default());
        let mut rows = sql::<D>(
            "select video_id, document, sha256
            from videos
            order by video_id",
        )
        .fetch::<(String, String, String)>(&mut transaction)?;
        while let Some((id, document, sha256)) = self.with_deadline(rows.try_next()).await? {
            let sha256 = verify_document(&id, &document, &sha256)?;
            let id = parse_id(&id)?;
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

/// What a save or deletion needs to know about the current row.
#[derive(sqlx::FromRow)]
pub(super) struct CurrentRow {
    pub(super) sha256: String,
    pub(super) processed_at: DateTime<Utc>,
    pub(super) transcript_sha256: Option<String>,
}

pub(super) async fn read_current_row<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
) -> Result<Option<CurrentRow>, StoreError> {
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

/// Parses a stored ID.
pub(super) fn parse_id(text: &str) -> Result<VideoId, StoreError> {
    VideoId::parse(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Parses a stored checksum.
pub(super) fn parse_sha256(text: &str) -> Result<Sha256, StoreError> {
    Sha256::parse(text).map_err(|error| StoreError::Corrupt(format!("a checksum: {error}")))
}

/// Returns the checksum of a document, or [`StoreError::Corrupt`] if it differs from the stored one.
pub(super) fn verify_document(id: &str, document: &str, stored: &str) -> Result<Sha256, StoreError> {
    let actual = Sha256::digest(document.as_bytes());
    if actual == parse_sha256(stored)? {
        Ok(actual)
    } else {
        Err(StoreError::Corrupt(format!("the document of {id} does not match its checksum")))
    }
}

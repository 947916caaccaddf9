//! Moves versions to the history, and reads them.

use chrono::{DateTime, Utc};

use super::{
    HistoryBounds, HistoryEntry, HistorySummary, StoreError,
    columns::VideoColumns,
    dialect::Dialect,
    read::{parse_sha256, verify_document},
    sql::sql,
    sql_store::SqlStore,
};
use crate::domain::{Document, VideoId};

/// A row of `video_history`.
#[derive(sqlx::FromRow)]
struct HistoryRow {
    replaced_by_seq: i64,
    seq: i64,
    reason: String,
    actor: String,
    replaced_at: DateTime<Utc>,
    sha256: String,
    document: String,
}

/// A row of `video_history` without its document.
#[derive(sqlx::FromRow)]
struct SummaryRow {
    id: i64,
    replaced_by_seq: i64,
    seq: i64,
    reason: String,
    actor: String,
    replaced_at: DateTime<Utc>,
    sha256: String,
    title: Option<String>,
    processed_at: Option<DateTime<Utc>>,
    manna: Option<i64>,
}

/// The change that moves a version to the history.
pub(super) struct Change<'a> {
    pub(super) seq: i64,
    pub(super) reason: &'static str,
    pub(super) actor: &'a str,
    pub(super) at: DateTime<Utc>,
}

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn read_history(&self, id: &VideoId) -> Result<Vec<HistoryEntry>, StoreError> {
        let mut connection = self.reader().await?;
        let rows: Vec<HistoryRow> = sql::<D>(
            "select replaced_by_seq, seq, reason, actor, replaced_at, sha256, document
            from video_history
            where video_id = $1
            order by replaced_by_seq desc, id desc",
        )
        .bind(id.as_str())
        .fetch_all(&mut connection)
        .await?;
        rows.into_iter()
            .map(|row| {
                let sha256 = verify_document(id.as_str(), &row.document, &row.sha256)?;
                Ok(HistoryEntry {
                    replaced_by_seq: row.replaced_by_seq,
                    seq: row.seq,
                    reason: row.reason,
                    actor: row.actor,
                    replaced_at: row.replaced_at,
                    sha256,
                    document: row.document,
                })
            })
            .collect()
    }

    pub(super) async fn read_history_bounds(&self, id: &VideoId) -> Result<HistoryBounds, StoreError> {
        let query = sql::<D>(
            "select
                (select seq from videos where video_id = $1),
                (select coalesce(max(replaced_by_seq), 0) from video_history
                    where video_id = $1 and reason = 'delete')",
        );
        let mut connection = self.reader().await?;
        let bounds = query.bind(id.as_str()).fetch_one::<(Option<i64>, i64)>(&mut connection).await?;
        Ok(HistoryBounds { current_seq: bounds.0, deleted_by_seq: bounds.1 })
    }

    pub(super) async fn read_history_page(
        &self,
        id: &VideoId,
        after_seq: i64,
        offset: u32,
        limit: u16,
    ) -> Result<Vec<HistorySummary>, StoreError> {
        let mut connection = self.reader().await?;
        let rows: Vec<SummaryRow> = sql::<D>(
            "select id, replaced_by_seq, seq, reason, actor, replaced_at, sha256, title, processed_at, manna
            from video_history
            where video_id = $1 and seq > $2
            order by replaced_by_seq desc, id desc
            limit $3 offset $4",
        )
        .bind(id.as_str())
        .bind(after_seq)
        .bind(i64::from(limit))
        .bind(i64::from(offset))
        .fetch_all(&mut connection)
        .await?;
        let mut versions = Vec::with_capacity(rows.len());
        for row in rows {
            let (title, processed_at, manna) = match (row.title, row.processed_at, row.manna) {
                (Some(title), Some(processed_at), Some(manna)) => (title, processed_at, manna),
                _ => read_columns::<D>(&mut connection, id, row.id).await?,
            };
            versions.push(HistorySummary {
                replaced_by_seq: row.replaced_by_seq,
                seq: row.seq,
                reason: row.reason,
                actor: row.actor,
                replaced_at: row.replaced_at,
                sha256: parse_sha256(&row.sha256)?,
                title,
                processed_at,
                manna,
            });
        }
        Ok(versions)
    }
}

/// Derives the title, time and manna of an old version from its document, for rows written by an older release.
async fn read_columns<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
    row: i64,
) -> Result<(String, DateTime<Utc>, i64), StoreError> {
    let query = sql::<D>("select document from video_history where id = $1").bind(row);
    let (document,) = query.fetch_one::<(String,)>(connection).await?;
    let document = Document::parse_summary(&document).unwrap_or_else(|_| Document::empty(id.clone()));
    let columns = VideoColumns::new(&document);
    Ok((columns.title, columns.processed_at, columns.manna))
}

/// Copies a sermon's current row to the history, along with its transcript if that is about to be replaced too.
pub(super) async fn archive<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
    change: &Change<'_>,
    with_transcript: bool,
) -> Result<(), StoreError> {
    let copied = sql::<D>(
        "insert into video_history
            (video_id, sha256, seq, save_id, saved_at, replaced_by_seq, reason, actor, replaced_at,
            transcript_format, transcript_language, transcript_sha256, transcript_at, transcript_body, document,
            title, processed_at, manna)
        select v.video_id, v.sha256, v.seq, v.save_id, v.updated_at, $2, $3, $4, $5,
            t.format, t.language, t.sha256, t.at, t.body, v.document, v.title, v.processed_at, v.manna
        from videos v
        left join transcripts t on t.video_id = v.video_id and $6
        where v.video_id = $1",
    )
    .bind(id.as_str())
    .bind(change.seq)
    .bind(change.reason)
    .bind(change.actor)
    .bind(change.at)
    .bind(with_transcript)
    .execute(connection)
    .await?;
    if copied == 1 { Ok(()) } else { Err(StoreError::Corrupt(format!("{copied} rows of {id} instead of one"))) }
}

//! Moves versions to the history and reads them.

use chrono::{DateTime, Utc};

use super::{HistoryEntry, StoreError, dialect::Dialect, read::verify_document, sql::sql, sql_store::SqlStore};
use crate::domain::VideoId;

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

/// The change that moves a version to the history.
pub(super) struct Change {
    pub(super) seq: i64,
    pub(super) reason: &'static str,
    pub(super) actor: &'static str,
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
}

/// Copies the current row of a sermon to the history, including its transcript if that is about to be replaced too.
pub(super) async fn archive<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
    change: &Change,
    with_transcript: bool,
) -> Result<(), StoreError> {
    let copied = sql::<D>(
        "insert into video_history
            (video_id, sha256, seq, save_id, saved_at, replaced_by_seq, reason, actor, replaced_at,
            transcript_format, transcript_language, transcript_sha256, transcript_at, transcript_body, document)
        select v.video_id, v.sha256, v.seq, v.save_id, v.updated_at, $2, $3, $4, $5,
            t.format, t.language, t.sha256, t.at, t.body, v.document
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

//! The tables `mentions` and `unmeasured_sermons`, which are derived from the documents.

use super::{
    StoreError,
    columns::{self, MentionColumns},
    dialect::Dialect,
    read::parse_id,
    sql::sql,
    sql_store::SqlStore,
    state::lock_state,
    stats,
};
use crate::domain::{Document, VideoId};

/// Number of mentions per `insert`. Each mention binds 12 values, and SQLite allows 32,766 in a statement.
const MENTIONS_PER_INSERT: usize = 500;

/// Number of sermons per transaction of [`SqlStore::rebuild_mentions`]. Writers wait for at most one batch.
const REBUILD_BATCH: i64 = 20;

/// Version of the rules by which [`columns::mentions`] derives mentions from a document.
const MENTIONS_VERSION: i32 = 2;

/// The rules by which the mentions were derived, and the last write that they include.
#[derive(sqlx::FromRow)]
struct MentionsState {
    /// The number of the store's last write.
    seq: i64,
    mentions_version: i32,
    /// The last write that the mentions include. Writes by older releases do not count, because those releases derive
    /// mentions by their own rules.
    mentions_seq: i64,
}

impl<D: Dialect> SqlStore<D> {
    /// Rebuilds the mentions that an older release derived. Returns whether there were any.
    pub(super) async fn catch_up_mentions(&self) -> Result<bool, StoreError> {
        let mut connection = self.reader().await?;
        let state = sql::<D>(
            "select s.seq, t.mentions_version, t.mentions_seq
            from store_state s
            cross join stats_state t",
        )
        .fetch_one::<MentionsState>(&mut connection)
        .await?;
        drop(connection);
        let is_current_version = state.mentions_version >= MENTIONS_VERSION;
        if is_current_version && state.mentions_seq == state.seq {
            return Ok(false);
        }
        // The only trace of a restore by an older release is that `mentions_seq` lags. The restore gives every changed
        // sermon a new write number.
        let from = if is_current_version { state.mentions_seq } else { -1 };
        self.rebuild_mentions_since(from).await?;
        Ok(true)
    }

    /// Rewrites the mentions of all sermons, and the list of sermons that are not measured, from the documents.
    pub(super) async fn rebuild_mentions(&self) -> Result<(), StoreError> {
        self.rebuild_mentions_since(-1).await
    }

    /// Rebuilds the mentions of sermons written after a given write, until no such sermon is left, and then the
    /// statistics.
    async fn rebuild_mentions_since(&self, mut seq: i64) -> Result<(), StoreError> {
        loop {
            let reached = self.with_deadline(self.read_current_state()).await?.seq;
            let mut last = String::new();
            while let Some(id) = self.with_deadline(self.with_retries(|| self.rebuild_batch(seq, &last))).await? {
                last = id;
            }
            if self.with_deadline(self.finish_mentions(reached)).await? {
                break;
            }
            seq = reached;
        }
        self.rebuild_stale_stats().await?;
        Ok(())
    }

    /// Records that the mentions include all writes up to this one, and marks the statistics as stale, because they may
    /// include a sermon that an older release has deleted. Returns whether this is the last write.
    async fn finish_mentions(&self, seq: i64) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write().await?;
        if lock_state::<D>(&mut transaction).await?.seq != seq {
            transaction.rollback().await?;
            return Ok(false);
        }
        mark_mentions_current::<D>(&mut transaction, seq).await?;
        stats::invalidate::<D>(&mut transaction).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Rebuilds the mentions of the next sermons after an ID that were written after a given write. Returns the last
    /// ID, or `None` if there are no more.
    async fn rebuild_batch(&self, since: i64, after: &str) -> Result<Option<String>, StoreError> {
        let mut transaction = self.begin_write().await?;
        lock_state::<D>(&mut transaction).await?;
        let rows: Vec<(String, String)> = sql::<D>(
            "select video_id, document
            from videos
            where video_id > $1 and seq > $2
            order by video_id
            limit $3",
        )
        .bind(after)
        .bind(since)
        .bind(REBUILD_BATCH)
        .fetch_all(&mut transaction)
        .await?;
        if rows.is_empty() {
            transaction.rollback().await?;
            return Ok(None);
        }
        for (id, document) in &rows {
            let document: Document = serde_json::from_str(document)
                .map_err(|error| StoreError::Corrupt(format!("the document of {id}: {error}")))?;
            let id = parse_id(id)?;
            write_mentions::<D>(&mut transaction, &id, &columns::mentions(&document)).await?;
            write_unmeasured::<D>(&mut transaction, &id, document.unmeasured_language()).await?;
            sql::<D>("update videos set suspect = $2 where video_id = $1 and suspect <> $2")
                .bind(id.as_str())
                .bind(columns::suspect(&document))
                .execute(&mut transaction)
                .await?;
        }
        stats::invalidate::<D>(&mut transaction).await?;
        transaction.commit().await?;
        Ok(rows.into_iter().next_back().map(|(id, _)| id))
    }
}

/// Records that all mentions were derived by this release's rules and include this write.
pub(super) async fn mark_mentions_current<D: Dialect>(
    connection: &mut D::Connection,
    seq: i64,
) -> Result<(), StoreError> {
    sql::<D>("update stats_state set mentions_version = $1, mentions_seq = $2 where id = 1")
        .bind(MENTIONS_VERSION)
        .bind(seq)
        .execute(connection)
        .await
        .map(drop)
}

/// Records that the mentions include this write, if they include the previous write.
pub(super) async fn advance_mentions<D: Dialect>(connection: &mut D::Connection, seq: i64) -> Result<(), StoreError> {
    sql::<D>("update stats_state set mentions_seq = $1 where id = 1 and mentions_seq = $1 - 1")
        .bind(seq)
        .execute(connection)
        .await
        .map(drop)
}

/// Replaces the mentions of a sermon.
pub(super) async fn write_mentions<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
    mentions: &[MentionColumns],
) -> Result<(), StoreError> {
    sql::<D>("delete from mentions where video_id = $1").bind(id.as_str()).execute(connection).await?;
    let mut ordinal = 0_i32;
    for chunk in mentions.chunks(MENTIONS_PER_INSERT) {
        let mut statement = sql::<D>(
            "insert into mentions
                (video_id, ordinal, book, chapter, verse, end_chapter, end_verse, osis, kind, class, start_seconds,
                    citations)
            values ",
        );
        for (index, mention) in chunk.iter().enumerate() {
            statement.push(if index == 0 { "(" } else { ", (" }).push_bind(id.as_str());
            statement.push(", ").push_bind(ordinal).push(", ").push_bind(mention.book);
            for number in [mention.chapter, mention.verse, mention.end_chapter, mention.end_verse] {
                statement.push(", ").push_bind(number);
            }
            for text in [mention.osis.as_str(), mention.kind, mention.class] {
                statement.push(", ").push_bind(text);
            }
            statement.push(", ").push_bind(mention.start_seconds);
            statement.push(", ").push_bind(mention.citations).push(")");
            ordinal += 1;
        }
        statement.execute(connection).await?;
    }
    Ok(())
}

/// Records the language of a sermon that is not measured, or removes it if the sermon is measured.
pub(super) async fn write_unmeasured<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
    language: Option<&str>,
) -> Result<(), StoreError> {
    sql::<D>("delete from unmeasured_sermons where video_id = $1").bind(id.as_str()).execute(connection).await?;
    let Some(language) = language else { return Ok(()) };
    sql::<D>("insert into unmeasured_sermons (video_id, language) values ($1, $2)")
        .bind(id.as_str())
        .bind(columns::without_nul(language))
        .execute(connection)
        .await
        .map(drop)
}

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

/// Mentions per `insert`. Each binds 12 values, and SQLite allows 32,766 in a statement.
const MENTIONS_PER_INSERT: usize = 500;

/// Number of sermons per transaction of [`SqlStore::rebuild_mentions`]. Writers wait for one batch at most.
const REBUILD_BATCH: i64 = 20;

/// The version of the rules by which [`columns::mentions`] derives mentions from a document.
const MENTIONS_VERSION: i32 = 1;

impl<D: Dialect> SqlStore<D> {
    /// Rebuilds the mentions if they were derived by the rules of an older release. Returns whether they were.
    pub(super) async fn catch_up_mentions(&self) -> Result<bool, StoreError> {
        let mut connection = self.reader().await?;
        let (version,) = sql::<D>("select mentions_version from stats_state where id = 1")
            .fetch_one::<(i32,)>(&mut connection)
            .await?;
        drop(connection);
        if version >= MENTIONS_VERSION {
            return Ok(false);
        }
        self.rebuild_mentions().await?;
        let mut transaction = self.begin_write().await?;
        mark_mentions_current::<D>(&mut transaction).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Writes the mentions of all sermons, and which sermons are not measured, from their documents.
    pub(super) async fn rebuild_mentions(&self) -> Result<(), StoreError> {
        let mut last = String::new();
        while let Some(id) = self.with_deadline(self.with_retries(|| self.rebuild_batch(&last))).await? {
            last = id;
        }
        self.rebuild_stale_stats().await?;
        Ok(())
    }

    /// Rebuilds the sermons that follow an ID and returns the last of them, or `None` if there are no more.
    async fn rebuild_batch(&self, after: &str) -> Result<Option<String>, StoreError> {
        let mut transaction = self.begin_write().await?;
        lock_state::<D>(&mut transaction).await?;
        let rows: Vec<(String, String)> = sql::<D>(
            "select video_id, document
            from videos
            where video_id > $1
            order by video_id
            limit $2",
        )
        .bind(after)
        .bind(REBUILD_BATCH)
        .fetch_all(&mut transaction)
        .await?;
        for (id, document) in &rows {
            let document: Document = serde_json::from_str(document)
                .map_err(|error| StoreError::Corrupt(format!("the document of {id}: {error}")))?;
            let id = parse_id(id)?;
            write_mentions::<D>(&mut transaction, &id, &columns::mentions(&document)).await?;
            write_unmeasured::<D>(&mut transaction, &id, document.unmeasured_language()).await?;
        }
        stats::invalidate::<D>(&mut transaction).await?;
        transaction.commit().await?;
        Ok(rows.into_iter().next_back().map(|(id, _)| id))
    }
}

/// Records that all mentions were derived by the rules of this release.
pub(super) async fn mark_mentions_current<D: Dialect>(connection: &mut D::Connection) -> Result<(), StoreError> {
    sql::<D>("update stats_state set mentions_version = $1 where id = 1")
        .bind(MENTIONS_VERSION)
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

/// Records the language of a sermon that is not measured, or that the sermon is measured.
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

//! The mentions of each video, which are derived from its document.

use super::{
    StoreError,
    columns::{self, MentionColumns},
    stats::{StatsRepository as _, update as stats_update},
    read::video_id,
    sql::{Dialect, sql},
    sql_store::SqlStore,
    state::take_state,
    totals,
};
use crate::domain::{Document, VideoId};

/// How many mentions one statement writes: 11 values each, and SQLite takes 32,766 a statement.
const MENTIONS_AT_ONCE: usize = 500;

/// How many documents one transaction of [`SqlStore::write_mentions_anew`] reads.
const REBUILT_AT_ONCE: i64 = 20;

impl<D: Dialect> SqlStore<D> {
    /// Goes through the videos in the order of ids, some in each transaction, so that writers wait only shortly.
    pub(super) async fn write_mentions_anew(&self) -> Result<u64, StoreError> {
        let (mut done, mut last) = (0, String::new());
        loop {
            let rows = self.within(self.retrying(|| self.write_some_mentions_anew(&last))).await?;
            match rows.last() {
                Some(id) => id.clone_into(&mut last),
                None => break,
            }
            done += rows.len() as u64;
        }
        self.catch_up_stats().await?;
        Ok(done)
    }

    /// Those of the next videos behind an id; gives the ids.
    async fn write_some_mentions_anew(&self, behind: &str) -> Result<Vec<String>, StoreError> {
        let mut transaction = self.begin_write().await?;
        take_state::<D>(&mut transaction).await?;
        let rows: Vec<(String, String)> = sql::<D>(
            "select video_id, document
            from videos
            where video_id > $1
            order by video_id
            limit $2",
        )
        .bind(behind)
        .bind(REBUILT_AT_ONCE)
        .fetch_all(&mut transaction)
        .await?;
        for (id, document) in &rows {
            let document: Document = serde_json::from_str(document)
                .map_err(|error| StoreError::Corrupt(format!("the document of {id}: {error}")))?;
            put_mentions::<D>(&mut transaction, &video_id(id)?, &columns::mentions(&document)).await?;
        }
        totals::doubt::<D>(&mut transaction).await?;
        stats_update::doubt::<D>(&mut transaction).await?;
        // Only what is derived was written: the position stays.
        sql::<D>("update store_state set seq = seq - 1 where id = 1").execute(&mut transaction).await?;
        transaction.commit().await?;
        Ok(rows.into_iter().map(|(id, _)| id).collect())
    }
}

/// Replaces the mentions of a video.
pub(super) async fn put_mentions<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
    mentions: &[MentionColumns],
) -> Result<(), StoreError> {
    sql::<D>("delete from mentions where video_id = $1").bind(id.as_str()).execute(connection).await?;
    let mut ordinal = 0_i32;
    for some in mentions.chunks(MENTIONS_AT_ONCE) {
        let mut statement = sql::<D>(
            "insert into mentions
                (video_id, ordinal, book, chapter, verse, end_chapter, end_verse, osis, kind, class, start_seconds)
            values ",
        );
        for (index, mention) in some.iter().enumerate() {
            statement.push(if index == 0 { "(" } else { ", (" }).push_bind(id.as_str());
            statement.push(", ").push_bind(ordinal).push(", ").push_bind(mention.book);
            for number in [mention.chapter, mention.verse, mention.end_chapter, mention.end_verse] {
                statement.push(", ").push_bind(number);
            }
            for text in [mention.osis.as_str(), mention.kind, mention.class] {
                statement.push(", ").push_bind(text);
            }
            statement.push(", ").push_bind(mention.start_seconds).push(")");
            ordinal += 1;
        }
        statement.execute(connection).await?;
    }
    Ok(())
}

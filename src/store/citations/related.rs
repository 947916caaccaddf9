//! Other sermons that cite the same passages.

use std::collections::HashMap;

use super::Related;
use scripture_detector::Passage;

use crate::{
    domain::{Book, VideoId},
    store::{
        StoreError,
        list::summaries_of,
        sql::{Dialect, sql},
        sql_store::SqlStore,
    },
};

/// The verses of a sermon that are looked for in others: those that it cites most.
const VERSES: i64 = 12;

/// Of a verse, so many other sermons are looked at on each side of this one in the order of ids, which means nothing: so
/// that what a popular verse costs is bounded, and not all sermons see the same ones.
const EACH_SIDE: i64 = 150;

/// The most shared passages that are told.
const SHARED: usize = 6;

/// A verse: book, chapter, verse.
type Verse = (i16, i32, i32);

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn read_related(&self, id: &VideoId, most: u16) -> Result<Vec<Related>, StoreError> {
        let mut transaction = self.begin_snapshot().await?;
        let verses: Vec<Verse> = sql::<D>(
            "select book, chapter, verse
            from mentions
            where video_id = $1 and class = 'confirmed' and chapter is not null and verse is not null
            group by book, chapter, verse
            order by count(*) desc, min(ordinal)
            limit $2",
        )
        .bind(id.as_str())
        .bind(VERSES)
        .fetch_all(&mut transaction)
        .await?;
        if verses.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = sql::<D>("select f.video_id, count(*) from (");
        let mut between = "";
        for &(book, chapter, verse) in &verses {
            for (side, order) in
                [(" and video_id > ", " order by video_id"), (" and video_id < ", " order by video_id desc")]
            {
                query.push(between);
                between = " union all ";
                query
                    .push("select o.video_id from (select distinct video_id from mentions where class = 'confirmed' and book = ")
                    .push_bind(book)
                    .push(" and chapter = ")
                    .push_bind(chapter)
                    .push(" and verse = ")
                    .push_bind(verse)
                    .push(side)
                    .push_bind(id.as_str())
                    .push(order)
                    .push(" limit ")
                    .push_bind(EACH_SIDE)
                    .push(") as o");
            }
        }
        query.push(") as f group by f.video_id order by count(*) desc, f.video_id limit ").push_bind(i64::from(most));
        let found: Vec<(String, i64)> = query.fetch_all(&mut transaction).await?;
        let ids: Vec<_> = found.into_iter().map(|(id, _)| id).collect();
        let mut shared = shared::<D>(&mut transaction, &ids, &verses).await?;
        let sermons = summaries_of::<D>(&mut transaction, &ids).await?;
        transaction.rollback().await?;
        let related = |sermon: crate::store::VideoSummary| {
            let shared = shared.remove(sermon.video_id.as_str()).unwrap_or_default();
            Related { sermon, shared }
        };
        Ok(sermons.into_iter().map(related).collect())
    }
}

/// Which of the verses each of the sermons cites, in the order of the verses.
async fn shared<D: Dialect>(
    connection: &mut D::Connection,
    ids: &[String],
    verses: &[Verse],
) -> Result<HashMap<String, Vec<Passage>>, StoreError> {
    let mut shared: HashMap<String, Vec<Passage>> = HashMap::new();
    if ids.is_empty() {
        return Ok(shared);
    }
    let mut query = sql::<D>(
        "select distinct video_id, book, chapter, verse
        from mentions
        where class = 'confirmed' and chapter is not null and verse is not null and video_id in (",
    );
    for (index, id) in ids.iter().enumerate() {
        query.push(if index == 0 { "" } else { ", " }).push_bind(id.as_str());
    }
    query.push(") order by video_id, book, chapter, verse");
    let rows: Vec<(String, i16, i32, i32)> = query.fetch_all(connection).await?;
    let mut found: HashMap<_, Vec<Verse>> = HashMap::new();
    for (id, book, chapter, verse) in rows {
        found.entry(id).or_default().push((book, chapter, verse));
    }
    for (id, cited) in found {
        let both = verses.iter().filter(|verse| cited.contains(verse)).filter_map(|&verse| passage(verse));
        shared.insert(id, both.take(SHARED).collect());
    }
    Ok(shared)
}

fn passage((book, chapter, verse): Verse) -> Option<Passage> {
    let book = Book::from_index(usize::try_from(book).ok()?)?;
    Passage::of_verse(book, u16::try_from(chapter).ok()?, u16::try_from(verse).ok()?)
}

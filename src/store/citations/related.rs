//! Related sermons: sermons that cite the same verses.

use std::collections::HashMap;

use scripture_detector::Passage;

use super::RelatedSermon;
use crate::{
    domain::{Book, VideoId},
    store::{StoreError, VideoSummary, columns, dialect::Dialect, list::read_summaries, sql::sql, sql_store::SqlStore},
};

/// Number of verses to compare, those that the sermon cites most.
const VERSES: i64 = 12;

/// For each verse, the number of other sermons to consider before and after this one, ordered by ID.
///
/// This bounds the cost of a popular verse. IDs are arbitrary, so different sermons get different neighbors.
const NEIGHBORS: i64 = 150;

/// Maximum number of shared verses listed for a sermon.
const MAX_SHARED: usize = 6;

/// Book, chapter and verse.
type Verse = (i16, i32, i32);

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn read_related(&self, id: &VideoId, limit: u16) -> Result<Vec<RelatedSermon>, StoreError> {
        let mut transaction = self.begin_snapshot().await?;
        let verses: Vec<Verse> = sql::<D>(
            "select book, chapter, verse
            from mentions
            where video_id = $1 and class in ('confirmed', 'deuterocanonical') and chapter is not null and verse is not null
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
        let mut separator = "";
        for &(book, chapter, verse) in &verses {
            for (side, order) in
                [(" and video_id > ", " order by video_id"), (" and video_id < ", " order by video_id desc")]
            {
                query.push(separator);
                separator = " union all ";
                query
                    .push("select o.video_id from (select distinct video_id from mentions where class = ")
                    .push_bind(class(book))
                    .push(" and book = ")
                    .push_bind(book)
                    .push(" and chapter = ")
                    .push_bind(chapter)
                    .push(" and verse = ")
                    .push_bind(verse)
                    .push(side)
                    .push_bind(id.as_str())
                    .push(order)
                    .push(" limit ")
                    .push_bind(NEIGHBORS)
                    .push(") as o");
            }
        }
        query.push(") as f group by f.video_id order by count(*) desc, f.video_id limit ").push_bind(i64::from(limit));
        let rows: Vec<(String, i64)> = query.fetch_all(&mut transaction).await?;
        let ids: Vec<_> = rows.into_iter().map(|(id, _)| id).collect();
        let mut shared = shared_verses::<D>(&mut transaction, &ids, &verses).await?;
        let sermons = read_summaries::<D>(&mut transaction, self.canon, &ids).await?;
        transaction.rollback().await?;
        let related = |sermon: VideoSummary| {
            let shared = shared.remove(sermon.video_id.as_str()).unwrap_or_default();
            RelatedSermon { sermon, shared }
        };
        Ok(sermons.into_iter().map(related).collect())
    }
}

/// Returns the verses that each sermon cites, in the order of `verses`.
async fn shared_verses<D: Dialect>(
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
        where class in ('confirmed', 'deuterocanonical') and chapter is not null and verse is not null and video_id in ",
    );
    query.push_list(ids.iter().map(String::as_str));
    query.push(" order by video_id, book, chapter, verse");
    let rows: Vec<(String, i16, i32, i32)> = query.fetch_all(connection).await?;
    let mut cited: HashMap<_, Vec<Verse>> = HashMap::new();
    for (id, book, chapter, verse) in rows {
        cited.entry(id).or_default().push((book, chapter, verse));
    }
    for (id, cited) in cited {
        let both = verses.iter().filter(|verse| cited.contains(verse)).filter_map(|&verse| passage(verse));
        shared.insert(id, both.take(MAX_SHARED).collect());
    }
    Ok(shared)
}

/// Returns the class of the confirmed mentions of a book.
fn class(book: i16) -> &'static str {
    let book = usize::try_from(book).ok().and_then(Book::from_index);
    book.map_or("confirmed", columns::confirmed_class)
}

fn passage((book, chapter, verse): Verse) -> Option<Passage> {
    let book = Book::from_index(usize::try_from(book).ok()?)?;
    Passage::single_verse(book, u16::try_from(chapter).ok()?, u16::try_from(verse).ok()?)
}

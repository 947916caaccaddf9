//! Citations of a whole book.

use async_trait::async_trait;

use scripture_detector::Passage;

use super::{
    BookStats, CitationRepository, CitingPage, RelatedSermon,
    citing::{PassageNumbers, add_citations, select_citations},
};
use crate::{
    domain::{Book, VideoId},
    store::{Church, StoreError, columns, dialect::Dialect, sql::sql, sql_store::SqlStore},
};

/// Maximum number of distinct passages to count. No book has that many verses.
const MAX_PASSAGES: i64 = 20_000;

/// A verse and the number of citations that begin with it.
#[derive(sqlx::FromRow)]
struct PassageRow {
    chapter: Option<i32>,
    verse: Option<i32>,
    citations: i64,
}

#[async_trait]
impl<D: Dialect> CitationRepository for SqlStore<D> {
    #[tracing::instrument(skip_all)]
    async fn book_stats(&self, book: Book, limit: u16) -> Result<BookStats, StoreError> {
        self.with_deadline(self.read_book(book, limit)).await
    }

    #[tracing::instrument(skip_all)]
    async fn sermons_citing_book(&self, book: Book, offset: u32, limit: u16) -> Result<CitingPage, StoreError> {
        self.with_deadline(self.read_sermons_citing_book(book, offset, limit)).await
    }

    #[tracing::instrument(skip_all)]
    async fn sermons_citing(&self, passage: Passage, offset: u32, limit: u16) -> Result<CitingPage, StoreError> {
        match passage.chapter() {
            Some(_) => self.with_deadline(self.read_sermons_citing(passage, offset, limit)).await,
            None => self.sermons_citing_book(passage.book(), offset, limit).await,
        }
    }

    #[tracing::instrument(skip_all, fields(video = %id))]
    async fn related_sermons(&self, id: &VideoId, limit: u16) -> Result<Vec<RelatedSermon>, StoreError> {
        self.with_deadline(self.read_related(id, limit)).await
    }
}

impl<D: Dialect> SqlStore<D> {
    async fn read_book(&self, book: Book, limit: u16) -> Result<BookStats, StoreError> {
        let number = columns::book_number(book);
        let mut transaction = self.begin_snapshot().await?;
        let rows: Vec<PassageRow> = sql::<D>(
            "select chapter, verse, cast(sum(citations) as bigint) as citations
            from mentions
            where book = $1 and class = $2
            group by chapter, verse
            order by sum(citations) desc, chapter, verse
            limit $3",
        )
        .bind(number)
        .bind(columns::confirmed_class(book))
        .bind(MAX_PASSAGES)
        .fetch_all(&mut transaction)
        .await?;
        let sums = if book.is_deuterocanonical() { "period_deuterocanonical_stats" } else { "period_book_stats" };
        let mut query = sql::<D>("select cast(coalesce(sum(b.manna), 0) as bigint) from ");
        query.push(sums).push(" b where b.church_id = 0 and b.period = 0 and b.book = ").push_bind(number);
        let (manna,) = query.fetch_one::<(i64,)>(&mut transaction).await?;
        let mut query = sql::<D>("select count(*) over (), c.slug, c.name, p.sermons, b.manna from churches c join ");
        query.push(sums).push(" b on b.church_id = c.id and b.period = 0 and b.book = ").push_bind(number);
        query
            .push(
                " join period_stats p on p.church_id = c.id and p.period = 0
                where b.manna > 0 and c.name <> ''
                order by b.manna desc, c.id
                limit ",
            )
            .push_bind(i64::from(limit));
        let churches: Vec<(i64, String, String, i64, i64)> = query.fetch_all(&mut transaction).await?;
        transaction.rollback().await?;
        let churches_total = churches.first().map_or(0, |row| row.0);
        let church = |(_, slug, name, sermons, manna)| Church { slug, name, sermons, manna };
        let churches = churches.into_iter().map(church).collect();
        Ok(BookStats { manna, churches, churches_total, ..count_passages(book, &rows, usize::from(limit)) })
    }

    async fn read_sermons_citing_book(&self, book: Book, offset: u32, limit: u16) -> Result<CitingPage, StoreError> {
        let number = columns::book_number(book);
        let mut transaction = self.begin_snapshot().await?;
        // The index returns the mentions of a book grouped by sermon, so only the counts have to be sorted.
        let rows: Vec<(String, i64, i64)> = sql::<D>(
            "select video_id, cast(sum(citations) as bigint), count(*) over ()
            from mentions
            where book = $1 and class = $2
            group by video_id
            order by sum(citations) desc, video_id
            limit $3 offset $4",
        )
        .bind(number)
        .bind(columns::confirmed_class(book))
        .bind(i64::from(limit))
        .bind(i64::from(offset))
        .fetch_all(&mut transaction)
        .await?;
        let total = rows.first().map_or(0, |row| row.2);
        let ids: Vec<_> = rows.into_iter().map(|(id, citations, _)| (id, citations)).collect();
        let citations = select_citations::<D>(&ids, book);
        let sermons = add_citations::<D>(&mut transaction, self.canon, ids, book, citations).await?;
        transaction.rollback().await?;
        Ok(CitingPage { sermons, total })
    }
}

/// Adds up the rows by chapter and picks the most cited verses.
fn count_passages(book: Book, rows: &[PassageRow], limit: usize) -> BookStats {
    let chapters = (1..).map_while(|chapter| Passage::whole_chapter(book, chapter)).take_while(|it| !it.is_addition());
    let chapters = chapters.filter_map(Passage::chapter);
    let chapters = chapters.map(|chapter| (chapter, 0)).collect();
    let mut stats = BookStats { chapters, ..BookStats::default() };
    for row in rows {
        let PassageRow { chapter, verse, citations } = *row;
        stats.citations += citations;
        let index = chapter.and_then(|chapter| usize::try_from(chapter).ok()?.checked_sub(1));
        if let Some((_, count)) = index.and_then(|index| stats.chapters.get_mut(index)) {
            *count += citations;
        }
        if verse.is_some()
            && let Some(passage) =
                (PassageNumbers { chapter, verse, end_chapter: None, end_verse: None }).to_passage(book)
        {
            stats.passages_total += 1;
            if stats.passages.len() < limit {
                stats.passages.push((passage, citations));
            }
        }
    }
    stats
}

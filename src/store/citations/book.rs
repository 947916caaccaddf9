//! A whole book.

use async_trait::async_trait;

use super::{
    BookStats, CitationRepository, CitingPage, Related,
    places::{Numbers, citing, places_in},
};
use scripture_detector::Passage;

use crate::{
    domain::{Book, VideoId},
    store::{
        Church, StoreError, columns,
        sql::{Dialect, sql},
        sql_store::SqlStore,
    },
};

/// The most different verses of a book that are looked at; no book has so many.
const PASSAGES: i64 = 20_000;

/// A verse and how often it, or a range that begins with it, is cited.
#[derive(sqlx::FromRow)]
struct PassageRow {
    chapter: Option<i32>,
    verse: Option<i32>,
    citations: i64,
}

#[async_trait]
impl<D: Dialect> CitationRepository for SqlStore<D> {
    async fn book(&self, book: Book, most: u16) -> Result<BookStats, StoreError> {
        self.within(self.read_book(book, most)).await
    }

    async fn sermons_citing_book(&self, book: Book, skip: u32, most: u16) -> Result<CitingPage, StoreError> {
        self.within(self.read_sermons_citing_book(book, skip, most)).await
    }

    async fn sermons_citing(&self, passage: Passage, skip: u32, most: u16) -> Result<CitingPage, StoreError> {
        match passage.chapter() {
            Some(_) => self.within(self.read_sermons_citing(passage, skip, most)).await,
            None => self.sermons_citing_book(passage.book(), skip, most).await,
        }
    }

    async fn related(&self, id: &VideoId, most: u16) -> Result<Vec<Related>, StoreError> {
        self.within(self.read_related(id, most)).await
    }
}

impl<D: Dialect> SqlStore<D> {
    async fn read_book(&self, book: Book, most: u16) -> Result<BookStats, StoreError> {
        let number = columns::number_of(book);
        let mut transaction = self.begin_snapshot().await?;
        let rows: Vec<PassageRow> = sql::<D>(
            "select chapter, verse, count(*) as citations
            from mentions
            where book = $1 and class = 'confirmed'
            group by chapter, verse
            order by count(*) desc, chapter, verse
            limit $2",
        )
        .bind(number)
        .bind(PASSAGES)
        .fetch_all(&mut transaction)
        .await?;
        let (manna,) = sql::<D>(
            "select cast(coalesce(sum(manna), 0) as bigint)
            from bucket_books
            where church_id = 0 and bucket = 0 and book = $1",
        )
        .bind(number)
        .fetch_one::<(i64,)>(&mut transaction)
        .await?;
        let churches: Vec<(String, String, i64, i64)> = sql::<D>(
            "select c.slug, c.name, s.sermons, b.manna
            from churches c
            join bucket_books b on b.church_id = c.id and b.bucket = 0 and b.book = $1
            join bucket_sums s on s.church_id = c.id and s.bucket = 0
            where b.manna > 0 and c.name <> ''
            order by b.manna desc, c.id
            limit $2",
        )
        .bind(number)
        .bind(i64::from(most))
        .fetch_all(&mut transaction)
        .await?;
        transaction.rollback().await?;
        let church = |(slug, name, sermons, manna)| Church { slug, name, sermons, manna };
        let churches = churches.into_iter().map(church).collect();
        Ok(BookStats { manna, churches, ..of_passages(book, &rows, usize::from(most)) })
    }

    async fn read_sermons_citing_book(&self, book: Book, skip: u32, most: u16) -> Result<CitingPage, StoreError> {
        let number = columns::number_of(book);
        let mut transaction = self.begin_snapshot().await?;
        // The index gives the mentions of a book video by video, so that nothing has to be sorted but the sums.
        let rows: Vec<(String, i64, i64)> = sql::<D>(
            "select video_id, count(*), count(*) over ()
            from mentions
            where book = $1 and class = 'confirmed'
            group by video_id
            order by count(*) desc, video_id
            limit $2 offset $3",
        )
        .bind(number)
        .bind(i64::from(most))
        .bind(i64::from(skip))
        .fetch_all(&mut transaction)
        .await?;
        let total = rows.first().map_or(0, |row| row.2);
        let ids: Vec<_> = rows.into_iter().map(|(id, citations, _)| (id, citations)).collect();
        let places = places_in::<D>(&ids, number);
        let sermons = citing::<D>(&mut transaction, ids, book, places).await?;
        transaction.rollback().await?;
        Ok(CitingPage { sermons, total })
    }
}

/// Chapters and passages from the counts of both.
fn of_passages(book: Book, rows: &[PassageRow], most: usize) -> BookStats {
    let chapters = (1..).map_while(|chapter| Passage::of_chapter(book, chapter)).filter_map(Passage::chapter);
    let chapters = chapters.map(|chapter| (chapter, 0)).collect();
    let mut stats = BookStats { chapters, ..BookStats::default() };
    for row in rows {
        let PassageRow { chapter, verse, citations } = *row;
        stats.citations += citations;
        let at = chapter.and_then(|chapter| usize::try_from(chapter).ok()?.checked_sub(1));
        if let Some((_, count)) = at.and_then(|at| stats.chapters.get_mut(at)) {
            *count += citations;
        }
        if verse.is_some()
            && stats.passages.len() < most
            && let Some(passage) = (Numbers { chapter, verse, end_chapter: None, end_verse: None }).of(book)
        {
            stats.passages.push((passage, citations));
        }
    }
    stats
}

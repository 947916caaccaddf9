//! A chapter, a verse, or a range of them.

use super::{
    CitingPage,
    places::{citing, places_in},
};
use scripture_detector::Passage;

use crate::store::{
    StoreError, columns,
    sql::{Dialect, Sql, sql},
    sql_store::SqlStore,
};

/// A place in a book as one number: chapter 8, verse 28 is 8028. A chapter ends with its verse 999.
const LAST_VERSE: i32 = 999;

/// From where to where a passage goes.
#[derive(Debug, Clone, Copy)]
struct Span {
    book: i16,
    chapters: (i32, i32),
    from: i32,
    to: i32,
    /// Whether it is made of verses: a chapter that is cited as a whole is then not meant.
    verses: bool,
}

impl Span {
    fn of(passage: Passage) -> Self {
        let first = i32::from(passage.chapter().unwrap_or(1));
        let last = passage.end_chapter().map_or(first, i32::from);
        let verse = passage.verse().map(i32::from);
        let end = passage.end_verse().map(i32::from).or(verse);
        Self {
            book: columns::number_of(passage.book()),
            chapters: (first, last),
            from: first * 1000 + verse.unwrap_or(0),
            to: last * 1000 + end.unwrap_or(LAST_VERSE),
            verses: verse.is_some(),
        }
    }

    /// Narrows a query to the mentions `m` that overlap.
    fn push_overlap<D: Dialect>(self, query: &mut Sql<D>) {
        if self.verses {
            query.push(" and m.verse is not null");
        }
        query
            .push(" and m.chapter * 1000 + coalesce(m.verse, 0) <= ")
            .push_bind(self.to)
            .push(" and coalesce(m.end_chapter, m.chapter) * 1000 + coalesce(m.end_verse, m.verse, 999) >= ")
            .push_bind(self.from);
    }
}

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn read_sermons_citing(
        &self,
        passage: Passage,
        skip: u32,
        most: u16,
    ) -> Result<CitingPage, StoreError> {
        let span = Span::of(passage);
        // Those that begin in the chapters, by one index; those that come from a chapter before, by another.
        let mut query = sql::<D>(
            "select c.video_id, count(*), count(*) over ()
            from (
                select m.video_id
                from mentions m
                where m.class = 'confirmed' and m.book = ",
        );
        query.push_bind(span.book).push(" and m.chapter between ").push_bind(span.chapters.0);
        query.push(" and ").push_bind(span.chapters.1);
        span.push_overlap(&mut query);
        query
            .push(
                " union all
                select m.video_id
                from mentions m
                where m.class = 'confirmed' and m.end_chapter > m.chapter and m.book = ",
            )
            .push_bind(span.book)
            .push(" and m.end_chapter >= ")
            .push_bind(span.chapters.0)
            // Not by the index of the first chapters, which would go through all chapters before.
            .push(" and m.chapter + 0 < ")
            .push_bind(span.chapters.0);
        span.push_overlap(&mut query);
        query
            .push(
                "
            ) as c
            join sermons s on s.video_id = c.video_id
            group by c.video_id, s.day
            order by s.day desc, c.video_id
            limit ",
            )
            .push_bind(i64::from(most))
            .push(" offset ")
            .push_bind(i64::from(skip));
        let mut transaction = self.begin_snapshot().await?;
        let rows: Vec<(String, i64, i64)> = query.fetch_all(&mut transaction).await?;
        let total = rows.first().map_or(0, |row| row.2);
        let ids: Vec<_> = rows.into_iter().map(|(id, citations, _)| (id, citations)).collect();
        let mut places = places_in::<D>(&ids, span.book);
        span.push_overlap(&mut places);
        let sermons = citing::<D>(&mut transaction, ids, passage.book(), places).await?;
        transaction.rollback().await?;
        Ok(CitingPage { sermons, total })
    }
}

//! Citations of a chapter, a verse or a verse range.

use scripture_detector::Passage;

use super::{
    CitingPage,
    citing::{add_citations, select_citations},
};
use crate::store::{
    StoreError, columns,
    dialect::Dialect,
    sql::{Sql, sql},
    sql_store::SqlStore,
};

/// Stands for the last verse of any chapter.
const LAST_VERSE: i32 = 999;

/// The extent of a passage. A position is encoded as one number: chapter 8, verse 28 is 8028.
#[derive(Debug, Clone, Copy)]
struct Span {
    book: i16,
    chapters: (i32, i32),
    from: i32,
    to: i32,
    /// Whether the passage consists of verses, so that citations of whole chapters do not match.
    has_verses: bool,
}

impl Span {
    fn new(passage: Passage) -> Self {
        let first = i32::from(passage.chapter().unwrap_or(1));
        let last = passage.end_chapter().map_or(first, i32::from);
        let verse = passage.verse().map(i32::from);
        let end = passage.end_verse().map(i32::from).or(verse);
        Self {
            book: columns::book_number(passage.book()),
            chapters: (first, last),
            from: first * 1000 + verse.unwrap_or(0),
            to: last * 1000 + end.unwrap_or(LAST_VERSE),
            has_verses: verse.is_some(),
        }
    }

    /// Adds the condition that the mention `m` overlaps the passage.
    fn push_overlap<D: Dialect>(self, query: &mut Sql<D>) {
        if self.has_verses {
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
        offset: u32,
        limit: u16,
    ) -> Result<CitingPage, StoreError> {
        let span = Span::new(passage);
        // One index finds the mentions that begin in these chapters. Another finds the mentions that begin earlier and
        // end in these chapters.
        let mut query = sql::<D>(
            "select c.video_id, count(*), count(*) over ()
            from (
                select m.video_id
                from mentions m
                where m.class = ",
        );
        let class = columns::confirmed_class(passage.book());
        query
            .push_bind(class)
            .push(" and m.book = ")
            .push_bind(span.book)
            .push(" and m.chapter between ")
            .push_bind(span.chapters.0);
        query.push(" and ").push_bind(span.chapters.1);
        span.push_overlap(&mut query);
        query
            .push(
                " union all
                select m.video_id
                from mentions m
                where m.end_chapter > m.chapter and m.class = ",
            )
            .push_bind(class)
            .push(" and m.book = ")
            .push_bind(span.book)
            .push(" and m.end_chapter >= ")
            .push_bind(span.chapters.0)
            // The expression prevents the planner from using the chapter index, which would scan all earlier chapters.
            .push(" and m.chapter + 0 < ")
            .push_bind(span.chapters.0);
        span.push_overlap(&mut query);
        query
            .push(
                "
            ) as c
            join sermon_stats s on s.video_id = c.video_id
            group by c.video_id, s.day
            order by s.day desc, c.video_id
            limit ",
            )
            .push_bind(i64::from(limit))
            .push(" offset ")
            .push_bind(i64::from(offset));
        let mut transaction = self.begin_snapshot().await?;
        let rows: Vec<(String, i64, i64)> = query.fetch_all(&mut transaction).await?;
        let total = rows.first().map_or(0, |row| row.2);
        let ids: Vec<_> = rows.into_iter().map(|(id, citations, _)| (id, citations)).collect();
        let mut citations = select_citations::<D>(&ids, passage.book());
        span.push_overlap(&mut citations);
        let sermons = add_citations::<D>(&mut transaction, self.canon, ids, passage.book(), citations).await?;
        transaction.rollback().await?;
        Ok(CitingPage { sermons, total })
    }
}

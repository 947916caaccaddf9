//! Converts rows of `mentions` to passages, and adds citations to a page of sermons.

use std::collections::HashMap;

use scripture_detector::Passage;

use super::{Citation, CitingSermon};
use crate::{
    domain::{Book, Canon},
    store::{
        StoreError, columns,
        dialect::Dialect,
        list::{read_sources, read_summaries},
        sql::{Sql, sql},
    },
};

/// Maximum number of citations listed for a sermon.
const MAX_CITATIONS: usize = 12;

/// Chapter and verse numbers as stored in `mentions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PassageNumbers {
    pub(super) chapter: Option<i32>,
    pub(super) verse: Option<i32>,
    pub(super) end_chapter: Option<i32>,
    pub(super) end_verse: Option<i32>,
}

impl PassageNumbers {
    /// Returns the passage, or `None` if it does not exist.
    pub(super) fn to_passage(self, book: Book) -> Option<Passage> {
        let number = |number: i32| u16::try_from(number).ok();
        let Some(chapter) = self.chapter else { return Some(Passage::whole_book(book)) };
        let chapter = number(chapter)?;
        let (first, end_verse) = match self.verse {
            Some(verse) => (Passage::single_verse(book, chapter, number(verse)?)?, self.end_verse),
            None => (Passage::whole_chapter(book, chapter)?, None),
        };
        if self.end_chapter.is_none() && end_verse.is_none() {
            return Some(first);
        }
        let end_chapter = self.end_chapter.map_or(Some(chapter), number)?;
        let end_verse = end_verse.map(|verse| number(verse).unwrap_or_default());
        Some(first.through(end_chapter, end_verse).unwrap_or(first))
    }
}

/// A citation in a sermon.
#[derive(sqlx::FromRow)]
struct CitationRow {
    video_id: String,
    chapter: Option<i32>,
    verse: Option<i32>,
    end_chapter: Option<i32>,
    end_verse: Option<i32>,
    start_seconds: Option<f64>,
}

/// Starts a query for the confirmed mentions `m` of a book in these sermons. The caller may add conditions.
pub(super) fn select_citations<D: Dialect>(ids: &[(String, i64)], book: Book) -> Sql<D> {
    let mut query = sql::<D>(
        "select m.video_id, m.chapter, m.verse, m.end_chapter, m.end_verse, m.start_seconds
        from mentions m
        where m.video_id in ",
    );
    query.push_list(ids.iter().map(|(id, _)| id.as_str()));
    query.push(" and m.class = ").push_bind(columns::confirmed_class(book));
    query.push(" and m.book = ").push_bind(columns::book_number(book));
    query
}

/// Returns these sermons in the given order, with their counts and the citations that `query` selects.
pub(super) async fn add_citations<D: Dialect>(
    connection: &mut D::Connection,
    canon: Canon,
    ids: Vec<(String, i64)>,
    book: Book,
    mut query: Sql<D>,
) -> Result<Vec<CitingSermon>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    query.push(" order by m.video_id, m.ordinal");
    let rows: Vec<CitationRow> = query.fetch_all(connection).await?;
    let mut found: HashMap<String, Vec<Citation>> = HashMap::new();
    for row in rows {
        let CitationRow { video_id, chapter, verse, end_chapter, end_verse, start_seconds: seconds } = row;
        let places = found.entry(video_id).or_default();
        if places.len() < MAX_CITATIONS {
            let passage = PassageNumbers { chapter, verse, end_chapter, end_verse }.to_passage(book);
            places.push(Citation { seconds, passage });
        }
    }
    let video_ids: Vec<_> = ids.iter().map(|(id, _)| id.clone()).collect();
    let counts: HashMap<_, _> = ids.into_iter().collect();
    let mut sources = read_sources::<D>(connection, &video_ids).await?;
    let sermons = read_summaries::<D>(connection, canon, &video_ids).await?.into_iter().map(|sermon| {
        let id = sermon.video_id.as_str();
        let citations = counts.get(id).copied().unwrap_or_default();
        let (places, source) = (found.remove(id).unwrap_or_default(), sources.remove(id));
        CitingSermon { sermon, citations, source, places }
    });
    Ok(sermons.collect())
}

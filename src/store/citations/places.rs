//! What is cited in a row of `mentions`, and the places of a page of sermons.

use std::collections::HashMap;

use super::{Citation, CitingSermon};
use scripture_detector::Passage;

use crate::{
    domain::Book,
    store::{
        StoreError,
        list::{sources_of, summaries_of},
        sql::{Dialect, Sql, sql},
    },
};

/// The most places that are shown of a sermon.
const PLACES: usize = 12;

/// The numbers of a passage as they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Numbers {
    pub(super) chapter: Option<i32>,
    pub(super) verse: Option<i32>,
    pub(super) end_chapter: Option<i32>,
    pub(super) end_verse: Option<i32>,
}

impl Numbers {
    /// The passage, if it exists.
    pub(super) fn of(self, book: Book) -> Option<Passage> {
        let number = |number: i32| u16::try_from(number).ok();
        let Some(chapter) = self.chapter else { return Some(Passage::book_only(book)) };
        let chapter = number(chapter)?;
        let (first, end_verse) = match self.verse {
            Some(verse) => (Passage::of_verse(book, chapter, number(verse)?)?, self.end_verse),
            None => (Passage::of_chapter(book, chapter)?, None),
        };
        if self.end_chapter.is_none() && end_verse.is_none() {
            return Some(first);
        }
        let end_chapter = self.end_chapter.map_or(Some(chapter), number)?;
        let end_verse = end_verse.map(|verse| number(verse).unwrap_or_default());
        Some(first.up_to(end_chapter, end_verse).unwrap_or(first))
    }
}

/// A place in a sermon.
#[derive(sqlx::FromRow)]
struct PlaceRow {
    video_id: String,
    chapter: Option<i32>,
    verse: Option<i32>,
    end_chapter: Option<i32>,
    end_verse: Option<i32>,
    start_seconds: Option<f64>,
}

/// Begins a query for the confirmed mentions `m` of a book in these sermons; the caller may narrow it.
pub(super) fn places_in<D: Dialect>(ids: &[(String, i64)], book: i16) -> Sql<D> {
    let mut query = sql::<D>(
        "select m.video_id, m.chapter, m.verse, m.end_chapter, m.end_verse, m.start_seconds
        from mentions m
        where m.video_id in (",
    );
    for (index, (id, _)) in ids.iter().enumerate() {
        query.push(if index == 0 { "" } else { ", " }).push_bind(id.as_str());
    }
    query.push(") and m.class = 'confirmed' and m.book = ").push_bind(book);
    query
}

/// Puts sermons, in the order of their ids here, together with their places, which `places` asks for.
pub(super) async fn citing<D: Dialect>(
    connection: &mut D::Connection,
    ids: Vec<(String, i64)>,
    book: Book,
    mut places: Sql<D>,
) -> Result<Vec<CitingSermon>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    places.push(" order by m.video_id, m.ordinal");
    let rows: Vec<PlaceRow> = places.fetch_all(connection).await?;
    let mut found: HashMap<String, Vec<Citation>> = HashMap::new();
    for row in rows {
        let PlaceRow { video_id, chapter, verse, end_chapter, end_verse, start_seconds: seconds } = row;
        let places = found.entry(video_id).or_default();
        if places.len() < PLACES {
            let passage = Numbers { chapter, verse, end_chapter, end_verse }.of(book);
            places.push(Citation { seconds, passage });
        }
    }
    let names: Vec<_> = ids.iter().map(|(id, _)| id.clone()).collect();
    let counts: HashMap<_, _> = ids.into_iter().collect();
    let mut sources = sources_of::<D>(connection, &names).await?;
    let sermons = summaries_of::<D>(connection, &names).await?.into_iter().map(|sermon| {
        let id = sermon.video_id.as_str();
        let citations = counts.get(id).copied().unwrap_or_default();
        let (places, source) = (found.remove(id).unwrap_or_default(), sources.remove(id));
        CitingSermon { sermon, citations, source, places }
    });
    Ok(sermons.collect())
}

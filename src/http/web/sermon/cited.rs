//! What a sermon cites: the passages that come back, and the references grouped by their book.

use indexmap::IndexMap;

use super::mentions::Mention;
use crate::{domain::Book, http::web::format};

/// Passages that are shown.
const MOST: usize = 6;

/// A passage that is cited more than once.
#[derive(Debug)]
pub(super) struct Often {
    pub(super) passage: String,
    pub(super) url: Option<String>,
    pub(super) times: String,
    /// Its share of the one that is cited most, 0 to 100.
    pub(super) share: usize,
}

/// The passages that are cited more than once, most often first; chapters and verses only.
pub(super) fn most_cited(mentions: &[Mention]) -> Vec<Often> {
    let mut counts: IndexMap<&str, (&Mention, usize)> = IndexMap::new();
    for mention in mentions {
        if let Some(osis) = mention.osis.as_deref().filter(|osis| osis.contains('.')) {
            counts.entry(osis).or_insert((mention, 0)).1 += 1;
        }
    }
    let mut often: Vec<_> = counts.into_values().filter(|(_, times)| *times > 1).collect();
    often.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    let most = often.first().map_or(1, |(_, times)| *times);
    let shown = |(mention, times): (&Mention, usize)| Often {
        passage: mention.passage.clone(),
        url: mention.passage_url.clone(),
        times: format::number(times as u64),
        share: times * 100 / most,
    };
    often.into_iter().take(MOST).map(shown).collect()
}

/// References under one heading.
#[derive(Debug)]
pub(super) struct Group {
    /// The book and its page; none for all of them in order.
    pub(super) heading: Option<(String, Option<String>)>,
    pub(super) count: usize,
    pub(super) mentions: Vec<Mention>,
}

/// All in the order of the sermon.
pub(super) fn in_order(mentions: Vec<Mention>) -> Vec<Group> {
    vec![Group { heading: None, count: mentions.len(), mentions }]
}

/// By book, in the order of the canon; within a book in the order of the sermon.
pub(super) fn by_book(mentions: Vec<Mention>, url: impl Fn(Book) -> String) -> Vec<Group> {
    let mut groups: IndexMap<Option<Book>, Vec<Mention>> = IndexMap::new();
    for mention in mentions {
        groups.entry(mention.book).or_default().push(mention);
    }
    groups.sort_keys();
    let group = |(book, mentions): (Option<Book>, Vec<Mention>)| {
        let name = book.map_or_else(|| "Other".to_owned(), |book| book.to_string());
        Group { heading: Some((name, book.map(&url))), count: mentions.len(), mentions }
    };
    groups.into_iter().map(group).collect()
}

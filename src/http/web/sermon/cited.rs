//! The passages that a sermon cites repeatedly, and its references grouped by book.

use indexmap::IndexMap;

use super::mentions::Mention;
use crate::{domain::Book, http::web::format};

/// Maximum number of repeated passages to show.
const LIMIT: usize = 6;

/// A passage that is cited more than once.
#[derive(Debug)]
pub(super) struct RepeatedPassage {
    pub(super) passage: String,
    pub(super) url: Option<String>,
    pub(super) times: String,
    /// Length of the bar, from 0 to 100.
    pub(super) share: usize,
}

/// Returns the chapters and verses that are cited more than once, most cited first, and how many there are in total.
pub(super) fn repeated_passages(mentions: &[Mention]) -> (Vec<RepeatedPassage>, usize) {
    let mut counts: IndexMap<&str, (&Mention, usize)> = IndexMap::new();
    for mention in mentions {
        let is_cited = |osis: &&str| osis.contains('.') && mention.class != "withdrawn";
        if let Some(osis) = mention.osis.as_deref().filter(is_cited) {
            counts.entry(osis).or_insert((mention, 0)).1 += 1;
        }
    }
    let mut repeated: Vec<_> = counts.into_values().filter(|(_, times)| *times > 1).collect();
    repeated.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    let most = repeated.first().map_or(1, |(_, times)| *times);
    let view = |(mention, times): (&Mention, usize)| RepeatedPassage {
        passage: mention.passage.clone(),
        url: mention.passage_url.clone(),
        times: format::number(times as u64),
        share: times * 100 / most,
    };
    let total = repeated.len();
    (repeated.into_iter().take(LIMIT).map(view).collect(), total)
}

/// References under one heading.
#[derive(Debug)]
pub(super) struct MentionGroup {
    /// Name and URL of the book, or `None` for the list in transcript order.
    pub(super) heading: Option<(String, Option<String>)>,
    /// Number of mentions by badge, such as `3 confirmed, 2 from context`.
    pub(super) count: String,
    pub(super) mentions: Vec<Mention>,
}

/// Returns a single group with all references in transcript order.
pub(super) fn in_order(mentions: Vec<Mention>) -> Vec<MentionGroup> {
    vec![MentionGroup { heading: None, count: String::new(), mentions }]
}

/// Groups references by book, in canonical order. Within a book they stay in transcript order.
pub(super) fn by_book(mentions: Vec<Mention>, url: impl Fn(Book) -> String) -> Vec<MentionGroup> {
    let mut groups: IndexMap<Option<Book>, Vec<Mention>> = IndexMap::new();
    for mention in mentions {
        groups.entry(mention.book).or_default().push(mention);
    }
    groups.sort_keys();
    let group = |(book, mentions): (Option<Book>, Vec<Mention>)| {
        let name = book.map_or_else(|| "Other".to_owned(), |book| book.to_string());
        MentionGroup { heading: Some((name, book.map(&url))), count: count_badges(&mentions), mentions }
    };
    groups.into_iter().map(group).collect()
}

/// Counts mentions by badge, in order of first appearance.
fn count_badges(mentions: &[Mention]) -> String {
    let mut counts: IndexMap<&str, usize> = IndexMap::new();
    for mention in mentions {
        *counts.entry(mention.badge).or_default() += 1;
    }
    counts.iter().map(|(badge, count)| format!("{count} {badge}")).collect::<Vec<_>>().join(", ")
}

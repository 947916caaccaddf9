//! What the list of sermons was asked for.

use crate::{
    domain::Book,
    http::{api::videos::ListParams, web::links::Links},
};

/// The orders of the list, and what they are called.
const SORTS: [(&str, &str); 5] = [
    ("newest", "Last added first"),
    ("oldest", "First added first"),
    ("manna", "Most manna first"),
    ("title", "By title"),
    ("channel", "By church"),
];

/// What the list was asked for.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) q: String,
    pub(super) channel: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) books: Vec<Choice>,
    pub(super) sorts: Vec<Choice>,
    /// Whether anything narrows the list.
    pub(super) narrows: bool,
    /// Whether this is not its first page.
    pub(super) later_page: bool,
    pub(super) first_url: String,
    pub(super) without_channel_url: String,
}

/// One option of a choice.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) value: &'static str,
    pub(super) name: &'static str,
    pub(super) chosen: bool,
}

impl Filter {
    pub(super) fn new(params: &ListParams, links: &Links) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let sort = params.sort.as_deref().unwrap_or_default();
        let book = params.book.as_deref().unwrap_or_default();
        Self {
            q: text(&params.q),
            channel: text(&params.channel),
            from: text(&params.from),
            to: text(&params.to),
            books: Book::all()
                .map(|it| Choice { value: it.name(), name: it.name(), chosen: it.name() == book || it.osis() == book })
                .collect(),
            sorts: SORTS.map(|(value, name)| Choice { value, name, chosen: value == sort }).into(),
            narrows: [&params.q, &params.channel, &params.book, &params.from, &params.to]
                .iter()
                .any(|value| value.as_deref().is_some_and(|value| !value.is_empty())),
            later_page: params.cursor.as_deref().is_some_and(|cursor| !cursor.is_empty()),
            first_url: links.list(&ListParams { cursor: None, ..params.clone() }),
            without_channel_url: links.list(&ListParams { cursor: None, channel: None, ..params.clone() }),
        }
    }
}

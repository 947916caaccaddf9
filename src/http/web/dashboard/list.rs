//! The filter form of the list of sermons.

use crate::{
    domain::{Book, Canon},
    http::{
        api::videos::ListParams,
        web::links::{Links, list_query},
    },
};

/// Value and label of each sort order.
const SORTS: [(&str, &str); 5] = [
    ("newest", "Newest first"),
    ("oldest", "Oldest first"),
    ("manna", "Most manna"),
    ("title", "Title"),
    ("channel", "Church"),
];

/// The state of the filter form.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each controls a different part of the template")]
pub(super) struct Filter {
    pub(super) q: String,
    pub(super) channel: String,
    pub(super) speaker: String,
    pub(super) series: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) undated: bool,
    pub(super) added_from: String,
    pub(super) added_to: String,
    pub(super) books: Vec<SelectOption>,
    pub(super) sorts: Vec<SelectOption>,
    /// Whether any filter is set.
    pub(super) is_active: bool,
    /// Whether any of the initially hidden filters is set.
    pub(super) has_more: bool,
    pub(super) clear_url: String,
    /// URL of the filtered list as CSV.
    pub(super) csv_url: String,
    /// Whether this is not the first page.
    pub(super) later_page: bool,
    pub(super) first_url: String,
    pub(super) without_channel_url: String,
    pub(super) without_speaker_url: String,
    pub(super) without_series_url: String,
}

/// An option of a `select` element.
#[derive(Debug)]
pub(super) struct SelectOption {
    pub(super) value: &'static str,
    pub(super) label: &'static str,
    pub(super) selected: bool,
}

/// Returns whether any filter is set.
fn is_active(params: &ListParams) -> bool {
    let ListParams { q, channel, speaker, series, book, from, to, undated, added_from, added_to, .. } = params;
    [q, channel, speaker, series, book, from, to, undated, added_from, added_to]
        .into_iter()
        .any(|value| is_set(value.as_ref()))
}

fn is_set(value: Option<&String>) -> bool {
    value.is_some_and(|value| !value.is_empty())
}

impl Filter {
    pub(super) fn new(params: &ListParams, links: &Links, canon: Canon) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let sort = params.sort.as_deref().unwrap_or_default();
        let book = params.book.as_deref().unwrap_or_default();
        Self {
            q: text(&params.q),
            channel: text(&params.channel),
            speaker: text(&params.speaker),
            series: text(&params.series),
            from: text(&params.from),
            to: text(&params.to),
            undated: params.undated.as_deref() == Some("1"),
            added_from: text(&params.added_from),
            added_to: text(&params.added_to),
            books: canon
                .books()
                .chain(Book::deuterocanonical().filter(|book| !canon.contains(*book)))
                .map(|it| SelectOption {
                    value: it.name(),
                    label: it.name(),
                    selected: it.name() == book || it.osis() == book,
                })
                .collect(),
            sorts: SORTS.map(|(value, label)| SelectOption { value, label, selected: value == sort }).into(),
            is_active: is_active(params),
            has_more: [&params.undated, &params.added_from, &params.added_to]
                .into_iter()
                .any(|value| is_set(value.as_ref())),
            clear_url: links.sermons(),
            csv_url: links.at(&format!(
                "/api/videos.csv{}",
                list_query(&ListParams { cursor: None, limit: None, ..params.clone() })
            )),
            later_page: params.cursor.as_deref().is_some_and(|cursor| !cursor.is_empty()),
            first_url: links.list(&ListParams { cursor: None, ..params.clone() }),
            without_channel_url: links.list(&ListParams { cursor: None, channel: None, ..params.clone() }),
            without_speaker_url: links.list(&ListParams { cursor: None, speaker: None, ..params.clone() }),
            without_series_url: links.list(&ListParams { cursor: None, series: None, ..params.clone() }),
        }
    }
}

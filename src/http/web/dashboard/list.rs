//! The list of sermons: what it was asked for, and its rows.

use crate::{
    domain::Book,
    http::{
        api::videos::ListParams,
        web::{
            format::{self, Title},
            links::Links,
        },
    },
    store::VideoSummary,
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

/// A sermon in a list.
#[derive(Debug)]
pub(in crate::http::web) struct Row {
    pub(in crate::http::web) url: String,
    pub(in crate::http::web) title: Title,
    pub(in crate::http::web) church: String,
    pub(in crate::http::web) church_url: String,
    pub(in crate::http::web) location: String,
    pub(in crate::http::web) date: String,
    pub(in crate::http::web) length: String,
    pub(in crate::http::web) manna: String,
    pub(in crate::http::web) suspect: String,
}

impl Row {
    pub(in crate::http::web) fn new(video: VideoSummary, links: &Links) -> Self {
        let by_name = || links.list(&ListParams { channel: Some(video.channel.clone()), ..ListParams::default() });
        Self {
            url: links.sermon(&video.video_id),
            title: Title::of(&video.title),
            church_url: video.church_slug.as_deref().map_or_else(by_name, |slug| links.church(slug)),
            church: video.channel,
            location: video.location,
            date: video
                .published_at
                .as_deref()
                .and_then(format::day)
                .unwrap_or_else(|| format::date(video.processed_at)),
            length: video.duration_seconds.map(format::length).unwrap_or_default(),
            manna: format::number(video.manna),
            suspect: format::number(video.suspect),
        }
    }
}

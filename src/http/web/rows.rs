//! Rows of sermons, churches and books, and pagination.

use scripture_detector::Passage;
use serde::Deserialize;

use super::{
    format::{self, Title},
    links::Links,
    sermon::WatchLink,
};
use crate::{
    domain::Book,
    http::{api::videos::ListParams, error::AppError},
    store::{Church, Citation, CitingSermon, GroupKind, VideoSummary, group_slug, is_same_group, most_cited},
};

/// Number of the last page of a list. Filters or the export show more.
const LAST_PAGE: u32 = 500;

/// The query parameter `page`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PageNumber {
    page: Option<String>,
}

impl PageNumber {
    /// Parses the page number, which starts at 1 and defaults to 1.
    pub(super) fn parse(&self) -> Result<u32, AppError> {
        let text = self.page.as_deref().map(str::trim).filter(|text| !text.is_empty()).unwrap_or("1");
        let number = text.parse().ok().filter(|number| (1..=LAST_PAGE).contains(number));
        number.ok_or_else(|| AppError::Query(format!("page: {text:?} is not a number from 1 to {LAST_PAGE}")))
    }
}

/// The links to the previous and next page of a list.
#[derive(Debug, Default)]
pub(super) struct Pagination {
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
    /// Position in the list, such as `Page 2 of 7`, or empty if there is only one page.
    pub(super) position: String,
}

impl Pagination {
    /// Creates the links around page `number`. `page_url` returns the URL of a page.
    pub(super) fn new(number: u32, page_size: u16, total: i64, page_url: impl Fn(u32) -> String) -> Self {
        let pages = u32::try_from(total).unwrap_or(u32::MAX).div_ceil(u32::from(page_size.max(1)));
        Self {
            previous: (number > 1).then(|| page_url(number - 1)),
            next: (number < pages.min(LAST_PAGE)).then(|| page_url(number + 1)),
            position: if pages > 1 { format!("Page {number} of {}", format::number(pages)) } else { String::new() },
        }
    }
}

/// Returns the number of rows before a page.
pub(super) fn offset(number: u32, page_size: u16) -> u32 {
    (number - 1).saturating_mul(u32::from(page_size))
}

/// A sermon in a list.
#[derive(Debug)]
pub(super) struct SermonRow {
    pub(super) url: String,
    pub(super) title: Title,
    pub(super) church: String,
    pub(super) church_url: String,
    /// The speaker, with the address of their page.
    pub(super) speaker: Option<(String, String)>,
    pub(super) location: String,
    pub(super) date: String,
    pub(super) length: String,
    pub(super) manna: String,
    pub(super) suspect: String,
    /// Number of references outside the canon, `0` if there are none.
    pub(super) deuterocanonical: String,
    /// Text shown instead of the numbers.
    pub(super) not_measured: Option<String>,
}

impl SermonRow {
    pub(super) fn new(video: VideoSummary, links: &Links) -> Self {
        let published = video.published_at.as_deref().and_then(format::iso_date);
        let mut title = Title::parse(&video.title);
        // A title such as `The Sower | Ann Lee` already names the speaker.
        title.rest = title.rest.filter(|rest| !video.speaker.as_deref().is_some_and(|name| is_same_group(rest, name)));
        let speaker = |name: String| Some((links.group(GroupKind::Speaker, &group_slug(&name)?), name));
        Self {
            url: links.sermon(&video.video_id),
            title,
            speaker: video.speaker.and_then(speaker).map(|(url, name)| (name, url)),
            church_url: church_url(video.church_slug.as_deref(), &video.channel, links),
            church: video.channel,
            location: video.location,
            date: published.unwrap_or_else(|| format::date(video.processed_at)),
            length: video.duration_seconds.map(format::duration).unwrap_or_default(),
            manna: format::number(video.manna.unwrap_or_default()),
            suspect: format::number(video.suspect.unwrap_or_default()),
            deuterocanonical: format::number(video.deuterocanonical.unwrap_or_default()),
            not_measured: video.not_measured,
        }
    }
}

/// Returns the URL of a church's page, or of the list of its sermons if the slug is unknown because the database is
/// unreachable.
pub(super) fn church_url(slug: Option<&str>, name: &str, links: &Links) -> String {
    let by_name = || links.list(&ListParams { channel: Some(name.to_owned()), ..ListParams::default() });
    slug.map_or_else(by_name, |slug| links.church(slug))
}

/// A sermon that cites a book or passage, with the citations.
#[derive(Debug)]
pub(super) struct CitingRow {
    pub(super) row: SermonRow,
    /// Number of citations, such as `3 times`.
    pub(super) times: String,
    pub(super) citations: Vec<CitationView>,
    /// How many of the citations are listed; `None` if all are.
    pub(super) note: Option<String>,
}

/// A citation in a sermon.
#[derive(Debug)]
pub(super) struct CitationView {
    /// Timestamp such as `12:34`, or `None` if the transcript has no times.
    pub(super) time: Option<String>,
    /// URL of the video at that time.
    pub(super) watch_url: Option<String>,
    pub(super) passage: String,
    pub(super) passage_url: Option<String>,
}

impl CitingRow {
    pub(super) fn new(citing: CitingSermon, links: &Links) -> Self {
        let CitingSermon { sermon, citations, source, places } = citing;
        let watch = WatchLink::new(&sermon.video_id, source.as_ref());
        let view = |citation: Citation| CitationView {
            time: citation.seconds.map(format::timestamp),
            watch_url: citation.seconds.and_then(|seconds| watch.at(seconds)),
            passage: citation.passage.map(Passage::english).unwrap_or_default(),
            passage_url: citation.passage.map(|passage| links.passage(passage)),
        };
        Self {
            times: format::times(citations),
            note: format::shown(places.len(), citations).filter(|_| !places.is_empty()),
            citations: places.into_iter().map(view).collect(),
            row: SermonRow::new(sermon, links),
        }
    }
}

/// A row of a bar chart.
#[derive(Debug)]
pub(super) struct BarRow {
    pub(super) url: String,
    pub(super) name: String,
    pub(super) number: String,
    /// A second line below the name.
    pub(super) detail: String,
    /// Length of the bar, 0 to 100.
    pub(super) share: i64,
}

/// A bar chart of the first rows of a list.
#[derive(Debug)]
pub(super) struct Bars {
    pub(super) rows: Vec<BarRow>,
    /// How much of the list is shown; `None` if all of it is.
    pub(super) note: Option<String>,
}

impl Bars {
    /// Creates the chart of a list with `total` rows.
    pub(super) fn new(rows: Vec<BarRow>, total: impl TryInto<u64>) -> Self {
        Self { note: format::shown(rows.len(), total), rows }
    }

    /// Returns whether there is nothing to show.
    pub(super) const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Removes the secondary lines.
    #[must_use]
    pub(super) fn without_details(mut self) -> Self {
        self.rows.iter_mut().for_each(|row| row.detail.clear());
        self
    }
}

/// Creates bars for the most cited of these books.
pub(super) fn book_bars(books: &[(Book, i64)], limit: usize, links: &Links) -> Bars {
    let cited = books.iter().filter(|(_, manna)| *manna > 0).count();
    let books = most_cited(books, limit);
    let most = books.iter().map(|(_, manna)| *manna).max().unwrap_or(1).max(1);
    let bar = |&(book, manna): &(Book, i64)| BarRow {
        url: links.book(book),
        name: book.to_string(),
        number: format::number(manna),
        detail: String::new(),
        share: manna * 100 / most,
    };
    Bars::new(books.iter().map(bar).collect(), cited as u64)
}

/// Creates a bar for each church, with the manna and the number of sermons. `total` is the number of all churches.
pub(super) fn church_bars(churches: &[Church], total: i64, links: &Links) -> Bars {
    let most = churches.iter().map(|church| church.manna).max().unwrap_or(1).max(1);
    let bar = |church: &Church| BarRow {
        url: links.church(&church.slug),
        name: church.name.clone(),
        number: format::number(church.manna),
        detail: format::count(church.sermons, "sermon"),
        share: church.manna * 100 / most,
    };
    Bars::new(churches.iter().map(bar).collect(), total)
}

/// Creates a bar for each sermon, with the manna and the church. `total` is the number of all sermons.
pub(super) fn sermon_bars(sermons: &[VideoSummary], total: i64, links: &Links) -> Bars {
    let most = sermons.iter().filter_map(|sermon| sermon.manna).max().unwrap_or(1).max(1);
    let bar = |sermon: &VideoSummary| BarRow {
        url: links.sermon(&sermon.video_id),
        name: Title::parse(&sermon.title).main,
        number: format::number(sermon.manna.unwrap_or_default()),
        detail: sermon.channel.clone(),
        share: sermon.manna.unwrap_or_default() * 100 / most,
    };
    Bars::new(sermons.iter().map(bar).collect(), total)
}

/// Formats an average with one decimal, such as `12.3`, or a dash for `None`.
pub(super) fn average(average: Option<f64>) -> String {
    average.map_or_else(|| "–".to_owned(), |average| format!("{average:.1}"))
}

#[cfg(test)]
pub(super) mod sample {
    use chrono::DateTime;

    use super::*;
    use crate::domain::VideoId;

    /// Returns a sermon with markup in its fields.
    pub(in crate::http::web) fn sermon() -> VideoSummary {
        VideoSummary {
            video_id: VideoId::parse("sErm0n_Tst1").expect("an id"),
            title: "Love & <Truth>".to_owned(),
            channel: "Grace “<xss>” Church".to_owned(),
            channel_url: "javascript:alert(1)".to_owned(),
            location: "Kenya".to_owned(),
            processed_at: DateTime::UNIX_EPOCH,
            published_at: Some("2026-05-31".to_owned()),
            duration_seconds: Some(2520.0),
            manna: Some(1234),
            suspect: Some(2),
            deuterocanonical: Some(1),
            not_measured: None,
            church_slug: Some("grace-xss-church".to_owned()),
            speaker: Some("Ann <xss> Lee".to_owned()),
            series: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_no_next_link() {
        let page_url = |number: u32| format!("/{number}");
        let pages = |number, total| {
            let pages = Pagination::new(number, 20, total, page_url);
            (pages.previous, pages.next, pages.position)
        };
        assert_eq!(pages(1, 20), (None, None, String::new()));
        assert_eq!(pages(2, 41), (Some("/1".to_owned()), Some("/3".to_owned()), "Page 2 of 3".to_owned()));
        assert_eq!(pages(3, 41).1, None);
        let number = |text: &str| PageNumber { page: Some(text.to_owned()) }.parse().ok();
        assert_eq!(
            [number(""), number("7"), number("0"), number("501"), number("x")],
            [Some(1), Some(7), None, None, None]
        );
    }
}

//! Sermons, churches and books as lists show them.

use serde::Deserialize;

use super::{
    format::{self, Title},
    links::Links,
    sermon::WatchLink,
};
use crate::{
    domain::Book,
    http::{api::videos::ListParams, error::AppError},
    store::{Church, CitingSermon, VideoSummary},
};

/// The last page that is shown of a list; who wants more narrows it, or takes the export.
const LAST_PAGE: u32 = 500;

/// Which page of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PageNumber {
    page: Option<String>,
}

impl PageNumber {
    /// The number, from 1.
    pub(super) fn read(&self) -> Result<u32, AppError> {
        let text = self.page.as_deref().map(str::trim).filter(|text| !text.is_empty()).unwrap_or("1");
        let number = text.parse().ok().filter(|number| (1..=LAST_PAGE).contains(number));
        number.ok_or_else(|| AppError::Query(format!("page: {text:?} is not a number from 1 to {LAST_PAGE}")))
    }
}

/// A list in pages.
#[derive(Debug, Default)]
pub(super) struct Pages {
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
    /// `Page 2 of 7`; nothing if there is one alone.
    pub(super) place: String,
}

impl Pages {
    /// Of so many in all, so many a page; `address` gives that of a page.
    pub(super) fn new(number: u32, on_a_page: u16, total: i64, address: impl Fn(u32) -> String) -> Self {
        let all = u32::try_from(total).unwrap_or(u32::MAX).div_ceil(u32::from(on_a_page.max(1)));
        Self {
            previous: (number > 1).then(|| address(number - 1)),
            next: (number < all.min(LAST_PAGE)).then(|| address(number + 1)),
            place: if all > 1 { format!("Page {number} of {}", format::number(all)) } else { String::new() },
        }
    }
}

/// How many come before a page.
pub(super) fn before(number: u32, on_a_page: u16) -> u32 {
    (number - 1).saturating_mul(u32::from(on_a_page))
}

/// A sermon in a list.
#[derive(Debug)]
pub(super) struct SermonRow {
    pub(super) url: String,
    pub(super) title: Title,
    pub(super) church: String,
    pub(super) church_url: String,
    pub(super) location: String,
    pub(super) date: String,
    pub(super) length: String,
    pub(super) manna: String,
    pub(super) suspect: String,
}

impl SermonRow {
    pub(super) fn new(video: VideoSummary, links: &Links) -> Self {
        let published = video.published_at.as_deref().and_then(format::day);
        Self {
            url: links.sermon(&video.video_id),
            title: Title::of(&video.title),
            church_url: church_url(video.church_slug.as_deref(), &video.channel, links),
            church: video.channel,
            location: video.location,
            date: published.unwrap_or_else(|| format::date(video.processed_at)),
            length: video.duration_seconds.map(format::length).unwrap_or_default(),
            manna: format::number(video.manna),
            suspect: format::number(video.suspect),
        }
    }
}

/// The page of a church; the list of its sermons while the database, which knows its page, is away.
pub(super) fn church_url(slug: Option<&str>, name: &str, links: &Links) -> String {
    let by_name = || links.list(&ListParams { channel: Some(name.to_owned()), ..ListParams::default() });
    slug.map_or_else(by_name, |slug| links.church(slug))
}

/// A sermon that cites something, with the places.
#[derive(Debug)]
pub(super) struct CitingRow {
    pub(super) row: SermonRow,
    /// `3 times`.
    pub(super) often: String,
    pub(super) places: Vec<Place>,
}

/// A place in a sermon.
#[derive(Debug)]
pub(super) struct Place {
    /// `12:34`; none in a text without times.
    pub(super) time: Option<String>,
    /// The video at that second.
    pub(super) watch_url: Option<String>,
    pub(super) passage: String,
    pub(super) passage_url: Option<String>,
}

impl CitingRow {
    pub(super) fn new(citing: CitingSermon, links: &Links) -> Self {
        let CitingSermon { sermon, citations, source, places } = citing;
        let watch = WatchLink::new(&sermon.video_id, source.as_ref());
        let place = |place: crate::store::Citation| Place {
            time: place.seconds.map(format::clock),
            watch_url: place.seconds.and_then(|seconds| watch.at(seconds)),
            passage: place.passage.map(format::passage_name).unwrap_or_default(),
            passage_url: place.passage.map(|passage| links.passage(passage)),
        };
        Self {
            often: times(citations),
            places: places.into_iter().map(place).collect(),
            row: SermonRow::new(sermon, links),
        }
    }
}

/// `once`, `twice`, `3 times`.
pub(super) fn times(number: i64) -> String {
    match number {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{} times", format::number(number)),
    }
}

/// A line with a bar.
#[derive(Debug)]
pub(super) struct BarRow {
    pub(super) url: String,
    pub(super) name: String,
    pub(super) number: String,
    /// What stands below the name, in quiet.
    pub(super) aside: String,
    /// The length of the bar, 0 to 100.
    pub(super) share: i64,
}

/// Books, the first of which is cited most.
pub(super) fn book_bars(books: &[(Book, i64)], links: &Links) -> Vec<BarRow> {
    let most = books.iter().map(|(_, manna)| *manna).max().unwrap_or(1).max(1);
    let bar = |&(book, manna): &(Book, i64)| BarRow {
        url: links.book(book),
        name: book.to_string(),
        number: format::number(manna),
        aside: String::new(),
        share: manna * 100 / most,
    };
    books.iter().map(bar).collect()
}

/// Churches, with their manna and how many sermons it comes from.
pub(super) fn church_bars(churches: &[Church], links: &Links) -> Vec<BarRow> {
    let most = churches.iter().map(|church| church.manna).max().unwrap_or(1).max(1);
    let bar = |church: &Church| BarRow {
        url: links.church(&church.slug),
        name: church.name.clone(),
        number: format::number(church.manna),
        aside: match church.sermons {
            1 => "1 sermon".to_owned(),
            many => format!("{} sermons", format::number(many)),
        },
        share: church.manna * 100 / most,
    };
    churches.iter().map(bar).collect()
}

/// Sermons, with their manna and their church.
pub(super) fn sermon_bars(sermons: &[VideoSummary], links: &Links) -> Vec<BarRow> {
    let most = sermons.iter().map(|sermon| sermon.manna).max().unwrap_or(1).max(1);
    let bar = |sermon: &VideoSummary| BarRow {
        url: links.sermon(&sermon.video_id),
        name: Title::of(&sermon.title).main,
        number: format::number(sermon.manna),
        aside: sermon.channel.clone(),
        share: sermon.manna * 100 / most,
    };
    sermons.iter().map(bar).collect()
}

/// `12.3`, or a dash where there is nothing to divide by.
pub(super) fn average(average: Option<f64>) -> String {
    average.map_or_else(|| "–".to_owned(), |average| format!("{average:.1}"))
}

#[cfg(test)]
pub(super) mod sample {
    use chrono::DateTime;

    use super::*;
    use crate::domain::VideoId;

    /// A sermon with markup in its words.
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
            manna: 1234,
            suspect: 2,
            church_slug: Some("grace-xss-church".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_has_no_next_one() {
        let address = |number: u32| format!("/{number}");
        let pages = |number, total| {
            let pages = Pages::new(number, 20, total, address);
            (pages.previous, pages.next, pages.place)
        };
        assert_eq!(pages(1, 20), (None, None, String::new()));
        assert_eq!(pages(2, 41), (Some("/1".to_owned()), Some("/3".to_owned()), "Page 2 of 3".to_owned()));
        assert_eq!(pages(3, 41).1, None);
        let number = |text: &str| PageNumber { page: Some(text.to_owned()) }.read().ok();
        assert_eq!(
            [number(""), number("7"), number("0"), number("501"), number("x")],
            [Some(1), Some(7), None, None, None]
        );
    }
}

//! Where every page and file is: the one place that knows addresses, so that the same templates can be written for
//! another place, such as files below a folder.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use scripture_detector::Passage;

use crate::{
    domain::{Book, VideoId},
    http::{
        api::videos::ListParams,
        assets,
        files::{address_of, file_of},
    },
};

/// Sermons on a page of the list; the number that an address does not name.
pub(super) const ON_A_PAGE: &str = "25";

/// What is written in another way within a part of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// Builds addresses below a base path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Links {
    /// What stands before each path: nothing, or such as `/manna`.
    base: String,
    /// Whether pages are files.
    as_files: bool,
}

impl Links {
    /// Addresses of a static site below this base.
    pub(super) fn of_files(base: &str) -> Self {
        Self { base: base.to_owned(), as_files: true }
    }

    /// An address that only the running service has, such as `/backup/create`.
    pub(super) fn at(&self, path: &str) -> String {
        let file = self.as_files.then(|| file_of(path)).flatten();
        format!("{}{}", self.base, file.map_or_else(|| path.to_owned(), |file| address_of(&file)))
    }

    /// The first page.
    pub(super) fn home(&self) -> String {
        self.at("/")
    }

    /// The form that adds a sermon.
    pub(super) fn add(&self) -> String {
        self.at("/#add")
    }

    /// The list of all sermons.
    pub(super) fn sermons(&self) -> String {
        self.at("/#sermons")
    }

    /// The list, as it was asked for.
    pub(super) fn list(&self, params: &ListParams) -> String {
        let ListParams { q, channel, book, from, to, sort, cursor, limit } = params;
        let limit = limit.clone().filter(|limit| limit != ON_A_PAGE);
        let named = [
            ("q", q),
            ("channel", channel),
            ("book", book),
            ("from", from),
            ("to", to),
            ("sort", sort),
            ("cursor", cursor),
            ("limit", &limit),
        ];
        match query(named.map(|(name, value)| (name, value.as_deref().unwrap_or_default()))) {
            query if query.is_empty() => self.home(),
            query => self.at(&format!("/{query}#sermons")),
        }
    }

    /// A sermon.
    pub(super) fn sermon(&self, id: &VideoId) -> String {
        self.at(&format!("/video/{id}"))
    }

    /// A sermon, its references by book.
    pub(super) fn sermon_by_book(&self, id: &VideoId) -> String {
        self.at(&format!("/video/{id}?view=book"))
    }

    /// The label of a sermon as a picture that can be made larger.
    pub(super) fn label_svg(&self, id: &VideoId) -> String {
        self.at(&format!("/video/{id}/label.svg"))
    }

    /// The label of a sermon as a picture.
    pub(super) fn label_png(&self, id: &VideoId) -> String {
        self.at(&format!("/video/{id}/label.png"))
    }

    /// What others show beside a link to a sermon.
    pub(super) fn card(&self, id: &VideoId) -> String {
        self.at(&format!("/video/{id}/card.png"))
    }

    /// Counts a sermon anew.
    pub(super) fn reanalyze(&self, id: &VideoId) -> String {
        self.at(&format!("/video/{id}/reanalyze"))
    }

    /// The document of a sermon.
    pub(super) fn document(&self, id: &VideoId) -> String {
        self.at(&format!("/api/video/{id}"))
    }

    /// A church, by its slug.
    pub(super) fn church(&self, slug: &str) -> String {
        self.at(&format!("/church/{}", utf8_percent_encode(slug, SEGMENT)))
    }

    /// A book of the Bible.
    pub(super) fn book(&self, book: Book) -> String {
        self.at(&format!("/book/{}", book.osis()))
    }

    /// A passage; a whole book has a page of its own.
    pub(super) fn passage(&self, passage: Passage) -> String {
        if passage.chapter().is_none() {
            return self.book(passage.book());
        }
        self.at(&format!("/passage/{passage}"))
    }

    /// The search for these words.
    pub(super) fn search(&self, words: &str, number: u32) -> String {
        numbered(&self.at("/search"), [("q", words)], number)
    }

    /// An embedded file of the pages.
    pub(super) fn asset(&self, name: &str) -> String {
        self.at(&assets::url(name))
    }
}

/// `?name=value&...` of those that have a value; nothing when none has.
pub(super) fn query<'a>(named: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(named.into_iter().filter(|(_, value)| !value.is_empty()));
    match query.finish() {
        query if query.is_empty() => query,
        query => format!("?{query}"),
    }
}

/// A page of a list; the first has no number.
pub(super) fn numbered<'a>(address: &str, named: impl IntoIterator<Item = (&'a str, &'a str)>, number: u32) -> String {
    let number = if number > 1 { number.to_string() } else { String::new() };
    let named: Vec<(&str, &str)> = named.into_iter().collect();
    format!("{address}{}", query(named.into_iter().chain([("page", number.as_str())])))
}

/// Where a passage such as `John 3:16-17` can be read: in the King James Version, whose verses the canon here counts.
pub(super) fn read(passage: &str) -> String {
    let passage = passage.replace('–', "-");
    format!("https://www.biblegateway.com/passage/{}", query([("search", passage.as_str()), ("version", "KJV")]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_nothing_that_a_path_minds() {
        let links = Links::default();
        assert_eq!(links.church("grace-church"), "/church/grace-church");
        assert_eq!(links.church("église/..?#"), "/church/%C3%A9glise%2F..%3F%23");
        assert_eq!(links.search("a&b \"c\"", 2), "/search?q=a%26b+%22c%22&page=2");
        assert_eq!(numbered("/book/Rom", [], 1), "/book/Rom");
        let of = |text: &str| links.passage(text.parse().expect("a passage"));
        assert_eq!([of("Rom.8.28"), of("Rom")], ["/passage/Rom.8.28", "/book/Rom"]);
    }

    #[test]
    fn every_address_stands_below_the_base() {
        let links = Links { base: "/manna".to_owned(), as_files: false };
        let id = VideoId::parse("sErm0n_Tst1").expect("an id");
        assert_eq!(links.sermon(&id), "/manna/video/sErm0n_Tst1");
        assert_eq!(links.home(), "/manna/");
        assert!(links.asset("site.css").starts_with("/manna/static/"));
        let params = ListParams { q: Some("a & b".to_owned()), limit: Some("25".to_owned()), ..ListParams::default() };
        assert_eq!(links.list(&params), "/manna/?q=a+%26+b#sermons");
        assert_eq!(Links::of_files("/manna").sermon(&id), "/manna/video/sErm0n_Tst1.html");
        assert_eq!(Links::default().list(&ListParams::default()), "/");
    }
}

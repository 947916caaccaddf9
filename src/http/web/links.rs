//! The URLs of all pages and files.
//!
//! Templates get every URL from here, so the same templates can also produce a static site under any folder.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use scripture_detector::Passage;

use crate::{
    domain::{Book, VideoId},
    http::{
        api::videos::ListParams,
        assets,
        static_site::{file_for_path, url_for_file},
    },
    store::GroupKind,
};

/// Default number of sermons per page of the list. URLs omit it.
pub(super) const PAGE_SIZE: &str = "25";

/// Characters that are percent-encoded in a path segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// Percent-encodes a path segment, such as the name of a backup.
pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// Builds URLs under a base path, for the service or for a static site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Links {
    /// Path prefix, such as `/manna`, or empty.
    base: String,
    /// Whether pages are files of a static site.
    is_static: bool,
}

impl Links {
    /// Builds URLs of the service under `base`.
    pub(super) fn below(base: &str) -> Self {
        Self { base: base.to_owned(), is_static: false }
    }

    /// Builds URLs of a static site under `base`.
    pub(super) fn for_static_site(base: &str) -> Self {
        Self { base: base.to_owned(), is_static: true }
    }

    /// Returns the URL of a path, such as `/backup/create`.
    pub(super) fn at(&self, path: &str) -> String {
        let file = self.is_static.then(|| file_for_path(path)).flatten();
        format!("{}{}", self.base, file.map_or_else(|| path.to_owned(), |file| url_for_file(&file)))
    }

    /// Returns the URL of the dashboard.
    pub(super) fn home(&self) -> String {
        self.at("/")
    }

    /// Returns the URL of the form that adds a sermon.
    pub(super) fn add(&self) -> String {
        self.at("/#add")
    }

    /// Returns the URL of the list of all sermons.
    pub(super) fn sermons(&self) -> String {
        self.at("/#sermons")
    }

    /// Returns the URL of the list with these filters.
    pub(super) fn list(&self, params: &ListParams) -> String {
        match list_query(params) {
            query if query.is_empty() => self.home(),
            query => self.at(&format!("/{query}#sermons")),
        }
    }

    /// Returns the URL of a sermon.
    pub(super) fn sermon(&self, id: &VideoId) -> String {
        self.at(&format!("/video/{id}"))
    }

    /// Returns the URL of a sermon with its references grouped by book.
    pub(super) fn sermon_by_book(&self, id: &VideoId) -> String {
        self.at(&format!("/video/{id}?view=book"))
    }

    /// Returns the URL of a sermon's label as SVG.
    pub(super) fn label_svg(&self, id: &VideoId) -> String {
        self.at(&format!("/video/{id}/label.svg"))
    }

    /// Returns the URL of a sermon's label as PNG.
    pub(super) fn label_png(&self, id: &VideoId) -> String {
        self.at(&format!("/video/{id}/label.png"))
    }

    /// Returns the URL of a sermon's preview card for social media.
    pub(super) fn card(&self, id: &VideoId) -> String {
        self.at(&format!("/video/{id}/card.png"))
    }

    /// Returns the URL of the form that edits a sermon.
    pub(super) fn edit(&self, id: &VideoId) -> String {
        self.at(&format!("/video/{id}/edit"))
    }

    /// Returns the URL of the form that corrects one of a sermon's references.
    pub(super) fn correct(&self, id: &VideoId) -> String {
        self.at(&format!("/video/{id}/correct"))
    }

    /// Returns the URL of the form that deletes a sermon.
    pub(super) fn delete(&self, id: &VideoId) -> String {
        self.at(&format!("/video/{id}/delete"))
    }

    /// Returns the URL of the page that lists the versions of a sermon.
    pub(super) fn history_page(&self, id: &VideoId) -> String {
        self.at(&format!("/video/{id}/history"))
    }

    /// Returns the URL of the form that restores a version of a sermon.
    pub(super) fn restore_version(&self, id: &VideoId, seq: i64) -> String {
        self.at(&format!("/video/{id}/history/{seq}/restore"))
    }

    /// Returns the URL of a sermon's transcript.
    pub(super) fn transcript(&self, id: &VideoId) -> String {
        self.at(&format!("/video/{id}/transcript"))
    }

    /// Returns the URL of the form that reanalyzes a sermon.
    pub(super) fn reanalyze(&self, id: &VideoId) -> String {
        self.at(&format!("/video/{id}/reanalyze"))
    }

    /// Returns the API URL of a sermon's earlier versions.
    pub(super) fn history(&self, id: &VideoId) -> String {
        self.at(&format!("/api/video/{id}/history"))
    }

    /// Returns the API URL of a sermon's document.
    pub(super) fn document(&self, id: &VideoId) -> String {
        self.at(&format!("/api/video/{id}"))
    }

    /// Returns the URL of a church.
    pub(super) fn church(&self, slug: &str) -> String {
        self.at(&format!("/church/{}", utf8_percent_encode(slug, SEGMENT)))
    }

    /// Returns the URL of a speaker or series.
    pub(super) fn group(&self, kind: GroupKind, slug: &str) -> String {
        self.at(&format!("/{}/{}", kind.name(), utf8_percent_encode(slug, SEGMENT)))
    }

    /// Returns the URL of a book of the Bible.
    pub(super) fn book(&self, book: Book) -> String {
        self.at(&format!("/book/{}", book.osis()))
    }

    /// Returns the URL of a passage, or of the book if the passage is an entire book.
    pub(super) fn passage(&self, passage: Passage) -> String {
        if passage.chapter().is_none() {
            return self.book(passage.book());
        }
        self.at(&format!("/passage/{passage}"))
    }

    /// Returns the URL of a page of search results.
    pub(super) fn search(&self, query: &str, page: u32) -> String {
        with_page(&self.at("/search"), [("q", query)], page)
    }

    /// Returns the URL of an embedded asset.
    pub(super) fn asset(&self, name: &str) -> String {
        self.at(&assets::url(name))
    }
}

/// Returns the query string of the list with these filters.
pub(super) fn list_query(params: &ListParams) -> String {
    let ListParams { q, channel, speaker, series, book, from, to, undated, added_from, added_to, sort, cursor, limit } =
        params;
    let limit = limit.clone().filter(|limit| limit != PAGE_SIZE);
    let pairs = [
        ("q", q),
        ("channel", channel),
        ("speaker", speaker),
        ("series", series),
        ("book", book),
        ("from", from),
        ("to", to),
        ("undated", undated),
        ("added_from", added_from),
        ("added_to", added_to),
        ("sort", sort),
        ("cursor", cursor),
        ("limit", &limit),
    ];
    query(pairs.map(|(name, value)| (name, value.as_deref().unwrap_or_default())))
}

/// Builds a query string, `?name=value&...`, from the pairs that have a value. Returns an empty string if no pair has
/// one.
pub(super) fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty()));
    match query.finish() {
        query if query.is_empty() => query,
        query => format!("?{query}"),
    }
}

/// Appends a query string with the page number, which is omitted for the first page.
pub(super) fn with_page<'a>(address: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>, page: u32) -> String {
    let page = if page > 1 { page.to_string() } else { String::new() };
    let pairs: Vec<(&str, &str)> = pairs.into_iter().collect();
    format!("{address}{}", query(pairs.into_iter().chain([("page", page.as_str())])))
}

/// Returns the URL of a passage, such as `John 3:16–17`, on Bible Gateway. Links to the King James Version, because our
/// verse numbers follow it, or to the New Revised Standard Version for passages that the King James Version on Bible
/// Gateway lacks.
pub(super) fn bible_gateway(passage: &str) -> String {
    let is_missing = |it: Passage| it.book().is_deuterocanonical() || it.is_addition();
    let version = if passage.parse().is_ok_and(is_missing) { "NRSVUE" } else { "KJV" };
    let passage = passage.replace('–', "-");
    format!("https://www.biblegateway.com/passage/{}", query([("search", passage.as_str()), ("version", version)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_percent_encoded() {
        let links = Links::default();
        assert_eq!(links.church("grace-church"), "/church/grace-church");
        assert_eq!(links.church("église/..?#"), "/church/%C3%A9glise%2F..%3F%23");
        assert_eq!(links.search("a&b \"c\"", 2), "/search?q=a%26b+%22c%22&page=2");
        assert_eq!(with_page("/book/Rom", [], 1), "/book/Rom");
        let passage = |text: &str| links.passage(text.parse().expect("a passage"));
        assert_eq!([passage("Rom.8.28"), passage("Rom")], ["/passage/Rom.8.28", "/book/Rom"]);
    }

    #[test]
    fn a_passage_is_read_in_a_translation_that_has_it() {
        let version = |passage| bible_gateway(passage).rsplit_once('=').map(|(_, version)| version.to_owned());
        for (passage, expected) in [
            ("John 3:16–17", "KJV"),
            ("Daniel 3:20", "KJV"),
            ("Daniel 3:57", "NRSVUE"),
            ("Sirach 3:5", "NRSVUE"),
            ("Tobit", "NRSVUE"),
        ] {
            assert_eq!(version(passage).as_deref(), Some(expected), "{passage}");
        }
    }

    #[test]
    fn every_address_starts_with_the_base() {
        let links = Links { base: "/manna".to_owned(), is_static: false };
        let id = VideoId::parse("sErm0n_Tst1").expect("an id");
        assert_eq!(links.sermon(&id), "/manna/video/sErm0n_Tst1");
        assert_eq!(links.home(), "/manna/");
        assert!(links.asset("site.css").starts_with("/manna/static/"));
        let params = ListParams { q: Some("a & b".to_owned()), limit: Some("25".to_owned()), ..ListParams::default() };
        assert_eq!(links.list(&params), "/manna/?q=a+%26+b#sermons");
        assert_eq!(Links::for_static_site("/manna").sermon(&id), "/manna/video/sErm0n_Tst1.html");
        assert_eq!(Links::default().list(&ListParams::default()), "/");
    }
}

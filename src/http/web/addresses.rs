//! The addresses of the pages of churches, books and passages.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    domain::{Book, VideoId},
    scripture::Passage,
};

/// What stands for itself in a part of a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A sermon.
pub(super) fn sermon(id: &VideoId) -> String {
    format!("/video/{id}")
}

/// A church, by its slug.
pub(super) fn church(slug: &str) -> String {
    format!("/church/{}", utf8_percent_encode(slug, PLAIN))
}

/// A book.
pub(super) fn book(book: Book) -> String {
    format!("/book/{}", book.osis())
}

/// A passage; a whole book has a page of its own.
pub(super) fn passage(passage: Passage) -> String {
    if passage.chapter().is_none() { book(passage.book()) } else { format!("/passage/{passage}") }
}

/// The search for these words.
pub(super) fn search(words: &str, number: u32) -> String {
    numbered("/search", &[("q", words)], number)
}

/// A page of a list; the first has no number.
pub(super) fn numbered(path: &str, named: &[(&str, &str)], number: u32) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(named);
    if number > 1 {
        query.append_pair("page", &number.to_string());
    }
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// Where a passage can be read: in the King James Version, whose verses the canon here counts.
pub(super) fn read(passage: Passage) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("search", &passage.english()).append_pair("version", "KJV");
    format!("https://www.biblegateway.com/passage/?{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_nothing_that_a_path_minds() {
        assert_eq!(church("grace-church"), "/church/grace-church");
        assert_eq!(church("église/..?#"), "/church/%C3%A9glise%2F..%3F%23");
        assert_eq!(search("a&b \"c\"", 2), "/search?q=a%26b+%22c%22&page=2");
        assert_eq!(numbered("/book/Rom", &[], 1), "/book/Rom");
        let of = |text: &str| passage(text.parse().expect("a passage"));
        assert_eq!([of("Rom.8.28"), of("Rom")], ["/passage/Rom.8.28", "/book/Rom"]);
    }
}

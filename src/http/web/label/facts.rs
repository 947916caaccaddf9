//! The formatted numbers of a label, shared by the HTML, SVG and PNG versions.

use std::borrow::Cow;

use crate::{
    domain::{Book, Canon, Division, Document, SermonCounts, Testament},
    http::web::format,
};

/// Name of the large number. The asterisk refers to the footnote.
const MANNA: &str = "Manna*";

/// Name of the line for references outside the canon.
const DEUTEROCANONICAL: &str = "Deuterocanonical";

/// The groups of books on the label, in order.
pub(in crate::http::web) const GROUPS: [(Division, &str); 6] = [
    (Division::Law, "Law"),
    (Division::History, "History"),
    (Division::Poetry, "Poetry"),
    (Division::Prophets, "Prophets"),
    (Division::Gospels, "Gospels"),
    (Division::Letters, "Letters"),
];

/// The footnote of a label with groups of books.
const FOOTNOTE: &str = "* Manna is the number of confirmed Bible references. A reference names a book of the Bible, with \
    or without chapter and verse. A bare “verse 5” that depends on an earlier reference is listed but not counted. Acts \
    counts as History, Revelation as Prophets.";

/// Addition to the footnote if the canon has deuterocanonical books.
const WITH_DEUTEROCANON: &str = "Deuterocanonical books are part of the Old Testament.";

/// The footnote of a label without numbers.
const UNMEASURED_FOOTNOTE: &str =
    "MannaMeter only understands English, so it does not count the references in this sermon.";

/// The footnote of a label without groups.
const SHORT_FOOTNOTE: &str = "* Manna is the number of confirmed Bible references. A reference names a book of the Bible, \
    with or without chapter and verse.";

/// The content of a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http::web) struct Facts {
    /// Serving size: the duration of a sermon, or a number of sermons.
    pub(in crate::http::web) serving: String,
    /// Name of the large number, such as `Manna*`.
    pub(in crate::http::web) amount: &'static str,
    /// Number of confirmed references.
    pub(in crate::http::web) manna: String,
    /// Text shown instead of all numbers, such as `not measured: this is Portuguese`.
    pub(in crate::http::web) not_measured: Option<String>,
    /// A note about the numbers, such as `parts of this are Spanish`.
    pub(in crate::http::web) note: Option<String>,
    /// Shares of the Old and the New Testament.
    pub(in crate::http::web) testaments: Vec<Share>,
    /// Shares of the groups, from Law to Letters. Empty on a small label.
    pub(in crate::http::web) groups: Vec<Share>,
    /// Name and value of each remaining line.
    pub(in crate::http::web) details: Vec<(&'static str, String)>,
    /// Footnote that defines the numbers.
    pub(in crate::http::web) foot: Cow<'static, str>,
}

/// The share of a testament or group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http::web) struct Share {
    /// Name of the testament or group.
    pub(in crate::http::web) name: &'static str,
    /// Number of references.
    pub(in crate::http::web) count: String,
    /// Percentage of all references, such as `34%`.
    pub(in crate::http::web) percent: String,
}

impl Share {
    fn new(name: &'static str, count: u64, total: u64) -> Self {
        // Rounds half up. A total of zero gives 0%.
        let share = (count * 200 + total).checked_div(total * 2).unwrap_or_default();
        let percent = if share == 0 && count > 0 { "<1%".to_owned() } else { format!("{share}%") };
        Self { name, count: format::number(count), percent }
    }
}

impl Facts {
    /// Creates the label of a sermon.
    pub(in crate::http::web) fn of_sermon(document: &Document, canon: Canon) -> Self {
        let serving = document.duration_seconds.map_or_else(|| "1 sermon".to_owned(), format::duration);
        if let Some(reason) = document.not_measured() {
            return Self { not_measured: Some(reason), ..Self::without_numbers(serving) };
        }
        let counts = document.reference_counts(canon);
        let seconds = document.duration_seconds.filter(|seconds| *seconds >= 60.0);
        Self {
            serving,
            amount: MANNA,
            manna: format::number(counts.confirmed),
            not_measured: None,
            note: document.mixed_languages().map(str::to_owned),
            testaments: testaments(&counts.books),
            groups: groups(&counts.books),
            details: details(document, &counts, seconds),
            foot: footnote(FOOTNOTE, canon, counts.deuterocanonical > 0),
        }
    }

    fn without_numbers(serving: String) -> Self {
        Self {
            serving,
            amount: MANNA,
            manna: String::new(),
            not_measured: None,
            note: None,
            testaments: Vec::new(),
            groups: Vec::new(),
            details: Vec::new(),
            foot: UNMEASURED_FOOTNOTE.into(),
        }
    }

    /// Summarizes the label: `12 confirmed Bible references`, or the reason why there is no number.
    pub(in crate::http::web) fn summary(&self) -> String {
        self.not_measured.clone().unwrap_or_else(|| format!("{} confirmed Bible references", self.manna))
    }

    /// Creates the label of several sermons from the number of references to each book inside and outside the canon.
    pub(in crate::http::web) fn of_sermons(
        canon: Canon,
        (sermons, manna): (i64, i64),
        counts: &[(Book, i64)],
        deuterocanonical: &[(Book, i64)],
    ) -> Self {
        let counts: Vec<_> =
            counts.iter().map(|&(book, count)| (book, u64::try_from(count).unwrap_or_default())).collect();
        let books = canon.count_books(counts.iter().filter(|(_, count)| *count > 0).map(|(book, _)| *book)) as u64;
        let deuterocanonical: i64 = deuterocanonical.iter().map(|(_, count)| count).sum();
        #[expect(clippy::cast_precision_loss, reason = "averages are shown with one decimal")]
        let average = (sermons > 0).then(|| format!("{:.1}", manna as f64 / sermons as f64));
        let mut details = vec![
            ("Manna per sermon", average.unwrap_or_else(|| "–".to_owned())),
            (
                match canon {
                    Canon::Protestant => "Books cited (of 66)",
                    Canon::Catholic => "Books cited (of 73)",
                    Canon::Orthodox => "Books cited (of 76)",
                },
                format::number(books),
            ),
        ];
        if deuterocanonical > 0 {
            details.push((DEUTEROCANONICAL, format::number(deuterocanonical)));
        }
        Self {
            serving: format::count(sermons, "sermon"),
            amount: MANNA,
            manna: format::number(manna),
            not_measured: None,
            note: None,
            testaments: testaments(&counts),
            groups: groups(&counts),
            details,
            foot: footnote(FOOTNOTE, canon, deuterocanonical > 0),
        }
    }

    /// Removes the groups, for a small label.
    pub(in crate::http::web) fn without_groups(self, canon: Canon) -> Self {
        let has_others = self.details.iter().any(|(name, _)| *name == DEUTEROCANONICAL);
        Self { groups: Vec::new(), foot: footnote(SHORT_FOOTNOTE, canon, has_others), ..self }
    }
}

/// Returns a footnote. If applicable, it also explains where the canon has deuterocanonical books, and why some are
/// counted separately from the manna.
fn footnote(text: &'static str, canon: Canon, has_others: bool) -> Cow<'static, str> {
    let with = if canon == Canon::Protestant { None } else { Some(WITH_DEUTEROCANON.to_owned()) };
    let others =
        has_others.then(|| format!("{DEUTEROCANONICAL} references are to books outside {}.", canon_name(canon)));
    let mut text = Cow::Borrowed(text);
    for sentence in [with, others].into_iter().flatten() {
        text = Cow::Owned(format!("{text} {sentence}"));
    }
    text
}

/// Returns the name of a canon for use in a sentence.
pub(in crate::http::web) const fn canon_name(canon: Canon) -> &'static str {
    match canon {
        Canon::Protestant => "the 66 books of the Protestant canon",
        Canon::Catholic => "the 73 books of the Catholic canon",
        Canon::Orthodox => "the 76 books of the Orthodox canon",
    }
}

/// Returns the remaining lines of a sermon's label. Together with the manna, they add up to the sermon's list of
/// references.
fn details(document: &Document, counts: &SermonCounts, seconds: Option<f64>) -> Vec<(&'static str, String)> {
    let mut details = vec![
        ("Manna per 10 minutes", seconds.map_or_else(|| "–".to_owned(), |seconds| rate(counts.confirmed, seconds))),
        ("Confirmed", format::number(counts.confirmed)),
        ("Suspect", format::number(counts.suspect)),
        ("From context", format::number(counts.contextual)),
    ];
    for (name, number) in [(DEUTEROCANONICAL, counts.deuterocanonical), ("Withdrawn", counts.withdrawn)] {
        if number > 0 {
            details.push((name, format::number(number)));
        }
    }
    details.push(("False positives", format::number(document.stats.false_positives)));
    details
}

fn testaments(counts: &[(Book, u64)]) -> Vec<Share> {
    let share = |name, part| share(name, counts, |book| book.testament() == part);
    vec![share("Old Testament", Testament::Old), share("New Testament", Testament::New)]
}

fn groups(counts: &[(Book, u64)]) -> Vec<Share> {
    GROUPS.map(|(division, name)| share(name, counts, |book| book.division() == division)).into()
}

fn share(name: &'static str, counts: &[(Book, u64)], contains: impl Fn(Book) -> bool) -> Share {
    let total = counts.iter().map(|(_, count)| count).sum();
    Share::new(name, counts.iter().filter(|(book, _)| contains(*book)).map(|(_, count)| count).sum(), total)
}

/// Returns the number of references per ten minutes, such as `11.4`.
fn rate(count: u64, seconds: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a sermon has fewer references than a float has digits")]
    let rate = count as f64 * 600.0 / seconds;
    format!("{rate:.1}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_book_is_in_exactly_one_testament_and_one_group() {
        let counts: serde_json::Map<_, _> = Book::all().map(|book| (book.name().to_owned(), json!(1))).collect();
        let document = json!({ "counts": counts, "stats": { "scripture_references": 66 }, "duration_seconds": 1200.0 });
        let document = Document::from_legacy("sErm0n_Tst1", document).expect("a document");
        let facts = Facts::of_sermon(&document, Canon::Protestant);
        let numbers = |shares: &[Share]| shares.iter().map(|share| share.count.clone()).collect::<Vec<_>>();
        assert_eq!(numbers(&facts.testaments), ["39", "27"]);
        // Acts counts as History, and Revelation as Prophets.
        assert_eq!(numbers(&facts.groups), ["5", "13", "5", "18", "4", "21"]);
        assert_eq!((facts.details[0].1.as_str(), facts.serving.as_str()), ("33.0", "20 min"));
    }

    #[test]
    fn shares_are_rounded_and_a_nonzero_share_is_never_0_percent() {
        let percent = |count, total| Share::new("x", count, total).percent;
        assert_eq!([percent(1, 3), percent(1, 2), percent(2, 3)], ["33%", "50%", "67%"]);
        assert_eq!([percent(0, 0), percent(0, 9), percent(1, 1000), percent(9, 9)], ["0%", "0%", "<1%", "100%"]);
    }
}

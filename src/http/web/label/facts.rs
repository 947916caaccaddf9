//! The numbers on the label, formatted; the HTML, the SVG and the PNG show the same ones.

use crate::{
    domain::{Book, Division, Document, Testament},
    http::web::format,
};

/// The groups of books in the order of the label, and what they are called there.
const GROUPS: [(Division, &str); 6] = [
    (Division::Law, "Law"),
    (Division::History, "History"),
    (Division::Poetry, "Poetry"),
    (Division::Prophets, "Prophets"),
    (Division::Gospels, "Gospels"),
    (Division::Letters, "Letters"),
];

/// What stands below the label of a sermon.
const OF_A_SERMON: &str = "* Manna is the number of confirmed Bible references: a book named as Scripture, with a passage \
    or alone. A bare “verse 5” that leans on the one before is listed, not counted. Acts counts as History, Revelation \
    as Prophets.";

/// What stands below the label of many.
const OF_ALL: &str =
    "* Manna is the number of confirmed Bible references: a book named as Scripture, with a passage or alone.";

/// What the label says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http::web) struct Facts {
    /// Length of the sermon, which is the serving.
    pub(in crate::http::web) serving: String,
    /// Confirmed references.
    pub(in crate::http::web) manna: String,
    /// Old and New Testament.
    pub(in crate::http::web) testaments: Vec<Share>,
    /// Law to Letters.
    pub(in crate::http::web) groups: Vec<Share>,
    /// The lines below: what, and how much.
    pub(in crate::http::web) details: Vec<(&'static str, String)>,
    /// What the numbers are.
    pub(in crate::http::web) foot: &'static str,
}

/// A part of the manna.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http::web) struct Share {
    /// What it is called.
    pub(in crate::http::web) name: &'static str,
    /// How many.
    pub(in crate::http::web) count: String,
    /// Of all, `34%`.
    pub(in crate::http::web) percent: String,
}

impl Share {
    /// So many of all.
    fn new(name: &'static str, count: u64, all: u64) -> Self {
        // Half a percent is rounded up; of nothing it is nothing.
        let share = (count * 200 + all).checked_div(all * 2).unwrap_or_default();
        let percent = if share == 0 && count > 0 { "<1%".to_owned() } else { format!("{share}%") };
        Self { name, count: format::number(count), percent }
    }
}

impl Facts {
    /// Sums up a document of whatever age.
    pub(in crate::http::web) fn new(document: &Document) -> Self {
        let counts: Vec<_> =
            document.counts.iter().filter_map(|(name, count)| Some((Book::from_name(name).ok()?, *count))).collect();
        let seconds = document.duration_seconds.filter(|seconds| *seconds >= 60.0);
        Self {
            serving: document.duration_seconds.map_or_else(|| "1 sermon".to_owned(), format::length),
            manna: format::number(document.manna()),
            testaments: testaments(&counts),
            groups: groups(&counts),
            details: vec![
                ("Manna in 10 minutes", seconds.map_or_else(|| "–".to_owned(), |it| rate(document.manna(), it))),
                ("Confirmed", format::number(document.manna())),
                ("Suspect", format::number(document.stats.suspect_references)),
                ("Heard, but not Scripture", format::number(document.stats.false_positives)),
            ],
            foot: OF_A_SERMON,
        }
    }

    /// Sums up many sermons, `serving` of them.
    pub(in crate::http::web) fn of_sermons(sermons: i64, manna: i64, counts: &[(Book, i64)]) -> Self {
        let counts: Vec<_> =
            counts.iter().map(|&(book, count)| (book, u64::try_from(count).unwrap_or_default())).collect();
        let books = counts.iter().filter(|(_, count)| *count > 0).count() as u64;
        #[expect(clippy::cast_precision_loss, reason = "an average is shown with one digit")]
        let average = (sermons > 0).then(|| format!("{:.1}", manna as f64 / sermons as f64));
        Self {
            serving: if sermons == 1 { "1 sermon".to_owned() } else { format!("{} sermons", format::number(sermons)) },
            manna: format::number(manna),
            testaments: testaments(&counts),
            groups: groups(&counts),
            details: vec![
                ("Manna a sermon", average.unwrap_or_else(|| "–".to_owned())),
                ("Books cited of 66", format::number(books)),
            ],
            foot: OF_A_SERMON,
        }
    }

    /// Without the groups, where there is little room.
    pub(in crate::http::web) fn without_groups(self) -> Self {
        Self { groups: Vec::new(), foot: OF_ALL, ..self }
    }
}

fn testaments(counts: &[(Book, u64)]) -> Vec<Share> {
    let share = |name, part| share(name, counts, |book| book.testament() == part);
    vec![share("Old Testament", Testament::Old), share("New Testament", Testament::New)]
}

fn groups(counts: &[(Book, u64)]) -> Vec<Share> {
    GROUPS.map(|(division, name)| share(name, counts, |book| book.division() == division)).into()
}

fn share(name: &'static str, counts: &[(Book, u64)], fits: impl Fn(Book) -> bool) -> Share {
    let all = counts.iter().map(|(_, count)| count).sum();
    Share::new(name, counts.iter().filter(|(book, _)| fits(*book)).map(|(_, count)| count).sum(), all)
}

/// So many in ten minutes, `11.4`.
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
    fn every_book_counts_once_in_a_testament_and_once_in_a_group() {
        let counts: serde_json::Map<_, _> = Book::all().map(|book| (book.name().to_owned(), json!(1))).collect();
        let document = json!({ "counts": counts, "stats": { "scripture_references": 66 }, "duration_seconds": 1200.0 });
        let facts = Facts::new(&Document::from_legacy("sErm0n_Tst1", document).expect("a document"));
        let numbers = |shares: &[Share]| shares.iter().map(|share| share.count.clone()).collect::<Vec<_>>();
        assert_eq!(numbers(&facts.testaments), ["39", "27"]);
        // Acts with the histories, Revelation with the prophets.
        assert_eq!(numbers(&facts.groups), ["5", "13", "5", "18", "4", "21"]);
        assert_eq!((facts.details[0].1.as_str(), facts.serving.as_str()), ("33.0", "20 min"));
    }

    #[test]
    fn a_share_is_rounded_and_something_is_never_nothing() {
        let percent = |count, all| Share::new("x", count, all).percent;
        assert_eq!([percent(1, 3), percent(1, 2), percent(2, 3)], ["33%", "50%", "67%"]);
        assert_eq!([percent(0, 0), percent(0, 9), percent(1, 1000), percent(9, 9)], ["0%", "0%", "<1%", "100%"]);
    }
}

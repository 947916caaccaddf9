//! The references of a document as a page lists them; those of the system before ours from its `positions`.

use super::watch::WatchLink;
use crate::{
    domain::{Book, Class, Document, Kind, Location, Reference},
    http::web::{
        format::{self, Marked, mark},
        links::{Links, read},
    },
};

/// Characters of the quotation on each side of the words that cite.
const QUOTED: usize = 85;

/// Where the pages and the videos are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places<'a> {
    pub(super) links: &'a Links,
    pub(super) watch: &'a WatchLink,
}

/// One place in a sermon.
#[derive(Debug)]
pub(super) struct Mention {
    /// Names it within its page; none for what is no reference.
    pub(super) anchor_id: Option<String>,
    /// Its second, for the timeline.
    pub(super) seconds: Option<f64>,
    /// The book, if it is one of the 66.
    pub(super) book: Option<Book>,
    /// What is cited as an OSIS reference; none in old documents.
    pub(super) osis: Option<String>,
    /// Where it is in the video, `12:34`.
    pub(super) time: Option<String>,
    /// The video at that second.
    pub(super) time_url: Option<String>,
    /// What is cited, `John 5:24`.
    pub(super) passage: String,
    /// Everything that we know of that passage, or of the book.
    pub(super) passage_url: Option<String>,
    /// Where it can be read.
    pub(super) read_url: Option<String>,
    /// `confirmed` or `suspect`.
    pub(super) class: &'static str,
    /// How it is made, in a few words; none in old documents.
    pub(super) kind: Option<&'static str>,
    /// The words around it.
    pub(super) context: Marked,
    /// Why it was counted so.
    pub(super) evidence: Vec<String>,
    /// Whether an impossible passage was heard and the meant one is given.
    pub(super) repaired: bool,
    /// The earlier reference that it leans on, `John 5`.
    pub(super) anchor: Option<String>,
    /// Whether it is shown without its words and reasons, so that a page with hundreds stays light.
    pub(super) brief: bool,
}

/// References that are shown with the words around them; those behind them are shown in brief.
pub(super) const IN_FULL: usize = 150;

/// The references, confirmed and suspect, in the order of the sermon.
pub(super) fn counted(document: &Document, places: Places<'_>) -> Vec<Mention> {
    let mut found: Vec<_> = if let Some(references) = &document.references {
        references.iter().map(|reference| of_reference(reference, places)).collect()
    } else {
        let mut found: Vec<_> = located(document, |book| &book.valid, "confirmed", places).collect();
        found.extend(located(document, |book| &book.suspect, "suspect", places));
        in_order(found)
    };
    for (number, mention) in (1..).zip(&mut found) {
        mention.anchor_id = Some(format!("r{number}"));
    }
    in_brief(found)
}

/// What was heard and is no reference.
pub(super) fn refused(document: &Document, places: Places<'_>) -> Vec<Mention> {
    let found = in_order(located(document, |book| &book.false_positive, "not a reference", places).collect());
    let unread = |mention| Mention { read_url: None, passage_url: None, ..mention };
    in_brief(found.into_iter().map(unread).collect())
}

/// Marks those behind the first [`IN_FULL`].
fn in_brief(mut found: Vec<Mention>) -> Vec<Mention> {
    found.iter_mut().skip(IN_FULL).for_each(|mention| mention.brief = true);
    found
}

/// What has no second comes last.
fn in_order(mut found: Vec<Mention>) -> Vec<Mention> {
    let second = |mention: &Mention| mention.seconds.unwrap_or(f64::INFINITY);
    found.sort_by(|a, b| second(a).total_cmp(&second(b)));
    found
}

fn of_reference(reference: &Reference, Places { links, watch }: Places<'_>) -> Mention {
    let passage = format::passage(reference);
    Mention {
        anchor_id: None,
        seconds: reference.start_seconds,
        book: Some(reference.book),
        osis: Some(reference.osis.clone()),
        time: reference.start_seconds.map(format::clock),
        time_url: reference.start_seconds.and_then(|seconds| watch.at(seconds)),
        passage_url: Some(reference.osis.parse().map_or_else(|_| links.book(reference.book), |it| links.passage(it))),
        read_url: Some(read(&passage)),
        passage,
        class: if reference.class == Class::Confirmed { "confirmed" } else { "suspect" },
        kind: Some(match reference.kind {
            Kind::Explicit => "said in full",
            Kind::Book => "the book alone",
            Kind::Contextual => "from what went before",
        }),
        context: mark(&reference.context, &reference.text).shortened(QUOTED),
        evidence: reference.evidence.iter().map(|name| format::words(name)).collect(),
        repaired: reference.repaired,
        anchor: reference.anchor.as_ref().map(|osis| osis.parse().map_or_else(|_| osis.clone(), format::passage_name)),
        brief: false,
    }
}

/// The places of one class under `positions`.
fn located<'a>(
    document: &'a Document,
    class: fn(&crate::domain::BookMentions) -> &Vec<Option<Location>>,
    name: &'static str,
    places: Places<'a>,
) -> impl Iterator<Item = Mention> + 'a {
    document.positions.iter().flat_map(move |(book, mentions)| {
        class(mentions).iter().flatten().map(move |location| of_location(book, location, name, places))
    })
}

fn of_location(name: &str, location: &Location, class: &'static str, Places { links, watch }: Places<'_>) -> Mention {
    let context = location.context.as_deref().or(location.text.as_deref()).unwrap_or_default();
    let singular = name.trim_end_matches('s');
    let heard = [name, singular]
        .into_iter()
        .find(|name| context.contains(name))
        .map_or_else(|| name.to_lowercase(), str::to_owned);
    let seconds = location.start.as_ref().and_then(serde_json::Number::as_f64);
    let book = Book::from_name(name).ok();
    Mention {
        anchor_id: None,
        seconds,
        book,
        osis: None,
        time: seconds.map(format::clock),
        time_url: seconds.and_then(|seconds| watch.at(seconds)),
        passage: name.to_owned(),
        passage_url: book.map(|book| links.book(book)),
        read_url: book.map(|book| read(book.name())),
        class,
        kind: None,
        context: mark(context, &heard).shortened(QUOTED),
        evidence: location.matched_pattern.iter().map(|name| format::words(name)).collect(),
        repaired: false,
        anchor: None,
        brief: false,
    }
}

//! The references of a document as a page lists them; those of the system before ours from its `positions`.

use super::{
    format::{self, Marked, mark},
    sermon::WatchLink,
};
use crate::domain::{Class, Document, Kind, Location, Reference};

/// One place in a sermon.
#[derive(Debug)]
pub(super) struct Mention {
    /// Where it is in the video, `12:34`.
    pub(super) time: Option<String>,
    /// The video at that second.
    pub(super) time_url: Option<String>,
    /// What is cited, `John 5:24`.
    pub(super) passage: String,
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
    /// The earlier reference that it leans on.
    pub(super) anchor: Option<String>,
}

/// The references, confirmed and suspect, in the order of the sermon.
pub(super) fn counted(document: &Document, watch: &WatchLink) -> Vec<Mention> {
    if let Some(references) = &document.references {
        return references.iter().map(|reference| of_reference(reference, watch)).collect();
    }
    let mut found: Vec<_> = located(document, |book| &book.valid, "confirmed", watch).collect();
    found.extend(located(document, |book| &book.suspect, "suspect", watch));
    in_order(found)
}

/// What was heard and is no reference.
pub(super) fn refused(document: &Document, watch: &WatchLink) -> Vec<Mention> {
    in_order(located(document, |book| &book.false_positive, "not a reference", watch).collect())
}

fn in_order(mut found: Vec<(f64, Mention)>) -> Vec<Mention> {
    found.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    found.into_iter().map(|(_, mention)| mention).collect()
}

fn of_reference(reference: &Reference, watch: &WatchLink) -> Mention {
    Mention {
        time: reference.start_seconds.map(format::clock),
        time_url: reference.start_seconds.and_then(|seconds| watch.at(seconds)),
        passage: format::passage(reference),
        class: if reference.class == Class::Confirmed { "confirmed" } else { "suspect" },
        kind: Some(match reference.kind {
            Kind::Explicit => "said in full",
            Kind::Book => "the book alone",
            Kind::Contextual => "from what went before",
        }),
        context: mark(&reference.context, &reference.text),
        evidence: reference.evidence.iter().map(|name| format::words(name)).collect(),
        repaired: reference.repaired,
        anchor: reference.anchor.clone(),
    }
}

/// The places of one class under `positions`, each with its second for the order.
fn located<'a>(
    document: &'a Document,
    class: fn(&crate::domain::BookMentions) -> &Vec<Option<Location>>,
    name: &'static str,
    watch: &'a WatchLink,
) -> impl Iterator<Item = (f64, Mention)> + 'a {
    document.positions.iter().flat_map(move |(book, mentions)| {
        class(mentions).iter().flatten().map(move |location| {
            let seconds = location.start.as_ref().and_then(serde_json::Number::as_f64);
            (seconds.unwrap_or(f64::INFINITY), of_location(book, location, seconds, name, watch))
        })
    })
}

fn of_location(
    book: &str,
    location: &Location,
    seconds: Option<f64>,
    class: &'static str,
    watch: &WatchLink,
) -> Mention {
    let context = location.context.as_deref().or(location.text.as_deref()).unwrap_or_default();
    let singular = book.trim_end_matches('s');
    let heard = [book, singular]
        .into_iter()
        .find(|name| context.contains(name))
        .map_or_else(|| book.to_lowercase(), str::to_owned);
    Mention {
        time: seconds.map(format::clock),
        time_url: seconds.and_then(|seconds| watch.at(seconds)),
        passage: book.to_owned(),
        class,
        kind: None,
        context: mark(context, &heard),
        evidence: location.matched_pattern.iter().map(|name| format::words(name)).collect(),
        repaired: false,
        anchor: None,
    }
}

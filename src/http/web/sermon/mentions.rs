//! The formatted mentions of a sermon. Legacy documents have no `references`, so `positions` is used instead.

use scripture_detector::Passage;

use super::watch::WatchLink;
use crate::{
    domain::{Book, Canon, CountedAs, Document, Kind, MentionPosition, Reference},
    http::web::{
        format::{self, Highlight},
        links::{Links, bible_gateway},
    },
};

/// Maximum number of context characters on each side of a mention.
const CONTEXT_LENGTH: usize = 85;

/// Maximum number of mentions shown with context and evidence, to keep pages with hundreds of mentions small.
pub(super) const WITH_CONTEXT: usize = 150;

/// The evidence that the spoken numbers follow another versification. It has a separate badge and explanation.
const NUMBERING: &str = "numbering";

/// The badge of a name that is not a reference.
const NOT_A_REFERENCE: &str = "not a reference";

/// The class and badge of a confirmed reference to a book outside the canon.
const DEUTEROCANONICAL: &str = "deuterocanonical";

/// Builds the links of a mention.
#[derive(Debug, Clone, Copy)]
pub(super) struct MentionLinks<'a> {
    pub(super) links: &'a Links,
    pub(super) watch: &'a WatchLink,
}

/// A mention, formatted for the page.
#[derive(Debug)]
pub(super) struct Mention {
    /// HTML ID, or `None` for mentions that are not references.
    pub(super) anchor_id: Option<String>,
    /// Time in the recording, in seconds, for the timeline.
    pub(super) seconds: Option<f64>,
    /// The book, if we know it.
    pub(super) book: Option<Book>,
    /// Position in the transcript, which identifies the mention in a correction.
    pub(super) span: Option<(usize, usize)>,
    /// The passage in OSIS, or `None` in legacy documents.
    pub(super) osis: Option<String>,
    /// Timestamp, such as `12:34`.
    pub(super) time: Option<String>,
    /// URL of the video at that time.
    pub(super) time_url: Option<String>,
    /// Name of the passage, such as `John 5:24`.
    pub(super) passage: String,
    /// URL of the page of the passage or book.
    pub(super) passage_url: Option<String>,
    /// URL of the passage's text on another site.
    pub(super) read_url: Option<String>,
    /// What the mention counts as, as a CSS class: `confirmed`, `suspect`, `contextual`, `deuterocanonical`,
    /// `withdrawn` or `not-a-reference`.
    pub(super) class: &'static str,
    /// What the mention counts as, in words.
    pub(super) badge: &'static str,
    /// The kind of reference, or `None` in legacy documents.
    pub(super) kind: Option<&'static str>,
    /// The surrounding text.
    pub(super) context: Highlight,
    /// The evidence for the class.
    pub(super) evidence: Vec<String>,
    /// Whether the captions name a passage that does not exist, and this is the most likely correction.
    pub(super) repaired: bool,
    /// Whether the spoken numbers follow a versification other than that of the King James Version.
    pub(super) renumbered: bool,
    /// The earlier reference that a contextual reference depends on, such as `John 5`.
    pub(super) anchor: Option<String>,
    /// Whether context and evidence are shown.
    pub(super) with_context: bool,
}

/// Returns the references in transcript order, including withdrawn ones, or an empty list if the sermon is not
/// measured.
pub(super) fn references(document: &Document, canon: Canon, links: MentionLinks<'_>) -> Vec<Mention> {
    if document.unmeasured_language().is_some() {
        return Vec::new();
    }
    let mut mentions: Vec<_> = if let Some(references) = &document.references {
        references.iter().map(|reference| from_reference(reference, canon, links)).collect()
    } else {
        let mut mentions: Vec<_> = positions(document, |book| &book.valid, "confirmed", links).collect();
        for mention in &mut mentions {
            if mention.book.is_some_and(|book| !canon.contains(book)) {
                (mention.class, mention.badge) = (DEUTEROCANONICAL, DEUTEROCANONICAL);
            }
        }
        mentions.extend(positions(document, |book| &book.suspect, "suspect", links));
        sort_by_time(mentions)
    };
    for (number, mention) in (1..).zip(&mut mentions) {
        mention.anchor_id = Some(format!("r{number}"));
    }
    limit_context(mentions)
}

/// Returns the names that look like books of the Bible but are not references.
pub(super) fn false_positives(document: &Document, links: MentionLinks<'_>) -> Vec<Mention> {
    if document.unmeasured_language().is_some() {
        return Vec::new();
    }
    let mentions = sort_by_time(positions(document, |book| &book.false_positive, NOT_A_REFERENCE, links).collect());
    let without_links = |mention| Mention { read_url: None, passage_url: None, ..mention };
    limit_context(mentions.into_iter().map(without_links).collect())
}

/// Hides the context of all mentions after the first [`WITH_CONTEXT`].
fn limit_context(mut mentions: Vec<Mention>) -> Vec<Mention> {
    mentions.iter_mut().skip(WITH_CONTEXT).for_each(|mention| mention.with_context = false);
    mentions
}

/// Sorts mentions by time. Mentions without a time come last.
fn sort_by_time(mut mentions: Vec<Mention>) -> Vec<Mention> {
    let time = |mention: &Mention| mention.seconds.unwrap_or(f64::INFINITY);
    mentions.sort_by(|a, b| time(a).total_cmp(&time(b)));
    mentions
}

/// Returns the English name of an OSIS reference, or the reference itself if we do not know the passage.
fn passage_name(osis: &str) -> String {
    osis.parse().map_or_else(|_| osis.to_owned(), Passage::english)
}

fn from_reference(reference: &Reference, canon: Canon, MentionLinks { links, watch }: MentionLinks<'_>) -> Mention {
    let (class, badge) = match CountedAs::of(reference, canon) {
        CountedAs::Confirmed => ("confirmed", "confirmed"),
        CountedAs::Suspect => ("suspect", "suspect"),
        CountedAs::Contextual => ("contextual", "from context"),
        CountedAs::Deuterocanonical => (DEUTEROCANONICAL, DEUTEROCANONICAL),
        CountedAs::Withdrawn => ("withdrawn", "withdrawn"),
    };
    let passage = passage_name(&reference.osis);
    Mention {
        anchor_id: None,
        seconds: reference.start_seconds,
        book: Some(reference.book),
        span: reference.source.is_none().then_some((reference.start_char, reference.end_char)),
        osis: Some(reference.osis.clone()),
        time: reference.start_seconds.map(format::timestamp),
        time_url: reference.start_seconds.and_then(|seconds| watch.at(seconds)),
        passage_url: Some(reference.osis.parse().map_or_else(|_| links.book(reference.book), |it| links.passage(it))),
        read_url: Some(bible_gateway(&passage)),
        passage,
        class,
        badge,
        kind: Some(match reference.kind {
            Kind::Explicit => "full reference",
            Kind::Book => "book only",
            Kind::Contextual => "from context",
        }),
        context: Highlight::new(&reference.context, &reference.text).shortened(CONTEXT_LENGTH),
        evidence: reference
            .evidence
            .iter()
            .filter(|name| *name != NUMBERING)
            .map(|name| format::spaced(name))
            .collect(),
        repaired: reference.repaired,
        renumbered: reference.evidence.iter().any(|name| name == NUMBERING),
        anchor: reference.anchor.as_deref().map(passage_name),
        with_context: true,
    }
}

/// Returns the mentions of one class from `positions`.
fn positions<'a>(
    document: &'a Document,
    class: fn(&crate::domain::BookMentions) -> &Vec<Option<MentionPosition>>,
    class_name: &'static str,
    links: MentionLinks<'a>,
) -> impl Iterator<Item = Mention> + 'a {
    document.positions.iter().flat_map(move |(book, mentions)| {
        class(mentions).iter().flatten().map(move |position| from_position(book, position, class_name, links))
    })
}

fn from_position(
    name: &str,
    position: &MentionPosition,
    class: &'static str,
    MentionLinks { links, watch }: MentionLinks<'_>,
) -> Mention {
    let context = position.context.as_deref().or(position.text.as_deref()).unwrap_or_default();
    // Legacy documents do not say which words matched.
    let singular = name.trim_end_matches('s');
    let words = [name, singular]
        .into_iter()
        .find(|name| context.contains(name))
        .map_or_else(|| name.to_lowercase(), str::to_owned);
    let seconds = position.start.as_ref().and_then(serde_json::Number::as_f64);
    let book = Book::from_name(name).ok();
    Mention {
        anchor_id: None,
        seconds,
        book,
        span: None,
        osis: None,
        time: seconds.map(format::timestamp),
        time_url: seconds.and_then(|seconds| watch.at(seconds)),
        passage: name.to_owned(),
        passage_url: book.map(|book| links.book(book)),
        read_url: book.map(|book| bible_gateway(book.name())),
        class: if class == NOT_A_REFERENCE { "not-a-reference" } else { class },
        badge: class,
        kind: None,
        context: Highlight::new(context, &words).shortened(CONTEXT_LENGTH),
        evidence: position.matched_pattern.iter().map(|name| format::spaced(name)).collect(),
        repaired: false,
        renumbered: false,
        anchor: None,
        with_context: true,
    }
}

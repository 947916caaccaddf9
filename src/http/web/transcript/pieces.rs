//! Splits the text of a transcript at its references and search matches.

use std::{collections::HashMap, ops::Range};

use scripture_detector::Passage;

use crate::{
    domain::{Canon, CountedAs, Document, Reference},
    http::web::links::Links,
    search::{WordQuery, matches},
};

/// Maximum number of matches to mark.
const MAX_MATCHES: usize = 2_000;

/// The references and matches in a text, in order.
#[derive(Debug)]
pub(super) struct Marks {
    /// The references, ordered by first byte.
    references: Vec<ReferenceMark>,
    /// Length of the longest reference in bytes.
    longest: usize,
    matches: Vec<Range<usize>>,
}

/// A reference in the text.
#[derive(Debug)]
struct ReferenceMark {
    /// Byte range of the reference in the text.
    range: Range<usize>,
    /// Number of the reference among those of the sermon. The ID on the sermon's page uses the same number.
    number: usize,
    /// URL of the page of the passage or book.
    url: String,
    /// Name of the passage, such as `John 5:24`.
    passage: String,
    /// What the reference counts as, as a CSS class.
    class: &'static str,
}

/// A piece of text that is marked the same way throughout.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// The HTML IDs of the references and matches that start here.
    pub(super) ids: Vec<String>,
    /// The reference that the piece is part of.
    pub(super) cited: Option<Cited>,
    /// Whether the piece matches the query.
    pub(super) is_match: bool,
}

/// The reference that a piece is part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cited {
    pub(super) url: String,
    pub(super) passage: String,
    pub(super) class: &'static str,
}

impl Marks {
    /// Finds the references of a document and the matches of a query in the joined text of its transcript.
    pub(super) fn new(document: &Document, canon: Canon, text: &str, query: &WordQuery, links: &Links) -> Self {
        let is_measured = document.unmeasured_language().is_none();
        let references = document.references.iter().flatten().filter(|_| is_measured);
        let references: Vec<_> = (1..)
            .zip(references)
            .map(|(number, reference)| (number, reference, CountedAs::of(reference, canon)))
            // A withdrawn reference is a slip of the tongue. Offsets of a reference with a `source` do not refer to
            // this text.
            .filter(|(_, reference, counted)| reference.source.is_none() && *counted != CountedAs::Withdrawn)
            .collect();
        let bytes = byte_offsets(text, references.iter().flat_map(|(_, it, _)| [it.start_char, it.end_char]));
        let mut references: Vec<_> = references
            .into_iter()
            .filter_map(|(number, reference, counted)| {
                let range = *bytes.get(&reference.start_char)?..*bytes.get(&reference.end_char)?;
                let is_there = text.get(range.clone()).is_some_and(|words| words == reference.text);
                is_there.then(|| ReferenceMark::new((number, reference, counted), range, links))
            })
            .collect();
        references.sort_by_key(|mark| (mark.range.start, mark.number));
        let longest = references.iter().map(|mark| mark.range.len()).max().unwrap_or_default();
        Self { references, longest, matches: matches(text, query, MAX_MATCHES) }
    }

    /// Returns the number of marked matches.
    pub(super) fn matches(&self) -> usize {
        self.matches.len()
    }

    /// Splits a part of the text into pieces.
    pub(super) fn pieces(&self, text: &str, part: Range<usize>) -> Vec<Piece> {
        let first = self.references.partition_point(|mark| mark.range.start + self.longest <= part.start);
        let end = self.references.partition_point(|mark| mark.range.start < part.end);
        let references: Vec<_> =
            self.references[first..end].iter().filter(|mark| mark.range.end > part.start).collect();
        let first_match = self.matches.partition_point(|range| range.end <= part.start);
        let end_match = self.matches.partition_point(|range| range.start < part.end);
        let matches = &self.matches[first_match..end_match];
        let edges = references.iter().map(|mark| &mark.range).chain(matches).flat_map(|range| [range.start, range.end]);
        let mut cuts: Vec<_> = edges.filter(|cut| part.contains(cut)).chain([part.start, part.end]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let piece = |cut: &[usize]| {
            let (start, end) = (cut[0], cut[1]);
            let starting = references.iter().filter(|mark| mark.range.start == start);
            let mut ids: Vec<_> = starting.map(|mark| format!("r{}", mark.number)).collect();
            let matching = matches.iter().position(|range| range.contains(&start));
            if let Some(index) = matching.filter(|&index| matches[index].start == start) {
                ids.push(format!("m{}", first_match + index + 1));
            }
            let cited = references.iter().rev().find(|mark| mark.range.contains(&start));
            Piece {
                text: text[start..end].to_owned(),
                ids,
                cited: cited.map(|mark| Cited {
                    url: mark.url.clone(),
                    passage: mark.passage.clone(),
                    class: mark.class,
                }),
                is_match: matching.is_some(),
            }
        };
        cuts.windows(2).map(piece).collect()
    }
}

impl ReferenceMark {
    fn new((number, reference, counted): (usize, &Reference, CountedAs), range: Range<usize>, links: &Links) -> Self {
        let passage: Option<Passage> = reference.osis.parse().ok();
        Self {
            range,
            number,
            url: passage.map_or_else(|| links.book(reference.book), |passage| links.passage(passage)),
            passage: passage.map_or_else(|| reference.osis.clone(), Passage::english),
            class: match counted {
                CountedAs::Suspect => "suspect",
                CountedAs::Contextual => "contextual",
                CountedAs::Deuterocanonical => "deuterocanonical",
                CountedAs::Confirmed | CountedAs::Withdrawn => "confirmed",
            },
        }
    }
}

/// Returns the byte offset of each of these code points. Code points past the end of the text are left out.
fn byte_offsets(text: &str, code_points: impl Iterator<Item = usize>) -> HashMap<usize, usize> {
    let mut code_points: Vec<_> = code_points.collect();
    code_points.sort_unstable();
    code_points.dedup();
    let mut offsets = text.char_indices().map(|(offset, _)| offset).chain([text.len()]).enumerate().peekable();
    let offset = |code_point| {
        while offsets.next_if(|(index, _)| *index < code_point).is_some() {}
        Some((code_point, offsets.peek()?.1))
    };
    code_points.into_iter().map_while(offset).collect()
}

#[cfg(test)]
mod tests {
    use scripture_detector::{analyze, transcript};
    use serde_json::json;

    use super::*;

    const TEXT: &str = "É so, turn to John 5 verse 24 and Romans 8";

    fn document() -> Document {
        let transcript = transcript::read(TEXT.as_bytes()).expect("a transcript");
        let references = analyze(&transcript).expect("an analysis").references;
        Document::from_legacy("sErm0n_Tst1", json!({ "references": references })).expect("a document")
    }

    fn marks(query: &str) -> Marks {
        Marks::new(&document(), Canon::Protestant, TEXT, &WordQuery::parse(query), &Links::default())
    }

    #[test]
    fn pieces_are_cut_at_references_and_matches_and_together_are_the_text() {
        let pieces = marks("verse turn").pieces(TEXT, 0..TEXT.len());
        let whole: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(whole, TEXT);
        let marked: Vec<_> = pieces
            .iter()
            .filter(|piece| piece.is_match || piece.cited.is_some())
            .map(|piece| (piece.text.as_str(), piece.cited.as_ref().map(|it| it.url.as_str()), piece.ids.join(" ")))
            .collect();
        let john = Some("/passage/John.5.24");
        assert_eq!(
            marked,
            [
                ("turn", None, "m1".to_owned()),
                ("John 5 ", john, "r1".to_owned()),
                ("verse", john, "m2".to_owned()),
                (" 24", john, String::new()),
                ("Romans 8", Some("/passage/Rom.8"), "r2".to_owned()),
            ]
        );
    }

    #[test]
    fn a_reference_that_crosses_the_edge_of_a_part_is_marked_on_both_sides() {
        let edge = TEXT.find("verse").expect("a word");
        let marks = marks("");
        let cited = |part| marks.pieces(TEXT, part).iter().filter(|piece| piece.cited.is_some()).count();
        assert_eq!((cited(0..edge), cited(edge..TEXT.len())), (1, 2));
    }

    #[test]
    fn a_reference_to_other_words_is_not_marked() {
        let text = TEXT.replace("John", "Mark");
        let marked = |text| {
            let (document, query) = (document(), WordQuery::default());
            Marks::new(&document, Canon::Protestant, text, &query, &Links::default()).references.len()
        };
        assert_eq!([marked(TEXT), marked(&text), marked("É"), marked("")], [2, 1, 0, 0]);
    }
}

//! An author whose own work is named behind him: "John in his first letter", "Peter says so in Second Peter".

use super::{
    Detector, Named,
    named::says_soon,
    ordinal::{is_ordinal_number, ordinal_of},
};
use crate::{lexer::Cursor, numbers::number, scan::What};

/// The work, and where its name ends.
#[derive(Clone, Copy)]
pub(super) struct Work<'t> {
    /// First, Second or Third, where it was said.
    pub(super) ordinal: Option<u32>,
    /// Behind "in his first letter", where a chapter may follow; none if the work is a mention of its own.
    pub(super) behind: Option<Cursor<'t>>,
}

/// As many words may stand between an author and his work.
const FAR: usize = 14;

/// In so much text an author and his book are named in one breath.
const BREATH: usize = 60;

const WORKS: &[&str] = &["gospel", "letter", "epistle", "prophecy"];

/// What an author does with what others have written.
const AGREES: &[&str] = &[
    "has", "uses", "quotes", "gives", "mentions", "makes", "talks", "speaks", "calls", "agrees", "adds", "puts",
    "says", "tells", "writes", "picks", "gets", "does", "also",
];

/// Authors of the New Testament whose book has their name.
const AUTHORS: &[&str] = &["matthew", "mark", "luke", "john", "james", "jude", "peter"];

impl<'t> Detector<'t> {
    /// The work of an author that is named in the rest of his sentence.
    pub(super) fn own_work(&self, named: Named) -> Option<Work<'t>> {
        let is_author = AUTHORS.contains(&named.name.words);
        if !named.name.is_quoted() {
            return None;
        }
        let (start, _) = self.past_possessive(named.end);
        let says = says_soon(start);
        let mut cursor = start;
        for _ in 0..FAR {
            let Some((token, behind)) = cursor.next().filter(|(token, _)| !token.ends_sentence()) else { break };
            if says
                && token.is("in")
                && let Some(work) = self.same_name_at(named, behind)
            {
                return Some(work);
            }
            // "What does James say in chapter 4?"
            if says && token.is("in") && self.reader.named_chapter(behind).is_some() {
                return Some(Work { ordinal: None, behind: Some(behind) });
            }
            if token.is_any(&["in", "of"])
                && let Some(work) = behind.past_word(&["his"]).and_then(work_at)
            {
                return Some(work);
            }
            cursor = behind;
        }
        // "James has got it too, James four and six".
        let agrees =
            is_author && named.name.plain().is_some() && start.past_word(AGREES).is_some() && self.is_cited_soon(named);
        agrees.then_some(Work { ordinal: None, behind: None })
    }

    /// The book of the same name that is named at a place.
    fn same_name_at(&self, named: Named, cursor: Cursor<'t>) -> Option<Work<'t>> {
        let (token, behind) = cursor.next()?;
        let (ordinal, at) = match ordinal_of(&token) {
            Some(ordinal) => (Some(ordinal), behind.peek()?.start),
            None => (None, token.start),
        };
        let hit = self.reader.name_at(at)?;
        let same = matches!(hit.what, What::Name(name) if name.words == named.name.words);
        same.then_some(Work { ordinal, behind: None })
    }

    /// Whether the same name with numbers follows in the same breath.
    fn is_cited_soon(&self, named: Named) -> bool {
        let next = self.reader.hits.partition_point(|hit| hit.start < named.end);
        let near = self.reader.hits[next..].iter().take_while(|hit| hit.start <= named.end + BREATH);
        let mut same = near.filter(|hit| matches!(hit.what, What::Name(name) if name.words == named.name.words));
        same.next().is_some_and(|hit| number(self.cursor(hit.end)).is_some())
    }
}

/// Reads "first letter" behind "in his".
fn work_at(his: Cursor<'_>) -> Option<Work<'_>> {
    let (token, behind) = his.next()?;
    let ordinal = is_ordinal_number(&token).then(|| ordinal_of(&token)).flatten();
    let behind = if ordinal.is_some() { behind } else { his }.past_word(WORKS)?;
    Some(Work { ordinal, behind: Some(behind) })
}

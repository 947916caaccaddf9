//! References that a document counts without giving their place in the sermon.

use crate::{domain::Document, http::web::format};

/// References that are counted but have no place in the transcript.
#[derive(Debug)]
pub(super) struct Unplaced {
    /// A sentence about the references, without the final period.
    pub(super) sentence: String,
    /// Whether no reference is listed.
    pub(super) is_all: bool,
}

impl Unplaced {
    /// Describes the references without a place, if any. `is_all` is true if no reference is listed.
    pub(super) fn new(document: &Document, is_all: bool) -> Option<Self> {
        let sentence = match document.unplaced_references() {
            0 => return None,
            _ if is_all => "The place in the sermon was not recorded".to_owned(),
            count => format!("The place in the sermon was not recorded for {}", format::count(count, "reference")),
        };
        Some(Self { sentence, is_all })
    }
}

//! References that a document counts without saying where in the sermon they are.

use crate::{domain::Document, http::web::format};

/// References that are counted without their places.
#[derive(Debug)]
pub(super) struct Unplaced {
    /// What to say about them, without the final period.
    pub(super) sentence: String,
    /// Whether no reference is listed.
    pub(super) is_all: bool,
}

impl Unplaced {
    /// Describes the references without places, if there are any. `is_all` says that no reference is listed.
    pub(super) fn new(document: &Document, is_all: bool) -> Option<Self> {
        let sentence = match document.unplaced_references() {
            0 => return None,
            _ if is_all => "The place in the sermon was not recorded".to_owned(),
            count => format!("The place in the sermon was not recorded for {}", format::count(count, "reference")),
        };
        Some(Self { sentence, is_all })
    }
}

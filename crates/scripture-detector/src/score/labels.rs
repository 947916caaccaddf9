//! The JSON formats of labeled speech.

use serde::Deserialize;

use crate::Kind;

/// A snippet with one labeled mention.
#[derive(Deserialize)]
pub(super) struct LabeledMention {
    pub(super) text: String,
    pub(super) mention_start: usize,
    pub(super) mention_end: usize,
    pub(super) is_reference: bool,
    #[serde(default)]
    pub(super) osis: Option<String>,
    #[serde(default)]
    pub(super) osis_alt: Option<Vec<String>>,
    #[serde(default)]
    pub(super) doubtful: Option<bool>,
}

/// A sermon with all of its references labeled.
#[derive(Deserialize)]
pub(super) struct LabeledSermon {
    pub(super) references: Vec<LabeledReference>,
    #[serde(default)]
    pub(super) not_references: Vec<LabeledSpan>,
    #[serde(default)]
    pub(super) neutral: Vec<LabeledSpan>,
}

#[derive(Deserialize)]
pub(super) struct LabeledReference {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) osis: String,
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) doubtful: bool,
    #[serde(default)]
    pub(super) heard: Option<String>,
    #[serde(default)]
    pub(super) alt: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct LabeledSpan {
    pub(super) start: usize,
    pub(super) end: usize,
    #[serde(default)]
    pub(super) doubtful: bool,
}

//! Marked speech as its files have it; `score` measures against it.

use serde::Deserialize;

use crate::Kind;

/// A line of a file of mentions.
#[derive(Deserialize)]
pub(super) struct MarkedMention {
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

/// A sermon.
#[derive(Deserialize)]
pub(super) struct MarkedSermon {
    pub(super) references: Vec<MarkedReference>,
    #[serde(default)]
    pub(super) not_references: Vec<MarkedPlace>,
    #[serde(default)]
    pub(super) neutral: Vec<MarkedPlace>,
}

#[derive(Deserialize)]
pub(super) struct MarkedReference {
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
pub(super) struct MarkedPlace {
    pub(super) start: usize,
    pub(super) end: usize,
    #[serde(default)]
    pub(super) doubtful: bool,
}

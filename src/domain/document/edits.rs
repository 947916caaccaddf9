//! Changes that people made to the fields of a sermon, stored separately from the fetched and measured values.
//!
//! The keys of the document (`title`, `channel` and so on) hold the effective values, so every reader shows them.
//! `edited` holds each change together with the value that it replaced. Edits are carried over whenever a sermon is
//! analyzed, fetched, submitted or imported again. If a field was edited twice, the later edit wins.

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Document, DocumentError};

/// A field that people can edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EditableField {
    /// Title of the sermon.
    Title,
    /// Name of the church.
    Channel,
    /// URL of the church.
    ChannelUrl,
    /// Who preached.
    Speaker,
    /// The series that the sermon belongs to.
    Series,
    /// When the sermon was preached.
    PublishedAt,
    /// Country or town.
    Location,
    /// Where the sermon can be watched.
    Url,
}

impl EditableField {
    /// Every field, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Title,
        Self::Speaker,
        Self::Series,
        Self::PublishedAt,
        Self::Channel,
        Self::ChannelUrl,
        Self::Location,
        Self::Url,
    ];

    /// Returns the name used by the API and in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Channel => "channel",
            Self::ChannelUrl => "channel_url",
            Self::Speaker => "speaker",
            Self::Series => "series",
            Self::PublishedAt => "published_at",
            Self::Location => "location",
            Self::Url => "url",
        }
    }

    /// Parses a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// An edit of one field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldEdit {
    /// The value that a person entered, empty to clear the field, or `None` if the edit was undone.
    pub value: Option<String>,
    /// The value that was fetched or submitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// Whether `original` was only a suggestion.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suggested: bool,
    /// When the field was edited.
    pub at: DateTime<Utc>,
    /// Who edited the field.
    pub by: String,
    /// Unknown keys, preserved unchanged.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl FieldEdit {
    fn new(value: Option<String>, at: DateTime<Utc>, by: &str) -> Self {
        Self { value, original: None, suggested: false, at, by: by.to_owned(), extra: Map::new() }
    }
}

/// The edits of a document, by field name. Names that this release does not know are preserved.
pub type Edits = IndexMap<String, FieldEdit>;

/// A new value for a field, or `None` to undo an earlier edit.
pub type FieldChange = (EditableField, Option<String>);

impl Document {
    /// Returns whether people have changed anything about the sermon.
    pub fn is_revised(&self) -> bool {
        !self.edited.is_empty() || !self.corrections.is_empty()
    }

    /// Returns when the sermon was last analyzed, edited or corrected.
    pub fn last_changed_at(&self) -> Result<DateTime<Utc>, DocumentError> {
        let edits = self.edited.values().map(|edit| edit.at);
        let corrections = self.corrections.iter().map(|correction| correction.at);
        Ok(edits.chain(corrections).fold(self.processed_at()?, Ord::max))
    }

    /// Returns whether the document with this text may have edits or corrections. Faster than parsing the document.
    pub fn may_be_revised(text: &str) -> bool {
        text.contains("\"edited\"") || text.contains("\"corrections\"")
    }

    /// Returns the effective value of a field, or `None` if the field is empty.
    pub fn field(&self, field: EditableField) -> Option<&str> {
        let value = match field {
            EditableField::Title => Some(&self.title),
            EditableField::Channel => Some(&self.channel),
            EditableField::ChannelUrl => Some(&self.channel_url),
            EditableField::Speaker => self.speaker.as_ref(),
            EditableField::Series => self.series.as_ref(),
            EditableField::PublishedAt => self.published_at.as_ref(),
            EditableField::Location => Some(&self.location),
            EditableField::Url => match &self.source {
                Some(source) => source.url.as_ref(),
                // Documents of the previous system have no source that could hold the link.
                None => self.edit(EditableField::Url).and_then(|edit| edit.value.as_ref()),
            },
        };
        value.map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns the edit of a field, if one is in effect.
    pub fn edit(&self, field: EditableField) -> Option<&FieldEdit> {
        self.edited.get(field.name()).filter(|edit| edit.value.is_some())
    }

    /// Applies edits and returns the names of the fields that changed.
    pub fn apply_changes(&mut self, changes: &[FieldChange], at: DateTime<Utc>, by: &str) -> Vec<&'static str> {
        let mut names = Vec::new();
        for (field, value) in changes {
            let is_changed = match value {
                // Entering the suggested speaker confirms it.
                Some(value) if self.field(*field).unwrap_or_default() == value => {
                    *field == EditableField::Speaker && self.speaker_suggested
                }
                Some(_) => true,
                None => self.edit(*field).is_some(),
            };
            if is_changed {
                self.revert(*field);
                self.edited.insert(field.name().to_owned(), FieldEdit::new(value.clone(), at, by));
                self.apply(*field);
                names.push(field.name());
            }
        }
        names
    }

    /// Returns the document without edits, with the values that were fetched or submitted.
    #[must_use]
    pub fn without_edits(mut self) -> Self {
        for field in EditableField::ALL {
            self.revert(field);
        }
        self.edited.clear();
        self
    }

    /// Returns the document with its own edits and those of `other`, another version of the sermon.
    #[must_use]
    pub fn with_edits_of(mut self, other: &Self) -> Self {
        if other.edited.is_empty() {
            return self;
        }
        let mut edited = self.edited.clone();
        for (name, edit) in &other.edited {
            if edited.get(name).is_none_or(|own| own.at < edit.at) {
                edited.insert(name.clone(), edit.clone());
            }
        }
        self = self.without_edits();
        self.edited = edited;
        for field in EditableField::ALL {
            self.apply(field);
        }
        self
    }

    /// Sets a field to its edited value and records the value that the edit replaced.
    fn apply(&mut self, field: EditableField) {
        let original = self.field_without_edit(field);
        let is_suggested = field == EditableField::Speaker && self.speaker_suggested;
        let Some(edit) = self.edited.get_mut(field.name()) else { return };
        edit.original = if edit.value.is_some() { original } else { None };
        edit.suggested = edit.value.is_some() && is_suggested;
        if let Some(value) = edit.value.clone() {
            self.set(field, Some(value).filter(|value| !value.is_empty()));
            self.speaker_suggested &= field != EditableField::Speaker;
        }
    }

    /// Returns the current value of a field whose edit is not in effect.
    fn field_without_edit(&self, field: EditableField) -> Option<String> {
        match (field, &self.source) {
            (EditableField::Url, None) => None,
            _ => self.field(field).map(str::to_owned),
        }
    }

    /// Sets a field back to its original value. The edit stays in `edited`.
    fn revert(&mut self, field: EditableField) {
        let Some(FieldEdit { original, suggested, .. }) = self.edit(field).cloned() else { return };
        self.set(field, original);
        if field == EditableField::Speaker {
            self.speaker_suggested = suggested;
        }
    }

    fn set(&mut self, field: EditableField, value: Option<String>) {
        match field {
            EditableField::Title => self.title = value.unwrap_or_default(),
            EditableField::Channel => self.channel = value.unwrap_or_default(),
            EditableField::ChannelUrl => self.channel_url = value.unwrap_or_default(),
            EditableField::Speaker => self.speaker = value,
            EditableField::Series => self.series = value,
            EditableField::PublishedAt => self.published_at = value,
            EditableField::Location => self.location = value.unwrap_or_default(),
            EditableField::Url => {
                if let Some(source) = &mut self.source {
                    source.url = value;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).expect("a time")
    }

    fn document(fields: Value) -> Document {
        Document::from_legacy("sErm0n_Tst1", fields).expect("a document")
    }

    fn fetched() -> Document {
        document(json!({"title": "Wk 3 FINAL", "channel": "Grace", "published_at": "2026-05-31",
            "source": {"kind": "paste", "format": "srt"}}))
    }

    fn change(field: EditableField, value: &str) -> FieldChange {
        (field, Some(value.to_owned()))
    }

    #[test]
    fn an_edit_is_effective_and_can_be_taken_back() {
        let mut sermon = fetched();
        let changes = [
            change(EditableField::Title, "The Sower"),
            change(EditableField::Channel, "Grace"),
            change(EditableField::Location, "Kenya"),
            change(EditableField::Url, "https://example.org/1"),
        ];
        assert_eq!(sermon.apply_changes(&changes, at(1), "admin"), ["title", "location", "url"]);
        assert_eq!((sermon.title.as_str(), sermon.location.as_str()), ("The Sower", "Kenya"));
        assert_eq!(sermon.field(EditableField::Url), Some("https://example.org/1"));
        let edit = sermon.edit(EditableField::Title).expect("an edit");
        assert_eq!((edit.original.as_deref(), edit.by.as_str()), (Some("Wk 3 FINAL"), "admin"));
        assert_eq!(sermon.clone().without_edits(), fetched());

        sermon.apply_changes(&[change(EditableField::Title, "The Sower II")], at(2), "token:desk");
        assert_eq!(sermon.edit(EditableField::Title).and_then(|edit| edit.original.as_deref()), Some("Wk 3 FINAL"));
        assert_eq!(sermon.apply_changes(&[(EditableField::Title, None)], at(3), "admin"), ["title"]);
        assert_eq!(sermon.apply_changes(&[(EditableField::Title, None)], at(4), "admin"), Vec::<&str>::new());
        assert_eq!((sermon.title.as_str(), sermon.edit(EditableField::Title)), ("Wk 3 FINAL", None));
    }

    #[test]
    fn an_empty_value_is_an_edit_too() {
        let mut sermon = fetched();
        assert_eq!(sermon.apply_changes(&[change(EditableField::PublishedAt, "")], at(1), "admin"), ["published_at"]);
        assert_eq!(sermon.published_at, None);
        assert_eq!(sermon.without_edits().published_at.as_deref(), Some("2026-05-31"));
    }

    #[test]
    fn a_suggested_speaker_is_confirmed_by_entering_it_and_suggested_again_without_the_edit() {
        let mut sermon = document(json!({"title": "Grace | Ann Lee", "speaker": "Ann Lee", "speaker_suggested": true}));
        assert_eq!(sermon.apply_changes(&[change(EditableField::Speaker, "Ann Lee")], at(1), "admin"), ["speaker"]);
        assert!(!sermon.speaker_suggested);
        sermon.apply_changes(&[(EditableField::Speaker, None)], at(2), "admin");
        assert_eq!((sermon.speaker.as_deref(), sermon.speaker_suggested), (Some("Ann Lee"), true));
    }

    #[test]
    fn edits_are_carried_over_to_another_version_and_the_later_one_wins() {
        let mut edited = fetched();
        edited.apply_changes(
            &[change(EditableField::Title, "The Sower"), change(EditableField::Series, "Parables")],
            at(1),
            "admin",
        );
        let new = document(json!({"title": "Week 3", "channel": "Grace Church"}));
        let carried = new.clone().with_edits_of(&edited);
        assert_eq!((carried.title.as_str(), carried.channel.as_str()), ("The Sower", "Grace Church"));
        assert_eq!(carried.series.as_deref(), Some("Parables"));
        assert_eq!(carried.clone().without_edits(), new);
        assert_eq!(carried.clone().with_edits_of(&edited), carried, "carrying them over twice changes nothing");

        let mut later = carried.clone();
        later.apply_changes(&[(EditableField::Title, None)], at(2), "admin");
        assert_eq!(carried.with_edits_of(&later).title, "Week 3", "a change that was undone does not reappear");
        assert_eq!(later.clone().with_edits_of(&edited), later);
    }

    #[test]
    fn the_link_of_a_legacy_document_can_be_edited() {
        let mut sermon = document(json!({"title": "Old"}));
        sermon.apply_changes(&[change(EditableField::Url, "https://example.org/1")], at(1), "admin");
        assert_eq!(sermon.field(EditableField::Url), Some("https://example.org/1"));
        let stored = document(serde_json::from_str(&sermon.to_json()).expect("JSON"));
        assert_eq!(stored, sermon);
        sermon.apply_changes(&[(EditableField::Url, None)], at(2), "admin");
        assert_eq!(sermon.field(EditableField::Url), None);
    }
}

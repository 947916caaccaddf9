//! Who submits a sermon, and what a submission may change about a sermon that is already stored.

use core::net::IpAddr;

use scripture_detector::transcript;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Document, SourceKind, VideoId};

/// What a submitter may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May replace any sermon.
    Admin,
    /// May add sermons.
    #[default]
    Public,
}

impl Role {
    /// Returns the name stored in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Public => "public",
        }
    }

    /// Parses a stored name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Admin, Self::Public].into_iter().find(|role| role.name() == name)
    }
}

/// Who submits a sermon. Recorded in the audit log, but never in the document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitter {
    /// What the submitter may do.
    pub role: Role,
    /// IP address of the submitter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// The token that the submitter used, or `None` for a visitor or the admin token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Uuid>,
}

impl Submitter {
    /// The command line on this machine.
    pub const LOCAL: Self = Self { role: Role::Admin, address: None, token: None };

    /// Returns whether nothing is known about the submitter.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// The facts that decide whether a submission replaces a stored sermon.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmissionTerms {
    /// Who submitted the sermon.
    pub submitter: Submitter,
    /// Whether the title comes from the submitter or YouTube rather than being a placeholder.
    pub has_title: bool,
    /// Whether the submission comes from the spool, in which case a newer version may have been saved in the meantime.
    #[serde(skip)]
    pub is_replay: bool,
}

/// The stored version of a sermon that is submitted again.
#[derive(Debug)]
pub struct StoredSermon {
    /// Document of the stored version.
    pub document: Document,
    /// Who submitted the stored version, or `None` if unknown, as for imported sermons.
    pub submitted_by: Option<Role>,
    /// Whether the stored transcript has the same words as the new one.
    pub has_same_words: bool,
}

/// What a submission does to the stored sermon.
#[derive(Debug, PartialEq)]
pub enum Merge {
    /// This document replaces the stored document.
    Replace(Box<Document>),
    /// This is the stored document with its empty fields filled in.
    Fill(Box<Document>),
    /// The stored document does not change.
    Keep,
}

impl StoredSermon {
    /// Decides what a submission does. An empty field in the new document never erases a stored one.
    ///
    /// An admin's submission replaces the sermon. Anyone else's can only fill empty fields, and only if the words are
    /// the same. A new fetch from YouTube also replaces the sermon, unless the stored version is better.
    #[must_use]
    pub fn merge(&self, new: &Document, terms: SubmissionTerms) -> Merge {
        let is_fetch = is_from_youtube(new);
        // Edits are reapplied at the end, so that they never count as fetched values.
        let stored = self.document.clone().without_edits();
        let replaces = match terms.submitter.role {
            Role::Admin => !terms.is_replay || self.is_older_than(new),
            Role::Public => is_fetch && !self.is_better_than(new),
        };
        if replaces {
            let mut document = new.clone();
            if !terms.has_title && !is_placeholder(&stored.title) {
                document.title.clone_from(&stored.title);
            }
            fill(&mut document, &stored);
            return Merge::Replace(Box::new(document.with_edits_of(&self.document)));
        }
        if !is_fetch && !self.has_same_words {
            return Merge::Keep;
        }
        let mut document = stored;
        if is_placeholder(&document.title) && !is_placeholder(&new.title) {
            document.title.clone_from(&new.title);
        }
        fill(&mut document, new);
        let document = document.with_edits_of(&self.document);
        if document == self.document { Merge::Keep } else { Merge::Fill(Box::new(document)) }
    }

    /// Returns whether the stored version is better than a new fetch from YouTube. A transcript submitted by an admin
    /// always is, and one submitted by anyone else never is. Otherwise, manual captions are better than automatic ones,
    /// and a longer transcript is better than a shorter one.
    fn is_better_than(&self, fetched: &Document) -> bool {
        if self.document.source.is_some() && !is_from_youtube(&self.document) {
            return self.submitted_by == Some(Role::Admin);
        }
        let rank = |document: &Document| {
            let is_manual = document.source.as_ref().and_then(|source| source.automatic) == Some(false);
            (is_manual, document.transcript_length)
        };
        rank(&self.document) > rank(fetched)
    }

    fn is_older_than(&self, new: &Document) -> bool {
        match (self.document.processed_at(), new.processed_at()) {
            (Ok(stored), Ok(new)) => stored < new,
            (Err(_), _) => true,
            (Ok(_), Err(_)) => false,
        }
    }
}

fn is_from_youtube(document: &Document) -> bool {
    document.source.as_ref().is_some_and(|source| source.kind == SourceKind::Youtube)
}

/// Returns whether a title is only a placeholder.
fn is_placeholder(title: &str) -> bool {
    title.trim().is_empty() || title == Document::UNTITLED
}

/// Fills the empty fields that describe the sermon, except the title, from another version.
fn fill(document: &mut Document, other: &Document) {
    for (field, value) in [
        (&mut document.channel, &other.channel),
        (&mut document.channel_url, &other.channel_url),
        (&mut document.location, &other.location),
    ] {
        if field.trim().is_empty() {
            field.clone_from(value);
        }
    }
    if document.published_at.is_none() {
        document.published_at.clone_from(&other.published_at);
    }
    // A speaker that somebody named is better than one that the title suggests.
    let is_named = other.speaker.is_some() && !other.speaker_suggested;
    if document.speaker.is_none() || (document.speaker_suggested && is_named) {
        document.speaker.clone_from(&other.speaker);
        document.speaker_suggested = other.speaker_suggested;
    }
    if document.series.is_none() {
        document.series.clone_from(&other.series);
    }
    document.duration_seconds = document.duration_seconds.or(other.duration_seconds);
    if let (Some(source), Some(other)) = (&mut document.source, &other.source)
        && source.url.is_none()
    {
        source.url.clone_from(&other.url);
    }
}

/// Returns whether two transcripts have the same words, regardless of their formats.
///
/// If `id` is derived from the new words, that is sufficient proof, even without the stored transcript.
pub fn has_same_words(id: &VideoId, stored: Option<&[u8]>, new: &[u8]) -> bool {
    let Ok(new) = transcript::read(new).map(|new| new.joined()) else { return false };
    if VideoId::for_upload(new.as_str()) == *id {
        return true;
    }
    let Some(stored) = stored.and_then(|stored| transcript::read(stored).ok()) else { return false };
    words(stored.joined().as_str()).eq(words(new.as_str()))
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::EditableField;

    fn document(fields: Value) -> Document {
        Document::from_legacy("sErm0n_Tst1", fields).expect("a document")
    }

    fn stored(fields: Value, submitted_by: Option<Role>) -> StoredSermon {
        StoredSermon { document: document(fields), submitted_by, has_same_words: false }
    }

    fn terms(role: Role) -> SubmissionTerms {
        SubmissionTerms { submitter: Submitter { role, address: None, token: None }, has_title: true, is_replay: false }
    }

    fn source(kind: &str, automatic: Option<bool>, length: u64) -> Value {
        json!({"title": kind, "transcript_length": length,
            "source": {"kind": kind, "format": "srt", "automatic": automatic}})
    }

    #[test]
    fn a_fetch_replaces_what_a_stranger_pasted_and_worse_captions_and_nothing_else() {
        let (manual, automatic) = (Some(false), Some(true));
        for (old, submitted_by, new, replaces) in [
            (source("paste", None, 900), Some(Role::Public), source("youtube", automatic, 10), true),
            (source("upload", None, 900), None, source("youtube", automatic, 10), true),
            (source("paste", None, 900), Some(Role::Admin), source("youtube", manual, 9_000), false),
            (source("youtube", automatic, 900), None, source("youtube", manual, 10), true),
            (source("youtube", manual, 10), None, source("youtube", automatic, 900), false),
            (source("youtube", automatic, 10), None, source("youtube", automatic, 11), true),
            (source("youtube", automatic, 11), None, source("youtube", automatic, 10), false),
            (source("youtube", automatic, 11), None, source("youtube", automatic, 11), true),
            (json!({"title": "Legacy", "transcript_length": 900}), None, source("youtube", automatic, 10), false),
            (source("youtube", automatic, 10), Some(Role::Public), source("paste", None, 900), false),
        ] {
            let merged = stored(old.clone(), submitted_by).merge(&document(new.clone()), terms(Role::Public));
            assert_eq!(matches!(merged, Merge::Replace(_)), replaces, "{old} {submitted_by:?} {new}");
        }
    }

    #[test]
    fn an_admin_replaces_anything_but_no_newer_version_from_the_spool() {
        let at = |day: u8| document(json!({"title": "t", "processed_at": format!("2026-05-{day:02}T10:00:00Z")}));
        let old = StoredSermon { document: at(2), submitted_by: Some(Role::Admin), has_same_words: false };
        let replay = SubmissionTerms { is_replay: true, ..terms(Role::Admin) };
        assert!(matches!(old.merge(&at(1), terms(Role::Admin)), Merge::Replace(_)));
        assert_eq!(old.merge(&at(1), replay), Merge::Keep);
        assert!(matches!(old.merge(&at(3), replay), Merge::Replace(_)));
    }

    #[test]
    fn empty_fields_are_filled_and_never_erased() {
        let full = json!({"title": "The Sower", "channel": "Grace", "location": "Kenya", "published_at": "2026-05-31",
            "source": {"kind": "paste", "format": "srt", "url": "https://example.org/1"}});
        let bare = json!({"title": Document::UNTITLED, "source": {"kind": "paste", "format": "srt"}});
        let no_title = |role| SubmissionTerms { has_title: false, ..terms(role) };
        let Merge::Replace(replaced) = stored(full.clone(), None).merge(&document(bare.clone()), no_title(Role::Admin))
        else {
            panic!("not replaced")
        };
        assert_eq!(*replaced, document(full.clone()));

        let same_words = |fields: &Value| StoredSermon { has_same_words: true, ..stored(fields.clone(), None) };
        let filled = same_words(&bare).merge(&document(full.clone()), terms(Role::Public));
        assert_eq!(filled, Merge::Fill(Box::new(document(full.clone()))));
        let other = json!({"title": "Mine", "channel": "Mine", "location": "Mine"});
        assert_eq!(same_words(&full).merge(&document(other.clone()), terms(Role::Public)), Merge::Keep);
        assert_eq!(stored(bare, None).merge(&document(other), terms(Role::Public)), Merge::Keep, "other words");
    }

    #[test]
    fn a_named_speaker_replaces_a_suggested_one_and_is_never_replaced_by_one() {
        let named = json!({"title": "T", "speaker": "Ann Lee", "series": "Parables"});
        let suggested = json!({"title": "T", "speaker": "A Lee", "speaker_suggested": true});
        let merged = |old: &Value, new: &Value, role| {
            let stored = StoredSermon { has_same_words: true, ..stored(old.clone(), None) };
            match stored.merge(&document(new.clone()), terms(role)) {
                Merge::Fill(merged) | Merge::Replace(merged) => *merged,
                Merge::Keep => document(old.clone()),
            }
        };
        for role in [Role::Public, Role::Admin] {
            assert_eq!(merged(&suggested, &named, role), document(named.clone()));
            assert_eq!(merged(&named, &suggested, role), document(named.clone()));
        }
        let other = json!({"title": "T", "speaker": "Mark Young", "series": "Psalms"});
        assert_eq!(merged(&named, &other, Role::Public), document(named.clone()));
        assert_eq!(merged(&named, &other, Role::Admin), document(other));
    }

    #[test]
    fn edits_survive_every_submission() {
        let fetched = source("youtube", Some(true), 10);
        let mut edited = document(fetched);
        edited.location = "Norway".to_owned();
        let change = (EditableField::Title, Some("The Sower".to_owned()));
        edited.apply_changes(&[change, (EditableField::Location, Some(String::new()))], DateTime::UNIX_EPOCH, "admin");
        let stored = |has_same_words| StoredSermon { document: edited.clone(), submitted_by: None, has_same_words };
        let mut again = document(source("youtube", Some(false), 20));
        again.location = "Kenya".to_owned();
        let Merge::Replace(replaced) = stored(false).merge(&again, terms(Role::Public)) else { panic!("not replaced") };
        assert_eq!((replaced.title.as_str(), replaced.location.as_str()), ("The Sower", ""));
        assert_eq!(replaced.transcript_length, 20);
        assert_eq!(replaced.without_edits(), again);

        let same_words = document(json!({"title": "Mine", "location": "Mine", "channel": "Grace"}));
        let Merge::Fill(filled) = stored(true).merge(&same_words, terms(Role::Public)) else { panic!("not filled") };
        let effective = (filled.title.as_str(), filled.location.as_str(), filled.channel.as_str());
        assert_eq!(effective, ("The Sower", "", "Grace"));
    }

    #[test]
    fn the_same_words_in_another_format_are_recognized() {
        let id = VideoId::parse("sErm0n_Tst1").expect("an id");
        let srt =
            b"1\n00:00:01,000 --> 00:00:05,000\nIn the beginning,\n\n2\n00:00:05,000 --> 00:00:09,000\nGod created\n";
        let plain = b"in the beginning God CREATED";
        assert!(has_same_words(&id, Some(srt), plain));
        assert!(!has_same_words(&id, Some(srt), b"in the beginning God created the heaven"));
        assert!(!has_same_words(&id, None, plain));
        let derived = VideoId::for_upload(transcript::read(plain).expect("a transcript").joined().as_str());
        assert!(has_same_words(&derived, None, plain));
    }
}

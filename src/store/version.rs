//! Everything that a save writes, derived from the request.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    SaveOutcome, SavePolicy, SaveRequest,
    columns::{self, MentionColumns, VideoColumns},
    gzip,
    search::IndexEntry,
};
use crate::domain::{Document, Role, Sha256, VideoId};

/// Everything that a save writes, computed before its transaction begins.
pub(super) struct Version<'a> {
    pub(super) save: &'a SaveRequest,
    pub(super) document: String,
    pub(super) sha256: Sha256,
    pub(super) columns: VideoColumns,
    pub(super) mentions: Vec<MentionColumns>,
    pub(super) transcript: Option<Transcript<'a>>,
    pub(super) index_entry: IndexEntry,
    pub(super) at: DateTime<Utc>,
}

/// A row of `transcripts`.
pub(super) struct Transcript<'a> {
    pub(super) body: Vec<u8>,
    pub(super) sha256: String,
    pub(super) format: &'a str,
    pub(super) language: Option<String>,
}

impl<'a> Version<'a> {
    pub(super) fn new(save: &'a SaveRequest) -> Self {
        let document = save.document.to_json();
        let captions = save.transcript.as_ref();
        Self {
            sha256: Sha256::digest(document.as_bytes()),
            document,
            columns: VideoColumns::new(&save.document),
            mentions: columns::mentions(&save.document),
            transcript: captions.map(|captions| Transcript {
                body: gzip::compress(&captions.body),
                sha256: Sha256::digest(&captions.body).to_string(),
                format: &captions.format,
                language: captions.language.clone(),
            }),
            index_entry: IndexEntry::new(&save.document, captions.map(|captions| captions.body.as_slice())),
            at: columns::db_time(save.at),
            save,
        }
    }

    pub(super) fn save(&self) -> &'a SaveRequest {
        self.save
    }

    pub(super) fn id(&self) -> &'a VideoId {
        &self.save.document.video_id
    }

    pub(super) fn save_id(&self) -> Uuid {
        self.save.save_id
    }

    pub(super) fn document(&self) -> &'a Document {
        &self.save.document
    }

    /// Returns who submitted the version, if the save specifies it. Filling empty fields does not change the submitter.
    pub(super) fn submitted_by(&self, outcome: SaveOutcome) -> Option<Role> {
        match self.save.policy {
            SavePolicy::Submission(_) if outcome == SaveOutcome::Filled => None,
            SavePolicy::Revise => None,
            SavePolicy::Submission(terms) => Some(terms.submitter.role),
            SavePolicy::Replace | SavePolicy::KeepNewer | SavePolicy::RestoreVersion(_) => {
                let actor = &self.save.actor;
                (*actor == "admin" || actor.starts_with("token:")).then_some(Role::Admin)
            }
        }
    }

    pub(super) fn transcript_sha256(&self) -> Option<&str> {
        self.transcript.as_ref().map(|transcript| transcript.sha256.as_str())
    }
}

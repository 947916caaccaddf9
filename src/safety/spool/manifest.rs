//! The manifest of a spool entry: the save ID, the captions, and the checksums of the data file.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    domain::{CollectionDigest, Document, Sha256, SubmissionTerms, VideoId},
    safety::{
        FileChecksum,
        format::{WrittenCollection, read_documents},
    },
    store::{SavePolicy, SaveRequest, StoredCaptions},
};

/// The version that we write.
const VERSION: u32 = 1;

/// Everything about an entry that its data file cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EntryManifest {
    /// Version of this format.
    version: u32,
    /// Identifies the save, so that it is replayed only once.
    pub(super) save_id: Uuid,
    /// The sermon.
    pub(super) video_id: VideoId,
    /// Who made the request.
    actor: String,
    /// When the request was made.
    at: DateTime<Utc>,
    /// The terms of the submission, or `None` for other saves and in entries of earlier builds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    submission: Option<SubmissionTerms>,
    /// Checksum of the document.
    document_sha256: Sha256,
    /// Number of documents, which is always one.
    count: u64,
    /// Digest over the document, as in other manifests.
    digest: CollectionDigest,
    /// Checksum of the data file's plain content.
    json: FileChecksum,
    /// Checksum of the data file.
    pub(super) b64: FileChecksum,
    /// The captions that were analyzed.
    transcript: Option<SpooledCaptions>,
}

/// Captions in base64, because they can be in any encoding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SpooledCaptions {
    format: String,
    language: Option<String>,
    sha256: Sha256,
    body: String,
}

impl EntryManifest {
    /// Creates the manifest for a request whose document has been written to the data file.
    pub(super) fn new<J, B>(request: &SaveRequest, document_sha256: Sha256, data: &WrittenCollection<J, B>) -> Self {
        Self {
            version: VERSION,
            save_id: request.save_id,
            video_id: request.document.video_id.clone(),
            actor: request.actor.to_string(),
            at: request.at,
            submission: match request.policy {
                SavePolicy::Submission(terms) => Some(terms),
                SavePolicy::Replace | SavePolicy::KeepNewer | SavePolicy::RestoreVersion(_) | SavePolicy::Revise => {
                    None
                }
            },
            document_sha256,
            count: data.contents.count,
            digest: data.contents.digest,
            json: data.json_checksum,
            b64: data.b64_checksum,
            transcript: request.transcript.as_ref().map(SpooledCaptions::new),
        }
    }

    /// Parses a manifest. Returns `None` if it was written by a newer version of the program.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<Self>, String> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let malformed = |error: serde_json::Error| format!("its manifest cannot be parsed: {error}");
        let Version { version } = serde_json::from_slice(bytes).map_err(malformed)?;
        if version > VERSION {
            return Ok(None);
        }
        serde_json::from_slice(bytes).map(Some).map_err(malformed)
    }

    /// Serializes the manifest for its file.
    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).expect("all keys are strings")
    }

    /// Returns the request that was spooled, if the data file matches the manifest.
    pub(super) fn into_request(self, data: &[u8]) -> Result<SaveRequest, String> {
        if (data.len() as u64, Sha256::digest(data)) != (self.b64.bytes, self.b64.sha256) {
            return Err("its data does not match the checksum in its manifest".to_owned());
        }
        let mut found = None;
        read_documents(data, |id, text, _| {
            found = Some((id, text.to_owned()));
            Ok(())
        })
        .map_err(|error| error.to_string())?;
        let (id, text) = found.ok_or("it contains no document")?;
        if id != self.video_id || Sha256::digest(text.as_bytes()) != self.document_sha256 {
            return Err("its document is not the one in its manifest".to_owned());
        }
        let document = serde_json::from_str(&text)
            .map_err(|error| error.to_string())
            .and_then(|value| Document::from_legacy(id.as_str(), value).map_err(|error| error.to_string()))?;
        Ok(SaveRequest {
            save_id: self.save_id,
            document,
            transcript: self.transcript.map(SpooledCaptions::decode).transpose()?,
            policy: self.submission.map_or(SavePolicy::KeepNewer, |terms| {
                SavePolicy::Submission(SubmissionTerms { is_replay: true, ..terms })
            }),
            actor: "replay".into(),
            at: self.at,
        })
    }
}

impl SpooledCaptions {
    fn new(captions: &StoredCaptions) -> Self {
        Self {
            format: captions.format.clone(),
            language: captions.language.clone(),
            sha256: Sha256::digest(&captions.body),
            body: STANDARD.encode(&captions.body),
        }
    }

    fn decode(self) -> Result<StoredCaptions, String> {
        let body = STANDARD.decode(&self.body).map_err(|error| format!("its captions: {error}"))?;
        if Sha256::digest(&body) != self.sha256 {
            return Err("its captions do not match the checksum in its manifest".to_owned());
        }
        Ok(StoredCaptions { body, format: self.format, language: self.language })
    }
}

//! Saves changes that people make to stored sermons.

use std::{net::IpAddr, sync::Arc};

use chrono::{DateTime, Utc};
use serde_json::json;
use tracing::Instrument as _;
use uuid::Uuid;

use super::{SaveError, Saver};
use crate::{
    domain::{Actor, CorrectionError, Document, FieldChange, NewCorrection, Sha256, VideoId},
    store::{Revision, SavePolicy, SaveRequest, Saved, StoreError, StoredCaptions},
};

/// Maximum number of attempts when others change the sermon at the same time.
const MAX_ATTEMPTS: u32 = 5;

/// A change to a stored sermon.
#[derive(Debug, Clone)]
pub struct RevisionRequest {
    /// ID of the sermon to change.
    pub id: VideoId,
    /// Checksums of the versions that may be changed, or `None` to change whichever version is current.
    pub based_on: Option<Vec<Sha256>>,
    /// Who makes the change.
    pub actor: Actor,
    /// IP address that the request came from.
    pub address: Option<IpAddr>,
    /// The change.
    pub change: SermonChange,
}

/// What to change about a sermon.
#[derive(Debug, Clone)]
pub enum SermonChange {
    /// Set fields to new values.
    Fields(Vec<FieldChange>),
    /// Correct a reference, or add one.
    Correct(NewCorrection),
    /// Undo the correction with this ID.
    RemoveCorrection(Uuid),
}

/// A sermon after a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Revised {
    /// Document of the sermon.
    pub document: Document,
    /// Checksum of the document.
    pub sha256: Sha256,
    /// What changed, or empty if nothing did.
    pub changed: Vec<String>,
    /// The save, or `None` if nothing changed.
    pub saved: Option<Saved>,
}

/// Why a sermon was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ReviseError {
    /// There is no such sermon.
    #[error("there is no sermon {0}")]
    NoSuchSermon(VideoId),
    /// The sermon has changed since the version that the change is based on.
    #[error("the sermon {id} was changed since you read it: read it again, and repeat your change if it still applies")]
    Stale {
        /// The sermon.
        id: VideoId,
        /// Checksum of the current document.
        current: Sha256,
    },
    /// The correction cannot be made.
    #[error(transparent)]
    Correction(#[from] CorrectionError),
    /// The sermon was not saved.
    #[error(transparent)]
    Save(#[from] SaveError),
}

impl From<StoreError> for ReviseError {
    fn from(error: StoreError) -> Self {
        Self::Save(SaveError::Store(error))
    }
}

impl Saver {
    /// Changes a stored sermon. The old version is kept in the history, and the change is recorded in the audit log.
    ///
    /// Runs to completion even if the caller is canceled. While the database is unreachable, nothing is changed.
    #[tracing::instrument(name = "revise_sermon", skip_all, fields(video = %request.id))]
    pub async fn revise(self: &Arc<Self>, request: RevisionRequest) -> Result<Revised, ReviseError> {
        let saver = Arc::clone(self);
        let revising = async move { saver.revise_current(&request).await };
        let revising = self.tracker().spawn(revising.in_current_span());
        revising.await.unwrap_or_else(|error| Err(SaveError::Aborted(error.to_string()).into()))
    }

    async fn revise_current(&self, request: &RevisionRequest) -> Result<Revised, ReviseError> {
        for _ in 0..MAX_ATTEMPTS {
            if let Some(revised) = self.try_to_revise(request).await? {
                return Ok(revised);
            }
        }
        Err(StoreError::Conflict(format!("the sermon {} keeps being changed by others", request.id)).into())
    }

    /// Changes a document. Returns the name of the change in the audit log, and what changed.
    async fn apply(
        &self,
        change: &SermonChange,
        document: &mut Document,
        at: DateTime<Utc>,
        by: &str,
    ) -> Result<(&'static str, Vec<String>), ReviseError> {
        if let SermonChange::Fields(changes) = change {
            let changed = document.apply_changes(changes, at, by);
            return Ok(("video.edit", changed.into_iter().map(str::to_owned).collect()));
        }
        let captions = self.store().transcript(&document.video_id).await?;
        let text = captions.as_ref().and_then(StoredCaptions::joined);
        let changed = match change {
            SermonChange::Correct(new) => {
                document.correct(new, text.as_ref(), at, by)?;
                format!("{}: {}", new.verdict.name(), new.id)
            }
            SermonChange::RemoveCorrection(id) => {
                document.remove_correction(*id, text.as_ref(), at, by)?;
                format!("undone: {id}")
            }
            SermonChange::Fields(_) => unreachable!("handled above"),
        };
        Ok(("video.correct", vec![changed]))
    }

    /// Changes the current version. Returns `None` if another write came first.
    async fn try_to_revise(&self, request: &RevisionRequest) -> Result<Option<Revised>, ReviseError> {
        let RevisionRequest { id, based_on, actor, address, change } = request;
        let stored = self.store().video(id).await?.ok_or_else(|| ReviseError::NoSuchSermon(id.clone()))?;
        if based_on.as_ref().is_some_and(|based_on| !based_on.contains(&stored.sha256)) {
            return Err(ReviseError::Stale { id: id.clone(), current: stored.sha256 });
        }
        let corrupt = |error: String| StoreError::Corrupt(format!("the document of {id}: {error}"));
        let value = serde_json::from_str(&stored.document).map_err(|error| corrupt(error.to_string()))?;
        let mut document = Document::from_legacy(id.as_str(), value).map_err(|error| corrupt(error.to_string()))?;
        let at = self.clock().now();
        let (action, changed) = self.apply(change, &mut document, at, actor).await?;
        if changed.is_empty() {
            return Ok(Some(Revised { document, sha256: stored.sha256, changed, saved: None }));
        }
        let detail = json!({ "message": changed.join(", "), "title": document.title, "address": address });
        let revision = Revision { expected: stored.sha256, action, detail };
        let save = SaveRequest {
            save_id: self.clock().new_id(),
            document,
            transcript: None,
            policy: SavePolicy::Revise,
            actor: actor.clone(),
            at,
        };
        let saved = self.save_revision(&save, &revision).await?;
        Ok(saved.map(|saved| Revised { document: save.document, sha256: saved.sha256, changed, saved: Some(saved) }))
    }
}

//! Detects, before a job is queued, that a submission would not change the stored sermon.

use chrono::TimeDelta;

use super::{
    Jobs, SubmitError,
    queue::{fetch_key, submission_id},
};
use crate::{
    blocking::blocking,
    domain::{
        Document, Merge, Role, Source, SourceKind, StoredSermon, Submission, SubmissionTerms, Submitter, VideoId,
        has_same_words,
    },
    store::{Store, StoreError},
};

/// Minimum time between two fetches of the same video for visitors.
const FETCH_INTERVAL: TimeDelta = TimeDelta::days(1);

impl Jobs {
    /// Returns the stored sermon if submitting its link would not fetch the video again, because it was fetched less
    /// than a day ago and the client is not an admin.
    pub async fn fetched_sermon(&self, id: &VideoId, submitter: Submitter) -> Option<Document> {
        if submitter.role == Role::Admin {
            return None;
        }
        let stored = stored_document(&*self.store, id).await?;
        let since = self.clock.now() - FETCH_INTERVAL;
        let is_fetched = stored.source.as_ref().is_some_and(|source| source.kind == SourceKind::Youtube);
        if is_fetched && stored.processed_at().is_ok_and(|at| at >= since) {
            return Some(stored);
        }
        let keys = [Role::Admin, Role::Public].map(|role| fetch_key(id, role));
        let was_fetched = readable(id, self.store.was_done(id, &keys, since).await).unwrap_or_default();
        was_fetched.then_some(stored)
    }

    /// Returns the stored sermon if submitting this transcript would not change it, because the client is not an admin
    /// and the words differ or no empty fields can be filled.
    pub async fn unchanged_sermon(
        &self,
        submission: &Submission,
        submitter: Submitter,
    ) -> Result<Option<Document>, SubmitError> {
        if submitter.role == Role::Admin {
            return Ok(None);
        }
        // Parsing a transcript may take a second.
        let new = submission.clone();
        let id = blocking(move || Ok::<_, SubmitError>(submission_id(&new)?)).await?;
        let Some(document) = stored_document(&*self.store, &id).await else { return Ok(None) };
        let Some(captions) = readable(&id, self.store.transcript(&id).await) else { return Ok(None) };
        let (sermon, new) = (id.clone(), submission.transcript.clone());
        let compared = blocking(move || {
            let stored = captions.as_ref().map(|captions| captions.body.as_slice());
            Ok::<_, SubmitError>(has_same_words(&sermon, stored, new.as_bytes()))
        });
        let has_same_words = compared.await?;
        let stored = StoredSermon { document, submitted_by: None, has_same_words };
        let has_title = !submission.title.trim().is_empty();
        let merged = stored.merge(&details(id, submission), SubmissionTerms { submitter, has_title, is_replay: false });
        Ok((merged == Merge::Keep).then_some(stored.document))
    }
}

/// Returns a stored document, or `None` if it does not exist or cannot be read. If it cannot be read, the later save
/// decides what changes.
pub(super) async fn stored_document(store: &dyn Store, id: &VideoId) -> Option<Document> {
    let stored = readable(id, store.video(id).await)??;
    let value = serde_json::from_str(&stored.document).ok()?;
    Document::from_legacy(id.as_str(), value).ok()
}

/// Returns the value that was read, or logs the error and returns `None`.
fn readable<T>(id: &VideoId, read: Result<T, StoreError>) -> Option<T> {
    read.inspect_err(|error| tracing::warn!(video = %id, %error, "could not look up a sermon that was submitted")).ok()
}

/// Returns a document that contains only the details provided in a submission.
fn details(id: VideoId, submission: &Submission) -> Document {
    let kind = submission.source.unwrap_or(SourceKind::Paste);
    let named = |name: &str| Some(name.to_owned()).filter(|name| !name.is_empty());
    Document {
        title: submission.title.clone(),
        channel: submission.channel.clone(),
        channel_url: submission.channel_url.clone(),
        location: submission.location.clone(),
        published_at: submission.published_at.clone(),
        speaker: named(&submission.speaker),
        series: named(&submission.series),
        source: Some(Source { kind, format: String::new(), automatic: None, url: submission.url.clone() }),
        ..Document::empty(id)
    }
}

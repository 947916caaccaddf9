//! Carries edits and corrections of a stored sermon over to the version that is about to replace it.

use scripture_detector::transcript::JoinedText;

use super::{
    SavePolicy, SaveRequest, StoreError, StoredCaptions,
    dialect::Dialect,
    read::{CaptionsRow, verify_document},
    sql::sql,
};
use crate::domain::{Document, VideoId};

/// Returns the request to save instead of this one if either version has edits or corrections that the other lacks.
/// With `stays`, the stored version is kept, and only the changes of the new one are added to it.
/// Does not apply to restoring an earlier version, which has its own edits, or to submissions, which are merged
/// separately.
pub(super) async fn carry_over<D: Dialect>(
    connection: &mut D::Connection,
    save: &SaveRequest,
    stays: bool,
) -> Result<Option<SaveRequest>, StoreError> {
    if !matches!(save.policy, SavePolicy::Replace | SavePolicy::KeepNewer) {
        return Ok(None);
    }
    let new = &save.document;
    let Some(stored) = read_revised::<D>(connection, &new.video_id, new.is_revised()).await? else { return Ok(None) };
    let (base, other) = if stays { (&stored, new) } else { (new, &stored) };
    let mut merged = base.clone().with_edits_of(other);
    if merged.lacks_corrections_of(other) {
        let captions = if stays { None } else { save.transcript.as_ref() };
        let text = joined_text::<D>(connection, &new.video_id, captions).await?;
        merged = merged.with_corrections_of(other, text.as_ref());
    }
    if merged == *base {
        return Ok(None);
    }
    let transcript = if stays { None } else { save.transcript.clone() };
    Ok(Some(SaveRequest { document: merged, transcript, ..save.clone() }))
}

/// Returns the stored document, or `None` if neither version has been revised, so that most saves parse no document.
async fn read_revised<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
    is_new_revised: bool,
) -> Result<Option<Document>, StoreError> {
    let (text, sha256) = sql::<D>("select document, sha256 from videos where video_id = $1")
        .bind(id.as_str())
        .fetch_one::<(String, String)>(connection)
        .await?;
    if !is_new_revised && !Document::may_be_revised(&text) {
        return Ok(None);
    }
    verify_document(id.as_str(), &text, &sha256)?;
    parse_stored(id, &text).map(Some)
}

/// Returns the joined text of these captions, or otherwise of the stored ones, or `None` if neither can be read.
async fn joined_text<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
    captions: Option<&StoredCaptions>,
) -> Result<Option<JoinedText>, StoreError> {
    if let Some(captions) = captions {
        return Ok(captions.joined());
    }
    let stored = sql::<D>("select body, format, language from transcripts where video_id = $1").bind(id.as_str());
    let stored: Option<CaptionsRow> = stored.fetch_optional(connection).await?;
    Ok(stored.map(|row| row.unpack(id.as_str())).transpose()?.and_then(|captions| captions.joined()))
}

/// Parses a stored document.
pub(super) fn parse_stored(id: &VideoId, text: &str) -> Result<Document, StoreError> {
    let corrupt = |error: String| StoreError::Corrupt(format!("the document of {id}: {error}"));
    let value = serde_json::from_str(text).map_err(|error| corrupt(error.to_string()))?;
    Document::from_legacy(id.as_str(), value).map_err(|error| corrupt(error.to_string()))
}

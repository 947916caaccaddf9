//! Decides, inside a save's transaction, what a submission changes in a sermon that is already stored.

use serde_json::json;
use uuid::Uuid;

use super::{
    AuditEntry, SaveOutcome, SaveRequest, StoreError, StoredCaptions, carry_over::parse_stored, dialect::Dialect, gzip,
    read::verify_document, sql::sql, sql_audit::insert_audit,
};
use crate::domain::{Merge, Role, StoredSermon, SubmissionTerms, VideoId, has_same_words};

/// The stored version.
#[derive(sqlx::FromRow)]
struct StoredRow {
    document: String,
    sha256: String,
    submitted_by: Option<String>,
    body: Option<Vec<u8>>,
}

/// Returns what to save instead of the submission and the outcome to report, or `None` if the stored version is kept.
pub(super) async fn merge_submission<D: Dialect>(
    connection: &mut D::Connection,
    save: &SaveRequest,
    terms: SubmissionTerms,
) -> Result<Option<(SaveRequest, SaveOutcome)>, StoreError> {
    let id = &save.document.video_id;
    let row: StoredRow = sql::<D>(
        "select v.document, v.sha256, v.submitted_by, t.body
        from videos v
        left join transcripts t on t.video_id = v.video_id
        where v.video_id = $1",
    )
    .bind(id.as_str())
    .fetch_one(connection)
    .await?;
    let stored = row.parse(id, save)?;
    Ok(match stored.merge(&save.document, terms) {
        Merge::Replace(document) => {
            let document = if document.lacks_corrections_of(&stored.document) {
                let text = save.transcript.as_ref().and_then(StoredCaptions::joined);
                document.with_corrections_of(&stored.document, text.as_ref())
            } else {
                *document
            };
            Some((SaveRequest { document, ..save.clone() }, SaveOutcome::Updated))
        }
        Merge::Fill(document) => {
            Some((SaveRequest { document: *document, transcript: None, ..save.clone() }, SaveOutcome::Filled))
        }
        Merge::Keep => None,
    })
}

impl StoredRow {
    fn parse(self, id: &VideoId, save: &SaveRequest) -> Result<StoredSermon, StoreError> {
        verify_document(id.as_str(), &self.document, &self.sha256)?;
        let document = parse_stored(id, &self.document)?;
        // A damaged transcript has no words to compare.
        let captions = self.body.and_then(|body| gzip::decompress(&body).ok());
        let new = save.transcript.as_ref().map(|captions| captions.body.as_slice()).unwrap_or_default();
        Ok(StoredSermon {
            has_same_words: has_same_words(id, captions.as_deref(), new),
            submitted_by: self.submitted_by.as_deref().and_then(Role::parse),
            document,
        })
    }
}

/// Records who changed a stored sermon, and from which address, in the transaction that changes it.
pub(super) async fn audit_change<D: Dialect>(
    connection: &mut D::Connection,
    save: &SaveRequest,
    terms: SubmissionTerms,
    outcome: SaveOutcome,
    seq: i64,
) -> Result<(), StoreError> {
    let submitter = terms.submitter;
    let source = save.document.source.as_ref().map(|source| source.kind);
    let actor = match submitter.token {
        _ if save.actor == "cli" => "cli".to_owned(),
        Some(token) => token_actor::<D>(connection, token).await?,
        None => submitter.role.name().to_owned(),
    };
    let entry = AuditEntry {
        id: save.save_id,
        at: save.at,
        actor,
        action: if outcome == SaveOutcome::Filled { "video.fill" } else { "video.replace" }.to_owned(),
        subject: save.document.video_id.to_string(),
        detail: json!({ "address": submitter.address, "source": source, "seq": seq }),
    };
    insert_audit::<D>(connection, &entry).await
}

/// Returns the audit log's name for the holder of a token, which may have been revoked since.
async fn token_actor<D: Dialect>(connection: &mut D::Connection, token: Uuid) -> Result<String, StoreError> {
    let name = sql::<D>("select name from api_tokens where id = $1").bind(token);
    let name = name.fetch_optional::<(String,)>(connection).await?;
    Ok(format!("token:{}", name.map_or_else(|| token.to_string(), |(name,)| name)))
}

/// Records that an earlier version was restored, in the transaction that restores it.
pub(super) async fn audit_restore<D: Dialect>(
    connection: &mut D::Connection,
    save: &SaveRequest,
    version: i64,
    seq: i64,
) -> Result<(), StoreError> {
    let entry = AuditEntry {
        id: save.save_id,
        at: save.at,
        actor: save.actor.to_string(),
        action: "video.restore_version".to_owned(),
        subject: save.document.video_id.to_string(),
        detail: json!({ "version": version, "seq": seq }),
    };
    insert_audit::<D>(connection, &entry).await
}

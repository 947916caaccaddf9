//! Saves a person's change to a stored sermon, if the stored version is still the one that was changed.

use serde_json::Value;

use super::{
    AuditEntry, SaveOutcome, SaveRequest, Saved, StoreError,
    dialect::Dialect,
    read::{parse_sha256, read_current_row},
    save::{Replaced, Written, replace_version, select_save},
    sql_audit::insert_audit,
    sql_store::SqlStore,
    state::next_state,
    version::Version,
};
use crate::domain::Sha256;

/// A change to a stored sermon.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// Checksum of the document that was changed.
    pub expected: Sha256,
    /// Name of the change in the audit log, such as `video.edit`.
    pub action: &'static str,
    /// What changed, as an object for the audit log.
    pub detail: Value,
}

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn revise_and_read_back(
        &self,
        save: &SaveRequest,
        revision: &Revision,
    ) -> Result<Option<Saved>, StoreError> {
        let version = Version::new(save);
        let file = self.file_version();
        let Some((saved, written)) = self.with_retries(|| self.write_revision(&version, revision)).await? else {
            return Ok(None);
        };
        self.read_back(&version, &written).await?;
        self.check_file(file)?;
        Ok(Some(saved))
    }

    async fn write_revision(
        &self,
        version: &Version<'_>,
        revision: &Revision,
    ) -> Result<Option<(Saved, Written)>, StoreError> {
        let mut transaction = self.begin_write().await?;
        let state = next_state::<D>(&mut transaction).await?;
        let current = read_current_row::<D>(&mut transaction, version.id()).await?;
        let current = match current {
            Some(current) if parse_sha256(&current.sha256)? == revision.expected => current,
            _ => {
                transaction.rollback().await?;
                return Ok(None);
            }
        };
        let save = version.save();
        let mut detail = revision.detail.clone();
        detail["seq"] = state.seq.into();
        let entry = AuditEntry {
            id: save.save_id,
            at: save.at,
            actor: save.actor.to_string(),
            action: revision.action.to_owned(),
            subject: version.id().to_string(),
            detail,
        };
        insert_audit::<D>(&mut transaction, &entry).await?;
        let old = Replaced { sha256: revision.expected, transcript_sha256: current.transcript_sha256 };
        let (saved, written) =
            replace_version::<D>(&mut transaction, state, old, (version, SaveOutcome::Updated)).await?;
        if written.is_new {
            self.commit(transaction, select_save(version)).await?;
        } else {
            transaction.rollback().await?;
        }
        Ok(Some((saved, written)))
    }
}

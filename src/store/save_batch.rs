//! Saves several sermons in one transaction, so that an import pays for a commit only once per batch.

use std::collections::HashMap;

use sqlx::Connection as _;
use uuid::Uuid;

use super::{
    SaveRequest, Saved, StoreError,
    dialect::Dialect,
    save::{Written, apply, select_save},
    sql::sql,
    sql_store::SqlStore,
    version::Version,
};
use crate::domain::Sha256;

type Applied = Vec<Result<(Saved, Written), StoreError>>;

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn save_batch_and_read_back(
        &self,
        saves: &[SaveRequest],
    ) -> Result<Vec<Result<Saved, StoreError>>, StoreError> {
        let versions: Vec<_> = saves.iter().map(Version::new).collect();
        let file = self.file_version();
        let applied = self.with_retries(|| self.write_batch(&versions)).await?;
        self.read_batch_back(&versions, &applied).await?;
        self.check_file(file)?;
        Ok(applied.into_iter().map(|applied| applied.map(|(saved, _)| saved)).collect())
    }

    /// Applies each version in its own savepoint, so that a version that the database rejects does not undo the others.
    async fn write_batch(&self, versions: &[Version<'_>]) -> Result<Applied, StoreError> {
        let mut transaction = self.begin_write().await?;
        let (mut results, mut last) = (Vec::with_capacity(versions.len()), None);
        for version in versions {
            let mut savepoint = transaction.begin().await?;
            let result = match apply::<D>(&mut savepoint, version).await {
                Err(error @ (StoreError::Unavailable(_) | StoreError::Conflict(_))) => return Err(error),
                result => result,
            };
            if result.as_ref().is_ok_and(|(_, written)| written.is_new) {
                savepoint.commit().await?;
                last = Some(version);
            } else {
                savepoint.rollback().await?;
            }
            results.push(result);
        }
        match last {
            Some(version) => self.commit(transaction, select_save(version)).await?,
            None => transaction.rollback().await?,
        }
        Ok(results)
    }

    /// Reads everything back on a different connection than the one that wrote it, and compares the checksums.
    async fn read_batch_back(&self, versions: &[Version<'_>], applied: &Applied) -> Result<(), StoreError> {
        let saved =
            versions.iter().zip(applied).filter_map(|(version, applied)| Some((version, &applied.as_ref().ok()?.1)));
        let (new, stored): (Vec<_>, Vec<_>) = saved.partition(|(_, written)| written.is_new);
        for (version, written) in stored {
            self.read_back(version, written).await?;
        }
        if new.is_empty() {
            return Ok(());
        }
        let mut query = sql::<D>("select save_id, document from videos where video_id in ");
        query.push_list(new.iter().map(|(version, _)| version.id().as_str()));
        query.push(" and save_id in ").push_list(new.iter().map(|(version, _)| version.save_id()));
        // A later write may already have moved a version to the history.
        query.push(" union all select save_id, document from video_history where video_id in ");
        query.push_list(new.iter().map(|(version, _)| version.id().as_str()));
        query.push(" and save_id in ").push_list(new.iter().map(|(version, _)| version.save_id()));
        let mut connection = self.reader().await?;
        let rows: Vec<(Uuid, String)> = query.fetch_all(&mut connection).await?;
        let stored: HashMap<_, _> =
            rows.iter().map(|(save_id, document)| (*save_id, Sha256::digest(document.as_bytes()))).collect();
        for (version, written) in new {
            let problem = match stored.get(&version.save_id()) {
                Some(sha256) if *sha256 == written.sha256 => continue,
                Some(_) => "had a different checksum",
                None => "was not found",
            };
            return Err(StoreError::Corrupt(format!("{} {problem} when it was read back", version.id())));
        }
        Ok(())
    }
}

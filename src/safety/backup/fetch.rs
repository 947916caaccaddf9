//! Fetching a backup back from the second place: received and read to its end as an upload is, and held against the
//! manifest that came with it.

use std::pin::pin;

use super::{BackupError, BackupInfo, BackupManifest, BackupName, Backups, blocking, check};
use crate::safety::OffsiteError;

impl Backups {
    /// Fetches a backup that is not here any more. What is not what its manifest says leaves nothing behind.
    pub async fn fetch(&self, name: &BackupName) -> Result<BackupInfo, OffsiteError> {
        let offsite = self.offsite.as_ref().ok_or(OffsiteError::NotSet)?;
        let (files, wanted) = (self.files.clone(), name.clone());
        match blocking(move || files.open(&wanted)).await {
            Err(BackupError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => return Err(BackupError::Invalid(format!("{name} is here already")).into()),
        }
        let (manifest, copy) = offsite.fetch(name).await?;
        let file = self.receive(&mut pin!(copy)).await?;
        let (files, wanted, now) = (self.files.clone(), name.clone(), self.clock.now());
        blocking(move || {
            let file = file.sync()?;
            let found = check::read(&file.reopen()?, |_, _, _| Ok(()))?;
            if let Some(problem) = check::compare(&found, &manifest) {
                return Err(BackupError::Invalid(format!("the copy of {wanted} is damaged: {problem}")));
            }
            let manifest = BackupManifest { verified_at: Some(now), problem: None, ..manifest };
            Ok(files.put(file, &manifest, std::iter::once(wanted))?)
        })
        .await?;
        tracing::info!(%name, "fetched a backup from the second place");
        Ok(self.info(name).await?)
    }
}

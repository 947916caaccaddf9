//! Fetches a backup from the offsite store and verifies it against the manifest stored with it.

use std::pin::pin;

use super::{BackupError, BackupInfo, BackupManifest, BackupName, Backups, verify};
use crate::{blocking::blocking, safety::OffsiteError};

impl Backups {
    /// Fetches a backup that exists only offsite. Keeps nothing if the copy is damaged.
    pub async fn fetch(&self, name: &BackupName) -> Result<BackupInfo, OffsiteError> {
        let offsite = self.offsite.as_ref().ok_or(OffsiteError::NotConfigured)?;
        let (files, wanted) = (self.files.clone(), name.clone());
        match blocking(move || files.open(&wanted)).await {
            Err(BackupError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => return Err(BackupError::Invalid(format!("{name} is already on this disk")).into()),
        }
        let (manifest, copy) = offsite.fetch(name).await?;
        let file = self.receive(&mut pin!(copy)).await?;
        let (files, wanted, now) = (self.files.clone(), name.clone(), self.clock.now());
        blocking(move || {
            let file = file.sync()?;
            let scanned = verify::scan(&file.reopen()?, |_, _, _| Ok(()))?;
            if let Some(problem) = verify::find_mismatch(&scanned, &manifest) {
                return Err(BackupError::Invalid(format!("the copy of {wanted} is damaged: {problem}")));
            }
            let manifest = BackupManifest { verified_at: Some(now), problem: None, ..manifest };
            Ok(files.add(file, &manifest, std::iter::once(wanted))?)
        })
        .await?;
        tracing::info!(%name, "fetched an offsite copy");
        Ok(self.info(name).await?)
    }
}

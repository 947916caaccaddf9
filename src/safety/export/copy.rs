//! Exports to directories other than the data directory.

use std::{io, path::Path};

use chrono::{DateTime, Utc};

use super::{
    ExportError, ExportReport, Exporter,
    files::{CheckLevel, ExportOnDisk, ExportPaths},
    is_current, report,
};
use crate::{
    blocking::blocking,
    safety::{Manifest, durable},
};

impl Exporter {
    /// Writes an export to a directory, creating the directory if it does not exist.
    pub async fn export_to(&self, directory: &Path) -> Result<ExportReport, ExportError> {
        Ok(report(&self.write_copy(directory, None).await?))
    }

    /// Writes an export of all sermons as they were at a given time. Fails for the data directory, because that
    /// contains the current export.
    pub async fn export_as_of(&self, directory: &Path, time: DateTime<Utc>) -> Result<ExportReport, ExportError> {
        let (copy, data_dir) = (directory.to_owned(), self.data_dir.root().to_owned());
        blocking(move || {
            std::fs::create_dir_all(&copy)?;
            if copy.canonicalize()? == data_dir.canonicalize()? {
                let reason = "the data directory holds the current export: choose another directory";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
            }
            Ok(())
        })
        .await?;
        Ok(report(&self.write_copy(directory, Some(time)).await?))
    }

    /// Writes an export to a directory, unless it already has a current one. Returns the manifest, and whether an
    /// export was written.
    pub async fn update_copy(&self, directory: &Path) -> Result<(Manifest, bool), ExportError> {
        let paths = ExportPaths::copy_in(directory);
        let on_disk = blocking(move || paths.inspect(CheckLevel::Checksums)).await?;
        let now = self.store.state().await?;
        match on_disk {
            ExportOnDisk::Good(manifest) if is_current(&manifest, &now) => Ok((manifest, false)),
            _ => Ok((self.write_copy(directory, None).await?, true)),
        }
    }

    async fn write_copy(&self, directory: &Path, as_of: Option<DateTime<Utc>>) -> Result<Manifest, ExportError> {
        let (copy, now) = (directory.to_owned(), self.clock.now());
        blocking(move || {
            std::fs::create_dir_all(&copy)?;
            // Left by an export that was killed.
            durable::remove_leftovers(&copy).map(drop)
        })
        .await?;
        let export = self.write_files(directory, as_of).await?;
        let paths = ExportPaths::copy_in(directory);
        Ok(blocking(move || export.install(&paths, now)).await?)
    }
}

//! Updates the export in the data directory.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::{
    CheckLevel, ExportError, ExportMode, ExportReport, Exporter,
    files::{ExportOnDisk, ExportPaths},
    is_current, report,
};
use crate::{
    blocking::blocking,
    safety::{backup::BackupDir, durable::FileLock, pre_write, shrink_guard},
    store::StoreState,
    telemetry::metrics::record_export,
};

/// How often to try to acquire a lock that another process holds.
const LOCK_INTERVAL: Duration = Duration::from_millis(20);

/// Number of recent restores to search for the one that began the current epoch.
const RECENT_RESTORES: u16 = 20;

impl Exporter {
    /// Updates the export and records the result in the status.
    pub(super) async fn export(&self, mode: ExportMode) -> Result<ExportReport, ExportError> {
        let exported = self.export_if_needed(mode).await;
        if let Err(ExportError::Io(error)) = &exported
            && error.kind() == std::io::ErrorKind::StorageFull
        {
            self.free_space().await;
        }
        let changed = self.status.send_if_modified(|status| {
            let before = status.clone();
            status.error = None;
            match &exported {
                Ok(report) => (status.last, status.suspect) = (Some(report.clone()), None),
                Err(ExportError::Suspect(reason)) => status.suspect = Some(reason.clone()),
                Err(error) => status.error = Some(error.to_string()),
            }
            *status != before
        });
        match &exported {
            Ok(report) if changed => tracing::info!(sermons = report.sermons, seq = report.seq, "exported"),
            Ok(_) => {}
            Err(error) if changed => tracing::error!(%error, "the export failed"),
            Err(error) => tracing::debug!(%error, "the export failed again"),
        }
        exported
    }

    /// Removes old safety backups to free space on a full disk, so that the next attempt may succeed.
    async fn free_space(&self) {
        let (backups, now) = (BackupDir::new(&self.data_dir), self.clock.now());
        if let Err(error) = blocking(move || backups.remove_old_safety_backups(None, now)).await {
            tracing::warn!(%error, "could not free space on the full disk");
        }
    }

    async fn export_if_needed(&self, mode: ExportMode) -> Result<ExportReport, ExportError> {
        let lock = self.lock().await?;
        let level = if let ExportMode::IfStale(level) = mode { level } else { CheckLevel::Lengths };
        let paths = ExportPaths::in_data_dir(&self.data_dir);
        let on_disk = blocking(move || paths.inspect(level)).await?;
        let last = if let ExportOnDisk::Good(manifest) = &on_disk { Some(manifest) } else { None };
        if let Some(last) = last {
            self.status.send_modify(|status| status.last = Some(report(last)));
        }
        if let ExportMode::IfStale(_) = mode {
            let now = self.store.state().await?;
            if let Some(last) = last.filter(|last| is_current(last, &now)) {
                return Ok(report(last));
            }
            // Do not write a suspect export of the same state twice.
            if let Some(reason) = self.objection(&on_disk, &now).await?
                && self.has_suspect_export(&now).await?
            {
                return Err(ExportError::Suspect(reason));
            }
        }
        let start = Instant::now();
        let written = self.write(lock, on_disk, mode == ExportMode::Confirmed).await;
        let outcome = match &written {
            Ok(_) => "written",
            Err(ExportError::Suspect(_)) => "held_back",
            Err(_) => "failed",
        };
        record_export(outcome, start.elapsed());
        written
    }

    /// Writes new files and replaces the export, unless the shrink guard objects.
    #[tracing::instrument(name = "export", skip_all)]
    async fn write(&self, lock: FileLock, on_disk: ExportOnDisk, confirmed: bool) -> Result<ExportReport, ExportError> {
        let export = self.write_files(self.data_dir.root(), None).await?;
        let objection = if confirmed { None } else { self.objection(&on_disk, export.state()).await? };
        let (data_dir, now) = (self.data_dir.clone(), self.clock.now());
        let install = move || {
            // Held until the end, even if the caller is canceled.
            let _lock = lock;
            let suspect = ExportPaths::suspect(&data_dir);
            if let Some(reason) = objection {
                export.install(&suspect, now)?;
                return Err(ExportError::Suspect(reason));
            }
            match on_disk {
                ExportOnDisk::Foreign(_) => pre_write::link_foreign(&data_dir, now)?,
                // The export is from another database, or from this one before a restore.
                ExportOnDisk::Good(last) if last.epoch != export.state().epoch => {
                    drop(pre_write::link(&data_dir, now)?);
                }
                _ => {}
            }
            let manifest = export.install(&ExportPaths::in_data_dir(&data_dir), now)?;
            suspect.remove()?;
            Ok(report(&manifest))
        };
        blocking(install).await
    }

    /// Returns why the shrink guard objects to an export, or `None` if it does not.
    ///
    /// If a restore was interrupted between its commit and its export, the record of the restore explains the
    /// difference.
    async fn objection(&self, on_disk: &ExportOnDisk, now: &StoreState) -> Result<Option<String>, ExportError> {
        if shrink_guard::objection(on_disk, None, now).is_none() {
            return Ok(None);
        }
        let entries = self.store.restores(RECENT_RESTORES).await?;
        let restored = entries.into_iter().filter_map(|entry| entry.after).find(|after| after.epoch == now.epoch);
        Ok(shrink_guard::objection(on_disk, restored.as_ref(), now))
    }

    /// Waits until no other task or process is exporting.
    async fn lock(&self) -> Result<FileLock, ExportError> {
        loop {
            let path = self.data_dir.export_lock();
            if let Some(lock) = blocking(move || FileLock::try_exclusive(&path)).await? {
                return Ok(lock);
            }
            sleep(LOCK_INTERVAL).await;
        }
    }

    /// Returns whether a suspect export of this state has already been written.
    async fn has_suspect_export(&self, now: &StoreState) -> Result<bool, ExportError> {
        let paths = ExportPaths::suspect(&self.data_dir);
        let manifest = blocking(move || paths.manifest()).await?;
        Ok(manifest.is_some_and(|manifest| is_current(&manifest, now)))
    }
}

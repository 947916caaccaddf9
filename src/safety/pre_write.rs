//! The safety backup before a write: a hard link to the last export.
//!
//! The export's files are never modified once they have their final names, so a link takes almost no space or time.
//! Everything here blocks.

use std::{io, path::PathBuf};

use chrono::{DateTime, Utc};

use super::{
    DataDir, Manifest,
    backup::{BackupDir, BackupKind, BackupName},
    durable::{self, FileLock},
};

/// Links the current export into `backups/`, unless that has already been done, and returns the backup's name.
///
/// Returns `None` if there is no export yet.
pub(super) fn link(data_dir: &DataDir, now: DateTime<Utc>) -> io::Result<Option<String>> {
    // While this lock is held, the data and the manifest belong to the same export.
    let _lock = FileLock::exclusive(&data_dir.export_files_lock())?;
    let Some(manifest) = Manifest::read(&data_dir.results_manifest())? else { return Ok(None) };
    let data = data_dir.results_b64();
    if data.metadata()?.len() != manifest.b64.bytes {
        return Err(io::Error::other("the export does not match its manifest and will be written again"));
    }
    let backups = BackupDir::new(data_dir);
    for name in existing(data_dir, manifest.seq)? {
        if backups.manifest(&name)?.is_some_and(|existing| existing.contents == manifest) {
            return Ok(Some(name.to_string()));
        }
    }
    let name = free_name(data_dir, now, manifest.seq);
    durable::link_or_copy(&data, &path(data_dir, name.as_str()))?;
    durable::link_or_copy(&data_dir.results_manifest(), &path(data_dir, &name.manifest()))?;
    if let Err(error) = backups.remove_old_safety_backups(Some(&name), now) {
        tracing::warn!(%error, "could not remove old safety backups; will try again at the next save");
    }
    Ok(Some(name.to_string()))
}

/// Links the export files of another program, which have no manifest, before they are replaced.
pub(super) fn link_foreign(data_dir: &DataDir, now: DateTime<Utc>) -> io::Result<()> {
    let name = free_name(data_dir, now, 0);
    let backup = path(data_dir, name.as_str());
    for (source, target) in
        [(data_dir.results_b64(), backup.clone()), (data_dir.results_json(), backup.with_extension(""))]
    {
        if source.exists() {
            durable::link_or_copy(&source, &target)?;
            tracing::warn!(backup = %target.display(), "backed up an export without a manifest before replacing it");
        }
    }
    Ok(())
}

/// Returns the safety backups of the state after write `seq`.
fn existing(data_dir: &DataDir, seq: i64) -> io::Result<Vec<BackupName>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(data_dir.backups())? {
        let name = entry?.file_name();
        let Some(name) = name.to_str().and_then(|name| BackupName::parse(name).ok()) else { continue };
        if name.kind() == BackupKind::PreWrite && name.seq() == Some(seq) {
            names.push(name);
        }
    }
    Ok(names)
}

/// Returns the first name for this time and write that is not taken, not even by a file left by a crash.
fn free_name(data_dir: &DataDir, now: DateTime<Utc>, seq: i64) -> BackupName {
    let mut names = (0..).map(|number| BackupName::new(BackupKind::PreWrite, now, seq, number));
    let is_free = |name: &BackupName| {
        let data = path(data_dir, name.as_str());
        !data.exists() && !data.with_extension("").exists() && !path(data_dir, &name.manifest()).exists()
    };
    names.find(is_free).expect("there are more names than files")
}

fn path(data_dir: &DataDir, name: &str) -> PathBuf {
    data_dir.backups().join(name)
}

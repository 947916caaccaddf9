//! The safety backup before a write: one more name for the export of the state before it.
//!
//! An export's files are never written again once they have their name, so a hard link costs no space and no time.
//! Everything here blocks.

use std::{io, path::PathBuf};

use chrono::{DateTime, Duration, Utc};

use super::{
    DataDir, Manifest,
    backup::{BackupKind, BackupName, Retention, Shelf, guarded},
    durable::{self, FileLock},
};

/// Links the present export into `backups/`, unless that was done for it before; gives the backup's name, or none
/// when there is no export yet.
pub(super) fn link(data_dir: &DataDir, now: DateTime<Utc>) -> io::Result<Option<String>> {
    // While it is held, the data and the manifest belong together.
    let _lock = FileLock::exclusive(&data_dir.pair_lock())?;
    let Some(manifest) = Manifest::read(&data_dir.results_manifest())? else { return Ok(None) };
    let data = data_dir.results_b64();
    if data.metadata()?.len() != manifest.b64.bytes {
        return Err(io::Error::other("the export is not what its manifest says; it is being written anew"));
    }
    let shelf = Shelf::of(data_dir);
    for (name, _) in list(data_dir)?.iter().filter(|(name, _)| name.seq() == Some(manifest.seq)) {
        if shelf.manifest(name)?.is_some_and(|found| found.contents == manifest) {
            return Ok(Some(name.to_string()));
        }
    }
    let name = free_name(data_dir, now, manifest.seq);
    durable::link_or_copy(&data, &path(data_dir, name.as_str()))?;
    durable::link_or_copy(&data_dir.results_manifest(), &path(data_dir, &name.manifest()))?;
    if let Err(error) = make_room(data_dir, Some(&name), now) {
        tracing::warn!(%error, "could not remove old safety backups; it is tried again with the next one");
    }
    Ok(Some(name.to_string()))
}

/// Removes the safety backups that the rules, and the disk, have no more room for. The one that was just `linked` stays,
/// or else the newest: in a new database, writes are counted anew, and others look newer.
pub(super) fn make_room(data_dir: &DataDir, linked: Option<&BackupName>, now: DateTime<Utc>) -> io::Result<()> {
    let mut existing = list(data_dir)?;
    let held = existing.iter().map(|(_, bytes)| bytes).sum();
    let stays = existing.iter().position(|(name, _)| Some(name) == linked).unwrap_or_default();
    if existing.is_empty() {
        return Ok(());
    }
    let (_, bytes) = existing.remove(stays);
    let rules = Retention::default().on_disk(held, durable::free_bytes(&data_dir.backups())?);
    remove_old(&Shelf::of(data_dir), &existing, bytes, &rules, now)
}

/// Links export files that have no manifest, and so are of another program, before they are replaced.
pub(super) fn link_foreign(data_dir: &DataDir, now: DateTime<Utc>) -> io::Result<()> {
    let name = free_name(data_dir, now, 0);
    let backup = path(data_dir, name.as_str());
    for (source, target) in
        [(data_dir.results_b64(), backup.clone()), (data_dir.results_json(), backup.with_extension(""))]
    {
        if source.exists() {
            durable::link_or_copy(&source, &target)?;
            tracing::warn!(backup = %target.display(), "kept an export that has no manifest before it is replaced");
        }
    }
    Ok(())
}

/// The first name of this moment and position that nothing has; what a crash left behind may have one.
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

/// The backups of this kind that have a position, with their lengths, newest first: by write, then by time.
fn list(data_dir: &DataDir) -> io::Result<Vec<(BackupName, u64)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(data_dir.backups())? {
        let entry = entry?;
        let Some(name) = entry.file_name().to_str().and_then(|name| BackupName::parse(name).ok()) else { continue };
        if name.kind() == BackupKind::PreWrite && name.seq().is_some() {
            // Removed meanwhile: it takes no space.
            found.push((name, entry.metadata().map_or(0, |metadata| metadata.len())));
        }
    }
    found.sort_by_cached_key(|(name, _)| std::cmp::Reverse((name.seq(), name.at(), name.as_str().to_owned())));
    Ok(found)
}

/// Removes those that are neither among the last nor young, and those for which there is no space, behind a newest one
/// of `newest_bytes`. Pinned ones stay, and the newest verified ones of all kinds.
fn remove_old(
    shelf: &Shelf,
    existing: &[(BackupName, u64)],
    newest_bytes: u64,
    rules: &Retention,
    now: DateTime<Utc>,
) -> io::Result<()> {
    let (mut bytes, mut goes) = (newest_bytes, Vec::new());
    for (index, (name, length)) in existing.iter().enumerate() {
        bytes += length;
        let is_old = index >= rules.pre_write_last && now - name.at() > Duration::hours(rules.pre_write_hours);
        if is_old || bytes > rules.pre_write_bytes {
            let known = shelf.manifest(name)?;
            if !known.is_some_and(|manifest| manifest.pinned) {
                goes.push(name.clone());
            }
        }
    }
    if !goes.is_empty() {
        let guarded = guarded(shelf)?;
        goes.retain(|name| !guarded.contains(name));
    }
    if !goes.is_empty() {
        shelf.remove(&goes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many safety backups of ten bytes, a minute apart; the newest is the last.
    fn shelf_with(data_dir: &DataDir, count: i64, now: DateTime<Utc>) -> Shelf {
        for seq in 0..count {
            let name = BackupName::new(BackupKind::PreWrite, now - Duration::minutes(count - seq), seq, 0);
            std::fs::write(path(data_dir, name.as_str()), [b'x'; 10]).unwrap();
        }
        Shelf::of(data_dir)
    }

    #[test]
    fn safety_backups_go_by_number_age_and_bytes() {
        let now = DateTime::UNIX_EPOCH + Duration::days(1000);
        let rules =
            Retention { pre_write_last: 5, pre_write_hours: 1, pre_write_bytes: 10_000, ..Retention::default() };
        for (rules, stay, why) in [
            (rules, 60, "an hour"),
            (Retention { pre_write_hours: 0, ..rules }, 5, "the last five"),
            (Retention { pre_write_bytes: 205, ..rules }, 20, "as many as there is space for"),
            (Retention { pre_write_bytes: 0, ..rules }, 0, "the newest alone"),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let data_dir = DataDir::open(directory.path()).unwrap();
            let shelf = shelf_with(&data_dir, 100, now);
            let existing = list(&data_dir).unwrap();
            remove_old(&shelf, &existing, 1, &rules, now).unwrap();
            let left = list(&data_dir).unwrap();
            assert_eq!(left, existing[..stay], "{why}");
        }
    }

    #[test]
    fn of_verified_ones_the_newest_two_stay_and_no_more() {
        let now = DateTime::UNIX_EPOCH + Duration::days(1000);
        let directory = tempfile::tempdir().unwrap();
        let data_dir = DataDir::open(directory.path()).unwrap();
        let shelf = shelf_with(&data_dir, 20, now);
        let existing = list(&data_dir).unwrap();
        let sum = crate::safety::FileSum { bytes: 10, sha256: crate::domain::Sha256::of(b"") };
        for (name, _) in &existing {
            let manifest = serde_json::json!({
                "version": 1, "epoch": 1, "seq": name.seq(), "count": 1, "digest": "0".repeat(64), "json": sum, "b64": sum,
                "exported_at": name.at(), "verified_at": now,
            });
            std::fs::write(path(&data_dir, &name.manifest()), manifest.to_string()).unwrap();
        }
        let rules = Retention { pre_write_bytes: 0, ..Retention::default() };
        remove_old(&shelf, &existing, 1, &rules, now).unwrap();
        assert_eq!(list(&data_dir).unwrap(), existing[..2]);
    }
}

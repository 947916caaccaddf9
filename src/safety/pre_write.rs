//! The safety backup before a write: one more name for the export of the state before it.
//!
//! An export's files are never written again once they have their name, so a hard link costs no space and no time.
//! Everything here blocks.

use std::{
    io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Duration, NaiveDateTime, Utc};

use super::{
    DataDir, Manifest,
    durable::{self, FileLock},
};

const PREFIX: &str = "pre_write_";
const SUFFIX: &str = ".json.b64";
const TIME_FORMAT: &str = "%Y%m%dT%H%M%SZ";

/// So many stay, whatever their age.
const KEEP_LAST: usize = 50;
/// Younger ones stay, whatever their number.
const KEEP_FOR: Duration = Duration::hours(48);

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
    let backups = data_dir.backups();
    let existing = list(&backups)?;
    for backup in existing.iter().filter(|backup| backup.seq == manifest.seq) {
        if Manifest::read(&backup.manifest(&backups))?.as_ref() == Some(&manifest) {
            return Ok(Some(backup.name.clone()));
        }
    }
    let backup = Backup::with_free_name(&backups, now, manifest.seq);
    durable::link_or_copy(&data, &backups.join(&backup.name))?;
    durable::link_or_copy(&data_dir.results_manifest(), &backup.manifest(&backups))?;
    remove_old(&backups, existing, now);
    Ok(Some(backup.name))
}

/// Links export files that have no manifest, and so are of another program, before they are replaced.
pub(super) fn link_foreign(data_dir: &DataDir, now: DateTime<Utc>) -> io::Result<()> {
    let backups = data_dir.backups();
    let backup = backups.join(Backup::with_free_name(&backups, now, 0).name);
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

/// A backup by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Backup {
    name: String,
    at: DateTime<Utc>,
    seq: i64,
}

impl Backup {
    fn new(at: DateTime<Utc>, seq: i64) -> Self {
        Self { name: format!("{PREFIX}{}_{seq}{SUFFIX}", at.format(TIME_FORMAT)), at, seq }
    }

    /// As [`Backup::new`], a few seconds later if what a crash left behind has that name.
    fn with_free_name(backups: &Path, now: DateTime<Utc>, seq: i64) -> Self {
        let names = (0..).map(|later| Self::new(now + Duration::seconds(later), seq));
        let is_free = |backup: &Self| {
            let data = backups.join(&backup.name);
            !data.exists() && !data.with_extension("").exists()
        };
        names.into_iter().find(is_free).expect("there are more names than files")
    }

    /// From a file's name; none if it is not one of these.
    fn parse(name: &str) -> Option<Self> {
        let (at, seq) = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.split_once('_')?;
        let at = NaiveDateTime::parse_from_str(at, TIME_FORMAT).ok()?.and_utc();
        Some(Self { name: name.to_owned(), at, seq: seq.parse().ok()? })
    }

    fn manifest(&self, backups: &Path) -> PathBuf {
        backups.join(format!("{}.manifest.json", self.name.trim_end_matches(SUFFIX)))
    }
}

/// The backups of this kind, newest first: by write, then by time.
fn list(backups: &Path) -> io::Result<Vec<Backup>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(backups)? {
        found.extend(entry?.file_name().to_str().and_then(Backup::parse));
    }
    found.sort_by_key(|backup| std::cmp::Reverse((backup.seq, backup.at)));
    Ok(found)
}

/// Removes those that are neither among the last nor young. What cannot be removed stays, and is tried next time.
fn remove_old(backups: &Path, existing: Vec<Backup>, now: DateTime<Utc>) {
    for backup in existing.into_iter().skip(KEEP_LAST).filter(|backup| now - backup.at > KEEP_FOR) {
        for path in [backups.join(&backup.name), backup.manifest(backups)] {
            if let Err(error) = std::fs::remove_file(&path)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(path = %path.display(), %error, "could not remove an old safety backup");
            }
        }
    }
}

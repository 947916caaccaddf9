//! The list of backups.

use std::{cmp::Reverse, collections::HashMap};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{BackupFile, BackupKind, BackupName};
use crate::{
    domain::Sha256,
    safety::{Manifest, OffsiteStatus},
};

/// A backup in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackupInfo {
    /// Position in the list, starting at 1 for the newest.
    pub number: usize,
    /// Name of the backup.
    pub name: BackupName,
    /// Why the backup was made.
    pub kind: BackupKind,
    /// When the backup was made.
    pub created_at: DateTime<Utc>,
    /// Number of sermons, or `None` if there is no manifest.
    pub sermons: Option<i64>,
    /// Size of the file.
    pub bytes: u64,
    /// Whether the backup is known to be good.
    pub condition: Condition,
    /// When the backup was last read in full and matched its manifest.
    pub verified_at: Option<DateTime<Utc>>,
    /// What is wrong with the backup.
    pub problem: Option<String>,
    /// Whether the backup is kept until it is unpinned.
    pub pinned: bool,
    /// Whether the offsite store had a copy when it was last checked.
    pub offsite: bool,
    /// SHA-256 of the file, according to its manifest.
    pub sha256: Option<Sha256>,
    /// Epoch of the database that was backed up.
    pub epoch: Option<i64>,
    /// Number of the last write that the backup includes.
    pub seq: Option<i64>,
}

/// Whether a backup is known to be good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// The backup was read in full and matched its manifest.
    Verified,
    /// The backup has a manifest, but has not been read since it was made.
    NotVerified,
    /// The backup has no manifest to compare it with.
    NoManifest,
    /// The backup does not match its manifest, or is not a backup at all.
    Damaged,
}

impl Condition {
    /// Returns the condition as shown to users.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::NotVerified => "not verified",
            Self::NoManifest => "no manifest",
            Self::Damaged => "DAMAGED",
        }
    }
}

/// Statistics about all backups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackupStats {
    /// Number of backups.
    pub backups: usize,
    /// Total size of all files. Hard links are counted once per name.
    pub bytes: u64,
    /// Number of backups of each kind.
    pub kinds: Vec<(BackupKind, usize)>,
    /// Number of verified backups.
    pub verified: usize,
    /// Number of damaged backups.
    pub damaged: usize,
    /// The newest backup.
    pub newest: Option<BackupName>,
    /// The newest verified backup.
    pub newest_verified: Option<BackupName>,
    /// The oldest backup.
    pub oldest: Option<BackupName>,
    /// Status of the offsite store, if one is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offsite: Option<OffsiteStatus>,
}

impl BackupStats {
    /// Computes the statistics of a list.
    pub(super) fn new(list: &[BackupInfo]) -> Self {
        let mut kinds: Vec<(BackupKind, usize)> = Vec::new();
        for backup in list {
            match kinds.iter_mut().find(|(kind, _)| *kind == backup.kind) {
                Some((_, count)) => *count += 1,
                None => kinds.push((backup.kind, 1)),
            }
        }
        let in_condition = |wanted| list.iter().filter(move |backup| backup.condition == wanted);
        Self {
            backups: list.len(),
            bytes: list.iter().map(|backup| backup.bytes).sum(),
            kinds,
            verified: in_condition(Condition::Verified).count(),
            damaged: in_condition(Condition::Damaged).count(),
            newest: list.first().map(|backup| backup.name.clone()),
            newest_verified: in_condition(Condition::Verified).next().map(|backup| backup.name.clone()),
            oldest: list.last().map(|backup| backup.name.clone()),
            offsite: None,
        }
    }
}

/// Lists backups, newest first.
///
/// Within an epoch, backups are ordered by write number, which is correct even if the clock was wrong. Epochs are
/// ordered by time.
pub(super) fn list(files: Vec<BackupFile>) -> Vec<BackupInfo> {
    let mut newest_of_epoch: HashMap<i64, DateTime<Utc>> = HashMap::new();
    for manifest in files.iter().filter_map(|file| file.manifest.as_ref()) {
        let Manifest { epoch, exported_at, .. } = manifest.contents;
        let newest = newest_of_epoch.entry(epoch).or_insert(exported_at);
        *newest = exported_at.max(*newest);
    }
    let mut list: Vec<_> = files.into_iter().map(info).collect();
    list.sort_by_cached_key(|backup| {
        let newest = backup.epoch.map_or(backup.created_at, |epoch| newest_of_epoch[&epoch]);
        let name = &backup.name;
        Reverse((newest, backup.epoch, backup.seq, backup.created_at, name.number(), name.as_str().to_owned()))
    });
    for (index, backup) in list.iter_mut().enumerate() {
        backup.number = index + 1;
    }
    list
}

fn info(file: BackupFile) -> BackupInfo {
    let BackupFile { name, bytes, modified, manifest, problem } = file;
    let mut backup = BackupInfo {
        number: 0,
        kind: name.kind(),
        created_at: name.at().unwrap_or(modified),
        sermons: None,
        bytes,
        condition: if problem.is_some() { Condition::Damaged } else { Condition::NoManifest },
        verified_at: None,
        problem,
        pinned: false,
        offsite: false,
        sha256: None,
        epoch: None,
        seq: name.seq(),
        name,
    };
    let Some(manifest) = manifest else { return backup };
    let contents = &manifest.contents;
    backup.problem = manifest.problem.clone().or_else(|| {
        let expected = contents.b64.bytes;
        (expected != bytes).then(|| format!("it has {bytes} bytes, but its manifest says {expected}"))
    });
    backup.condition = match (&backup.problem, manifest.verified_at) {
        (Some(_), _) => Condition::Damaged,
        (None, Some(_)) => Condition::Verified,
        (None, None) => Condition::NotVerified,
    };
    backup.sermons = Some(contents.count);
    backup.verified_at = manifest.verified_at;
    backup.pinned = manifest.pinned;
    backup.sha256 = Some(contents.b64.sha256);
    // An uploaded backup has no epoch, and is ordered by the time of its upload.
    backup.epoch = manifest.has_epoch().then_some(contents.epoch);
    backup.seq = Some(contents.seq);
    backup
}

//! The list of backups, as people and machines see it.

use std::{cmp::Reverse, collections::HashMap};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{BackupKind, BackupName, shelf::Item};
use crate::{
    domain::Sha256,
    safety::{Manifest, OffsiteStatus},
};

/// A backup in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackupInfo {
    /// Its place in the list: 1 is the newest.
    pub number: usize,
    /// Its name.
    pub name: BackupName,
    /// Why it was made.
    pub kind: BackupKind,
    /// When it was made, as the clock said then.
    pub created_at: DateTime<Utc>,
    /// Number of videos; none when no manifest says it.
    pub videos: Option<i64>,
    /// Length of the file.
    pub bytes: u64,
    /// What is known of it.
    pub condition: Condition,
    /// When it was last read whole and found to be what its manifest says.
    pub verified_at: Option<DateTime<Utc>>,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// Whether it stays until somebody says otherwise.
    pub pinned: bool,
    /// Whether a copy was in the second place when it was last looked.
    pub offsite: bool,
    /// Checksum of the file, as its manifest says.
    pub sha256: Option<Sha256>,
    /// Epoch of the database that it is of.
    pub epoch: Option<i64>,
    /// The last write that is in it.
    pub seq: Option<i64>,
}

/// What is known of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// It was read whole and is what its manifest says.
    Verified,
    /// It has a manifest and was not read since.
    NotVerified,
    /// No manifest says what it should hold.
    NoManifest,
    /// It is not what its manifest says.
    Damaged,
}

impl Condition {
    /// In a word or two.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::NotVerified => "not verified",
            Self::NoManifest => "no manifest",
            Self::Damaged => "DAMAGED",
        }
    }
}

/// Sums over all backups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackupStats {
    /// Number of backups.
    pub backups: usize,
    /// Length of all files; files that share their bytes with the export or each other count each time.
    pub bytes: u64,
    /// Number of each kind that there is.
    pub kinds: Vec<(BackupKind, usize)>,
    /// Number of those that were read whole and found good.
    pub verified: usize,
    /// Number of those that are not what their manifest says.
    pub damaged: usize,
    /// The newest one.
    pub newest: Option<BackupName>,
    /// The newest one that was read whole and found good.
    pub newest_verified: Option<BackupName>,
    /// The oldest one.
    pub oldest: Option<BackupName>,
    /// How the second place stands, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offsite: Option<OffsiteStatus>,
}

impl BackupStats {
    /// Of a list.
    pub(super) fn of(list: &[BackupInfo]) -> Self {
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

/// The list, newest first.
///
/// Within an epoch, positions say which is newer, whatever the clock said; between epochs only times can.
pub(super) fn list(items: Vec<Item>) -> Vec<BackupInfo> {
    let mut newest_of: HashMap<i64, DateTime<Utc>> = HashMap::new();
    for manifest in items.iter().filter_map(|item| item.manifest.as_ref()) {
        let Manifest { epoch, exported_at, .. } = manifest.contents;
        let newest = newest_of.entry(epoch).or_insert(exported_at);
        *newest = exported_at.max(*newest);
    }
    let mut list: Vec<_> = items.into_iter().map(info).collect();
    list.sort_by_cached_key(|backup| {
        let life = backup.epoch.map_or(backup.created_at, |epoch| newest_of[&epoch]);
        let name = &backup.name;
        Reverse((life, backup.epoch, backup.seq, backup.created_at, name.number(), name.as_str().to_owned()))
    });
    for (index, backup) in list.iter_mut().enumerate() {
        backup.number = index + 1;
    }
    list
}

fn info(item: Item) -> BackupInfo {
    let Item { name, bytes, manifest } = item;
    let mut backup = BackupInfo {
        number: 0,
        kind: name.kind(),
        created_at: name.at(),
        videos: None,
        bytes,
        condition: Condition::NoManifest,
        verified_at: None,
        problem: None,
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
        let said = contents.b64.bytes;
        (said != bytes).then(|| format!("it has {bytes} bytes, its manifest says {said}"))
    });
    backup.condition = match (&backup.problem, manifest.verified_at) {
        (Some(_), _) => Condition::Damaged,
        (None, Some(_)) => Condition::Verified,
        (None, None) => Condition::NotVerified,
    };
    backup.videos = Some(contents.count);
    backup.verified_at = manifest.verified_at;
    backup.pinned = manifest.pinned;
    backup.sha256 = Some(contents.b64.sha256);
    // What was uploaded belongs to no epoch, and is as new as its upload.
    backup.epoch = manifest.is_of_a_database().then_some(contents.epoch);
    backup.seq = Some(contents.seq);
    backup
}

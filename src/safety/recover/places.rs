//! Where versions of sermons may lie: every file that is looked into, and what is to be expected of it.
//!
//! Blocks.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    domain::CollectionDigest,
    safety::{
        DataDir, FileSum, Manifest,
        backup::{BackupKind, Shelf},
        durable, spool,
    },
};

/// What lies somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// The table of videos.
    Database,
    /// The table of old versions.
    History,
    /// The export, in one of its two files.
    Export,
    /// An export that the shrink guard holds back.
    SuspectExport,
    /// A backup of everything.
    Backup,
    /// The state before a write.
    PreWrite,
    /// The state before a restore.
    BeforeRestore,
    /// A result that waits for the database.
    Spool,
    /// An emergency save of the system before ours, or of a result that was never acknowledged.
    EmergencySave,
    /// A result in the spool that was set aside as damaged.
    DamagedSpool,
    /// A result that was written into a directory of the user's.
    Lost,
}

/// A file that is looked into.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) kind: PlaceKind,
    pub(super) name: String,
    directory: PathBuf,
    /// What must be in it, if something says so.
    pub(super) expected: Option<Expected>,
    /// The write whose state it is, if it came out of a database of ours.
    pub(super) life: Option<Life>,
}

/// What must be in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) sum: FileSum,
    pub(super) count: i64,
    pub(super) digest: CollectionDigest,
}

/// A state in the life of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Life {
    pub(super) epoch: i64,
    pub(super) seq: i64,
    pub(super) at: DateTime<Utc>,
}

impl Place {
    fn new(kind: PlaceKind, directory: PathBuf, name: impl Into<String>) -> Self {
        Self { kind, name: name.into(), directory, expected: None, life: None }
    }

    fn of_manifest(self, manifest: &Manifest, sum: FileSum) -> Self {
        let Manifest { epoch, seq, count, digest, exported_at, .. } = *manifest;
        let expected = Some(Expected { sum, count, digest });
        Self { expected, life: (epoch != 0).then_some(Life { epoch, seq, at: exported_at }), ..self }
    }

    /// Opens it, if it is a regular file.
    pub(super) fn open(&self) -> io::Result<File> {
        durable::open_beneath(&self.directory, &self.name)
    }

    /// Whether the same state was read from another file.
    pub(super) fn is_same_state(&self, other: &Self) -> bool {
        let state = |place: &Self| Some((place.life?, place.expected?));
        match (state(self), state(other)) {
            (Some((life, holds)), Some((other, held))) => {
                (life.epoch, life.seq, holds.count, holds.digest) == (other.epoch, other.seq, held.count, held.digest)
            }
            _ => false,
        }
    }
}

/// Every file, those of the latest life of a database first, and of each life the latest state.
pub(super) fn all(data_dir: &DataDir, lost: &[PathBuf]) -> io::Result<Vec<Place>> {
    let mut places = exports(data_dir)?;
    places.extend(shelf(data_dir)?);
    places.extend(emergency(data_dir)?);
    for path in lost {
        let name = path.file_name().and_then(|name| name.to_str());
        let name =
            name.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, format!("{}: not a file", path.display())))?;
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        places.push(Place::new(PlaceKind::Lost, directory.to_owned(), name));
    }
    let mut lives: HashMap<i64, DateTime<Utc>> = HashMap::new();
    for life in places.iter().filter_map(|place| place.life) {
        let latest = lives.entry(life.epoch).or_insert(life.at);
        *latest = life.at.max(*latest);
    }
    places.sort_by_cached_key(|place| {
        let rank = place.life.map(|life| (lives[&life.epoch], life.epoch, life.seq, life.at));
        std::cmp::Reverse((rank, place.kind == PlaceKind::Backup, place.name.clone()))
    });
    Ok(places)
}

/// The export, and the one that is held back.
fn exports(data_dir: &DataDir) -> io::Result<Vec<Place>> {
    let root = data_dir.root();
    let there = |name: &str| root.join(name).exists();
    let manifest = Manifest::read(&data_dir.results_manifest())?;
    let mut places = Vec::new();
    for (name, is_b64) in [(DataDir::RESULTS_B64, true), (DataDir::RESULTS_JSON, false)] {
        if there(name) {
            let place = Place::new(PlaceKind::Export, root.to_owned(), name);
            places.push(match &manifest {
                Some(manifest) => place.of_manifest(manifest, if is_b64 { manifest.b64 } else { manifest.json }),
                None => place,
            });
        }
        let suspect = format!("{name}.suspect");
        if is_b64 && there(&suspect) {
            places.push(Place::new(PlaceKind::SuspectExport, root.to_owned(), suspect));
        }
    }
    Ok(places)
}

/// The backups.
fn shelf(data_dir: &DataDir) -> io::Result<Vec<Place>> {
    let mut places = Vec::new();
    for (name, manifest) in Shelf::of(data_dir).all()? {
        let kind = match name.kind() {
            BackupKind::EmergencySave => continue,
            BackupKind::PreWrite => PlaceKind::PreWrite,
            BackupKind::BeforeRestore => PlaceKind::BeforeRestore,
            BackupKind::DatabaseBackup | BackupKind::ResultsBackup => PlaceKind::Backup,
        };
        let place = Place::new(kind, data_dir.backups(), name.as_str());
        places.push(match manifest {
            Some(manifest) => place.of_manifest(&manifest.contents, manifest.contents.b64),
            None => place,
        });
    }
    Ok(places)
}

/// Emergency saves: ours with a manifest wait in the spool, others are taken as they are.
fn emergency(data_dir: &DataDir) -> io::Result<Vec<Place>> {
    let directory = data_dir.backups();
    let waiting: HashSet<String> = spool::waiting(&directory)?.into_iter().collect();
    let mut places = Vec::new();
    for entry in std::fs::read_dir(&directory)? {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        if !name.starts_with("EMERGENCY_SAVE_") {
            continue;
        }
        let kind = match &name {
            name if waiting.contains(name.as_str()) => PlaceKind::Spool,
            name if name.ends_with(".json.b64") => PlaceKind::EmergencySave,
            name if name.ends_with(".json.b64.damaged") => PlaceKind::DamagedSpool,
            _ => continue,
        };
        places.push(Place::new(kind, directory.clone(), name));
    }
    Ok(places)
}

//! Lists the files that may contain versions of sermons, and what each of them should contain.
//!
//! Everything here blocks.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::old_database::CopiedDatabase;
use crate::{
    domain::CollectionDigest,
    safety::{
        DataDir, FileChecksum, Manifest,
        backup::{BackupDir, BackupFile, BackupKind},
        durable, spool,
    },
};

/// The kind of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// One of the two export files.
    Export,
    /// An export that the shrink guard holds back.
    SuspectExport,
    /// A backup of all sermons.
    Backup,
    /// Another file in the backup directory, made by the previous system or copied there.
    Other,
    /// A safety backup of the state before a write.
    PreWrite,
    /// A snapshot of the state before a restore.
    BeforeRestore,
    /// A spool entry.
    Spool,
    /// An emergency save of the previous system, or one of ours that was never acknowledged.
    EmergencySave,
    /// A spool entry that was set aside as damaged.
    DamagedSpool,
    /// A file that the user specified.
    UserFile,
    /// The database of the previous system, copied to a temporary file.
    OldDatabase,
}

/// A file that may contain versions of sermons.
#[derive(Debug, Clone)]
pub(super) struct SourceFile {
    pub(super) kind: SourceKind,
    pub(super) name: String,
    directory: PathBuf,
    /// Name of the file, if it differs from `name`.
    file_name: Option<String>,
    /// A known problem with the file, although its contents are complete.
    pub(super) known_problem: Option<String>,
    /// The contents of the file according to its manifest, if it has one.
    pub(super) expected: Option<ExpectedContents>,
    /// The database state that the file captures, if our database wrote it.
    pub(super) state: Option<CapturedState>,
}

/// What a file should contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ExpectedContents {
    pub(super) checksum: FileChecksum,
    pub(super) count: i64,
    pub(super) digest: CollectionDigest,
}

/// The state of a database after one of its writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CapturedState {
    pub(super) epoch: i64,
    pub(super) seq: i64,
    pub(super) at: DateTime<Utc>,
}

impl SourceFile {
    fn new(kind: SourceKind, directory: PathBuf, name: impl Into<String>) -> Self {
        let (file_name, known_problem, expected, state) = (None, None, None, None);
        Self { kind, name: name.into(), directory, file_name, known_problem, expected, state }
    }

    /// Describes the temporary copy of an old database.
    pub(super) fn old_database(copy: &CopiedDatabase) -> Option<Self> {
        let path = copy.path();
        let file_name = path.file_name()?.to_str()?.to_owned();
        let source = Self::new(SourceKind::OldDatabase, path.parent()?.to_owned(), copy.name.clone());
        Some(Self { file_name: Some(file_name), known_problem: copy.problem.clone(), ..source })
    }

    fn with_manifest(self, manifest: &Manifest, checksum: FileChecksum) -> Self {
        let Manifest { epoch, seq, count, digest, exported_at, .. } = *manifest;
        let expected = Some(ExpectedContents { checksum, count, digest });
        Self { expected, state: (epoch != 0).then_some(CapturedState { epoch, seq, at: exported_at }), ..self }
    }

    /// Opens the file. Fails if it is not a regular file.
    pub(super) fn open(&self) -> io::Result<File> {
        durable::open_beneath(&self.directory, self.file_name.as_ref().unwrap_or(&self.name))
    }

    /// Returns whether both files capture the same state of the same database.
    pub(super) fn has_same_state_as(&self, other: &Self) -> bool {
        let key = |file: &Self| {
            let (state, expected) = (file.state?, file.expected?);
            Some((state.epoch, state.seq, expected.count, expected.digest))
        };
        key(self).is_some_and(|own| key(other) == Some(own))
    }
}

/// Returns all source files. Files from the most recently used database come first. Within each epoch, the latest state
/// comes first.
pub(super) fn list(
    data_dir: &DataDir,
    user_files: &[PathBuf],
    old_databases: &[CopiedDatabase],
) -> io::Result<Vec<SourceFile>> {
    let mut files = list_exports(data_dir)?;
    files.extend(old_databases.iter().filter_map(SourceFile::old_database));
    files.extend(list_backups(data_dir)?);
    files.extend(list_emergency_saves(data_dir)?);
    for path in user_files {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("{} is not the name of a file", path.display()))
        })?;
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        files.push(SourceFile::new(SourceKind::UserFile, directory.to_owned(), name));
    }
    let mut latest_of_epoch: HashMap<i64, DateTime<Utc>> = HashMap::new();
    for state in files.iter().filter_map(|file| file.state) {
        let latest = latest_of_epoch.entry(state.epoch).or_insert(state.at);
        *latest = state.at.max(*latest);
    }
    files.sort_by_cached_key(|file| {
        let rank = file.state.map(|state| (latest_of_epoch[&state.epoch], state.epoch, state.seq, state.at));
        std::cmp::Reverse((rank, file.kind == SourceKind::Backup, file.name.clone()))
    });
    Ok(files)
}

/// Returns the export files and the suspect export.
fn list_exports(data_dir: &DataDir) -> io::Result<Vec<SourceFile>> {
    let root = data_dir.root();
    let exists = |name: &str| root.join(name).exists();
    let manifest = Manifest::read(&data_dir.results_manifest())?;
    let mut files = Vec::new();
    for (name, is_b64) in [(DataDir::RESULTS_B64, true), (DataDir::RESULTS_JSON, false)] {
        if exists(name) {
            let file = SourceFile::new(SourceKind::Export, root.to_owned(), name);
            files.push(match &manifest {
                Some(manifest) => file.with_manifest(manifest, if is_b64 { manifest.b64 } else { manifest.json }),
                None => file,
            });
        }
        let suspect = format!("{name}.suspect");
        if is_b64 && exists(&suspect) {
            files.push(SourceFile::new(SourceKind::SuspectExport, root.to_owned(), suspect));
        }
    }
    Ok(files)
}

/// Returns the backups, except emergency saves.
fn list_backups(data_dir: &DataDir) -> io::Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for BackupFile { name, manifest, .. } in BackupDir::new(data_dir).files()? {
        let kind = match name.kind() {
            BackupKind::EmergencySave => continue,
            // Files with our suffix are listed with the emergency saves.
            BackupKind::Other if is_emergency_save(name.as_str()) => continue,
            BackupKind::PreWrite => SourceKind::PreWrite,
            BackupKind::BeforeRestore => SourceKind::BeforeRestore,
            BackupKind::DatabaseBackup => SourceKind::Backup,
            BackupKind::Other => SourceKind::Other,
        };
        let file = SourceFile::new(kind, data_dir.backups(), name.as_str());
        files.push(match manifest {
            Some(manifest) => file.with_manifest(&manifest.contents, manifest.contents.b64),
            None => file,
        });
    }
    Ok(files)
}

/// Returns spool entries (emergency saves with one of our manifests) and other emergency saves.
fn list_emergency_saves(data_dir: &DataDir) -> io::Result<Vec<SourceFile>> {
    let directory = data_dir.backups();
    let spooled: HashSet<String> = spool::list_entries(&directory)?.into_iter().collect();
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&directory)? {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        let kind = match &name {
            name if spooled.contains(name.as_str()) => SourceKind::Spool,
            name if is_emergency_save(name) => SourceKind::EmergencySave,
            name if name.strip_suffix(".damaged").is_some_and(is_emergency_save) => SourceKind::DamagedSpool,
            _ => continue,
        };
        files.push(SourceFile::new(kind, directory.clone(), name));
    }
    Ok(files)
}

/// Returns whether a file is an emergency save, judging by its name.
fn is_emergency_save(name: &str) -> bool {
    name.starts_with("EMERGENCY_SAVE_") && name.ends_with(".json.b64")
}

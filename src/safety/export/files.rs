//! The files of an export on disk: plain JSON, base64, and their manifest.
//!
//! Everything here blocks.

use std::{
    fs::File,
    io::{self, BufWriter},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};

use super::ExportError;
use crate::{
    domain::{Sha256, VideoId},
    safety::{
        DataDir, FileChecksum, Manifest,
        durable::{self, FileLock, NewFile},
        format::{CollectionWriter, WrittenCollection, read_documents},
    },
    store::StoreState,
};

/// Size of the write buffers.
const BUFFER: usize = 1 << 18;

/// Writes both data files under temporary names.
pub(super) struct ExportWriter {
    writer: CollectionWriter<BufWriter<NewFile>, BufWriter<NewFile>>,
}

/// Both data files, complete but not yet compared with the database.
#[derive(Debug)]
pub(super) struct WrittenExport(WrittenCollection<BufWriter<NewFile>, BufWriter<NewFile>>);

/// Both data files, with contents that match what the database reports.
#[derive(Debug)]
pub(super) struct CheckedExport {
    files: WrittenCollection<BufWriter<NewFile>, BufWriter<NewFile>>,
    state: StoreState,
}

/// The paths of an export.
#[derive(Debug, Clone)]
pub(super) struct ExportPaths {
    /// The lock to hold while the files are replaced, if safety backups are linked to them.
    lock: Option<PathBuf>,
    directory: PathBuf,
    json: PathBuf,
    b64: PathBuf,
    manifest: PathBuf,
}

impl ExportPaths {
    /// Returns the paths of the export in the data directory.
    pub(super) fn in_data_dir(data_dir: &DataDir) -> Self {
        Self {
            lock: Some(data_dir.export_files_lock()),
            directory: data_dir.root().to_owned(),
            json: data_dir.results_json(),
            b64: data_dir.results_b64(),
            manifest: data_dir.results_manifest(),
        }
    }

    /// Returns the paths of a copy in another directory, with the same file names.
    pub(super) fn copy_in(directory: &Path) -> Self {
        Self {
            lock: None,
            directory: directory.to_owned(),
            json: directory.join(DataDir::RESULTS_JSON),
            b64: directory.join(DataDir::RESULTS_B64),
            manifest: directory.join(DataDir::RESULTS_MANIFEST),
        }
    }

    /// Returns the paths of an export held back by the shrink guard, with `.suspect` appended to each file name.
    pub(super) fn suspect(data_dir: &DataDir) -> Self {
        let suspect = |path: PathBuf| {
            let mut path = path.into_os_string();
            path.push(".suspect");
            PathBuf::from(path)
        };
        let export = Self::in_data_dir(data_dir);
        Self {
            lock: None,
            directory: export.directory,
            json: suspect(export.json),
            b64: suspect(export.b64),
            manifest: suspect(export.manifest),
        }
    }

    /// Reads the manifest, if there is one.
    pub(super) fn manifest(&self) -> io::Result<Option<Manifest>> {
        Manifest::read(&self.manifest)
    }

    /// Removes the files that exist.
    pub(super) fn remove(&self) -> io::Result<()> {
        for path in [&self.manifest, &self.json, &self.b64] {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Inspects the files on disk.
    pub(super) fn inspect(&self, level: CheckLevel) -> io::Result<ExportOnDisk> {
        if let Some(manifest) = self.manifest()? {
            let is_good = matches_checksum(&self.json, &manifest.json, level)?
                && matches_checksum(&self.b64, &manifest.b64, level)?;
            return Ok(if is_good { ExportOnDisk::Good(manifest) } else { ExportOnDisk::Damaged(manifest) });
        }
        if !self.json.exists() && !self.b64.exists() {
            return Ok(ExportOnDisk::Missing);
        }
        Ok(ExportOnDisk::Foreign(count_readable(&self.b64).max(count_readable(&self.json))))
    }
}

impl ExportWriter {
    /// Creates two temporary files in the directory of the export.
    pub(super) fn create(directory: &Path) -> io::Result<Self> {
        let file = || NewFile::create_in(directory).map(|file| BufWriter::with_capacity(BUFFER, file));
        Ok(Self { writer: CollectionWriter::new(file()?, file()?) })
    }

    /// Writes one document to both files.
    pub(super) fn document(&mut self, id: &VideoId, document: &str, sha256: &Sha256) -> io::Result<()> {
        self.writer.document(id, document, sha256)
    }

    /// Completes both files.
    pub(super) fn finish(self) -> io::Result<WrittenExport> {
        self.writer.finish().map(WrittenExport)
    }
}

impl WrittenExport {
    /// Checks that the files contain what the database reports.
    pub(super) fn check(self, state: StoreState) -> Result<CheckedExport, ExportError> {
        let contents = self.0.contents;
        if (i64::try_from(contents.count).ok(), contents.digest) != (Some(state.count), state.digest) {
            return Err(ExportError::DigestMismatch(format!(
                "the files have count {} and digest {}, the database has {} and {}",
                contents.count, contents.digest, state.count, state.digest
            )));
        }
        Ok(CheckedExport { files: self.0, state })
    }
}

impl CheckedExport {
    /// Returns the state of the database that the files contain.
    pub(super) fn state(&self) -> &StoreState {
        &self.state
    }

    /// Makes both files durable, renames them, and then writes the manifest.
    ///
    /// The previous export is untouched until the first rename. Each file is complete at all times.
    pub(super) fn install(self, paths: &ExportPaths, exported_at: DateTime<Utc>) -> io::Result<Manifest> {
        let Self { files, state } = self;
        let WrittenCollection { json, b64, json_checksum, b64_checksum, contents: _ } = files;
        let json = json.into_inner()?.sync()?;
        let b64 = b64.into_inner()?.sync()?;
        let manifest = Manifest {
            version: Manifest::VERSION,
            epoch: state.epoch,
            seq: state.seq,
            count: state.count,
            digest: state.digest,
            json: json_checksum,
            b64: b64_checksum,
            exported_at,
        };
        // No safety backup may be linked while the files and the manifest belong to different exports.
        let _lock = paths.lock.as_deref().map(FileLock::exclusive).transpose()?;
        json.replace(&paths.json)?;
        b64.replace(&paths.b64)?;
        durable::sync_directory(&paths.directory)?;
        manifest.write(&paths.manifest)?;
        Ok(manifest)
    }
}

/// The export found on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::safety) enum ExportOnDisk {
    /// A manifest, and files that match it.
    Good(Manifest),
    /// A manifest, and at least one file that does not match it.
    Damaged(Manifest),
    /// Files without a manifest, and the number of sermons that can be read from them.
    Foreign(u64),
    /// No files.
    Missing,
}

/// How thoroughly to compare files with their manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CheckLevel {
    /// Compares lengths.
    Lengths,
    /// Compares checksums, which reads both files.
    Checksums,
}

/// Returns whether a file exists and matches its checksum in the manifest.
fn matches_checksum(path: &Path, expected: &FileChecksum, level: CheckLevel) -> io::Result<bool> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if file.metadata()?.len() != expected.bytes {
        return Ok(false);
    }
    Ok(level == CheckLevel::Lengths || FileChecksum::compute(file)? == *expected)
}

/// Counts the sermons that can be read from a file before the end of the file or an error.
fn count_readable(path: &Path) -> u64 {
    let mut count = 0;
    if let Ok(file) = File::open(path) {
        // Even if the file is damaged, replacing it would lose the sermons that can be read.
        let _ = read_documents(file, |_, _, _| {
            count += 1;
            Ok(())
        });
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CollectionDigest;

    #[test]
    fn files_that_do_not_contain_what_the_database_reports_are_not_installed() {
        let directory = tempfile::tempdir().unwrap();
        let (id, text) = (VideoId::parse("a").unwrap(), r#"{"title":"A"}"#);
        let sha256 = Sha256::digest(text.as_bytes());
        let written = || {
            let mut writer = ExportWriter::create(directory.path()).unwrap();
            writer.document(&id, text, &sha256).unwrap();
            writer.finish().unwrap()
        };
        let mut digest = CollectionDigest::default();
        digest.add(&id, &sha256);
        let state = StoreState { epoch: 1, seq: 1, count: 1, digest };
        let wrong_count = StoreState { count: 2, ..state.clone() };
        let wrong_digest = StoreState { digest: CollectionDigest::default(), ..state.clone() };
        for wrong in [wrong_count, wrong_digest] {
            let error = written().check(wrong).unwrap_err();
            assert!(matches!(error, ExportError::DigestMismatch(_)), "{error}");
        }
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "the temp files are removed");
        let paths = ExportPaths::copy_in(directory.path());
        let manifest = written().check(state).unwrap().install(&paths, DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(paths.inspect(CheckLevel::Checksums).unwrap(), ExportOnDisk::Good(manifest));
    }
}

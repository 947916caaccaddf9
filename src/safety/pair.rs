//! The export's files on disk: two of data and their manifest, written, put in place and looked at together.
//!
//! Everything here blocks.

use std::{
    fs::File,
    io::{self, BufWriter},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};

use super::{
    DataDir, FileSum, Manifest,
    durable::{self, FileLock, NewFile},
    format::{CollectionWriter, Contents, Written, read_documents},
};
use crate::{
    domain::{Sha256, VideoId},
    store::StoreState,
};

/// How much is given to the kernel at once.
const BUFFER: usize = 1 << 18;

/// A pair that is being written under temp names.
pub(super) struct NewPair {
    writer: CollectionWriter<BufWriter<NewFile>, BufWriter<NewFile>>,
}

/// A pair that is written to its end and waits to be put in place.
#[derive(Debug)]
pub(super) struct WrittenPair(Written<BufWriter<NewFile>, BufWriter<NewFile>>);

/// Where a pair and its manifest go.
#[derive(Debug, Clone)]
pub(super) struct PairPaths {
    /// Held while the files change, where safety backups are linked to them.
    lock: Option<PathBuf>,
    directory: PathBuf,
    json: PathBuf,
    b64: PathBuf,
    manifest: PathBuf,
}

impl PairPaths {
    /// The export.
    pub(super) fn export(data_dir: &DataDir) -> Self {
        Self {
            lock: Some(data_dir.pair_lock()),
            directory: data_dir.root().to_owned(),
            json: data_dir.results_json(),
            b64: data_dir.results_b64(),
            manifest: data_dir.results_manifest(),
        }
    }

    /// A copy for somebody, under the same names in a directory of theirs.
    pub(super) fn copy_in(directory: &Path) -> Self {
        Self {
            lock: None,
            directory: directory.to_owned(),
            json: directory.join(DataDir::RESULTS_JSON),
            b64: directory.join(DataDir::RESULTS_B64),
            manifest: directory.join(DataDir::RESULTS_MANIFEST),
        }
    }

    /// An export that the shrink guard holds back: beside the good one, with `.suspect` behind each name.
    pub(super) fn suspect(data_dir: &DataDir) -> Self {
        let beside = |path: PathBuf| {
            let mut path = path.into_os_string();
            path.push(".suspect");
            PathBuf::from(path)
        };
        let export = Self::export(data_dir);
        Self {
            lock: None,
            directory: export.directory,
            json: beside(export.json),
            b64: beside(export.b64),
            manifest: beside(export.manifest),
        }
    }

    /// What stands in the manifest, if there is one.
    pub(super) fn manifest(&self) -> io::Result<Option<Manifest>> {
        Manifest::read(&self.manifest)
    }

    /// Removes the files, where there are some.
    pub(super) fn remove(&self) -> io::Result<()> {
        for path in [&self.manifest, &self.json, &self.b64] {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl NewPair {
    /// Begins two temp files in the directory that they will stay in.
    pub(super) fn create(directory: &Path) -> io::Result<Self> {
        let file = || NewFile::create_in(directory).map(|file| BufWriter::with_capacity(BUFFER, file));
        Ok(Self { writer: CollectionWriter::new(file()?, file()?) })
    }

    /// Writes one document into both.
    pub(super) fn document(&mut self, id: &VideoId, document: &str, sha256: &Sha256) -> io::Result<()> {
        self.writer.document(id, document, sha256)
    }

    /// Ends both.
    pub(super) fn finish(self) -> io::Result<WrittenPair> {
        self.writer.finish().map(WrittenPair)
    }
}

impl WrittenPair {
    /// What is in it.
    pub(super) fn contents(&self) -> Contents {
        self.0.contents
    }

    /// Makes both files durable, then puts them in place, then their manifest. Until the first rename, the pair that
    /// was there is untouched; after each rename, each file is whole.
    pub(super) fn install(
        self,
        paths: &PairPaths,
        state: &StoreState,
        exported_at: DateTime<Utc>,
    ) -> io::Result<Manifest> {
        let Written { json, b64, json_sum, b64_sum, contents: _ } = self.0;
        let json = json.into_inner()?.sync()?;
        let b64 = b64.into_inner()?.sync()?;
        let manifest = Manifest {
            version: Manifest::VERSION,
            epoch: state.epoch,
            seq: state.seq,
            count: state.count,
            digest: state.digest,
            json: json_sum,
            b64: b64_sum,
            exported_at,
        };
        // No safety backup is linked while the files and their manifest belong to different exports.
        let _lock = paths.lock.as_deref().map(FileLock::exclusive).transpose()?;
        json.replace(&paths.json)?;
        b64.replace(&paths.b64)?;
        durable::sync_directory(&paths.directory)?;
        manifest.write(&paths.manifest)?;
        Ok(manifest)
    }
}

/// What stands on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum OnDisk {
    /// A manifest, and the files that it describes.
    Good(Manifest),
    /// A manifest, and a file that is not the one that it describes.
    Broken(Manifest),
    /// Files that nothing describes; so many sermons can be read in them.
    Foreign(u64),
    /// Nothing.
    Nothing,
}

/// How closely the files are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Only their lengths.
    Lengths,
    /// Their checksums: reads both.
    Checksums,
}

/// Looks at the export on disk.
pub(super) fn look(data_dir: &DataDir, look: Look) -> io::Result<OnDisk> {
    look_at(&PairPaths::export(data_dir), look)
}

/// Looks at an export.
pub(super) fn look_at(paths: &PairPaths, look: Look) -> io::Result<OnDisk> {
    if let Some(manifest) = Manifest::read(&paths.manifest)? {
        let good = is(&paths.json, &manifest.json, look)? && is(&paths.b64, &manifest.b64, look)?;
        return Ok(if good { OnDisk::Good(manifest) } else { OnDisk::Broken(manifest) });
    }
    if !paths.json.exists() && !paths.b64.exists() {
        return Ok(OnDisk::Nothing);
    }
    Ok(OnDisk::Foreign(readable(&paths.b64).max(readable(&paths.json))))
}

/// Whether a file is there and is what the manifest says.
fn is(path: &Path, sum: &FileSum, look: Look) -> io::Result<bool> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if file.metadata()?.len() != sum.bytes {
        return Ok(false);
    }
    Ok(look == Look::Lengths || FileSum::of(file)? == *sum)
}

/// Number of sermons that can be read in a file before its end or its first error.
fn readable(path: &Path) -> u64 {
    let mut count = 0;
    if let Ok(file) = File::open(path) {
        // Damaged or not: what can be read in it is what would be lost.
        let _ = read_documents(file, |_, _, _| {
            count += 1;
            Ok(())
        });
    }
    count
}

//! An output directory that another program serves. Only changed files are written; other files are left alone.
//!
//! An index file in the directory lists our files and their checksums. A file is added to the index, durably, before it
//! is written, so that our files can be distinguished from others even after a crash. Everything here blocks.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256 as Hasher};

use super::durable::{self, FileLock, NewFile};
use crate::domain::Sha256;

/// The index, with one JSON object per line. If a path occurs several times, the last line counts.
const INDEX: &str = ".mannameter-site.jsonl";

/// The lock held by the process that writes to the directory.
const LOCK: &str = ".mannameter-site.lock";

/// An output directory that is being updated.
#[derive(Debug)]
pub struct OutputDir {
    root: PathBuf,
    _lock: FileLock,
    index: File,
    /// Our files, by path.
    entries: BTreeMap<String, IndexEntry>,
    /// Paths that [`OutputDir::finish`] keeps.
    wanted: BTreeSet<String>,
    /// Paths that have been written since the directory was opened.
    written: BTreeSet<String>,
}

/// A file to write.
#[derive(Debug)]
pub struct OutputFile {
    /// Path within the directory, with `/` as the separator.
    pub path: String,
    /// Content of the file.
    pub bytes: Vec<u8>,
    /// Checksum of the input that the file was rendered from, so that the same input is not rendered again.
    pub input_sha256: Option<Sha256>,
}

/// What [`OutputDir::finish`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OutputReport {
    /// Number of files that are new or changed.
    pub written: usize,
    /// Number of files that were up to date.
    pub unchanged: usize,
    /// Number of our files that were no longer wanted and have been removed.
    pub removed: usize,
    /// Our files that are no longer wanted but were left in place, because another program has changed them.
    pub left: Vec<String>,
}

/// Why the directory could not be updated. Files that have been written are complete.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The file system reported an error.
    #[error("could not write {}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The path is taken by a file that we did not write.
    #[error("{} exists and was not written by mannameter: move it, or choose another directory", .0.display())]
    Foreign(PathBuf),
    /// Another process is writing to the directory.
    #[error("another process is writing to {}: wait until it has finished", .0.display())]
    Busy(PathBuf),
    /// The task that wrote the files failed.
    #[error("could not write the files: {0}")]
    Task(#[from] io::Error),
}

/// One line of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct IndexEntry {
    path: String,
    sha256: Sha256,
    #[serde(default, alias = "made_from", skip_serializing_if = "Option::is_none")]
    input_sha256: Option<Sha256>,
}

impl OutputDir {
    /// Opens a directory, and creates it if it does not exist.
    pub fn open(root: &Path) -> Result<Self, OutputError> {
        let at = |source| OutputError::Io { path: root.to_owned(), source };
        fs::create_dir_all(root).map_err(at)?;
        let lock = FileLock::try_exclusive(&root.join(LOCK)).map_err(at)?;
        let lock = lock.ok_or_else(|| OutputError::Busy(root.to_owned()))?;
        let path = root.join(INDEX);
        let (entries, ends_with_newline) = read_index(&path).map_err(at)?;
        let directories: BTreeSet<_> = entries.keys().map(|path| directory_of(root, path)).collect();
        // Leftovers of a killed process.
        for directory in directories.iter().chain([&root.to_owned()]).filter(|directory| directory.is_dir()) {
            durable::remove_leftovers(directory).map_err(at)?;
        }
        let mut index = OpenOptions::new().append(true).create(true).open(path).map_err(at)?;
        if !ends_with_newline {
            index.write_all(b"\n").map_err(at)?;
        }
        let (root, wanted, written) = (root.to_owned(), BTreeSet::new(), BTreeSet::new());
        Ok(Self { root, _lock: lock, index, entries, wanted, written })
    }

    /// Returns whether a directory contains files that we wrote.
    pub fn has_files(root: &Path) -> io::Result<bool> {
        Ok(!read_index(&root.join(INDEX))?.0.is_empty())
    }

    /// Clears the set of wanted files, to start another pass.
    pub fn start_over(&mut self) {
        self.wanted.clear();
    }

    /// Keeps a file if it was rendered from the same input and has not changed since. Returns whether it was kept.
    pub fn reuse(&mut self, path: &str, input_sha256: Sha256) -> Result<bool, OutputError> {
        let Some(entry) = self.entries.get(path).filter(|entry| entry.input_sha256 == Some(input_sha256)) else {
            return Ok(false);
        };
        let unchanged = self.checksum(path)? == Some(entry.sha256);
        if unchanged {
            self.wanted.insert(path.to_owned());
        }
        Ok(unchanged)
    }

    /// Writes files durably, except those that are up to date.
    pub fn write(&mut self, files: Vec<OutputFile>) -> Result<(), OutputError> {
        let mut changed = Vec::new();
        for OutputFile { path, bytes, input_sha256 } in files {
            let entry = IndexEntry { sha256: Sha256::digest(&bytes), input_sha256, path };
            let existing = self.checksum(&entry.path)?;
            if existing.is_some_and(|sha256| sha256 != entry.sha256) && !self.entries.contains_key(&entry.path) {
                return Err(OutputError::Foreign(self.root.join(&entry.path)));
            }
            self.wanted.insert(entry.path.clone());
            if existing != Some(entry.sha256) {
                changed.push((entry.path.clone(), bytes));
            }
            self.append(entry)?;
        }
        self.index.sync_data().map_err(|source| self.io(INDEX, source))?;
        let mut directories = BTreeSet::new();
        for (path, bytes) in changed {
            let directory = directory_of(&self.root, &path);
            self.create_directory(&directory).map_err(|source| self.io(&path, source))?;
            write(&directory, &self.root.join(&path), &bytes).map_err(|source| self.io(&path, source))?;
            directories.insert(directory);
            self.written.insert(path);
        }
        for directory in directories {
            durable::sync_directory(&directory)
                .map_err(|source| OutputError::Io { path: directory.clone(), source })?;
        }
        Ok(())
    }

    /// Checks that the exporter may write to this path: there must be no file, or the file must be ours.
    pub fn claim(&self, path: &str) -> Result<(), OutputError> {
        match self.find(path)? {
            Some(found) if !self.entries.contains_key(path) => Err(OutputError::Foreign(found)),
            _ => Ok(()),
        }
    }

    /// Adds a file that the exporter has written durably. `written` is `true` if the file is new or changed.
    pub fn adopt(&mut self, path: &str, sha256: Sha256, written: bool) -> Result<(), OutputError> {
        self.wanted.insert(path.to_owned());
        if written {
            self.written.insert(path.to_owned());
        }
        self.append(IndexEntry { path: path.to_owned(), sha256, input_sha256: None })
    }

    /// Removes our files that are no longer wanted, and rewrites the index.
    pub fn finish(mut self) -> Result<OutputReport, OutputError> {
        let (mut removed, mut left) = (0, Vec::new());
        let unwanted: Vec<_> =
            self.entries.values().filter(|entry| !self.wanted.contains(&entry.path)).cloned().collect();
        for IndexEntry { path, sha256, .. } in unwanted {
            match self.checksum(&path)? {
                Some(found) if found != sha256 => left.push(path.clone()),
                None => {}
                Some(_) => {
                    durable::remove(&self.root.join(&path)).map_err(|source| self.io(&path, source))?;
                    self.remove_empty_directories(&path);
                    removed += 1;
                }
            }
            self.entries.remove(&path);
        }
        let index: String = self.entries.values().map(line).collect();
        let path = self.root.join(INDEX);
        if fs::read(&path).map_err(|source| self.io(INDEX, source))? != index.as_bytes() {
            durable::write_atomic(&path, index.as_bytes()).map_err(|source| self.io(INDEX, source))?;
        }
        let written = self.wanted.intersection(&self.written).count();
        Ok(OutputReport { written, unchanged: self.wanted.len() - written, removed, left })
    }

    /// Appends an entry to the index, unless it is already there.
    fn append(&mut self, entry: IndexEntry) -> Result<(), OutputError> {
        if self.entries.get(&entry.path) != Some(&entry) {
            self.index.write_all(line(&entry).as_bytes()).map_err(|source| self.io(INDEX, source))?;
            self.entries.insert(entry.path.clone(), entry);
        }
        Ok(())
    }

    /// Returns the full path of a file, or `None` if it does not exist. Fails if a symlink or directory is in its
    /// place.
    fn find(&self, path: &str) -> Result<Option<PathBuf>, OutputError> {
        let mut found = self.root.clone();
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            found.push(part);
            match fs::symlink_metadata(&found) {
                Ok(kind) if kind.is_symlink() || kind.is_file() != parts.peek().is_none() => {
                    return Err(OutputError::Foreign(found));
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(source) => return Err(self.io(path, source)),
            }
        }
        Ok(Some(found))
    }

    /// Returns the checksum of the file at a path, or `None` if it does not exist.
    fn checksum(&self, path: &str) -> Result<Option<Sha256>, OutputError> {
        let Some(found) = self.find(path)? else { return Ok(None) };
        let hash = || {
            let mut hasher = Hasher::new();
            io::copy(&mut File::open(found)?, &mut hasher)?;
            Ok(Sha256::from_bytes(hasher.finalize().into()))
        };
        hash().map(Some).map_err(|source| self.io(path, source))
    }

    /// Creates a directory and its parents, durably.
    fn create_directory(&self, directory: &Path) -> io::Result<()> {
        if directory.is_dir() {
            return Ok(());
        }
        let parent = directory.parent().unwrap_or(&self.root);
        self.create_directory(parent)?;
        fs::create_dir(directory)?;
        durable::sync_directory(parent)
    }

    /// Removes the directories that became empty when a file was removed.
    fn remove_empty_directories(&self, path: &str) {
        let mut directory = directory_of(&self.root, path);
        while directory != self.root && fs::remove_dir(&directory).is_ok() {
            directory.pop();
        }
    }

    fn io(&self, path: &str, source: io::Error) -> OutputError {
        OutputError::Io { path: self.root.join(path), source }
    }
}

fn line(entry: &IndexEntry) -> String {
    let mut line = serde_json::to_string(entry).expect("all keys are strings");
    line.push('\n');
    line
}

/// Reads the index. Also returns whether it ends with a newline. A line truncated by a crash belongs to a file that was
/// not written.
fn read_index(path: &Path) -> io::Result<(BTreeMap<String, IndexEntry>, bool)> {
    let text = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    let entries = text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<IndexEntry>(line).ok());
    let entries = entries.map(|entry| (entry.path.clone(), entry)).collect();
    Ok((entries, text.last().is_none_or(|last| *last == b'\n')))
}

fn directory_of(root: &Path, path: &str) -> PathBuf {
    path.rsplit_once('/').map_or_else(|| root.to_owned(), |(directory, _)| root.join(directory))
}

fn write(directory: &Path, target: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = NewFile::create_in(directory)?;
    file.write_all(bytes)?;
    file.sync()?.replace(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> OutputFile {
        OutputFile { path: path.to_owned(), bytes: text.as_bytes().to_vec(), input_sha256: None }
    }

    fn write_all(root: &Path, files: &[(&str, &str)]) -> Result<OutputReport, OutputError> {
        let mut output = OutputDir::open(root)?;
        output.write(files.iter().map(|(path, text)| file(path, text)).collect())?;
        output.finish()
    }

    #[test]
    fn only_changed_files_are_written_and_unwanted_ones_removed() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let report = write_all(root, &[("index.html", "a"), ("video/1.html", "b"), ("old/x/2.html", "c")]).unwrap();
        assert_eq!((report.written, report.unchanged, report.removed), (3, 0, 0));
        let modified = fs::metadata(root.join(INDEX)).unwrap().modified().unwrap();
        let report = write_all(root, &[("index.html", "a"), ("video/1.html", "b"), ("old/x/2.html", "c")]).unwrap();
        assert_eq!((report.written, report.unchanged, report.removed), (0, 3, 0));
        assert_eq!(fs::metadata(root.join(INDEX)).unwrap().modified().unwrap(), modified, "the index is unchanged too");
        let report = write_all(root, &[("index.html", "new"), ("video/1.html", "b")]).unwrap();
        assert_eq!((report.written, report.unchanged, report.removed), (1, 1, 1));
        assert_eq!(fs::read_to_string(root.join("index.html")).unwrap(), "new");
        assert!(!root.join("old").exists(), "empty directories are removed");
    }

    #[test]
    fn files_of_other_programs_are_neither_replaced_nor_removed() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::write(root.join("CNAME"), "manna.example").unwrap();
        write_all(root, &[("index.html", "a"), ("gone.html", "b")]).unwrap();
        fs::write(root.join("gone.html"), "changed by hand").unwrap();
        let report = write_all(root, &[("index.html", "a")]).unwrap();
        assert_eq!((report.removed, report.left), (0, vec!["gone.html".to_owned()]));
        assert!(matches!(write_all(root, &[("CNAME", "ours")]), Err(OutputError::Foreign(_))));
        assert_eq!(fs::read_to_string(root.join("CNAME")).unwrap(), "manna.example");
        std::os::unix::fs::symlink("/tmp", root.join("video")).unwrap();
        let through_link = write_all(root, &[("video/1.html", "x")]);
        assert!(matches!(through_link, Err(OutputError::Foreign(_))), "links are not followed");
    }

    #[test]
    fn files_written_before_a_crash_are_still_known_as_ours() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let mut output = OutputDir::open(root).unwrap();
        output.write(vec![file("index.html", "half done")]).unwrap();
        drop(output);
        OpenOptions::new().append(true).open(root.join(INDEX)).unwrap().write_all(b"{\"path\":\"cut").unwrap();
        let report = write_all(root, &[("index.html", "done")]).unwrap();
        assert_eq!((report.written, report.left), (1, Vec::<String>::new()));
    }

    #[test]
    fn a_file_from_the_same_input_is_reused_unless_it_was_changed() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let (input, other_input) = (Sha256::digest(b"1"), Sha256::digest(b"2"));
        let mut output = OutputDir::open(root).unwrap();
        output.write(vec![OutputFile { input_sha256: Some(input), ..file("a.png", "picture") }]).unwrap();
        output.finish().unwrap();
        let mut output = OutputDir::open(root).unwrap();
        assert!(!output.reuse("a.png", other_input).unwrap() && output.reuse("a.png", input).unwrap());
        assert!(OutputDir::open(root).is_err(), "one writer at a time");
        assert_eq!(output.finish().unwrap().unchanged, 1);
        fs::write(root.join("a.png"), "touched").unwrap();
        assert!(!OutputDir::open(root).unwrap().reuse("a.png", input).unwrap());
    }
}

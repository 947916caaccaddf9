//! A directory of files that somebody else serves: only what changed is written, and nothing that is not ours is touched.
//!
//! A list in the directory names our files with their checksums. Each file's line is in it, durably, before the file is
//! written, so that also after a crash ours are told from others. Everything here blocks.

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

/// Name of the list of our files: a JSON object a line, the last one of a path counts.
const LIST: &str = ".mannameter-site.jsonl";

/// Held by the one process that writes.
const LOCK: &str = ".mannameter-site.lock";

/// A directory of our files, while they are brought up to date.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    _lock: FileLock,
    list: File,
    /// What is ours.
    ours: BTreeMap<String, Entry>,
    /// What is to stay.
    wanted: BTreeSet<String>,
    /// What was written since it was opened.
    written: BTreeSet<String>,
}

/// A file to be there.
#[derive(Debug)]
pub struct TreeFile {
    /// Below the directory, with `/` between.
    pub path: String,
    /// What stands in it.
    pub bytes: Vec<u8>,
    /// What it was made from, so that it need not be made again from the same.
    pub made_from: Option<Sha256>,
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TreeReport {
    /// Files that were new or other than before.
    pub written: usize,
    /// Files that were what they must be.
    pub unchanged: usize,
    /// Files of ours that are not wanted any more.
    pub removed: usize,
    /// Files of ours that are not wanted any more, but that somebody has changed: they are left.
    pub left: Vec<String>,
}

/// Why a tree is not up to date. What was written of it is whole.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The file system.
    #[error("could not write {}: {source}", path.display())]
    Io {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something that is not ours has the name.
    #[error("{} is there and was not written by us: move it away, or choose another directory", .0.display())]
    Foreign(PathBuf),
    /// Another process writes there.
    #[error("another process writes into {}: wait until it has ended", .0.display())]
    Busy(PathBuf),
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    path: String,
    sha256: Sha256,
    #[serde(skip_serializing_if = "Option::is_none")]
    made_from: Option<Sha256>,
}

impl Tree {
    /// Opens a directory, which is made if it is not there.
    pub fn open(root: &Path) -> Result<Self, TreeError> {
        let at = |source| TreeError::Io { path: root.to_owned(), source };
        fs::create_dir_all(root).map_err(at)?;
        let lock = FileLock::try_exclusive(&root.join(LOCK)).map_err(at)?;
        let lock = lock.ok_or_else(|| TreeError::Busy(root.to_owned()))?;
        let path = root.join(LIST);
        let (ours, ends_well) = read_list(&path).map_err(at)?;
        let directories: BTreeSet<_> = ours.keys().map(|path| directory_of(root, path)).collect();
        // What a process that was killed left.
        for directory in directories.iter().chain([&root.to_owned()]).filter(|directory| directory.is_dir()) {
            durable::remove_leftovers(directory).map_err(at)?;
        }
        let mut list = OpenOptions::new().append(true).create(true).open(path).map_err(at)?;
        if !ends_well {
            list.write_all(b"\n").map_err(at)?;
        }
        let (root, wanted, written) = (root.to_owned(), BTreeSet::new(), BTreeSet::new());
        Ok(Self { root, _lock: lock, list, ours, wanted, written })
    }

    /// Begins anew to say what is to stay.
    pub fn begin_again(&mut self) {
        self.wanted.clear();
    }

    /// Whether the file is there as it was made from the same before; if so, it stays and need not be put.
    pub fn keep(&mut self, path: &str, made_from: Sha256) -> Result<bool, TreeError> {
        let Some(entry) = self.ours.get(path).filter(|entry| entry.made_from == Some(made_from)) else {
            return Ok(false);
        };
        let kept = self.sum(path)? == Some(entry.sha256);
        if kept {
            self.wanted.insert(path.to_owned());
        }
        Ok(kept)
    }

    /// Lets these files be there. Those that are as they must be are not touched.
    pub fn put(&mut self, files: Vec<TreeFile>) -> Result<(), TreeError> {
        let mut changed = Vec::new();
        for TreeFile { path, bytes, made_from } in files {
            let entry = Entry { sha256: Sha256::of(&bytes), made_from, path };
            let found = self.sum(&entry.path)?;
            if found.is_some_and(|found| found != entry.sha256) && !self.ours.contains_key(&entry.path) {
                return Err(TreeError::Foreign(self.root.join(&entry.path)));
            }
            self.wanted.insert(entry.path.clone());
            if found != Some(entry.sha256) {
                changed.push((entry.path.clone(), bytes));
            }
            self.note(entry)?;
        }
        self.list.sync_data().map_err(|source| self.io(LIST, source))?;
        let mut directories = BTreeSet::new();
        for (path, bytes) in changed {
            let directory = directory_of(&self.root, &path);
            self.make(&directory).map_err(|source| self.io(&path, source))?;
            write(&directory, &self.root.join(&path), &bytes).map_err(|source| self.io(&path, source))?;
            directories.insert(directory);
            self.written.insert(path);
        }
        for directory in directories {
            durable::sync_directory(&directory).map_err(|source| TreeError::Io { path: directory.clone(), source })?;
        }
        Ok(())
    }

    /// Makes sure that a file may be written here by others (the export): nothing has its name, or it is ours.
    pub fn claim(&self, path: &str) -> Result<(), TreeError> {
        match self.find(path)? {
            Some(found) if !self.ours.contains_key(path) => Err(TreeError::Foreign(found)),
            _ => Ok(()),
        }
    }

    /// Takes in a file that others have written here durably.
    pub fn adopt(&mut self, path: &str, sha256: Sha256, written: bool) -> Result<(), TreeError> {
        self.wanted.insert(path.to_owned());
        if written {
            self.written.insert(path.to_owned());
        }
        self.note(Entry { path: path.to_owned(), sha256, made_from: None })
    }

    /// Removes what was ours and is not wanted any more, and writes the list anew.
    pub fn finish(mut self) -> Result<TreeReport, TreeError> {
        let (mut removed, mut left) = (0, Vec::new());
        let gone: Vec<_> = self.ours.values().filter(|entry| !self.wanted.contains(&entry.path)).cloned().collect();
        for Entry { path, sha256, .. } in gone {
            match self.sum(&path)? {
                Some(found) if found != sha256 => left.push(path.clone()),
                None => {}
                Some(_) => {
                    durable::remove(&self.root.join(&path)).map_err(|source| self.io(&path, source))?;
                    self.remove_empty(&path);
                    removed += 1;
                }
            }
            self.ours.remove(&path);
        }
        let list: String = self.ours.values().map(line).collect();
        let path = self.root.join(LIST);
        // One that is as it must be is not written either.
        if fs::read(&path).map_err(|source| self.io(LIST, source))? != list.as_bytes() {
            durable::write_atomic(&path, list.as_bytes()).map_err(|source| self.io(LIST, source))?;
        }
        let written = self.wanted.intersection(&self.written).count();
        Ok(TreeReport { written, unchanged: self.wanted.len() - written, removed, left })
    }

    /// Writes a line of the list, if it is a new one.
    fn note(&mut self, entry: Entry) -> Result<(), TreeError> {
        if self.ours.get(&entry.path) != Some(&entry) {
            self.list.write_all(line(&entry).as_bytes()).map_err(|source| self.io(LIST, source))?;
            self.ours.insert(entry.path.clone(), entry);
        }
        Ok(())
    }

    /// The file that has this name, if there is one; anything else that has it is not ours.
    fn find(&self, path: &str) -> Result<Option<PathBuf>, TreeError> {
        let mut found = self.root.clone();
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            found.push(part);
            match fs::symlink_metadata(&found) {
                Ok(kind) if kind.is_symlink() || kind.is_file() != parts.peek().is_none() => {
                    return Err(TreeError::Foreign(found));
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(source) => return Err(self.io(path, source)),
            }
        }
        Ok(Some(found))
    }

    /// The checksum of the file that has this name, if there is one.
    fn sum(&self, path: &str) -> Result<Option<Sha256>, TreeError> {
        let Some(found) = self.find(path)? else { return Ok(None) };
        let sum = || {
            let mut hasher = Hasher::new();
            io::copy(&mut File::open(found)?, &mut hasher)?;
            Ok(Sha256::from_bytes(hasher.finalize().into()))
        };
        sum().map(Some).map_err(|source| self.io(path, source))
    }

    /// Makes a directory and those above it, durably.
    fn make(&self, directory: &Path) -> io::Result<()> {
        if directory.is_dir() {
            return Ok(());
        }
        let parent = directory.parent().unwrap_or(&self.root);
        self.make(parent)?;
        fs::create_dir(directory)?;
        durable::sync_directory(parent)
    }

    /// Removes the directories that a removed file has left empty; others stay.
    fn remove_empty(&self, path: &str) {
        let mut directory = directory_of(&self.root, path);
        while directory != self.root && fs::remove_dir(&directory).is_ok() {
            directory.pop();
        }
    }

    fn io(&self, path: &str, source: io::Error) -> TreeError {
        TreeError::Io { path: self.root.join(path), source }
    }
}

fn line(entry: &Entry) -> String {
    let mut line = serde_json::to_string(entry).expect("an entry is made of texts");
    line.push('\n');
    line
}

/// Reads the list, and whether it ends with a whole line. One that a crash has cut off names a file that was not written.
fn read_list(path: &Path) -> io::Result<(BTreeMap<String, Entry>, bool)> {
    let text = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    let entries = text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Entry>(line).ok());
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

    fn file(path: &str, text: &str) -> TreeFile {
        TreeFile { path: path.to_owned(), bytes: text.as_bytes().to_vec(), made_from: None }
    }

    fn written(root: &Path, files: &[(&str, &str)]) -> Result<TreeReport, TreeError> {
        let mut tree = Tree::open(root)?;
        tree.put(files.iter().map(|(path, text)| file(path, text)).collect())?;
        tree.finish()
    }

    #[test]
    fn only_what_changed_is_written_and_what_is_not_wanted_any_more_goes() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let report = written(root, &[("index.html", "a"), ("video/1.html", "b"), ("old/x/2.html", "c")]).unwrap();
        assert_eq!((report.written, report.unchanged, report.removed), (3, 0, 0));
        let list = fs::metadata(root.join(LIST)).unwrap().modified().unwrap();
        let report = written(root, &[("index.html", "a"), ("video/1.html", "b"), ("old/x/2.html", "c")]).unwrap();
        assert_eq!((report.written, report.unchanged, report.removed), (0, 3, 0));
        assert_eq!(fs::metadata(root.join(LIST)).unwrap().modified().unwrap(), list, "nor is the list");
        let report = written(root, &[("index.html", "new"), ("video/1.html", "b")]).unwrap();
        assert_eq!((report.written, report.unchanged, report.removed), (1, 1, 1));
        assert_eq!(fs::read_to_string(root.join("index.html")).unwrap(), "new");
        assert!(!root.join("old").exists(), "directories that are empty go with their last file");
    }

    #[test]
    fn what_others_have_put_there_is_neither_replaced_nor_removed() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::write(root.join("CNAME"), "manna.example").unwrap();
        written(root, &[("index.html", "a"), ("gone.html", "b")]).unwrap();
        fs::write(root.join("gone.html"), "changed by hand").unwrap();
        let report = written(root, &[("index.html", "a")]).unwrap();
        assert_eq!((report.removed, report.left), (0, vec!["gone.html".to_owned()]));
        assert!(matches!(written(root, &[("CNAME", "ours")]), Err(TreeError::Foreign(_))));
        assert_eq!(fs::read_to_string(root.join("CNAME")).unwrap(), "manna.example");
        std::os::unix::fs::symlink("/tmp", root.join("video")).unwrap();
        assert!(
            matches!(written(root, &[("video/1.html", "x")]), Err(TreeError::Foreign(_))),
            "a link leads elsewhere"
        );
    }

    #[test]
    fn after_a_crash_what_was_written_is_still_known_as_ours() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let mut tree = Tree::open(root).unwrap();
        tree.put(vec![file("index.html", "half done")]).unwrap();
        drop(tree);
        OpenOptions::new().append(true).open(root.join(LIST)).unwrap().write_all(b"{\"path\":\"cut").unwrap();
        let report = written(root, &[("index.html", "done")]).unwrap();
        assert_eq!((report.written, report.left), (1, Vec::<String>::new()));
    }

    #[test]
    fn what_is_made_from_the_same_need_not_be_made_again_unless_somebody_touched_it() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let (one, other) = (Sha256::of(b"1"), Sha256::of(b"2"));
        let mut tree = Tree::open(root).unwrap();
        tree.put(vec![TreeFile { made_from: Some(one), ..file("a.png", "picture") }]).unwrap();
        tree.finish().unwrap();
        let mut tree = Tree::open(root).unwrap();
        assert!(!tree.keep("a.png", other).unwrap() && tree.keep("a.png", one).unwrap());
        assert!(Tree::open(root).is_err(), "one at a time");
        assert_eq!(tree.finish().unwrap().unchanged, 1);
        fs::write(root.join("a.png"), "touched").unwrap();
        assert!(!Tree::open(root).unwrap().keep("a.png", one).unwrap());
    }
}

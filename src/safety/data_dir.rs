//! The layout of `DATA_DIR`.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::durable;

/// The data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDir {
    root: PathBuf,
    /// Whether missing files may be created automatically.
    creates: bool,
}

/// Why the data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// A directory could not be created.
    #[error("could not create the directory {}: {source}; set DATA_DIR to a directory that this user can write to", path.display())]
    Create {
        /// The directory.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A small test file could not be written and fsynced.
    #[error("could not write to the directory {}: {source}; set DATA_DIR to a directory with free space that this user can write to", path.display())]
    Write {
        /// The directory.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

impl DataDirError {
    /// Returns the operating system's error.
    pub const fn io_error(&self) -> &io::Error {
        let (Self::Create { source, .. } | Self::Write { source, .. }) = self;
        source
    }

    /// Like [`DataDirError::io_error`], but takes the error by value.
    pub fn into_io_error(self) -> io::Error {
        let (Self::Create { source, .. } | Self::Write { source, .. }) = self;
        source
    }

    /// Returns whether the disk is full or read-only, which may pass without a change to the settings.
    pub fn is_caused_by_disk(&self) -> bool {
        use io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        matches!(self.io_error().kind(), QuotaExceeded | ReadOnlyFilesystem | StorageFull)
    }
}

impl DataDir {
    /// File name of the plain export.
    pub const RESULTS_JSON: &str = "results.json";
    /// File name of the base64 export.
    pub const RESULTS_B64: &str = "results.json.b64";
    /// File name of the export's manifest.
    pub const RESULTS_MANIFEST: &str = "results.manifest.json";

    /// Creates missing directories, removes temp files of dead processes, and checks that files can be written durably.
    pub fn open(root: &Path) -> Result<Self, DataDirError> {
        let opened = Self { creates: true, ..Self::at(root) };
        for path in [opened.root.clone(), opened.backups(), opened.instance()] {
            std::fs::create_dir_all(&path).map_err(|source| DataDirError::Create { path, source })?;
        }
        for path in [opened.root.clone(), opened.backups()] {
            prepare(&path).map_err(|source| DataDirError::Write { path, source })?;
        }
        for (path, content) in [(opened.root.clone(), IGNORED), (opened.instance(), "*\n")] {
            ignore_in_git(&path, content).map_err(|source| DataDirError::Write { path, source })?;
        }
        Ok(opened)
    }

    /// Uses the directory as is, without creating or checking anything.
    pub fn at(root: &Path) -> Self {
        Self { root: std::path::absolute(root).unwrap_or_else(|_| root.to_owned()), creates: false }
    }

    /// Uses a directory that cannot be written to yet. Operations that need its files fail until it can be.
    pub(super) fn unprepared(root: &Path) -> Self {
        Self { creates: true, ..Self::at(root) }
    }

    /// Uses an existing directory for a read-only command: removes temp files of dead processes, but creates nothing.
    pub fn existing(root: &Path) -> Self {
        let opened = Self::at(root);
        for path in [opened.root.clone(), opened.backups()] {
            // A read-only directory can still be read.
            if path.is_dir() {
                let _ = durable::remove_leftovers(&path);
            }
        }
        opened
    }

    /// Checks that the directory exists and that files can be written to it durably.
    pub fn check(&self) -> Result<(), DataDirError> {
        durable::probe(&self.root).map_err(|source| DataDirError::Write { path: self.root.clone(), source })
    }

    /// Returns the directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the path of `results.json`, which has every sermon in one JSON object.
    pub fn results_json(&self) -> PathBuf {
        self.root.join(Self::RESULTS_JSON)
    }

    /// Returns the path of `results.json.b64`, which has the same bytes in base64.
    pub fn results_b64(&self) -> PathBuf {
        self.root.join(Self::RESULTS_B64)
    }

    /// Returns the path of `results.manifest.json`, which describes the two files and the last write that they include.
    pub fn results_manifest(&self) -> PathBuf {
        self.root.join(Self::RESULTS_MANIFEST)
    }

    /// Returns the path of `backups/`.
    pub fn backups(&self) -> PathBuf {
        self.root.join("backups")
    }

    /// Returns the path of `instance/`.
    pub fn instance(&self) -> PathBuf {
        self.root.join("instance")
    }

    /// Returns the path of `instance/mannameter.db`, the default SQLite database.
    pub fn sqlite_database(&self) -> PathBuf {
        self.instance().join("mannameter.db")
    }

    /// Returns the path of `admin_token`, which holds the generated token. Only the user that runs the server can read
    /// the file.
    pub fn admin_token_file(&self) -> PathBuf {
        self.root.join("admin_token")
    }

    /// Reads the admin token or, if there is none yet, saves the one that `generate` returns. Blocks.
    ///
    /// Returns the token, and whether it is new.
    pub fn admin_token(&self, generate: impl FnOnce() -> String) -> io::Result<(String, bool)> {
        let path = self.admin_token_file();
        match std::fs::read_to_string(&path) {
            Ok(token) if !token.trim().is_empty() => return Ok((token.trim().to_owned(), false)),
            Ok(_) => return Err(io::Error::other("the file is empty; delete it to get a new token")),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Err(_) => {}
        }
        let token = generate();
        durable::create_private(&path, format!("{token}\n").as_bytes())?;
        Ok((token, true))
    }

    /// Returns the path of the lock that is held during an export.
    pub(super) fn export_lock(&self) -> PathBuf {
        self.root.join(".export.lock")
    }

    /// Returns the path of the lock that is held while the spool is replayed.
    pub(super) fn spool_lock(&self) -> PathBuf {
        self.root.join(".spool.lock")
    }

    /// Returns the path of the lock that is held while a backup is added or removed, or its manifest changes.
    pub(super) fn backups_lock(&self) -> PathBuf {
        self.root.join(".backups.lock")
    }

    /// Returns the path of the lock that is held during a restore.
    pub(super) fn restore_lock(&self) -> PathBuf {
        self.root.join(".restore.lock")
    }

    /// Returns the path of the lock that is held during a restore drill.
    pub(super) fn drill_lock(&self) -> PathBuf {
        self.root.join(".drill.lock")
    }

    /// Returns whether the key that signs restore plans may be created.
    pub(super) const fn creates_key(&self) -> bool {
        self.creates
    }

    /// Returns the path of the key that signs restore plans, which only the user that runs the server can read.
    pub(super) fn plan_key_file(&self) -> PathBuf {
        self.root.join(".plan-key")
    }

    /// Returns the path of the lock that is held while the export's files and manifest are replaced or linked, so that
    /// linked files match each other.
    pub(super) fn export_files_lock(&self) -> PathBuf {
        self.root.join(".export-files.lock")
    }
}

/// The `.gitignore` of the data directory, which lists the secrets, the locks and the database.
const IGNORED: &str = "/admin_token\n/.plan-key\n/.*.lock\n/.mannameter-tmp-*\n/instance/\n";

/// Keeps secrets and the database out of a Git repository that contains the directory. Leaves an existing file as is.
fn ignore_in_git(directory: &Path, content: &str) -> io::Result<()> {
    let path = directory.join(".gitignore");
    if path.exists() {
        return Ok(());
    }
    // Do not use a temp file, because nothing would remove a leftover from `instance`.
    match OpenOptions::new().write(true).create_new(true).open(&path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        created => {
            let mut file = created?;
            file.write_all(content.as_bytes())?;
            file.sync_all()
        }
    }
}

/// Removes leftover temp files and checks that the directory is writable.
fn prepare(directory: &Path) -> io::Result<()> {
    let removed = durable::remove_leftovers(directory)?;
    if !removed.is_empty() {
        tracing::info!(directory = %directory.display(), ?removed, "removed leftover temp files");
    }
    durable::probe(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_directory_gets_its_subdirectories_and_gitignore_files_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let root = parent.path().join("a/b");
        let opened = DataDir::open(&root).unwrap();
        assert!(opened.backups().is_dir() && opened.instance().is_dir());
        assert_eq!(std::fs::read_dir(&root).unwrap().count(), 3);
        assert!(std::fs::read_to_string(root.join(".gitignore")).unwrap().contains("/admin_token\n"));
        assert_eq!(std::fs::read_to_string(opened.instance().join(".gitignore")).unwrap(), "*\n");
        std::fs::write(root.join(".gitignore"), "mine").unwrap();
        DataDir::open(&root).unwrap();
        assert_eq!(std::fs::read_to_string(root.join(".gitignore")).unwrap(), "mine");
        assert_eq!(std::fs::read_dir(opened.backups()).unwrap().count(), 0);
    }

    #[test]
    fn the_error_for_a_directory_that_cannot_be_created_says_which_and_what_to_do() {
        let parent = tempfile::tempdir().unwrap();
        std::fs::write(parent.path().join("file"), "").unwrap();
        let error = DataDir::open(&parent.path().join("file/data")).unwrap_err().to_string();
        assert!(error.contains("file/data") && error.contains("set DATA_DIR"), "{error}");
    }
}

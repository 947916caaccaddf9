//! Where our files are: the paths below `DATA_DIR`.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::durable;

/// The directory that holds everything that is kept in files; it exists and can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDir {
    root: PathBuf,
}

/// The data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// A directory could not be made.
    #[error("could not create the directory {}: {source}; set DATA_DIR to a directory that this user may write", path.display())]
    Create {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A small file could not be written there and made durable.
    #[error("could not write into the directory {}: {source}; set DATA_DIR to a directory that this user may write and that has space", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl DataDir {
    /// Name of the plain export.
    pub const RESULTS_JSON: &str = "results.json";
    /// Name of the export in base64.
    pub const RESULTS_B64: &str = "results.json.b64";
    /// Name of the export's manifest.
    pub const RESULTS_MANIFEST: &str = "results.manifest.json";

    /// Creates what is missing below `root`, proves that files can be written there durably, and removes temp
    /// files that processes which are gone left behind.
    pub fn open(root: &Path) -> Result<Self, DataDirError> {
        let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        let opened = Self { root };
        for path in [opened.root.clone(), opened.backups(), opened.instance()] {
            std::fs::create_dir_all(&path).map_err(|source| DataDirError::Create { path, source })?;
        }
        for path in [opened.root.clone(), opened.backups()] {
            prepare(&path).map_err(|source| DataDirError::Write { path, source })?;
        }
        Ok(opened)
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `results.json`: every video, as one JSON object.
    pub fn results_json(&self) -> PathBuf {
        self.root.join(Self::RESULTS_JSON)
    }

    /// `results.json.b64`: the same bytes in base64.
    pub fn results_b64(&self) -> PathBuf {
        self.root.join(Self::RESULTS_B64)
    }

    /// `results.manifest.json`: what the two files hold, and how far they reach.
    pub fn results_manifest(&self) -> PathBuf {
        self.root.join(Self::RESULTS_MANIFEST)
    }

    /// `backups/`.
    pub fn backups(&self) -> PathBuf {
        self.root.join("backups")
    }

    /// `instance/`.
    pub fn instance(&self) -> PathBuf {
        self.root.join("instance")
    }

    /// `instance/mannameter.db`: the SQLite database, when no other is set.
    pub fn sqlite_database(&self) -> PathBuf {
        self.instance().join("mannameter.db")
    }

    /// `admin_token`: the token that was made here, readable by our user alone.
    pub fn admin_token_file(&self) -> PathBuf {
        self.root.join("admin_token")
    }

    /// Reads the token that was made here before, or makes one; tells whether it was made now. Blocking.
    pub fn admin_token(&self, make: impl FnOnce() -> String) -> io::Result<(String, bool)> {
        let path = self.admin_token_file();
        match std::fs::read_to_string(&path) {
            Ok(token) if !token.trim().is_empty() => return Ok((token.trim().to_owned(), false)),
            Ok(_) => return Err(io::Error::other("the file is empty: delete it, and a new token is made")),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Err(_) => {}
        }
        let token = make();
        durable::create_private(&path, format!("{token}\n").as_bytes())?;
        Ok((token, true))
    }

    /// Held by the one process that is exporting.
    pub(super) fn export_lock(&self) -> PathBuf {
        self.root.join(".export.lock")
    }

    /// Held by the one process that is putting the spool back.
    pub(super) fn spool_lock(&self) -> PathBuf {
        self.root.join(".spool.lock")
    }

    /// Held while a backup is put on the shelf, taken from it, or its manifest changes.
    pub(super) fn backups_lock(&self) -> PathBuf {
        self.root.join(".backups.lock")
    }

    /// Held by the one process that is restoring.
    pub(super) fn restore_lock(&self) -> PathBuf {
        self.root.join(".restore.lock")
    }

    /// Held by the one process that is drilling.
    pub(super) fn drill_lock(&self) -> PathBuf {
        self.root.join(".drill.lock")
    }

    /// The key that plans of a restore are signed with, readable by our user alone.
    pub(super) fn plan_key_file(&self) -> PathBuf {
        self.root.join(".plan-key")
    }

    /// Held while the export's files and its manifest change, so that who links them gets those that belong together.
    pub(super) fn pair_lock(&self) -> PathBuf {
        self.root.join(".export-files.lock")
    }
}

/// Removes what the dead left behind, and proves that files can be written.
fn prepare(directory: &Path) -> io::Result<()> {
    let removed = durable::remove_leftovers(directory)?;
    if !removed.is_empty() {
        tracing::info!(directory = %directory.display(), ?removed, "removed temp files that were left behind");
    }
    durable::probe(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_directory_gets_its_parts_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let root = parent.path().join("a/b");
        let opened = DataDir::open(&root).unwrap();
        assert!(opened.backups().is_dir() && opened.instance().is_dir());
        assert_eq!(std::fs::read_dir(&root).unwrap().count(), 2);
        assert_eq!(std::fs::read_dir(opened.backups()).unwrap().count(), 0);
    }

    #[test]
    fn a_directory_that_cannot_be_made_says_which_and_what_to_do() {
        let parent = tempfile::tempdir().unwrap();
        std::fs::write(parent.path().join("file"), "").unwrap();
        let error = DataDir::open(&parent.path().join("file/data")).unwrap_err().to_string();
        assert!(error.contains("file/data") && error.contains("set DATA_DIR"), "{error}");
    }
}

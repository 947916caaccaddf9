//! Checks that data written before tables, keys and error codes got their current names can still be read.
//!
//! `tests/fixtures/before_renaming` is a data directory written by the last build before the renaming (see its
//! `INDEX.md`).

mod database;
mod files;

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Copies the fixture to a temporary directory, and returns that directory and the path of the copy.
fn copy_of_fixture() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let copy = directory.path().join("data");
    copy_directory(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/before_renaming"), &copy);
    (directory, copy)
}

fn copy_directory(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("a new directory");
    for entry in std::fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_directory(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

//! Durable file operations. All our files are written through this module.
//!
//! A file is written under a temporary name in its final directory, fsynced and renamed, and then the directory is
//! fsynced. It is never opened for writing again, so a hard link to it is a backup. If fsync fails, the file is
//! discarded: the kernel may have dropped the dirty pages, and a second fsync would falsely report success.
//!
//! | module | contents |
//! |---|---|
//! | `temp` | [`NewFile`]: a file under its temporary name; removal of leftovers |
//! | `write` | writing small files; linking, renaming and removing files |
//! | `open` | opening a file by name without following symlinks |
//! | `lock` | locks between processes |
//!
//! Everything here blocks.

mod lock;
mod open;
mod temp;
mod write;

pub(super) use lock::{FileLock, is_in_use, mark_in_use};
pub(super) use open::open_beneath;
pub(super) use temp::{NewFile, SyncedFile, probe, remove_leftovers};
pub(super) use write::{
    create, create_private, free_bytes, link_or_copy, remove, rename, sync_directory, write_atomic,
};

/// Returns the names in a directory, sorted.
#[cfg(test)]
fn names(directory: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

//! Opens files whose names are untrusted.

use std::{fs::File, io, path::Path};

use rustix::{
    fs::{FileType, Mode, OFlags, ResolveFlags},
    io::Errno,
};

/// Opens a regular file for reading. The file must be a direct child of the directory.
///
/// Does not follow symlinks and does not block on a FIFO. Returns [`io::ErrorKind::InvalidInput`] if the name contains
/// a slash or does not name a regular file.
pub(in crate::safety) fn open_beneath(directory: &Path, name: &str) -> io::Result<File> {
    if name.contains('/') {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the name contains a slash"));
    }
    let directory = File::open(directory)?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let opened = match rustix::fs::openat2(&directory, name, flags, Mode::empty(), resolve) {
        // The kernel or a sandbox does not allow `openat2`. A name without a slash cannot leave the directory anyway.
        Err(Errno::NOSYS | Errno::PERM) if name != ".." => rustix::fs::openat(&directory, name, flags, Mode::empty()),
        opened => opened,
    };
    let file = File::from(opened.map_err(|error| match error {
        Errno::LOOP => io::Error::new(io::ErrorKind::InvalidInput, "it is a symlink"),
        Errno::NXIO => not_regular(),
        error => error.into(),
    })?);
    if FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) != FileType::RegularFile {
        return Err(not_regular());
    }
    Ok(file)
}

fn not_regular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_regular_file_directly_inside_the_directory_is_opened_and_nothing_hangs() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        std::fs::write(path("file"), "x").unwrap();
        std::os::unix::fs::symlink(path("file"), path("link")).unwrap();
        std::fs::create_dir(path("directory")).unwrap();
        std::fs::write(path("directory/inner"), "x").unwrap();
        let fifo = path("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();

        open_beneath(directory.path(), "file").unwrap();
        for name in
            ["link", "directory", "fifo", "directory/inner", "../x", "/etc/passwd", "..", ".", "", "absent", "a\0b"]
        {
            assert!(open_beneath(directory.path(), name).is_err(), "{name:?}");
        }
    }
}

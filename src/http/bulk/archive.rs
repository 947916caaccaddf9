//! Reads caption files from ZIP archives without trusting the sizes that an archive declares.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::FileExt as _,
    sync::Arc,
};

use zip::{ZipArchive, result::ZipError};

/// Signatures at the start of an archive: a local file header, or the end record of an empty archive.
const SIGNATURES: [&[u8; 4]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// Signature of the ZIP64 end of central directory locator, which archives with more than 65,534 files or 4 GB have.
const ZIP64_LOCATOR: &[u8; 4] = b"PK\x06\x07";

/// Number of bytes at the end of an archive that can contain the end record (22 bytes plus a comment of up to 65,535)
/// and the locator (20 bytes).
const TAIL: u64 = 65_535 + 22 + 20;

/// A part of a file that can be read like a separate file.
#[derive(Debug, Clone)]
pub(super) struct Section {
    file: Arc<File>,
    start: u64,
    length: u64,
    position: u64,
}

impl Section {
    /// Creates a section of a file, positioned at its start.
    pub(super) const fn new(file: Arc<File>, start: u64, length: u64) -> Self {
        Self { file, start, length, position: 0 }
    }

    /// Returns the number of bytes in the section.
    pub(super) const fn length(&self) -> u64 {
        self.length
    }

    /// Returns whether the section is a ZIP archive.
    pub(super) fn is_archive(&self) -> io::Result<bool> {
        let mut start = Vec::new();
        self.clone().take(4).read_to_end(&mut start)?;
        Ok(SIGNATURES.iter().any(|signature| start == signature[..]))
    }
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(self.position);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.file.read_at(&mut buffer[..wanted], self.start + self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for Section {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

/// An open archive.
pub(super) type Archive = ZipArchive<Section>;

/// Opens an archive. The error describes what is wrong with it.
pub(super) fn open(section: Section) -> Result<Archive, String> {
    // Opening an archive reads its list of files into memory. Only ZIP64 lists can be long.
    if has_zip64_list(section.clone()).map_err(|error| error.to_string())? {
        return Err("it is in the ZIP64 format: pack fewer files into one archive".to_owned());
    }
    ZipArchive::new(section).map_err(|error| describe(&error))
}

fn has_zip64_list(mut section: Section) -> io::Result<bool> {
    section.seek(SeekFrom::Start(section.length().saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    section.read_to_end(&mut tail)?;
    Ok(memchr::memmem::find(&tail, ZIP64_LOCATOR).is_some())
}

/// Returns the path of an entry, or `None` for directories and for the hidden files that operating systems add.
pub(super) fn file_path(archive: &mut Archive, index: usize) -> Option<String> {
    let Ok(entry) = archive.by_index_raw(index) else {
        // The damage is reported when the entry is read.
        return Some(archive.name_for_index(index).unwrap_or("?").to_owned());
    };
    let path = entry.name();
    let is_hidden = path.starts_with("__MACOSX/") || path.rsplit('/').next().is_some_and(|name| name.starts_with('.'));
    (!entry.is_dir() && !is_hidden).then(|| path.to_owned())
}

/// Unpacks an entry and returns its size in bytes, or `limit + 1` if it is larger than `limit`. A damaged entry is
/// counted up to the damage.
pub(super) fn unpacked_size(archive: &mut Archive, index: usize, limit: u64) -> u64 {
    let Ok(entry) = archive.by_index(index) else { return 0 };
    let mut entry = entry.take(limit.saturating_add(1));
    let mut buffer = vec![0; 64 * 1024];
    let mut size = 0;
    while let Ok(read @ 1..) = entry.read(&mut buffer) {
        size += read as u64;
    }
    size
}

/// Reads at most `limit` bytes of an entry.
pub(super) fn read(archive: &mut Archive, index: usize, limit: u64) -> Result<Vec<u8>, String> {
    let entry = archive.by_index(index).map_err(|error| describe(&error))?;
    let mut bytes = Vec::new();
    entry.take(limit).read_to_end(&mut bytes).map_err(|error| format!("it is damaged: {error}"))?;
    Ok(bytes)
}

fn describe(error: &ZipError) -> String {
    match error {
        ZipError::UnsupportedArchive(reason) => format!("it cannot be unpacked: {reason}"),
        error => format!("it is damaged: {error}"),
    }
}

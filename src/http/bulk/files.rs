//! The caption files of a request, sent individually or in ZIP archives.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read as _},
    sync::Arc,
};

use scripture_detector::transcript::MAX_BYTES;

use super::archive::{self, Archive, Section};
use crate::{domain::clean_line, http::error::AppError};

/// Maximum number of files in a request, and of entries in an archive.
pub(super) const MAX_FILES: usize = 1_000;

/// Maximum total size of the unpacked files of a request, in bytes.
pub(super) const MAX_UNPACKED: u64 = 200_000_000;

/// A file as it was received, stored in one temporary file together with the others.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) start: u64,
    pub(super) length: u64,
}

/// The caption files of a request, in order.
#[derive(Debug, Default)]
pub(in crate::http) struct CaptionFiles {
    archives: Vec<Archive>,
    entries: VecDeque<Entry>,
}

/// A caption file that has not been read yet.
#[derive(Debug)]
struct Entry {
    name: String,
    place: Place,
}

/// The location of a caption file.
#[derive(Debug)]
enum Place {
    Part(Section),
    Archived { archive: usize, index: usize },
}

/// A caption file that has been read.
#[derive(Debug)]
pub(in crate::http) struct CaptionFile {
    /// Name of the file without folders, on one line.
    pub(in crate::http) name: String,
    /// Contents of the file, up to one byte more than a transcript may have, or the reason why it cannot be read.
    pub(in crate::http) bytes: Result<Vec<u8>, String>,
}

impl CaptionFiles {
    /// Opens all archives and unpacks every entry once, to check the limits before anything is queued.
    pub(super) fn open(file: File, parts: Vec<Part>) -> Result<Self, AppError> {
        let (file, mut files, mut bytes) = (Arc::new(file), Self::default(), 0);
        for Part { name, start, length } in parts {
            let section = Section::new(Arc::clone(&file), start, length);
            if section.is_archive()? {
                bytes += files.add_archive(&name, section, MAX_UNPACKED - bytes)?;
            } else {
                bytes += length;
                files.entries.push_back(Entry { name: short_name(&name), place: Place::Part(section) });
            }
            if bytes > MAX_UNPACKED {
                return Err(refused(format!("together they have more than {} MB", MAX_UNPACKED / 1_000_000)));
            }
            if files.entries.len() > MAX_FILES {
                return Err(refused(format!("send at most {MAX_FILES} at once")));
            }
        }
        Ok(files)
    }

    /// Adds the entries of an archive and returns their total size in bytes.
    fn add_archive(&mut self, name: &str, section: Section, limit: u64) -> Result<u64, AppError> {
        let name = short_name(name);
        let mut archive = archive::open(section).map_err(|reason| refused(format!("{name:?}: {reason}")))?;
        if archive.len() > MAX_FILES {
            let entries = archive.len();
            return Err(refused(format!(
                "the archive {name:?} has {entries} entries: pack at most {MAX_FILES} into one"
            )));
        }
        let mut bytes = 0;
        for index in 0..archive.len() {
            bytes += archive::unpacked_size(&mut archive, index, limit - bytes);
            if bytes > limit {
                return Err(refused(format!(
                    "the archive {name:?} unpacks to more than {} MB, so it was not unpacked; nothing was added",
                    MAX_UNPACKED / 1_000_000
                )));
            }
            if let Some(path) = archive::file_path(&mut archive, index) {
                let place = Place::Archived { archive: self.archives.len(), index };
                self.entries.push_back(Entry { name: short_name(&path), place });
            }
        }
        self.archives.push(archive);
        Ok(bytes)
    }

    /// Returns the number of files that have not been read yet.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Reads the next file.
    pub(super) fn read_next(&mut self) -> Option<CaptionFile> {
        let Entry { name, place } = self.entries.pop_front()?;
        // One byte more than is accepted, to detect files that are too large.
        let limit = MAX_BYTES as u64 + 1;
        let bytes = match place {
            Place::Part(section) => read_section(section, limit).map_err(|error| error.to_string()),
            Place::Archived { archive, index } => archive::read(&mut self.archives[archive], index, limit),
        };
        Some(CaptionFile { name, bytes })
    }
}

fn read_section(section: Section, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    section.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Returns a file name without folders, on one line.
fn short_name(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    clean_line(name).chars().take(200).collect()
}

fn refused(reason: String) -> AppError {
    AppError::Field { name: "files".to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    /// Packs files into a ZIP archive.
    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, content) in files {
            writer.start_file(*name, SimpleFileOptions::default()).expect("an entry");
            writer.write_all(content).expect("its content");
        }
        writer.finish().expect("an archive").into_inner()
    }

    fn open(parts: &[(&str, &[u8])]) -> Result<CaptionFiles, String> {
        let mut file = tempfile::tempfile().expect("a file");
        let mut start = 0;
        let mut list = Vec::new();
        for (name, bytes) in parts {
            file.write_all(bytes).expect("written");
            list.push(Part { name: (*name).to_owned(), start, length: bytes.len() as u64 });
            start += bytes.len() as u64;
        }
        CaptionFiles::open(file, list).map_err(|error| error.to_string())
    }

    fn names(mut files: CaptionFiles) -> Vec<(String, Result<String, String>)> {
        std::iter::from_fn(|| files.read_next())
            .map(|file| (file.name, file.bytes.map(|bytes| String::from_utf8(bytes).expect("UTF-8"))))
            .collect()
    }

    #[test]
    fn files_and_the_entries_of_archives_are_read_in_order_without_hidden_ones() {
        let zip = archive(&[
            ("june/b.srt", b"b"),
            ("__MACOSX/june/._b.srt", b"x"),
            (".DS_Store", b"x"),
            ("../../c\n.txt", b"c"),
        ]);
        let files = open(&[("C:\\a.vtt", b"a"), ("all.zip", &zip), ("d.txt", b"d")]).expect("files");
        assert_eq!(files.len(), 4);
        let read = names(files);
        let expected = [("a.vtt", "a"), ("b.srt", "b"), ("c .txt", "c"), ("d.txt", "d")];
        assert_eq!(read, expected.map(|(name, text)| (name.to_owned(), Ok(text.to_owned()))));
    }

    #[test]
    fn an_archive_that_unpacks_to_too_much_is_refused_whatever_it_says_about_its_size() {
        let megabyte = vec![b' '; 1_000_000];
        let names: Vec<_> = (0..201).map(|number| format!("{number}.txt")).collect();
        let entries: Vec<_> = names.iter().map(|name| (name.as_str(), megabyte.as_slice())).collect();
        let mut bomb = archive(&entries);
        assert!(bomb.len() < 1_000_000, "{} bytes", bomb.len());
        let refused = open(&[("bomb.zip", &bomb)]).expect_err("a bomb");
        assert!(refused.contains("unpacks to more than 200 MB"), "{refused}");
        // The central directory declares a size of 1 byte for each entry.
        let size = 1_000_000_u32.to_le_bytes();
        let list = memchr::memmem::find(&bomb, b"PK\x01\x02").expect("a list");
        let places: Vec<_> = memchr::memmem::find_iter(&bomb[list..], &size).map(|at| list + at).collect();
        assert_eq!(places.len(), 201);
        for at in places {
            bomb[at..at + 4].copy_from_slice(&1_u32.to_le_bytes());
        }
        let refused = open(&[("bomb.zip", &bomb)]).expect_err("a bomb that lies");
        assert!(refused.contains("unpacks to more than 200 MB"), "{refused}");
    }

    #[test]
    fn too_many_entries_and_damaged_archives_are_refused_by_name() {
        let names: Vec<_> = (0..=MAX_FILES).map(|number| format!("{number}.txt")).collect();
        let entries: Vec<_> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
        let refused = open(&[("many.zip", &archive(&entries))]).expect_err("too many");
        assert!(refused.contains("\"many.zip\" has 1001 entries"), "{refused}");
        let whole = archive(&[("a.txt", b"a")]);
        let refused = open(&[("cut.zip", &whole[..whole.len() / 2])]).expect_err("a damaged archive");
        assert!(refused.contains("\"cut.zip\": it is damaged"), "{refused}");
    }

    #[test]
    fn a_damaged_entry_is_reported_and_the_others_are_read() {
        let mut zip = archive(&[("a.txt", b"the sower went out to sow"), ("b.txt", b"b")]);
        // The data of the first entry follows a 30-byte header and the file name.
        zip[38] ^= 0xff;
        let read = names(open(&[("some.zip", &zip)]).expect("files"));
        assert!(read[0].1.as_ref().is_err_and(|error| error.contains("damaged")), "{read:?}");
        assert_eq!(read[1], ("b.txt".to_owned(), Ok("b".to_owned())));
    }
}

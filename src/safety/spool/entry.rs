//! A spool entry on disk: a data file and its manifest.
//!
//! The data file is a collection of one document, like an export. The manifest is written last, so an entry without a
//! manifest was never acknowledged. Everything here blocks.

use std::{
    io::{self, Read},
    path::Path,
};

use super::{
    manifest::EntryManifest,
    name::{DAMAGED, EntryName},
};
use crate::{
    domain::Sha256,
    safety::{
        durable,
        format::{CollectionWriter, MAX_DOCUMENT_BYTES},
    },
    store::SaveRequest,
};

/// Maximum size of a manifest, which contains captions.
const MAX_MANIFEST_BYTES: u64 = 8 * MAX_DOCUMENT_BYTES as u64;

/// Maximum number of names to try for an entry.
const MAX_NAMES: u32 = 100;

/// The result of reading an entry.
#[derive(Debug)]
pub(super) enum Entry {
    /// The data matches the manifest.
    Intact(Box<SaveRequest>),
    /// There is a manifest but no data, as after a replay that was killed between the save and the removal.
    WithoutData(Box<EntryManifest>),
    /// The entry differs from what was written.
    Damaged(String),
    /// The entry was written by a newer version of the program.
    NewerVersion,
}

/// The files of an entry that is about to be written.
pub(super) struct NewEntry {
    name: EntryName,
    pub(super) data: Vec<u8>,
    pub(super) manifest: Vec<u8>,
}

impl NewEntry {
    pub(super) fn new(request: &SaveRequest) -> io::Result<Self> {
        let document = request.document.to_json();
        let sha256 = Sha256::digest(document.as_bytes());
        let mut writer = CollectionWriter::new(io::sink(), Vec::new());
        writer.document(&request.document.video_id, &document, &sha256)?;
        let data = writer.finish()?;
        let manifest = EntryManifest::new(request, sha256, &data).to_json();
        let name = EntryName::new(request.at, request.document.video_id.clone());
        Ok(Self { name, data: data.b64, manifest })
    }

    /// Returns the names to try, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = EntryName> + use<> {
        let name = self.name.clone();
        (0..MAX_NAMES).map(move |number| name.later(number))
    }
}

/// Writes an entry durably and returns the name of its data file.
pub(super) fn write(directory: &Path, entry: &NewEntry) -> io::Result<String> {
    for name in entry.names() {
        match durable::create(&directory.join(name.data()), &entry.data) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(()) => {
                let created = durable::create(&directory.join(name.manifest()), &entry.manifest);
                if created.is_err() {
                    // Without a manifest, the data would look like a legacy emergency save.
                    let _ = durable::remove(&directory.join(name.data()));
                }
                return created.map(|()| name.data());
            }
        }
    }
    Err(too_many())
}

/// Returns the error for an entry whose names are all taken.
pub(super) fn too_many() -> io::Error {
    io::Error::new(io::ErrorKind::AlreadyExists, "there are too many entries for the same moment")
}

/// Decodes an untrusted manifest and the data that belongs to it.
pub(super) fn decode(manifest: &[u8], data: Option<&[u8]>) -> Entry {
    match (EntryManifest::parse(manifest), data) {
        (Err(reason), _) => Entry::Damaged(reason),
        (Ok(None), _) => Entry::NewerVersion,
        (Ok(Some(manifest)), None) => Entry::WithoutData(Box::new(manifest)),
        (Ok(Some(manifest)), Some(data)) => {
            manifest.into_request(data).map_or_else(Entry::Damaged, |request| Entry::Intact(Box::new(request)))
        }
    }
}

/// Reads an entry. An `Err` means that the disk failed, not that the entry is damaged.
pub(super) fn read(directory: &Path, name: &EntryName) -> io::Result<Entry> {
    let Some(manifest) = read_file(directory, &name.manifest(), MAX_MANIFEST_BYTES)? else {
        return Ok(Entry::Damaged("its manifest is not a regular file".to_owned()));
    };
    let Ok(Some(parsed)) = EntryManifest::parse(&manifest) else { return Ok(decode(&manifest, None)) };
    if !directory.join(name.data()).try_exists()? {
        return Ok(Entry::WithoutData(Box::new(parsed)));
    }
    let Some(data) = read_file(directory, &name.data(), parsed.b64.bytes.saturating_add(1))? else {
        return Ok(Entry::Damaged("its data is not a regular file".to_owned()));
    };
    Ok(decode(&manifest, Some(&data)))
}

/// Removes an entry. The data is removed first, so that a crash leaves a manifest with the save ID.
pub(super) fn remove(directory: &Path, name: &EntryName) -> io::Result<()> {
    durable::remove(&directory.join(name.data()))?;
    durable::remove(&directory.join(name.manifest()))
}

/// Renames the files of a damaged entry to `*.damaged`, the manifest last.
pub(super) fn set_aside(directory: &Path, name: &EntryName) -> io::Result<()> {
    for file in [name.data(), name.manifest()] {
        match durable::rename(&directory.join(&file), &directory.join(format!("{file}{DAMAGED}"))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            renamed => renamed?,
        }
    }
    Ok(())
}

/// Reads at most `limit` bytes of a file. Returns `None` if it is not a regular file.
fn read_file(directory: &Path, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match durable::open_beneath(directory, name) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Ok(None),
        opened => opened?,
    };
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use chrono::DateTime;
    use uuid::Uuid;

    use super::{super::name::SpoolFile, *};
    use crate::{
        domain::Document,
        store::{SavePolicy, StoredCaptions},
    };

    fn request(title: &str) -> SaveRequest {
        let value = serde_json::json!({"title": title, "processed_at": "2026-05-31T10:00:00.000001Z"});
        SaveRequest {
            save_id: Uuid::from_u128(7),
            document: Document::from_legacy("sErm0n_Tst1", value).unwrap(),
            transcript: Some(StoredCaptions { body: b"words \xff".to_vec(), format: "srt".to_owned(), language: None }),
            policy: SavePolicy::Replace,
            actor: "worker".into(),
            at: DateTime::from_timestamp(1_764_000_000, 123_456_789).unwrap(),
        }
    }

    fn names(directory: &Path) -> Vec<EntryName> {
        let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = files
            .filter_map(|name| match SpoolFile::parse(name.to_str().unwrap()) {
                Some(SpoolFile::Manifest(name)) => Some(name),
                _ => None,
            })
            .collect();
        names.sort();
        names
    }

    #[test]
    fn an_entry_survives_the_round_trip_with_its_captions_and_save_id() {
        let directory = tempfile::tempdir().unwrap();
        let written = ["é", "later"].map(|title| write(directory.path(), &NewEntry::new(&request(title)).unwrap()));
        let [name, later] = &names(directory.path())[..] else { panic!("two entries for the same moment") };
        assert_eq!(written.map(Result::unwrap), [name.data(), later.data()]);
        assert_eq!(name.data(), "EMERGENCY_SAVE_20251124T160000123456Z_sErm0n_Tst1.json.b64");
        let Entry::Intact(read) = read(directory.path(), name).unwrap() else { panic!("not intact") };
        let original = request("é");
        assert_eq!(
            (read.save_id, &read.document, &read.transcript),
            (original.save_id, &original.document, &original.transcript)
        );
        assert_eq!(read.policy, SavePolicy::KeepNewer);

        let plain = STANDARD.decode(std::fs::read(directory.path().join(name.data())).unwrap()).unwrap();
        let plain: serde_json::Value = serde_json::from_slice(&plain).unwrap();
        assert_eq!(plain["sErm0n_Tst1"]["title"], "é");
        remove(directory.path(), name).unwrap();
        assert_eq!(names(directory.path()), std::slice::from_ref(later));
    }

    #[test]
    fn any_damage_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        write(directory.path(), &NewEntry::new(&request("t")).unwrap()).unwrap();
        let name = names(directory.path()).remove(0);
        for file in [name.data(), name.manifest()] {
            let path = directory.path().join(&file);
            let good = std::fs::read(&path).unwrap();
            for length in (0..good.len()).step_by(97) {
                std::fs::write(&path, &good[..length]).unwrap();
                assert!(matches!(read(directory.path(), &name), Ok(Entry::Damaged(_))), "{file} cut to {length}");
            }
            std::fs::write(&path, &good).unwrap();
        }
        let path = directory.path().join(name.data());
        let mut flipped = std::fs::read(&path).unwrap();
        flipped[20] ^= 1;
        std::fs::write(&path, flipped).unwrap();
        assert!(matches!(read(directory.path(), &name), Ok(Entry::Damaged(_))));
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
        assert!(matches!(read(directory.path(), &name), Ok(Entry::Damaged(_))));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(read(directory.path(), &name), Ok(Entry::WithoutData(_))));
    }

    #[test]
    fn a_document_other_than_the_one_in_the_manifest_is_refused() {
        let NewEntry { data, manifest, .. } = NewEntry::new(&request("t")).unwrap();
        assert!(matches!(decode(&manifest, Some(&data)), Entry::Intact(_)));
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
        for (key, value) in
            [("video_id", "another_id".to_owned()), ("document_sha256", Sha256::digest(b"another").to_string())]
        {
            let mut changed = manifest.clone();
            changed[key] = value.into();
            let Entry::Damaged(reason) = decode(changed.to_string().as_bytes(), Some(&data)) else { panic!("{key}") };
            assert_eq!(reason, "its document is not the one in its manifest", "{key}");
        }
    }
}

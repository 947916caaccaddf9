//! One result in the spool: a file of data and its manifest, written, read back and set aside.
//!
//! The data is a collection of one document, like every file of ours. The manifest beside it has what a collection
//! cannot hold: which save it was, and the raw transcript. It is written last, so an entry without one was never
//! acknowledged. Everything here blocks.

use std::{
    io::{self, Read},
    path::Path,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    domain::{CollectionDigest, Document, Sha256, VideoId},
    safety::{
        FileSum, durable,
        format::{CollectionWriter, MAX_DOCUMENT_BYTES, read_documents},
    },
    store::{StoredCaptions, SavePolicy, SaveVideo},
};

const PREFIX: &str = "EMERGENCY_SAVE_";
const DATA: &str = ".json.b64";
const MANIFEST: &str = ".manifest.json";
const DAMAGED: &str = ".damaged";
/// Down to the microsecond, so that the order of names is that of time.
const TIME_FORMAT: &str = "%Y%m%dT%H%M%S%6fZ";

/// The longest manifest that is read: it has a raw transcript in it.
const MAX_MANIFEST_BYTES: u64 = 8 * MAX_DOCUMENT_BYTES as u64;

/// How many names are tried for a result whose name is taken.
const NAMES: u32 = 100;

/// What the names of an entry's two files begin with; ordered by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stem {
    pub(super) at: DateTime<Utc>,
    video_id: VideoId,
}

/// Which of the files in the spool's directory one is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// The document of an entry.
    Data(Stem),
    /// The manifest of an entry.
    Manifest(Stem),
    /// Data of the system before ours, or of nobody: for `recover`.
    Foreign,
    /// A file that was set aside.
    Damaged,
}

impl Stem {
    fn new(at: DateTime<Utc>, video_id: VideoId) -> Self {
        Self { at, video_id }
    }

    fn parse(text: &str) -> Option<Self> {
        let (at, video_id) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let at = NaiveDateTime::parse_from_str(at, TIME_FORMAT).ok()?.and_utc();
        Some(Self { at, video_id: VideoId::parse(video_id).ok()? })
    }

    pub(super) fn is_of(&self, video_id: &VideoId) -> bool {
        self.video_id == *video_id
    }

    fn text(&self) -> String {
        format!("{PREFIX}{}_{}", self.at.format(TIME_FORMAT), self.video_id)
    }

    /// The name of the file of data, by which an entry is known.
    pub(super) fn data(&self) -> String {
        self.text() + DATA
    }

    pub(super) fn manifest(&self) -> String {
        self.text() + MANIFEST
    }
}

impl Part {
    /// From a file's name; none if it has nothing to do with the spool.
    pub(super) fn of(name: &str) -> Option<Self> {
        if !name.starts_with(PREFIX) {
            return None;
        }
        if name.ends_with(DAMAGED) {
            // The data and its manifest are one damaged entry.
            return name.strip_suffix(DAMAGED)?.ends_with(MANIFEST).then_some(Self::Damaged);
        }
        if let Some(stem) = name.strip_suffix(MANIFEST) {
            return Stem::parse(stem).map(Self::Manifest);
        }
        let stem = name.strip_suffix(DATA)?;
        Some(Stem::parse(stem).map_or(Self::Foreign, Self::Data))
    }
}

/// What the file of data cannot say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SpoolManifest {
    /// Version of this shape: 1.
    version: u32,
    /// Which attempt to save it was.
    pub(super) save_id: Uuid,
    /// Which video.
    pub(super) video_id: VideoId,
    /// Who asked.
    actor: String,
    /// When.
    at: DateTime<Utc>,
    /// Checksum of the document.
    document_sha256: Sha256,
    /// Number of documents: one.
    count: u64,
    /// Digest over it, as in every manifest.
    digest: CollectionDigest,
    /// The collection of this one document.
    json: FileSum,
    /// The same in base64: the file beside this one.
    b64: FileSum,
    /// The words that it was counted from.
    transcript: Option<SpooledTranscript>,
}

/// The raw captions, in base64 because they may be of any encoding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SpooledTranscript {
    format: String,
    language: Option<String>,
    sha256: Sha256,
    body: String,
}

/// The version that we write.
const VERSION: u32 = 1;

/// What stands in an entry.
#[derive(Debug)]
pub(super) enum Content {
    /// A result, to be put back.
    Whole(Box<SaveVideo>),
    /// A manifest without its data: left by a replay that was cut short, if the save is known.
    WithoutData(Box<SpoolManifest>),
    /// Not what was written.
    Damaged(String),
    /// Written by a later release; it is left to that one.
    OfLaterRelease,
}

/// An entry as it is going to be written.
pub(super) struct NewEntry {
    pub(super) stem: Stem,
    pub(super) data: Vec<u8>,
    pub(super) manifest: Vec<u8>,
}

impl NewEntry {
    pub(super) fn of(save: &SaveVideo) -> io::Result<Self> {
        let document = save.document.to_json();
        let document_sha256 = Sha256::of(document.as_bytes());
        let mut writer = CollectionWriter::new(io::sink(), Vec::new());
        writer.document(&save.document.video_id, &document, &document_sha256)?;
        let written = writer.finish()?;
        let manifest = SpoolManifest {
            version: VERSION,
            save_id: save.save_id,
            video_id: save.document.video_id.clone(),
            actor: save.actor.to_owned(),
            at: save.at,
            document_sha256,
            count: written.contents.count,
            digest: written.contents.digest,
            json: written.json_sum,
            b64: written.b64_sum,
            transcript: save.transcript.as_ref().map(SpooledTranscript::of),
        };
        Ok(Self {
            stem: Stem::new(save.at, save.document.video_id.clone()),
            data: written.b64,
            manifest: serde_json::to_vec_pretty(&manifest).expect("a manifest has only string keys"),
        })
    }

    /// The stems that it may have, first its own; the others if that is taken.
    pub(super) fn stems(&self) -> impl Iterator<Item = Stem> + use<> {
        let stem = self.stem.clone();
        (0..NAMES).map(move |number| Stem { at: stem.at + TimeDelta::microseconds(number.into()), ..stem.clone() })
    }
}

/// Writes a result durably; gives the name of its file of data.
pub(super) fn write(directory: &Path, entry: &NewEntry) -> io::Result<String> {
    for stem in entry.stems() {
        match durable::create(&directory.join(stem.data()), &entry.data) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(()) => {
                let made = durable::create(&directory.join(stem.manifest()), &entry.manifest);
                if made.is_err() {
                    // What is not acknowledged must not look like a file of the system before ours.
                    let _ = durable::remove(&directory.join(stem.data()));
                }
                return made.map(|()| stem.data());
            }
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many results of this moment"))
}

/// What the two parts of an entry say, trusting nothing in them.
pub(super) fn understand(manifest: &[u8], data: Option<&[u8]>) -> Content {
    match (parse(manifest), data) {
        (Err(reason), _) => Content::Damaged(reason),
        (Ok(None), _) => Content::OfLaterRelease,
        (Ok(Some(manifest)), None) => Content::WithoutData(Box::new(manifest)),
        (Ok(Some(manifest)), Some(data)) => {
            manifest.save(data).map_or_else(Content::Damaged, |save| Content::Whole(Box::new(save)))
        }
    }
}

/// Reads an entry back, trusting nothing in it. An error is one of the disk, and says nothing about the entry.
pub(super) fn read(directory: &Path, stem: &Stem) -> io::Result<Content> {
    let Some(manifest) = open(directory, &stem.manifest(), MAX_MANIFEST_BYTES)? else {
        return Ok(Content::Damaged("its manifest cannot be opened as a file".to_owned()));
    };
    let manifest = match parse(&manifest) {
        Ok(Some(manifest)) => manifest,
        Ok(None) => return Ok(Content::OfLaterRelease),
        Err(reason) => return Ok(Content::Damaged(reason)),
    };
    if !directory.join(stem.data()).try_exists()? {
        return Ok(Content::WithoutData(Box::new(manifest)));
    }
    let Some(data) = open(directory, &stem.data(), manifest.b64.bytes.saturating_add(1))? else {
        return Ok(Content::Damaged("its data cannot be opened as a file".to_owned()));
    };
    Ok(manifest.save(&data).map_or_else(Content::Damaged, |save| Content::Whole(Box::new(save))))
}

/// Removes an entry: the data first, so that a cut in between leaves a manifest that names the save.
pub(super) fn remove(directory: &Path, stem: &Stem) -> io::Result<()> {
    durable::remove(&directory.join(stem.data()))?;
    durable::remove(&directory.join(stem.manifest()))
}

/// Sets a damaged entry aside under other names, its manifest last.
pub(super) fn set_aside(directory: &Path, stem: &Stem) -> io::Result<()> {
    for name in [stem.data(), stem.manifest()] {
        match durable::rename(&directory.join(&name), &directory.join(format!("{name}{DAMAGED}"))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            renamed => renamed?,
        }
    }
    Ok(())
}

/// A file up to so many bytes; none if it is no regular file.
fn open(directory: &Path, name: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match durable::open_beneath(directory, name) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Ok(None),
        opened => opened?,
    };
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// A manifest; none if a later release wrote it.
fn parse(bytes: &[u8]) -> Result<Option<SpoolManifest>, String> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let unreadable = |error: serde_json::Error| format!("its manifest cannot be read: {error}");
    let Version { version } = serde_json::from_slice(bytes).map_err(unreadable)?;
    if version > VERSION {
        return Ok(None);
    }
    serde_json::from_slice(bytes).map(Some).map_err(unreadable)
}

impl SpoolManifest {
    /// The result, if the data is what was written.
    fn save(self, data: &[u8]) -> Result<SaveVideo, String> {
        if (data.len() as u64, Sha256::of(data)) != (self.b64.bytes, self.b64.sha256) {
            return Err("its data does not have the checksum in its manifest".to_owned());
        }
        let mut found = None;
        read_documents(data, |id, text, _| {
            found = Some((id, text.to_owned()));
            Ok(())
        })
        .map_err(|error| error.to_string())?;
        let (id, text) = found.ok_or("it holds no document")?;
        if id != self.video_id || Sha256::of(text.as_bytes()) != self.document_sha256 {
            return Err("its document is not the one in its manifest".to_owned());
        }
        let document = serde_json::from_str(&text)
            .map_err(|error| error.to_string())
            .and_then(|value| Document::from_legacy(id.as_str(), value).map_err(|error| error.to_string()))?;
        Ok(SaveVideo {
            save_id: self.save_id,
            document,
            transcript: self.transcript.map(SpooledTranscript::raw).transpose()?,
            policy: SavePolicy::KeepNewer,
            actor: "replay",
            at: self.at,
        })
    }
}

impl SpooledTranscript {
    fn of(raw: &StoredCaptions) -> Self {
        Self {
            format: raw.format.clone(),
            language: raw.language.clone(),
            sha256: Sha256::of(&raw.body),
            body: STANDARD.encode(&raw.body),
        }
    }

    fn raw(self) -> Result<StoredCaptions, String> {
        let body = STANDARD.decode(&self.body).map_err(|error| format!("its transcript: {error}"))?;
        if Sha256::of(&body) != self.sha256 {
            return Err("its transcript does not have the checksum in its manifest".to_owned());
        }
        Ok(StoredCaptions { body, format: self.format, language: self.language })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(title: &str) -> SaveVideo {
        let value = serde_json::json!({"title": title, "processed_at": "2026-05-31T10:00:00.000001Z"});
        SaveVideo {
            save_id: Uuid::from_u128(7),
            document: Document::from_legacy("sErm0n_Tst1", value).unwrap(),
            transcript: Some(StoredCaptions { body: b"words \xff".to_vec(), format: "srt".to_owned(), language: None }),
            policy: SavePolicy::Replace,
            actor: "worker",
            at: DateTime::from_timestamp(1_764_000_000, 123_456_789).unwrap(),
        }
    }

    fn stems(directory: &Path) -> Vec<Stem> {
        let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
        let mut stems: Vec<_> = names
            .filter_map(|name| match Part::of(name.to_str().unwrap()) {
                Some(Part::Manifest(stem)) => Some(stem),
                _ => None,
            })
            .collect();
        stems.sort();
        stems
    }

    #[test]
    fn what_was_written_is_read_back_with_its_transcript_and_its_save_id() {
        let directory = tempfile::tempdir().unwrap();
        let names = ["é", "later"].map(|title| write(directory.path(), &NewEntry::of(&result(title)).unwrap()));
        let [stem, later] = &stems(directory.path())[..] else { panic!("two entries, even of one moment") };
        assert_eq!(names.map(Result::unwrap), [stem.data(), later.data()]);
        assert_eq!(stem.data(), "EMERGENCY_SAVE_20251124T160000123456Z_sErm0n_Tst1.json.b64");
        let Content::Whole(read) = read(directory.path(), stem).unwrap() else { panic!("whole") };
        let written = result("é");
        assert_eq!(
            (read.save_id, &read.document, &read.transcript),
            (written.save_id, &written.document, &written.transcript)
        );
        assert_eq!(read.policy, SavePolicy::KeepNewer);

        let plain = STANDARD.decode(std::fs::read(directory.path().join(stem.data())).unwrap()).unwrap();
        let plain: serde_json::Value = serde_json::from_slice(&plain).unwrap();
        assert_eq!(plain["sErm0n_Tst1"]["title"], "é");
        remove(directory.path(), stem).unwrap();
        assert_eq!(stems(directory.path()), std::slice::from_ref(later));
    }

    #[test]
    fn every_damage_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        write(directory.path(), &NewEntry::of(&result("t")).unwrap()).unwrap();
        let stem = stems(directory.path()).remove(0);
        for name in [stem.data(), stem.manifest()] {
            let path = directory.path().join(&name);
            let good = std::fs::read(&path).unwrap();
            for cut in (0..good.len()).step_by(97) {
                std::fs::write(&path, &good[..cut]).unwrap();
                assert!(matches!(read(directory.path(), &stem), Ok(Content::Damaged(_))), "{name} cut at {cut}");
            }
            std::fs::write(&path, &good).unwrap();
        }
        let path = directory.path().join(stem.data());
        let mut flipped = std::fs::read(&path).unwrap();
        flipped[20] ^= 1;
        std::fs::write(&path, flipped).unwrap();
        assert!(matches!(read(directory.path(), &stem), Ok(Content::Damaged(_))));
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
        assert!(matches!(read(directory.path(), &stem), Ok(Content::Damaged(_))));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(read(directory.path(), &stem), Ok(Content::WithoutData(_))));
    }

    #[test]
    fn files_of_the_system_before_ours_are_told_apart() {
        for (name, part) in [
            ("EMERGENCY_SAVE_20251205_112813_sErm0n_Tst1.json.b64", Some(Part::Foreign)),
            ("EMERGENCY_SAVE_x.json.b64", Some(Part::Foreign)),
            ("EMERGENCY_SAVE_20251124T160000123456Z_a.json.b64.damaged", None),
            ("EMERGENCY_SAVE_20251124T160000123456Z_a.manifest.json.damaged", Some(Part::Damaged)),
            ("pre_write_20251124T160000Z_1.json.b64", None),
        ] {
            assert_eq!(Part::of(name), part, "{name}");
        }
        assert!(matches!(Part::of("EMERGENCY_SAVE_20251124T160000123456Z_a_b.json.b64"), Some(Part::Data(_))));
    }
}

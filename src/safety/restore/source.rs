//! The file that is restored: held open from the first look to the last byte, and read twice.
//!
//! Blocks.

use std::{
    borrow::Cow,
    collections::HashMap,
    fs::File,
    io::{Seek as _, SeekFrom},
};

use serde::Serialize;

use crate::{
    domain::{CollectionDigest, Document, Sha256, VideoId},
    safety::{
        FileSum, Manifest,
        backup::{BackupError, BackupManifest, BackupName, Found, Shelf, compare, read, sermon},
        format::ReadError,
    },
    store::VideoOutline,
};

/// So many videos are named in each part of a difference.
const NAMED: usize = 50;

/// A backup that is going to be restored.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: BackupName,
    file: File,
    pub(super) manifest: Option<BackupManifest>,
}

/// What a source holds, in the form in which it would be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Holds {
    /// Checksum of the file.
    pub(super) file_sha256: Sha256,
    /// Its length.
    pub(super) bytes: u64,
    /// Number of videos.
    pub(super) count: i64,
    /// Digest over them.
    pub(super) digest: CollectionDigest,
}

/// What a restore would change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Videos that are not there now.
    pub added: Changes,
    /// Videos whose document is another.
    pub changed: Changes,
    /// Videos that would be in the history alone.
    pub removed: Changes,
    /// Number of those that stay as they are.
    pub unchanged: u64,
}

/// Some videos: all are counted, the first are named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub videos: Vec<Named>,
}

/// A video by its title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its id.
    pub video_id: VideoId,
    /// Its title.
    pub title: String,
}

impl Changes {
    fn count(&mut self, video_id: &VideoId, title: &str) {
        self.count += 1;
        if self.videos.len() < NAMED {
            self.videos.push(Named { video_id: video_id.clone(), title: title.to_owned() });
        }
    }
}

impl Source {
    /// Opens a backup; it stays on the shelf as long as it is open.
    pub(super) fn open(shelf: &Shelf, name: &BackupName) -> Result<Self, BackupError> {
        let file = shelf.open(name)?;
        Ok(Self { name: name.clone(), file, manifest: shelf.manifest(name)? })
    }

    /// What the manifest says that the file holds, if the file has the checksum that the manifest says.
    ///
    /// None if there is more to find out: there is no manifest, or another form is going to be stored than that of
    /// the file, or it is damaged.
    pub(super) fn vouched(&mut self) -> Result<Option<Holds>, BackupError> {
        let Some(manifest) = self.manifest.as_ref().filter(|manifest| manifest.is_of_a_database()) else {
            return Ok(None);
        };
        self.file.seek(SeekFrom::Start(0))?;
        let Manifest { b64, count, digest, .. } = manifest.contents;
        let is_it = FileSum::of(&self.file)? == b64;
        Ok(is_it.then_some(Holds { file_sha256: b64.sha256, bytes: b64.bytes, count, digest }))
    }

    /// Reads the file to its end, believes nothing, and tells what would change.
    pub(super) fn check(&mut self, present: &[VideoOutline]) -> Result<(Holds, Difference), BackupError> {
        let mut present: HashMap<_, _> = present.iter().map(|video| (&video.video_id, video)).collect();
        let mut difference = Difference::default();
        let holds = self.each(|video, _, sha256| {
            match present.remove(&video.video_id) {
                None => difference.added.count(&video.video_id, &video.title),
                Some(there) if there.sha256 == sha256 => difference.unchanged += 1,
                Some(_) => difference.changed.count(&video.video_id, &video.title),
            }
            Ok(())
        })?;
        let mut removed: Vec<_> = present.into_values().collect();
        removed.sort_by(|a, b| a.video_id.cmp(&b.video_id));
        for video in removed {
            difference.removed.count(&video.video_id, &video.title);
        }
        Ok((holds, difference))
    }

    /// Hands out the videos, each with the text that it is stored as and the checksum of that.
    ///
    /// A file that came out of our database gives them to the byte; others are brought into our form.
    pub(super) fn each(
        &mut self,
        mut take: impl FnMut(&Document, Cow<'_, str>, Sha256) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
    ) -> Result<Holds, BackupError> {
        let to_the_byte = self.manifest.as_ref().is_some_and(BackupManifest::is_of_a_database);
        let mut digest = CollectionDigest::default();
        self.file.seek(SeekFrom::Start(0))?;
        let found = read(&self.file, |id, text, sha256| {
            let (document, text, sha256) =
                for_row(&id, text, *sha256, to_the_byte).map_err(|error| format!("the document of {id}: {error}"))?;
            digest.add(&id, &sha256);
            take(&document, text, sha256)
        })
        .map_err(|error| self.explained(error))?;
        self.compared(&found)?;
        Ok(Holds {
            file_sha256: found.file.sha256,
            bytes: found.file.bytes,
            count: i64::try_from(found.contents.count).map_err(std::io::Error::other)?,
            digest,
        })
    }

    /// Refuses a file that is not what its manifest says.
    fn compared(&self, found: &Found) -> Result<(), BackupError> {
        match self.manifest.as_ref().and_then(|manifest| compare(found, manifest)) {
            None => Ok(()),
            Some(problem) => Err(BackupError::Invalid(format!("{} is damaged: {problem}", self.name))),
        }
    }

    fn explained(&self, error: ReadError) -> BackupError {
        match BackupError::from(error) {
            BackupError::Invalid(reason) => BackupError::Invalid(format!("{}: {reason}", self.name)),
            error => error,
        }
    }
}

/// A document, and the text that it is stored as.
pub(in crate::safety) fn stored_form<'a>(
    id: &VideoId,
    text: &'a str,
    to_the_byte: bool,
) -> Result<(Document, Cow<'a, str>), Box<dyn std::error::Error + Send + Sync>> {
    if to_the_byte {
        let document: Document = serde_json::from_str(text)?;
        return Ok((document, Cow::Borrowed(text)));
    }
    let document = sermon(id, text)?;
    let text = document.to_json();
    Ok((document, Cow::Owned(text)))
}

/// As much of a document as its row is made of, the text that it is stored as, and the checksum of that.
fn for_row<'a>(
    id: &VideoId,
    text: &'a str,
    sha256: Sha256,
    to_the_byte: bool,
) -> Result<(Document, Cow<'a, str>, Sha256), Box<dyn std::error::Error + Send + Sync>> {
    if to_the_byte {
        return Ok((Document::for_lists(text)?, Cow::Borrowed(text), sha256));
    }
    let (document, text) = stored_form(id, text, to_the_byte)?;
    let sha256 = Sha256::of(text.as_bytes());
    Ok((document, text, sha256))
}

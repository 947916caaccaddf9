//! Reads the backup to restore. The file is read twice, and stays open from the first read to the last.
//!
//! Everything here blocks.

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
        FileChecksum, Manifest,
        backup::{
            BackupDir, BackupError, BackupManifest, BackupName, Origin, ScannedFile, find_mismatch, restorable, scan,
        },
        format::ReadError,
    },
    store::VideoOutline,
};

/// Number of sermons listed in each part of a difference.
const MAX_LISTED: usize = 50;

/// A backup to restore.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: BackupName,
    file: File,
    pub(super) manifest: Option<BackupManifest>,
}

/// The contents of a backup, as they would be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SourceSummary {
    /// Checksum of the file.
    pub(super) file_sha256: Sha256,
    /// Size of the file.
    pub(super) bytes: u64,
    /// Number of sermons.
    pub(super) count: i64,
    /// Digest over the sermons.
    pub(super) digest: CollectionDigest,
}

/// What a restore would change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Sermons that are in the backup but not in the database.
    pub added: Changes,
    /// Sermons whose documents differ.
    pub changed: Changes,
    /// Sermons that would remain only in the history.
    pub removed: Changes,
    /// Number of sermons that would not change.
    pub unchanged: u64,
}

/// The sermons affected by one kind of change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Number of sermons.
    pub count: u64,
    /// The first 50.
    pub sermons: Vec<SermonTitle>,
}

/// A sermon's ID and title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SermonTitle {
    /// The ID.
    pub video_id: VideoId,
    /// The title.
    pub title: String,
}

impl Changes {
    fn add(&mut self, video_id: &VideoId, title: &str) {
        self.count += 1;
        if self.sermons.len() < MAX_LISTED {
            self.sermons.push(SermonTitle { video_id: video_id.clone(), title: title.to_owned() });
        }
    }
}

impl Source {
    /// Opens a backup, which cannot be removed while it is open.
    pub(super) fn open(dir: &BackupDir, name: &BackupName) -> Result<Self, BackupError> {
        let file = dir.open(name)?;
        Ok(Self { name: name.clone(), file, manifest: dir.manifest(name)? })
    }

    /// Returns the contents according to the manifest, if the file matches the manifest's checksum.
    ///
    /// Returns `None` if the documents must be read instead, because there is no manifest, the documents would not be
    /// stored as they are in the file, or the file is damaged.
    pub(super) fn summary_from_manifest(&mut self) -> Result<Option<SourceSummary>, BackupError> {
        let Some(manifest) = self.manifest.as_ref().filter(|manifest| manifest.has_epoch()) else {
            return Ok(None);
        };
        self.file.seek(SeekFrom::Start(0))?;
        let Manifest { b64, count, digest, .. } = manifest.contents;
        let matches = FileChecksum::compute(&self.file)? == b64;
        Ok(matches.then_some(SourceSummary { file_sha256: b64.sha256, bytes: b64.bytes, count, digest }))
    }

    /// Reads the file in full without trusting its manifest, and compares it with the current sermons.
    pub(super) fn compare_with(
        &mut self,
        current: &[VideoOutline],
    ) -> Result<(SourceSummary, Difference), BackupError> {
        let mut current: HashMap<_, _> = current.iter().map(|video| (&video.video_id, video)).collect();
        let mut difference = Difference::default();
        let summary = self.for_each(|video, _, sha256| {
            match current.remove(&video.video_id) {
                None => difference.added.add(&video.video_id, &video.title),
                Some(stored) if stored.sha256 == sha256 => difference.unchanged += 1,
                Some(_) => difference.changed.add(&video.video_id, &video.title),
            }
            Ok(())
        })?;
        let mut removed: Vec<_> = current.into_values().collect();
        removed.sort_by(|a, b| a.video_id.cmp(&b.video_id));
        for video in removed {
            difference.removed.add(&video.video_id, &video.title);
        }
        Ok((summary, difference))
    }

    /// Calls `take` with each sermon, the text that would be stored for it, and the checksum of that text.
    ///
    /// Documents that we exported are passed on byte for byte; others are converted to our form.
    pub(super) fn for_each(
        &mut self,
        mut take: impl FnMut(&Document, Cow<'_, str>, Sha256) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
    ) -> Result<SourceSummary, BackupError> {
        let origin = Origin::of(self.manifest.as_ref());
        let mut digest = CollectionDigest::default();
        self.file.seek(SeekFrom::Start(0))?;
        let found = scan(&self.file, |id, text, sha256| {
            let (document, text, sha256) = restorable(&id, text, sha256, origin)?;
            digest.add(&id, &sha256);
            take(&document, text, sha256)
        })
        .map_err(|error| self.name_in_error(error))?;
        self.check_against_manifest(&found)?;
        Ok(SourceSummary {
            file_sha256: found.checksum.sha256,
            bytes: found.checksum.bytes,
            count: i64::try_from(found.contents.count).map_err(std::io::Error::other)?,
            digest,
        })
    }

    fn check_against_manifest(&self, found: &ScannedFile) -> Result<(), BackupError> {
        match self.manifest.as_ref().and_then(|manifest| find_mismatch(found, manifest)) {
            None => Ok(()),
            Some(problem) => Err(BackupError::Invalid(format!("{} is damaged: {problem}", self.name))),
        }
    }

    /// Adds the backup's name to a read error.
    fn name_in_error(&self, error: ReadError) -> BackupError {
        match BackupError::from(error) {
            BackupError::Invalid(reason) => BackupError::Invalid(format!("{}: {reason}", self.name)),
            error => error,
        }
    }
}

//! File names in the spool.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::domain::VideoId;

const PREFIX: &str = "EMERGENCY_SAVE_";
const DATA: &str = ".json.b64";
const MANIFEST: &str = ".manifest.json";
pub(super) const DAMAGED: &str = ".damaged";

/// Time format with microseconds, so that names sort by time.
const TIME_FORMAT: &str = "%Y%m%dT%H%M%S%6fZ";

/// The name of an entry, shared by its data file and its manifest. Sorts by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EntryName {
    pub(super) at: DateTime<Utc>,
    video_id: VideoId,
}

/// What a file in the spool's directory is, according to its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SpoolFile {
    /// The document of an entry.
    Data(EntryName),
    /// The manifest of an entry.
    Manifest(EntryName),
    /// An emergency save from the previous system, which `recover` reads.
    Legacy,
    /// An entry that was set aside.
    Damaged,
}

impl EntryName {
    pub(super) fn new(at: DateTime<Utc>, video_id: VideoId) -> Self {
        Self { at, video_id }
    }

    fn parse(text: &str) -> Option<Self> {
        let (at, video_id) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let at = NaiveDateTime::parse_from_str(at, TIME_FORMAT).ok()?.and_utc();
        Some(Self { at, video_id: VideoId::parse(video_id).ok()? })
    }

    /// Returns whether this is an entry of the sermon.
    pub(super) fn is_for(&self, video_id: &VideoId) -> bool {
        self.video_id == *video_id
    }

    /// Returns the name for a time that is `number` microseconds later.
    pub(super) fn later(&self, number: u32) -> Self {
        Self { at: self.at + TimeDelta::microseconds(number.into()), video_id: self.video_id.clone() }
    }

    fn stem(&self) -> String {
        format!("{PREFIX}{}_{}", self.at.format(TIME_FORMAT), self.video_id)
    }

    /// Returns the name of the data file.
    pub(super) fn data(&self) -> String {
        self.stem() + DATA
    }

    /// Returns the name of the manifest.
    pub(super) fn manifest(&self) -> String {
        self.stem() + MANIFEST
    }
}

impl SpoolFile {
    /// Parses a file name. Returns `None` if the file does not belong to the spool.
    pub(super) fn parse(name: &str) -> Option<Self> {
        if !name.starts_with(PREFIX) {
            return None;
        }
        if let Some(original) = name.strip_suffix(DAMAGED) {
            // Count a damaged entry once, by its manifest.
            return original.ends_with(MANIFEST).then_some(Self::Damaged);
        }
        if let Some(stem) = name.strip_suffix(MANIFEST) {
            return EntryName::parse(stem).map(Self::Manifest);
        }
        let stem = name.strip_suffix(DATA)?;
        Some(EntryName::parse(stem).map_or(Self::Legacy, Self::Data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legacy_emergency_saves_and_damaged_entries_are_told_from_ours() {
        for (name, file) in [
            ("EMERGENCY_SAVE_20251205_112813_sErm0n_Tst1.json.b64", Some(SpoolFile::Legacy)),
            ("EMERGENCY_SAVE_x.json.b64", Some(SpoolFile::Legacy)),
            ("EMERGENCY_SAVE_20251124T160000123456Z_a.json.b64.damaged", None),
            ("EMERGENCY_SAVE_20251124T160000123456Z_a.manifest.json.damaged", Some(SpoolFile::Damaged)),
            ("pre_write_20251124T160000Z_1.json.b64", None),
        ] {
            assert_eq!(SpoolFile::parse(name), file, "{name}");
        }
        let name = "EMERGENCY_SAVE_20251124T160000123456Z_a_b.json.b64";
        assert!(matches!(SpoolFile::parse(name), Some(SpoolFile::Data(_))));
    }
}

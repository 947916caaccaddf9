//! Backup names. Files in `backups/` are opened only by these names.

use std::{fmt, str::FromStr};

use chrono::{DateTime, NaiveDateTime, SubsecRound as _, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const SUFFIX: &str = ".json.b64";

/// Suffix of plain JSON files. We never write backups in this form, but other programs may.
const PLAIN_SUFFIX: &str = ".json";

/// Suffix of manifests, which are not backups.
const MANIFEST_SUFFIX: &str = ".manifest.json";

/// Maximum length of a name in bytes, so that the name of its manifest also fits in a file name.
const MAX_LENGTH: usize = 200;

/// Characters with a special meaning in paths, URLs or headers, or on Windows.
const FORBIDDEN: [char; 10] = ['/', '\\', '%', '"', ':', '*', '?', '<', '>', '|'];

/// Time format in our names.
const TIME_FORMAT: &str = "%Y%m%dT%H%M%SZ";

/// All time formats in names: length, number of digits, format, and whether it is ours. Spool entries have
/// microseconds. The last format is the legacy one.
const TIMES: [(usize, usize, &str, bool); 3] =
    [(22, 20, "%Y%m%dT%H%M%S%6fZ", true), (16, 14, TIME_FORMAT, true), (15, 14, "%Y%m%d_%H%M%S", false)];

/// Maximum length of the `<video_id>` part of an emergency save, including any number after the ID.
const MAX_SUBJECT: usize = 64;

/// Maximum number of digits in a number, so that it fits in an `i64`.
const MAX_DIGITS: usize = 18;

/// Why a backup was made, according to the prefix of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupKind {
    /// A safety backup of the state before a write.
    PreWrite,
    /// A snapshot of the state before a restore.
    BeforeRestore,
    /// A backup made on demand or on a schedule, or uploaded.
    DatabaseBackup,
    /// A sermon that could not be saved to the database.
    EmergencySave,
    /// Any other file, made by the previous system (`sync_from_render_`, `pre_migration_`, `results_backup_`) or copied
    /// here manually.
    Other,
}

impl BackupKind {
    /// The kinds that have a prefix. A longer prefix comes before a shorter one that it starts with.
    const WITH_PREFIX: [Self; 4] = [Self::PreWrite, Self::BeforeRestore, Self::DatabaseBackup, Self::EmergencySave];

    /// Returns the name prefix of this kind.
    const fn prefix(self) -> &'static str {
        match self {
            Self::PreWrite => "pre_write_",
            Self::BeforeRestore => "database_backup_before_restore_",
            Self::DatabaseBackup => "database_backup_",
            Self::EmergencySave => "EMERGENCY_SAVE_",
            Self::Other => "",
        }
    }

    /// Returns the kind as shown to users.
    pub const fn title(self) -> &'static str {
        match self {
            Self::PreWrite => "safety backup",
            Self::BeforeRestore => "before restore",
            Self::DatabaseBackup => "backup",
            Self::EmergencySave => "emergency save",
            Self::Other => "other",
        }
    }
}

/// The name of a backup: `<kind>_<UTC>_<seq>.json.b64`, a legacy name, or the name of another `.json` or `.json.b64`
/// file.
///
/// The name is a single, visible path component, so it cannot escape the directory.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BackupName {
    text: String,
    kind: BackupKind,
    at: Option<DateTime<Utc>>,
    seq: Option<i64>,
    number: u32,
}

/// The error for text that is not a backup name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "not the name of a backup: {0:?}; names look like database_backup_20260102T030405Z_7.json.b64, and \
     `backup list` shows all backups"
)]
pub struct InvalidBackupName(String);

impl BackupName {
    /// Parses the name of any file that can be a backup, including files that we did not write.
    pub fn parse(text: &str) -> Result<Self, InvalidBackupName> {
        Self::try_parse(text)
            .or_else(|| Self::try_parse_other(text))
            .ok_or_else(|| InvalidBackupName(text.chars().take(80).collect()))
    }

    /// Creates a name. `number` distinguishes backups of the same second and write; 0 is omitted.
    pub(in crate::safety) fn new(kind: BackupKind, at: DateTime<Utc>, seq: i64, number: u32) -> Self {
        let suffix = if number == 0 { String::new() } else { format!("_{number}") };
        let text = format!("{}{}_{seq}{suffix}{SUFFIX}", kind.prefix(), at.format(TIME_FORMAT));
        Self { text, kind, at: Some(at.trunc_subsecs(0)), seq: Some(seq), number }
    }

    fn try_parse(text: &str) -> Option<Self> {
        let stem = text.strip_suffix(SUFFIX)?;
        let (kind, rest) =
            BackupKind::WITH_PREFIX.into_iter().find_map(|kind| Some((kind, stem.strip_prefix(kind.prefix())?)))?;
        let (at, rest, ours) = parse_time(rest)?;
        let (seq, number) = match kind {
            BackupKind::EmergencySave => {
                let subject = rest.strip_prefix('_')?;
                let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
                if !(1..=MAX_SUBJECT).contains(&subject.len()) || !subject.bytes().all(is_id) {
                    return None;
                }
                (None, 0)
            }
            _ if rest.is_empty() && !ours => (None, 0),
            _ if ours => parse_numbers(rest.strip_prefix('_')?)?,
            _ => return None,
        };
        Some(Self { text: text.to_owned(), kind, at: Some(at), seq, number })
    }

    /// Parses the name of a file that we did not write.
    fn try_parse_other(text: &str) -> Option<Self> {
        let stem = text.strip_suffix(SUFFIX).or_else(|| text.strip_suffix(PLAIN_SUFFIX))?;
        let is_forbidden = |character: char| character.is_control() || FORBIDDEN.contains(&character);
        // Hidden files are our temp files. `x.json.json.b64` and `x.json` would have the same manifest name.
        if stem.trim().is_empty()
            || stem.starts_with(['.', ' '])
            || stem.ends_with(PLAIN_SUFFIX)
            || text.ends_with(MANIFEST_SUFFIX)
            || text.len() > MAX_LENGTH
            || text.contains(is_forbidden)
        {
            return None;
        }
        Some(Self { text: text.to_owned(), kind: BackupKind::Other, at: find_time(stem), seq: None, number: 0 })
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns why the backup was made.
    pub fn kind(&self) -> BackupKind {
        self.kind
    }

    /// Returns when the backup was made, if the name contains a time. Only the names of other files may lack a time.
    pub fn at(&self) -> Option<DateTime<Utc>> {
        self.at
    }

    /// Returns the number of the last write that the backup includes, if the name contains it.
    pub fn seq(&self) -> Option<i64> {
        self.seq
    }

    /// Returns the number that distinguishes backups of the same second and write.
    pub(in crate::safety) fn number(&self) -> u32 {
        self.number
    }

    /// Returns whether the file is in base64, judging by its name. All files that we write are.
    pub(super) fn is_base64(&self) -> bool {
        self.text.ends_with(SUFFIX)
    }

    /// Returns the file name of the backup's manifest.
    pub(in crate::safety) fn manifest(&self) -> String {
        format!("{}{MANIFEST_SUFFIX}", self.text.strip_suffix(SUFFIX).unwrap_or(&self.text))
    }
}

/// Parses the time at the start of a text. Returns the time, the rest of the text, and whether the format is ours.
fn parse_time(text: &str) -> Option<(DateTime<Utc>, &str, bool)> {
    for (length, digits, format, ours) in TIMES {
        let Some((time, rest)) = text.split_at_checked(length) else { continue };
        if time.bytes().filter(u8::is_ascii_digit).count() == digits
            && let Ok(time) = NaiveDateTime::parse_from_str(time, format)
        {
            return Some((time.and_utc(), rest, ours));
        }
    }
    None
}

/// Returns the first time in the name of a file that we did not write.
fn find_time(stem: &str) -> Option<DateTime<Utc>> {
    let starts = stem.char_indices().map(|(start, _)| start);
    starts.into_iter().find_map(|start| parse_time(&stem[start..])).map(|(time, _, _)| time)
}

/// Parses `<seq>` or `<seq>_<number>`.
fn parse_numbers(text: &str) -> Option<(Option<i64>, u32)> {
    let (seq, number) = text.split_once('_').unwrap_or((text, "0"));
    let is_number =
        |text: &str| (1..=MAX_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(seq) && is_number(number)).then_some(())?;
    Some((Some(seq.parse().ok()?), number.parse().ok()?))
}

impl fmt::Display for BackupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for BackupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BackupName({})", self.text)
    }
}

impl FromStr for BackupName {
    type Err = InvalidBackupName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for BackupName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for BackupName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_names_and_legacy_names_are_accepted() {
        for (text, kind, seq) in [
            ("pre_write_20260102T030405Z_17.json.b64", BackupKind::PreWrite, Some(17)),
            ("pre_write_20251206_110946.json.b64", BackupKind::PreWrite, None),
            ("database_backup_20260102T030405Z_0.json.b64", BackupKind::DatabaseBackup, Some(0)),
            ("database_backup_20260102T030405Z_7_19.json.b64", BackupKind::DatabaseBackup, Some(7)),
            ("database_backup_20251206_102352.json.b64", BackupKind::DatabaseBackup, None),
            ("database_backup_before_restore_20260102T030405Z_7.json.b64", BackupKind::BeforeRestore, Some(7)),
            ("database_backup_before_restore_20251206_102352.json.b64", BackupKind::BeforeRestore, None),
            ("results_backup_20251205_183048.json.b64", BackupKind::Other, None),
            ("results_backup_20251205_183048_before_restore.json.b64", BackupKind::Other, None),
            ("sync_from_render_20251206_162532.json.b64", BackupKind::Other, None),
            ("pre_migration_20251206_114652.json.b64", BackupKind::Other, None),
            ("database_backup_20260102T030405Z_7.json", BackupKind::Other, None),
            ("results.json.b64", BackupKind::Other, None),
            ("Kopie von Läufe (2).json", BackupKind::Other, None),
            ("EMERGENCY_SAVE_20251206_110941_EMERGENCY789.json.b64", BackupKind::EmergencySave, None),
            ("EMERGENCY_SAVE_20260102T030405Z_-_-_-_-_-_-.json.b64", BackupKind::EmergencySave, None),
            ("EMERGENCY_SAVE_20251124T160000123456Z_sErm0n_Tst1.json.b64", BackupKind::EmergencySave, None),
        ] {
            let name = BackupName::parse(text).unwrap();
            assert_eq!((name.kind(), name.seq(), name.as_str()), (kind, seq, text));
        }
        let at = DateTime::UNIX_EPOCH + chrono::TimeDelta::milliseconds(700);
        let made = BackupName::new(BackupKind::DatabaseBackup, at, 7, 3);
        assert_eq!(made.as_str(), "database_backup_19700101T000000Z_7_3.json.b64");
        assert_eq!(BackupName::parse(made.as_str()), Ok(made));
    }

    #[test]
    fn names_that_could_mean_another_file_are_refused() {
        let long = format!("database_backup_20260102T030405Z_{}.json.b64", "1".repeat(300));
        for text in [
            "",
            "x",
            ".json.b64",
            "../database_backup_20260102T030405Z_7.json.b64",
            "database_backup_20260102T030405Z_7.json.b64/..",
            "database_backup_20260102T030405Z_../x.json.b64",
            "%2e%2e%2fdatabase_backup_20260102T030405Z_7.json.b64",
            "/etc/passwd",
            "database_backup_20260102T030405Z_7.json.b64\0",
            "database_backup_20260102T030405Z_7\0.json.b64",
            "EMERGENCY_SAVE_20251206_110941_a/b.json.b64",
            "..\\results.json",
            "C:results.json",
            "a\"b.json",
            "a\r\nSet-Cookie: x=1.json",
            ".hidden.json",
            "..json",
            ".json",
            " .json",
            "results.json.gz",
            "results.JSON",
            "results.json.json.b64",
            "database_backup_20260102T030405Z_7.manifest.json",
            "EMERGENCY_SAVE_20251124T160000123456Z_sErm0n_Tst1.manifest.json",
            &long,
        ] {
            assert!(BackupName::parse(text).is_err(), "{text:?}");
        }
        assert!(BackupName::parse(&long).unwrap_err().to_string().len() < 300);
    }

    #[test]
    fn names_that_look_like_ours_but_are_not_are_those_of_other_files() {
        for text in [
            "database_backup_20260102T030405Z_.json.b64",
            "database_backup_20260102T030405Z.json.b64",
            "database_backup_20260102T030405Z_7_.json.b64",
            "database_backup_20260102T030405Z_7_1_1.json.b64",
            "database_backup_20260102T030405Z_-7.json.b64",
            "database_backup_20260102T030405Z_+7.json.b64",
            "database_backup_20261302T030405Z_7.json.b64",
            "database_backup_2026010é030405Z_7.json.b64",
            "database_backup_20251206_102352_7.json.b64",
            "Database_backup_20260102T030405Z_7.json.b64",
            "EMERGENCY_SAVE_20251206_110941_.json.b64",
            "EMERGENCY_SAVE_20251206_110941_a.b.json.b64",
        ] {
            let name = BackupName::parse(text).unwrap();
            assert_eq!((name.kind(), name.seq()), (BackupKind::Other, None), "{text}");
        }
    }

    #[test]
    fn the_time_of_another_file_is_found_anywhere_in_its_name() {
        for (text, time) in [
            ("sync_from_render_20251206_162532.json.b64", Some("2025-12-06T16:25:32Z")),
            ("results_backup_20251205_183048_before_restore.json.b64", Some("2025-12-05T18:30:48Z")),
            ("é20260102T030405Z.json", Some("2026-01-02T03:04:05Z")),
            ("results 2025-12-06.json", None),
        ] {
            let at = BackupName::parse(text).unwrap().at();
            assert_eq!(at, time.map(|time| time.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn manifests_of_different_backups_have_different_names() {
        let manifest = |text| BackupName::parse(text).unwrap().manifest();
        assert_eq!(manifest("x.json.b64"), "x.manifest.json");
        assert_eq!(manifest("x.json"), "x.json.manifest.json");
    }
}

//! Names of backups. Files in `backups/` are opened only by these names.

use std::{fmt, str::FromStr};

use chrono::{DateTime, NaiveDateTime, SubsecRound as _, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const SUFFIX: &str = ".json.b64";

/// Format of times in our names.
const TIME_FORMAT: &str = "%Y%m%dT%H%M%SZ";

/// All formats of times in names: length, number of digits, format, and whether it is ours. Spool entries have
/// microseconds; the last format is the legacy one.
const TIMES: [(usize, usize, &str, bool); 3] =
    [(22, 20, "%Y%m%dT%H%M%S%6fZ", true), (16, 14, TIME_FORMAT, true), (15, 14, "%Y%m%d_%H%M%S", false)];

/// Maximum length of the `<video_id>` part of an emergency save, including a number after it.
const MAX_SUBJECT: usize = 64;

/// Maximum number of digits, so that every number fits an `i64`.
const MAX_DIGITS: usize = 18;

/// Why a backup was made, according to the prefix of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupKind {
    /// Safety backup: the state before a write.
    PreWrite,
    /// The state before a restore.
    BeforeRestore,
    /// On demand, scheduled, or uploaded.
    DatabaseBackup,
    /// A sermon that could not be saved in the database.
    EmergencySave,
    /// A copy of the export, made by the previous system.
    ResultsBackup,
}

impl BackupKind {
    /// All kinds. A prefix that starts with another one comes first.
    const ALL: [Self; 5] =
        [Self::PreWrite, Self::BeforeRestore, Self::DatabaseBackup, Self::EmergencySave, Self::ResultsBackup];

    /// Returns the prefix of the names of this kind.
    const fn prefix(self) -> &'static str {
        match self {
            Self::PreWrite => "pre_write_",
            Self::BeforeRestore => "database_backup_before_restore_",
            Self::DatabaseBackup => "database_backup_",
            Self::EmergencySave => "EMERGENCY_SAVE_",
            Self::ResultsBackup => "results_backup_",
        }
    }

    /// Returns the kind as shown to users.
    pub const fn title(self) -> &'static str {
        match self {
            Self::PreWrite => "safety backup",
            Self::BeforeRestore => "before restore",
            Self::DatabaseBackup => "backup",
            Self::EmergencySave => "emergency save",
            Self::ResultsBackup => "legacy backup",
        }
    }
}

/// The name of a backup: `<kind>_<UTC>_<seq>.json.b64`, or a legacy name.
///
/// It consists of ASCII letters, digits, `-` and `_` before its extension, so it cannot escape the directory.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BackupName {
    text: String,
    kind: BackupKind,
    at: DateTime<Utc>,
    seq: Option<i64>,
    number: u32,
}

/// The text is not the name of a backup.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "not the name of a backup: {0:?}; names look like database_backup_20260102T030405Z_7.json.b64, and \
     `backup list` shows all backups"
)]
pub struct InvalidBackupName(String);

impl BackupName {
    /// Parses a name, ours or legacy.
    pub fn parse(text: &str) -> Result<Self, InvalidBackupName> {
        Self::try_parse(text).ok_or_else(|| InvalidBackupName(text.chars().take(80).collect()))
    }

    /// Creates a name. `number` distinguishes backups of the same second and write; 0 is left out.
    pub(in crate::safety) fn new(kind: BackupKind, at: DateTime<Utc>, seq: i64, number: u32) -> Self {
        let suffix = if number == 0 { String::new() } else { format!("_{number}") };
        let text = format!("{}{}_{seq}{suffix}{SUFFIX}", kind.prefix(), at.format(TIME_FORMAT));
        Self { text, kind, at: at.trunc_subsecs(0), seq: Some(seq), number }
    }

    fn try_parse(text: &str) -> Option<Self> {
        let stem = text.strip_suffix(SUFFIX)?;
        let (kind, rest) =
            BackupKind::ALL.into_iter().find_map(|kind| Some((kind, stem.strip_prefix(kind.prefix())?)))?;
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
        Some(Self { text: text.to_owned(), kind, at, seq, number })
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Why it was made.
    pub fn kind(&self) -> BackupKind {
        self.kind
    }

    /// When it was made.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// The last write that is included, if the name says so.
    pub fn seq(&self) -> Option<i64> {
        self.seq
    }

    /// The number that distinguishes backups of the same second and write.
    pub(in crate::safety) fn number(&self) -> u32 {
        self.number
    }

    /// Returns the file name of its manifest.
    pub(in crate::safety) fn manifest(&self) -> String {
        format!("{}.manifest.json", self.text.trim_end_matches(SUFFIX))
    }
}

/// Parses the time at the beginning. Returns it, the rest, and whether the format is ours.
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
            ("results_backup_20251205_183048.json.b64", BackupKind::ResultsBackup, None),
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
            "database_backup_20260102T030405Z_7.json",
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
            "EMERGENCY_SAVE_20251206_110941_a/b.json.b64",
            "EMERGENCY_SAVE_20251206_110941_a.b.json.b64",
            "results.json.b64",
            "database_backup_20260102T030405Z_7.manifest.json",
            &long,
        ] {
            assert!(BackupName::parse(text).is_err(), "{text:?}");
        }
        assert!(BackupName::parse(&long).unwrap_err().to_string().len() < 300);
    }
}

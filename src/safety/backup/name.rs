//! What a backup is called: the only names under which files below `backups/` are opened.

use std::{fmt, str::FromStr};

use chrono::{DateTime, NaiveDateTime, SubsecRound as _, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const SUFFIX: &str = ".json.b64";

/// How we write a time.
const TIME_FORMAT: &str = "%Y%m%dT%H%M%SZ";

/// Every way in which a time may be written: its length, its digits, its form, and whether it is ours. The spool adds
/// microseconds; the last is that of the system before ours.
const TIMES: [(usize, usize, &str, bool); 3] =
    [(22, 20, "%Y%m%dT%H%M%S%6fZ", true), (16, 14, TIME_FORMAT, true), (15, 14, "%Y%m%d_%H%M%S", false)];

/// The longest `<video_id>` part of an emergency save, a number behind it included.
const LONGEST_SUBJECT: usize = 64;

/// Enough for any number that fits an `i64`.
const MOST_DIGITS: usize = 18;

/// Why a backup was made; told by the beginning of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupKind {
    /// The state before a write.
    PreWrite,
    /// The state before a restore.
    BeforeRestore,
    /// On demand, scheduled, or uploaded.
    DatabaseBackup,
    /// A result that the database could not take.
    EmergencySave,
    /// Of the system before ours: a copy of its export.
    ResultsBackup,
}

impl BackupKind {
    /// All of them; a prefix that contains another stands before it.
    const ALL: [Self; 5] =
        [Self::PreWrite, Self::BeforeRestore, Self::DatabaseBackup, Self::EmergencySave, Self::ResultsBackup];

    /// What names of this kind begin with.
    const fn prefix(self) -> &'static str {
        match self {
            Self::PreWrite => "pre_write_",
            Self::BeforeRestore => "database_backup_before_restore_",
            Self::DatabaseBackup => "database_backup_",
            Self::EmergencySave => "EMERGENCY_SAVE_",
            Self::ResultsBackup => "results_backup_",
        }
    }

    /// The kind in words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::PreWrite => "before a write",
            Self::BeforeRestore => "before a restore",
            Self::DatabaseBackup => "backup",
            Self::EmergencySave => "emergency save",
            Self::ResultsBackup => "legacy copy",
        }
    }
}

/// The name of a backup: `<kind>_<UTC>_<seq>.json.b64`, or a form of the system before ours.
///
/// It has no slash, no dot but those of its ending, and nothing else that means something to a file system.
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
    "not the name of a backup: {0:?}; such names look like database_backup_20260102T030405Z_7.json.b64, and \
     `backup list` shows those that are there"
)]
pub struct InvalidBackupName(String);

impl BackupName {
    /// Takes a name of one of the known forms.
    pub fn parse(text: &str) -> Result<Self, InvalidBackupName> {
        Self::read(text).ok_or_else(|| InvalidBackupName(text.chars().take(80).collect()))
    }

    /// The name of a backup that is made now; the `number`th one of this moment and position.
    pub(in crate::safety) fn new(kind: BackupKind, at: DateTime<Utc>, seq: i64, number: u32) -> Self {
        let counter = if number == 0 { String::new() } else { format!("_{number}") };
        let text = format!("{}{}_{seq}{counter}{SUFFIX}", kind.prefix(), at.format(TIME_FORMAT));
        Self { text, kind, at: at.trunc_subsecs(0), seq: Some(seq), number }
    }

    fn read(text: &str) -> Option<Self> {
        let stem = text.strip_suffix(SUFFIX)?;
        let (kind, rest) =
            BackupKind::ALL.into_iter().find_map(|kind| Some((kind, stem.strip_prefix(kind.prefix())?)))?;
        let (at, rest, ours) = time(rest)?;
        let (seq, number) = match kind {
            BackupKind::EmergencySave => {
                let subject = rest.strip_prefix('_')?;
                let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
                if !(1..=LONGEST_SUBJECT).contains(&subject.len()) || !subject.bytes().all(is_id) {
                    return None;
                }
                (None, 0)
            }
            _ if rest.is_empty() && !ours => (None, 0),
            _ if ours => numbers(rest.strip_prefix('_')?)?,
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

    /// When it was made, as the clock said then.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// The last write that is in it, if the name says so.
    pub fn seq(&self) -> Option<i64> {
        self.seq
    }

    /// The how-manieth of the same moment and position, from 0.
    pub(in crate::safety) fn number(&self) -> u32 {
        self.number
    }

    /// The name of its manifest.
    pub(in crate::safety) fn manifest(&self) -> String {
        format!("{}.manifest.json", self.text.trim_end_matches(SUFFIX))
    }
}

/// The time at the beginning, what follows it, and whether it is written as we do.
fn time(text: &str) -> Option<(DateTime<Utc>, &str, bool)> {
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

/// `<seq>` or `<seq>_<number>`.
fn numbers(text: &str) -> Option<(Option<i64>, u32)> {
    let (seq, number) = text.split_once('_').unwrap_or((text, "0"));
    let plain = |text: &str| (1..=MOST_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    (plain(seq) && plain(number)).then_some(())?;
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
    fn names_of_every_known_form_are_taken() {
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

//! Removes old safety backups after a new one has been made, using the same rules as a cleanup.

use std::io;

use chrono::{DateTime, Utc};

use super::{BackupDir, BackupKind, BackupName, Retention, listing, retention};
use crate::safety::durable;

impl BackupDir {
    /// Removes the safety backups that the retention rules do not keep, except `keep`.
    ///
    /// Legacy safety backups are left to `backup cleanup`.
    pub(in crate::safety) fn remove_old_safety_backups(
        &self,
        keep: Option<&BackupName>,
        now: DateTime<Utc>,
    ) -> io::Result<()> {
        let usage = self.safety_backup_usage()?;
        let rules = Retention::default().for_disk(usage.bytes, durable::free_bytes(self.path())?);
        self.remove_safety_backups_by(&rules, &usage, keep, now)
    }

    fn remove_safety_backups_by(
        &self,
        rules: &Retention,
        usage: &Usage,
        keep: Option<&BackupName>,
        now: DateTime<Utc>,
    ) -> io::Result<()> {
        // Names and sizes show whether there is anything to remove. The manifests are read only if there is.
        let Some(oldest) = usage.oldest else { return Ok(()) };
        if !rules.may_remove_safety_backups(usage.count, usage.bytes, now - oldest) {
            return Ok(());
        }
        let plan = retention::plan(&listing::list(self.files()?), rules, now, |name| Some(name) == keep);
        let names: Vec<_> = plan
            .remove
            .into_iter()
            .map(|decision| decision.name)
            .filter(|name| name.kind() == BackupKind::PreWrite && name.seq().is_some())
            .collect();
        if names.is_empty() {
            return Ok(());
        }
        self.remove(&names).map(drop)
    }

    fn safety_backup_usage(&self) -> io::Result<Usage> {
        let mut usage = Usage::default();
        for entry in std::fs::read_dir(self.path())? {
            let entry = entry?;
            let Some(name) = entry.file_name().to_str().and_then(|name| BackupName::parse(name).ok()) else { continue };
            if name.kind() == BackupKind::PreWrite {
                usage.count += 1;
                // A file that has been removed in the meantime takes up no space.
                usage.bytes += entry.metadata().map_or(0, |metadata| metadata.len());
                usage.oldest = usage.oldest.into_iter().chain(name.at()).min();
            }
        }
        Ok(usage)
    }
}

/// Number, total size and oldest time of all safety backups.
#[derive(Debug, Default)]
struct Usage {
    count: usize,
    bytes: u64,
    oldest: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;
    use crate::{
        domain::Sha256,
        safety::{DataDir, FileChecksum},
    };

    /// Writes `count` safety backups of ten bytes, a minute apart, and returns their names, newest first.
    fn fill(dir: &BackupDir, count: i64, now: DateTime<Utc>) -> Vec<BackupName> {
        let names: Vec<_> = (1..=count)
            .map(|age| BackupName::new(BackupKind::PreWrite, now - Duration::minutes(age), count - age, 0))
            .collect();
        for name in &names {
            std::fs::write(dir.path().join(name.as_str()), [b'x'; 10]).unwrap();
        }
        names
    }

    fn remove_by(dir: &BackupDir, rules: &Retention, keep: Option<&BackupName>, now: DateTime<Utc>) -> Vec<BackupName> {
        dir.remove_safety_backups_by(rules, &dir.safety_backup_usage().unwrap(), keep, now).unwrap();
        listing::list(dir.files().unwrap()).into_iter().map(|backup| backup.name).collect()
    }

    #[test]
    fn safety_backups_are_removed_by_number_age_and_size() {
        let now = DateTime::UNIX_EPOCH + Duration::days(1000);
        let rules =
            Retention { pre_write_last: 5, pre_write_hours: 1, pre_write_bytes: 10_000, ..Retention::default() };
        for (rules, kept, case) in [
            (rules, 60, "those of the last hour"),
            (Retention { pre_write_hours: 0, ..rules }, 5, "the last five"),
            (Retention { pre_write_bytes: 205, ..rules }, 20, "those that fit"),
            (Retention { pre_write_bytes: 0, ..rules }, 1, "the newest"),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let dir = BackupDir::new(&DataDir::open(directory.path()).unwrap());
            let names = fill(&dir, 100, now);
            assert_eq!(remove_by(&dir, &rules, None, now), names[..kept], "{case}");
        }
    }

    #[test]
    fn the_backup_just_made_stays_even_if_others_look_newer() {
        let now = DateTime::UNIX_EPOCH + Duration::days(1000);
        let directory = tempfile::tempdir().unwrap();
        let dir = BackupDir::new(&DataDir::open(directory.path()).unwrap());
        let names = fill(&dir, 10, now);
        let rules = Retention { pre_write_bytes: 0, ..Retention::default() };
        let kept = remove_by(&dir, &rules, Some(&names[9]), now);
        assert_eq!(kept, [names[0].clone(), names[9].clone()]);
    }

    #[test]
    fn only_the_newest_two_verified_safety_backups_are_protected() {
        let now = DateTime::UNIX_EPOCH + Duration::days(1000);
        let directory = tempfile::tempdir().unwrap();
        let dir = BackupDir::new(&DataDir::open(directory.path()).unwrap());
        let names = fill(&dir, 20, now);
        let checksum = FileChecksum { bytes: 10, sha256: Sha256::digest(b"") };
        for name in &names {
            let manifest = serde_json::json!({
                "version": 1, "epoch": 1, "seq": name.seq(), "count": 1, "digest": "0".repeat(64), "json": checksum,
                "b64": checksum, "exported_at": name.at(), "verified_at": now,
            });
            std::fs::write(dir.path().join(name.manifest()), manifest.to_string()).unwrap();
        }
        let rules = Retention { pre_write_bytes: 0, ..Retention::default() };
        assert_eq!(remove_by(&dir, &rules, None, now), names[..2]);
    }
}

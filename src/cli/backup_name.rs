//! Finds the backup that a command refers to.

use anyhow::bail;
use clap::Args;

use crate::safety::backup::{BackupInfo, BackupKind, BackupName, Backups, Condition};

/// Maximum number of matching names listed in an error.
const MAX_LISTED: usize = 5;

/// The name of a backup on the command line: `NAME` or `--name NAME`.
#[derive(Debug, Args)]
pub(super) struct NameArguments {
    /// Name of the backup, or a unique part of it
    #[arg(value_name = "NAME", conflicts_with = "named")]
    name: Option<String>,

    /// Same as NAME
    #[arg(long = "name", value_name = "NAME")]
    named: Option<String>,
}

impl NameArguments {
    /// Returns the backup, or `None` if no name was given.
    pub(super) async fn find(self, backups: &Backups) -> anyhow::Result<Option<BackupName>> {
        match self.name.or(self.named) {
            Some(part) => Ok(Some(find(backups, &part).await?)),
            None => Ok(None),
        }
    }
}

/// Returns the backup with this name, or the only backup whose name contains it.
pub(super) async fn find(backups: &Backups, part: &str) -> anyhow::Result<BackupName> {
    let names: Vec<_> = backups.list().await?.into_iter().map(|backup| backup.name).collect();
    if let Some(name) = names.iter().find(|name| name.as_str() == part) {
        return Ok(name.clone());
    }
    let matching: Vec<_> = names.iter().filter(|name| !part.is_empty() && name.as_str().contains(part)).collect();
    match matching.as_slice() {
        [name] => Ok(BackupName::clone(name)),
        // If the file is not listed, opening it produces a better error.
        [] => Ok(BackupName::parse(part)?),
        several => {
            let listed: Vec<_> = several.iter().take(MAX_LISTED).map(ToString::to_string).collect();
            let more = if several.len() > MAX_LISTED { ", ..." } else { "" };
            bail!(
                "{} backups have {part:?} in their names: {}{more}; give more of the name",
                several.len(),
                listed.join(", ")
            )
        }
    }
}

/// Returns the newest on-demand or scheduled backup that is not known to be damaged.
pub(super) fn newest(list: Vec<BackupInfo>) -> Option<BackupInfo> {
    list.into_iter().find(|backup| backup.kind == BackupKind::DatabaseBackup && backup.condition != Condition::Damaged)
}

//! Finds changed documents in a damaged backup: those whose version the database has never contained.

use std::collections::HashMap;

use super::{BackupError, BackupName, Backups, verify};
use crate::{
    blocking::blocking,
    domain::{Sha256, VideoId},
};

/// Maximum number of documents to look up in the history.
const MAX_LOOKUPS: usize = 200;

/// Maximum number of documents to list by name.
const MAX_LISTED: usize = 5;

impl Backups {
    /// Describes which documents of a readable but damaged file have been changed.
    ///
    /// Returns `None` if that cannot be determined, for instance because the database is unreachable.
    pub(super) async fn describe_changed_documents(&self, name: &BackupName) -> Option<String> {
        match self.find_changed_documents(name).await {
            Ok(changed) if changed.is_empty() => {
                Some("the database contains or contained every document in it".to_owned())
            }
            Ok(changed) => {
                let listed: Vec<_> = changed.iter().take(MAX_LISTED).map(ToString::to_string).collect();
                let more = if changed.len() > MAX_LISTED { " and others" } else { "" };
                Some(format!("the database never contained its version of {}{more}", listed.join(", ")))
            }
            Err(error) => {
                tracing::warn!(%name, %error, "could not find out which documents were changed");
                None
            }
        }
    }

    async fn find_changed_documents(&self, name: &BackupName) -> Result<Vec<VideoId>, BackupError> {
        let (_, outline) = self.store.outline().await?;
        let current: HashMap<VideoId, Sha256> =
            outline.into_iter().map(|video| (video.video_id, video.sha256)).collect();
        let (files, wanted) = (self.files.clone(), name.clone());
        let unknown = blocking(move || {
            let mut unknown = Vec::new();
            verify::scan(&files.open(&wanted)?, |id, _, sha256| {
                if current.get(&id) != Some(sha256) {
                    unknown.push((id, *sha256));
                }
                Ok(())
            })?;
            Ok::<_, BackupError>(unknown)
        })
        .await?;
        let mut changed = Vec::new();
        for (id, sha256) in unknown.into_iter().take(MAX_LOOKUPS) {
            if !self.store.history(&id).await?.iter().any(|version| version.sha256 == sha256) {
                changed.push(id);
            }
        }
        Ok(changed)
    }
}

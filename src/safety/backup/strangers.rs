//! Names the documents of a damaged backup whose bytes were changed: those that the database never held.

use std::collections::HashMap;

use super::{BackupError, BackupName, Backups, blocking, check};
use crate::domain::{Sha256, VideoId};

/// So many are looked for in the history, and so many are named.
const LOOKED_FOR: usize = 200;
const NAMED: usize = 5;

impl Backups {
    /// Says which documents of a file that can be read to its end are not what they were; none if nothing can be
    /// said, such as while the database is away.
    pub(super) async fn strangers(&self, name: &BackupName) -> Option<String> {
        match self.find_strangers(name).await {
            Ok(strangers) if strangers.is_empty() => {
                Some("every document in it is one that the database holds or held".to_owned())
            }
            Ok(strangers) => {
                let named: Vec<_> = strangers.iter().take(NAMED).map(ToString::to_string).collect();
                let more = if strangers.len() > NAMED { " and others" } else { "" };
                Some(format!("the database never held what stands in it for {}{more}", named.join(", ")))
            }
            Err(error) => {
                tracing::warn!(%name, %error, "could not find out which documents were changed");
                None
            }
        }
    }

    async fn find_strangers(&self, name: &BackupName) -> Result<Vec<VideoId>, BackupError> {
        let (_, outline) = self.store.outline().await?;
        let present: HashMap<VideoId, Sha256> =
            outline.into_iter().map(|video| (video.video_id, video.sha256)).collect();
        let (files, wanted) = (self.files.clone(), name.clone());
        let unknown = blocking(move || {
            let mut unknown = Vec::new();
            check::read(&files.open(&wanted)?, |id, _, sha256| {
                if present.get(&id) != Some(sha256) {
                    unknown.push((id, *sha256));
                }
                Ok(())
            })?;
            Ok(unknown)
        })
        .await?;
        let mut strangers = Vec::new();
        for (id, sha256) in unknown.into_iter().take(LOOKED_FOR) {
            if !self.store.history(&id).await?.iter().any(|version| version.sha256 == sha256) {
                strangers.push(id);
            }
        }
        Ok(strangers)
    }
}

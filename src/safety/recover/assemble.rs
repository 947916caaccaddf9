//! The best versions of everything in one backup, from which it is then restored; and the others into the history.

use std::{collections::HashMap, io};

use async_trait::async_trait;
use tokio::{sync::mpsc, task::spawn_blocking};

use super::{
    RecoverError, Recovery,
    plan::{From, Plan, Work},
    survey::{self, Surveyed},
};
use crate::{
    domain::{Sha256, VideoId},
    safety::backup::{BackupError, BackupName, NewDocuments},
    store::{FoundVersion, SalvageSink, SalvagedRow, StoreState},
};

/// So many versions, or bytes, go to the history with one write.
const BATCH: usize = 100;
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Versions between a file and the database.
const READ_AHEAD: usize = 4;

/// The versions that are wanted from each file, by video.
type Wanted = HashMap<usize, HashMap<VideoId, Vec<Sha256>>>;

impl Recovery {
    /// Writes the chosen versions into a backup, which is read back before it is listed.
    pub(super) async fn assemble(&self, plan: &Plan, epoch: i64) -> Result<BackupName, RecoverError> {
        let work = &plan.work;
        let state = StoreState {
            epoch,
            seq: plan.state.as_ref().map_or(0, |state| state.seq),
            count: i64::try_from(work.chosen.len()).map_err(io::Error::other)?,
            digest: work.digest,
        };
        let made = self.backups.create_from(async |documents: NewDocuments| {
            self.pour_rows(work, &documents).await?;
            self.pour_history(work, &documents).await?;
            let (places, wanted) = (work.places.clone(), chosen_in_files(work));
            let pouring = spawn_blocking(move || {
                pour(&places, wanted, |id, text, sha256| {
                    documents.blocking_send((id, text, sha256)).map_err(|_| io::Error::other("the writer has stopped"))
                })
            });
            pouring.await.unwrap_or_else(|error| Err(io::Error::other(error)))?;
            Ok(state)
        });
        Ok(made.await?.0)
    }

    /// The rows that stay.
    async fn pour_rows(&self, work: &Work, documents: &NewDocuments) -> Result<(), BackupError> {
        if work.chosen.values().any(|chosen| chosen.from == From::Row) {
            self.store.salvage(&mut Rows { work, documents }).await?;
        }
        Ok(())
    }

    /// The versions that the history alone has.
    async fn pour_history(&self, work: &Work, documents: &NewDocuments) -> Result<(), BackupError> {
        for (id, chosen) in &work.chosen {
            let From::History(seq) = chosen.from else { continue };
            if let Some(version) = self.store.version(id, seq).await? {
                let sent = documents.send((id.clone(), version.document, chosen.sha256)).await;
                sent.map_err(|_| io::Error::other("the writer has stopped"))?;
            }
        }
        Ok(())
    }

    /// Puts the versions that are in files alone into the history; gives how many.
    pub(super) async fn remember(&self, work: &Work) -> Result<u64, RecoverError> {
        let mut wanted = Wanted::new();
        for (id, versions) in &work.older {
            for (sha256, place) in versions {
                wanted.entry(*place).or_default().entry(id.clone()).or_default().push(*sha256);
            }
        }
        let (versions, mut received) = mpsc::channel::<FoundVersion>(READ_AHEAD);
        let places = work.places.clone();
        let pouring = spawn_blocking(move || {
            pour(&places, wanted, |video_id, document, _| {
                let sent = versions.blocking_send(FoundVersion { video_id, document });
                sent.map_err(|_| io::Error::other("the history takes no more"))
            })
        });
        let (mut batch, mut bytes, mut remembered) = (Vec::new(), 0, 0);
        while let Some(version) = received.recv().await {
            bytes += version.document.len();
            batch.push(version);
            if batch.len() == BATCH || bytes > BATCH_BYTES {
                remembered += self.remember_some(&batch).await?;
                batch.clear();
                bytes = 0;
            }
        }
        remembered += self.remember_some(&batch).await?;
        pouring.await.unwrap_or_else(|error| Err(io::Error::other(error)))?;
        Ok(remembered)
    }

    async fn remember_some(&self, versions: &[FoundVersion]) -> Result<u64, RecoverError> {
        if versions.is_empty() {
            return Ok(0);
        }
        Ok(self.store.remember(versions, self.clock.new_id(), super::ACTOR, self.clock.now()).await?)
    }
}

/// Hands the rows that stay to the writer.
struct Rows<'a> {
    work: &'a Work,
    documents: &'a NewDocuments,
}

#[async_trait]
impl SalvageSink for Rows<'_> {
    async fn row(&mut self, row: SalvagedRow) -> io::Result<()> {
        let SalvagedRow { video_id, document, .. } = row;
        let Some(chosen) = self.work.chosen.get(&video_id).filter(|chosen| chosen.from == From::Row) else {
            return Ok(());
        };
        let sha256 = Sha256::of(document.as_bytes());
        if sha256 != chosen.sha256 {
            return Err(io::Error::other(format!("{video_id} was changed meanwhile; start again")));
        }
        let sent = self.documents.send((video_id, document, sha256)).await;
        sent.map_err(|_| io::Error::other("the writer has stopped"))
    }
}

fn chosen_in_files(work: &Work) -> Wanted {
    let mut wanted = Wanted::new();
    for (id, chosen) in &work.chosen {
        if let From::File(place) = chosen.from {
            wanted.entry(place).or_default().entry(id.clone()).or_default().push(chosen.sha256);
        }
    }
    wanted
}

/// Reads the files once more and hands out what is wanted from each; every version once. What was there must be there
/// still.
fn pour(
    places: &[Surveyed],
    mut wanted: Wanted,
    mut take: impl FnMut(VideoId, String, Sha256) -> io::Result<()>,
) -> io::Result<()> {
    for (index, surveyed) in places.iter().enumerate() {
        let Some(mut wanted) = wanted.remove(&index) else { continue };
        let mut failed = None;
        let read = survey::each(
            &surveyed.place,
            |document, text| {
                let sha256 = Sha256::of(text.as_bytes());
                let Some(versions) = wanted.get_mut(&document.video_id) else { return true };
                let Some(position) = versions.iter().position(|version| *version == sha256) else { return true };
                versions.swap_remove(position);
                let taken = take(document.video_id.clone(), text.to_owned(), sha256);
                taken.map_err(|error| failed = Some(error)).is_ok()
            },
            &mut None,
        );
        if let Some(error) = failed {
            return Err(error);
        }
        let left = wanted.values().map(Vec::len).sum::<usize>();
        if left > 0 {
            let why = read.err().unwrap_or_else(|| "it was changed".to_owned());
            let name = &surveyed.place.name;
            return Err(io::Error::other(format!("{left} sermons are not in {name} any more: {why}; start again")));
        }
    }
    Ok(())
}

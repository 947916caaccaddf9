//! Saves the rows of an old database in batches, each in one transaction.

use std::{collections::HashSet, error::Error, io};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::{Adoption, RENEW_AFTER, concerns_only_this_sermon};
use crate::{
    domain::{Document, Sha256, VideoId},
    safety::{Batch, SaveError},
    store::{
        AdoptionProgress, LegacyDatabase, LegacyRow, LegacySink, SaveOutcome, SavePolicy, SaveRequest, SnapshotError,
        StoreError,
    },
};

/// Maximum number of rows whose problems are recorded. Any others are only counted.
const LISTED_PROBLEMS: usize = 50;

/// What happened to the rows of an old database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopiedRows {
    /// Number of rows that were read, and the problems with them.
    pub progress: AdoptionProgress,
    /// Number of sermons that were new.
    pub created: u64,
    /// Number of sermons whose older version was moved to the history.
    pub updated: u64,
    /// Number of sermons that were already stored.
    pub unchanged: u64,
    /// Number of sermons for which our database already has a newer version. The older version is in the history.
    pub kept_newer: u64,
}

/// Why an old database could not be copied in full.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The old database cannot be read right now, or ours cannot be written to.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A sermon was not saved.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The program is stopping.
    #[error("stopped; will continue at the next start")]
    Stopped,
    /// Another instance has taken over, because this one was too slow.
    #[error("another instance has taken over")]
    LostLease,
    /// A row could not be received.
    #[error("could not read its rows: {0}")]
    Io(#[from] io::Error),
}

/// Receives the rows of an old database and saves them.
pub(super) struct Copier<'a> {
    adoption: &'a Adoption,
    database: &'a LegacyDatabase,
    policy: SavePolicy,
    actor: &'static str,
    /// Versions that are or have been in our database.
    known: HashSet<(VideoId, Sha256)>,
    /// Present during an adoption, whose lease must be renewed. Canceled at shutdown.
    adopting: Option<&'a CancellationToken>,
    renewed_at: DateTime<Utc>,
    /// Names of rows, and what to save of them.
    batch: Batch<(String, SaveRequest)>,
    rows: CopiedRows,
    failed: Option<CopyError>,
}

impl<'a> Copier<'a> {
    pub(super) fn new(
        adoption: &'a Adoption,
        database: &'a LegacyDatabase,
        policy: SavePolicy,
        actor: &'static str,
        known: HashSet<(VideoId, Sha256)>,
        adopting: Option<&'a CancellationToken>,
    ) -> Self {
        let (renewed_at, batch, rows) = (adoption.clock.now(), Batch::default(), CopiedRows::default());
        Self { adoption, database, policy, actor, known, adopting, renewed_at, batch, rows, failed: None }
    }

    /// Saves the last batch and returns what was copied, or why copying ended early.
    pub(super) async fn finish(mut self, read: Result<(), SnapshotError>) -> Result<CopiedRows, CopyError> {
        if self.failed.is_none() {
            self.save_batch().await?;
        }
        match (self.failed, read) {
            (Some(error), _) => Err(error),
            (None, Ok(())) => Ok(self.rows),
            // Damage is permanent, so the rows that could be read are adopted.
            (None, Err(SnapshotError::Store(error @ (StoreError::Corrupt(_) | StoreError::Database(_))))) => {
                let rows = self.rows.progress.sermons + self.rows.progress.unreadable;
                add_problem(&mut self.rows, format!("the rows after the first {rows}: {}", describe(&error)));
                Ok(self.rows)
            }
            (None, Err(SnapshotError::Store(error))) => Err(error.into()),
            (None, Err(SnapshotError::Sink(error))) => Err(error.into()),
        }
    }

    /// Adds a row to the batch, which is saved when it is full.
    async fn add(&mut self, row: LegacyRow) -> Result<(), CopyError> {
        if self.adopting.is_some_and(CancellationToken::is_cancelled) {
            return Err(CopyError::Stopped);
        }
        let document = row
            .columns
            .and_then(|columns| Document::from_old_table(columns).map_err(|e| e.to_string()))
            .map(Document::with_references_from_contexts);
        match document {
            Ok(document) => self.add_document(row.name, document),
            Err(problem) => add_problem(&mut self.rows, format!("{}: {problem}", row.name)),
        }
        if self.batch.is_full() {
            self.save_batch().await?;
        }
        self.renew().await
    }

    fn add_document(&mut self, name: String, document: Document) {
        let json = document.to_json();
        if self.known.contains(&(document.video_id.clone(), Sha256::digest(json.as_bytes()))) {
            self.rows.progress.sermons += 1;
            self.rows.unchanged += 1;
            return;
        }
        let (save_id, at) = (self.adoption.clock.new_id(), self.adoption.clock.now());
        let (policy, actor) = (self.policy, self.actor.into());
        self.batch.push((name, SaveRequest { save_id, document, transcript: None, policy, actor, at }), json.len());
    }

    /// Saves the batch. No spool is needed: the old database still has the sermons.
    async fn save_batch(&mut self) -> Result<(), CopyError> {
        let (names, requests): (Vec<_>, Vec<_>) = self.batch.take().into_iter().unzip();
        if requests.is_empty() {
            return Ok(());
        }
        let start = self.adoption.clock.now();
        let results = self.adoption.saver.save_batch(requests).await?;
        self.batch.record(results.len(), self.adoption.clock.now() - start);
        for (name, result) in names.into_iter().zip(results) {
            match result {
                Ok(saved) => {
                    self.rows.progress.sermons += 1;
                    *match saved.outcome {
                        SaveOutcome::Created => &mut self.rows.created,
                        SaveOutcome::Updated | SaveOutcome::Filled => &mut self.rows.updated,
                        SaveOutcome::Unchanged => &mut self.rows.unchanged,
                        SaveOutcome::KeptNewer | SaveOutcome::Kept => &mut self.rows.kept_newer,
                    } += 1;
                }
                Err(error) if concerns_only_this_sermon(&error) => {
                    add_problem(&mut self.rows, format!("{name}: {}", describe(&error)));
                }
                Err(error) => return Err(error.into()),
            }
        }
        if self.adopting.is_some() {
            let progress = &self.rows.progress;
            self.adoption.status.send_modify(|status| status.set_progress(self.database.name(), progress));
        }
        Ok(())
    }

    /// Renews the lease and records the progress, if that is due.
    async fn renew(&mut self) -> Result<(), CopyError> {
        if self.adopting.is_none() {
            return Ok(());
        }
        let now = self.adoption.clock.now();
        // The lease must not expire even if the clock is set back.
        if (now - self.renewed_at).abs() < RENEW_AFTER {
            return Ok(());
        }
        self.renewed_at = now;
        let lease = self.adoption.lease(self.database);
        if self.adoption.store.renew_adoption(&lease, &self.rows.progress).await? {
            Ok(())
        } else {
            Err(CopyError::LostLease)
        }
    }
}

#[async_trait]
impl LegacySink for Copier<'_> {
    async fn row(&mut self, row: LegacyRow) -> io::Result<()> {
        let added = self.add(row).await;
        added.map_err(|error| {
            let stopped = io::Error::other(error.to_string());
            self.failed = Some(error);
            stopped
        })
    }
}

fn add_problem(rows: &mut CopiedRows, problem: String) {
    rows.progress.unreadable += 1;
    if rows.progress.problems.len() < LISTED_PROBLEMS {
        rows.progress.problems.push(problem);
    }
}

/// Describes an error with its causes. Some errors already include the message of their cause, which is then left out.
fn describe(error: &(dyn Error + 'static)) -> String {
    let mut description = error.to_string();
    for cause in std::iter::successors(error.source(), |&error| error.source()).map(ToString::to_string) {
        if !description.ends_with(&cause) {
            description = format!("{description}: {cause}");
        }
    }
    description
}

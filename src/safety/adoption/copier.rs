//! Saves the rows of an old database one by one.

use std::{collections::HashSet, io};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::{Adoption, RENEW_AFTER, concerns_only_this_sermon};
use crate::{
    domain::{Document, Sha256, VideoId},
    safety::SaveError,
    store::{
        AdoptionProgress, LegacyDatabase, LegacyRow, LegacySink, SaveOutcome, SavePolicy, SaveRequest, SnapshotError,
        StoreError,
    },
};

/// Maximum number of rows whose problems are recorded. Any others are only counted.
const LISTED_PROBLEMS: usize = 50;

/// Number of rows between two status updates.
const ROWS_PER_UPDATE: u64 = 100;

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
        let (renewed_at, rows) = (adoption.clock.now(), CopiedRows::default());
        Self { adoption, database, policy, actor, known, adopting, renewed_at, rows, failed: None }
    }

    /// Returns what was copied, or why copying ended early.
    pub(super) fn finish(mut self, read: Result<(), SnapshotError>) -> Result<CopiedRows, CopyError> {
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

    async fn save(&mut self, row: LegacyRow) -> Result<(), CopyError> {
        if self.adopting.is_some_and(CancellationToken::is_cancelled) {
            return Err(CopyError::Stopped);
        }
        let document = row
            .columns
            .and_then(|columns| Document::from_old_table(columns).map_err(|e| e.to_string()))
            .map(Document::with_references_from_contexts);
        match document {
            Ok(document) => self.save_document(&row.name, document).await?,
            Err(problem) => add_problem(&mut self.rows, format!("{}: {problem}", row.name)),
        }
        self.renew().await
    }

    async fn save_document(&mut self, name: &str, document: Document) -> Result<(), CopyError> {
        let sha256 = Sha256::digest(document.to_json().as_bytes());
        if self.known.contains(&(document.video_id.clone(), sha256)) {
            self.rows.progress.sermons += 1;
            self.rows.unchanged += 1;
            return Ok(());
        }
        let (save_id, at) = (self.adoption.clock.new_id(), self.adoption.clock.now());
        let (policy, actor) = (self.policy, self.actor);
        // No spool is needed: the old database still has the sermon.
        let request = SaveRequest { save_id, document, transcript: None, policy, actor: actor.into(), at };
        match self.adoption.saver.save_to_database(request).await {
            Ok(saved) => {
                self.rows.progress.sermons += 1;
                *match saved.outcome {
                    SaveOutcome::Created => &mut self.rows.created,
                    SaveOutcome::Updated | SaveOutcome::Filled => &mut self.rows.updated,
                    SaveOutcome::Unchanged => &mut self.rows.unchanged,
                    SaveOutcome::KeptNewer | SaveOutcome::Kept => &mut self.rows.kept_newer,
                } += 1;
                Ok(())
            }
            Err(error) if concerns_only_this_sermon(&error) => {
                add_problem(&mut self.rows, format!("{name}: {error}"));
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Renews the lease if it is due, and updates the status.
    async fn renew(&mut self) -> Result<(), CopyError> {
        if self.adopting.is_none() {
            return Ok(());
        }
        let progress = &self.rows.progress;
        let now = self.adoption.clock.now();
        let done = progress.sermons + progress.unreadable;
        if done.is_multiple_of(ROWS_PER_UPDATE) {
            self.adoption.status.send_modify(|status| status.set_progress(self.database.name(), progress));
        }
        // The lease must not expire even if the clock is set back.
        if (now - self.renewed_at).abs() < RENEW_AFTER {
            return Ok(());
        }
        self.renewed_at = now;
        if self.adoption.store.renew_adoption(&self.adoption.lease(self.database), progress).await? {
            Ok(())
        } else {
            Err(CopyError::LostLease)
        }
    }
}

#[async_trait]
impl LegacySink for Copier<'_> {
    async fn row(&mut self, row: LegacyRow) -> io::Result<()> {
        let saved = self.save(row).await;
        saved.map_err(|error| {
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

/// Describes an error and its cause.
fn describe(error: &StoreError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

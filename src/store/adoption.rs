//! The record of adoptions: which old databases were copied into this one, and how far each copy is.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::StoreError;

/// The adoption of one old database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdoptionEntry {
    /// The old database, without its password.
    pub source: String,
    /// End of the lease, while an instance copies it.
    pub held_until: Option<DateTime<Utc>>,
    /// How far it is.
    pub progress: AdoptionProgress,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it finished; `None` while it is incomplete.
    pub finished_at: Option<DateTime<Utc>>,
}

/// The progress of an adoption.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AdoptionProgress {
    /// Number of sermons that were read and are saved.
    pub sermons: u64,
    /// Number of rows that could not be read.
    pub unreadable: u64,
    /// The first of those rows by name, and what is wrong with each.
    pub problems: Vec<String>,
}

/// What identifies the instance that copies an old database, and how long it holds the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptionLease {
    /// The old database.
    pub source: String,
    /// The instance.
    pub holder: String,
    /// How long the lease lasts, by [`Store::now`](super::Store::now).
    pub duration: TimeDelta,
}

/// The start of an adoption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAdoption {
    /// The old databases.
    pub sources: Vec<String>,
    /// Id of the audit entry.
    pub audit_id: Uuid,
    /// The time.
    pub at: DateTime<Utc>,
}

/// The adoptions. An instance copies an old database while it holds its lease, which expires if the instance dies.
#[async_trait]
pub trait AdoptionRepository: Send + Sync {
    /// Returns all adoptions, by source.
    async fn adoptions(&self) -> Result<Vec<AdoptionEntry>, StoreError>;
    /// Records and audits the start of an adoption, in a transaction that excludes all other writers. Does nothing and
    /// returns `false` if the database has ever been written to, or if another instance was faster.
    async fn begin_adoption(&self, adoption: &NewAdoption) -> Result<bool, StoreError>;
    /// Leases an unfinished adoption. Returns `false` if it is finished or another instance holds it.
    async fn claim_adoption(&self, lease: &AdoptionLease) -> Result<bool, StoreError>;
    /// Records the progress and extends the lease. Returns `false` if another instance holds it now.
    async fn renew_adoption(&self, lease: &AdoptionLease, progress: &AdoptionProgress) -> Result<bool, StoreError>;
    /// Ends the lease, so that the next start can continue without waiting for it to expire.
    async fn release_adoption(&self, lease: &AdoptionLease) -> Result<(), StoreError>;
    /// Records and audits the end of an adoption. Returns `false` if another instance holds it now.
    async fn finish_adoption(
        &self,
        lease: &AdoptionLease,
        progress: &AdoptionProgress,
        audit_id: Uuid,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError>;
}

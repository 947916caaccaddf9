//! Adoption records: which old databases are copied into this one, and how far each copy has come.

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
    /// How far the copy has come.
    pub progress: AdoptionProgress,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it finished, or `None` if it is incomplete.
    pub finished_at: Option<DateTime<Utc>>,
}

/// The progress of an adoption.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AdoptionProgress {
    /// Number of sermons read and saved.
    pub sermons: u64,
    /// Number of rows that could not be read.
    pub unreadable: u64,
    /// The first unreadable rows by name, each with its error.
    pub problems: Vec<String>,
}

/// Identifies the instance that copies an old database, and how long its lease lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptionLease {
    /// The old database.
    pub source: String,
    /// The instance.
    pub holder: String,
    /// How long the lease lasts, measured with [`Store::now`](super::Store::now).
    pub duration: TimeDelta,
}

/// An adoption to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAdoption {
    /// The old databases to adopt.
    pub sources: Vec<String>,
    /// ID of the audit entry.
    pub audit_id: Uuid,
    /// Time of the start.
    pub at: DateTime<Utc>,
}

/// Adoptions. An instance copies an old database while it holds a lease, which expires if the instance dies.
#[async_trait]
pub trait AdoptionRepository: Send + Sync {
    /// Returns all adoptions, sorted by source.
    async fn adoptions(&self) -> Result<Vec<AdoptionEntry>, StoreError>;
    /// Records and audits the start of an adoption, in a transaction that excludes all other writers. Does nothing and
    /// returns `false` if the database has ever been written to, or if another instance has already started the
    /// adoption.
    async fn begin_adoption(&self, adoption: &NewAdoption) -> Result<bool, StoreError>;
    /// Leases an unfinished adoption. Returns `false` if the adoption is finished or another instance holds the lease.
    async fn claim_adoption(&self, lease: &AdoptionLease) -> Result<bool, StoreError>;
    /// Records the progress and extends the lease. Returns `false` if another instance now holds the lease.
    async fn renew_adoption(&self, lease: &AdoptionLease, progress: &AdoptionProgress) -> Result<bool, StoreError>;
    /// Releases the lease, so that the copy can be resumed without waiting for the lease to expire.
    async fn release_adoption(&self, lease: &AdoptionLease) -> Result<(), StoreError>;
    /// Records and audits the end of an adoption. Returns `false` if another instance now holds the lease.
    async fn finish_adoption(
        &self,
        lease: &AdoptionLease,
        progress: &AdoptionProgress,
        audit_id: Uuid,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError>;
}

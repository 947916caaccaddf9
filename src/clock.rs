//! The source of times and new IDs, injected so that tests can control both.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A source of times and new IDs.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Returns the current time.
    fn now(&self) -> DateTime<Utc>;
    /// Returns a new ID that sorts by creation time (UUIDv7, RFC 9562).
    fn new_id(&self) -> Uuid;
}

/// The system clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the only place that reads the system clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    #[expect(clippy::disallowed_methods, reason = "the only place that creates ids")]
    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

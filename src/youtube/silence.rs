//! Leaves YouTube alone for a while after it took this server for a robot.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};

use super::{ErrorClass, YouTubeError};
use crate::clock::Clock;

/// Until when YouTube is not asked.
#[derive(Debug)]
pub(super) struct Silence {
    clock: Arc<dyn Clock>,
    length: Duration,
    until: Mutex<Option<DateTime<Utc>>>,
}

impl Silence {
    /// A silence that has not begun.
    pub(super) fn new(clock: Arc<dyn Clock>, length: Duration) -> Self {
        Self { clock, length, until: Mutex::new(None) }
    }

    /// Begins now.
    pub(super) fn begin(&self) {
        let until = self.clock.now() + self.length;
        tracing::warn!(%until, "YouTube takes this server for a robot; it is not asked until then");
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    /// Refuses while it lasts, and says until when.
    pub(super) fn check(&self) -> Result<(), YouTubeError> {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = until.filter(|until| self.clock.now() < *until) else { return Ok(()) };
        let until = until.format("%H:%M");
        let what = format!("YouTube takes this server for a robot and is not asked again until {until} UTC");
        Err(YouTubeError::new(ErrorClass::Blocked, format!("{what}; paste the transcript instead")))
    }
}

//! Pauses requests to YouTube for a while after YouTube has classified this server as a bot.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};

use super::{ErrorClass, YouTubeError};
use crate::clock::Clock;

/// A pause in requests to YouTube.
#[derive(Debug)]
pub(super) struct Cooldown {
    clock: Arc<dyn Clock>,
    length: Duration,
    until: Mutex<Option<DateTime<Utc>>>,
}

impl Cooldown {
    /// Creates a cooldown that has not started.
    pub(super) fn new(clock: Arc<dyn Clock>, length: Duration) -> Self {
        Self { clock, length, until: Mutex::new(None) }
    }

    /// Starts the cooldown.
    pub(super) fn start(&self) {
        let until = self.clock.now() + self.length;
        tracing::warn!(%until, "YouTube thinks this server is a bot; pausing requests");
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    /// Fails during the cooldown.
    pub(super) fn check(&self) -> Result<(), YouTubeError> {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = until.filter(|until| self.clock.now() < *until) else { return Ok(()) };
        let message = format!(
            "YouTube thinks this server is a bot, so no requests are sent until {} UTC; paste the transcript instead",
            until.format("%H:%M")
        );
        Err(YouTubeError::new(ErrorClass::Blocked, message))
    }
}

//! Limits how much expensive work runs at the same time.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use super::error::AppError;

/// Maximum number of requests that may do expensive work at the same time.
const PERMITS: usize = 2;
/// How long a request waits for its turn.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Limits how many requests at a time do work that takes a lot of memory or processor time.
#[derive(Debug)]
pub(super) struct HeavyWork {
    permits: Arc<Semaphore>,
    max_wait: Duration,
}

impl HeavyWork {
    pub(super) fn new() -> Self {
        Self::with_permits(PERMITS)
    }

    /// Allows this many requests at the same time.
    pub(super) fn with_permits(permits: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(permits)), max_wait: MAX_WAIT }
    }

    /// Waits for a permit. Fails with [`AppError::Busy`] after a few seconds. Hold the permit while you work.
    pub(super) async fn permit(&self) -> Result<SemaphorePermit<'_>, AppError> {
        match tokio::time::timeout(self.max_wait, self.permits.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(AppError::Busy),
        }
    }

    /// Like [`HeavyWork::permit`], for work that outlives the handler.
    pub(super) async fn owned_permit(&self) -> Result<OwnedSemaphorePermit, AppError> {
        match tokio::time::timeout(self.max_wait, Arc::clone(&self.permits).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(AppError::Busy),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[tokio::test]
    async fn a_request_waits_for_its_turn_but_not_forever() {
        let heavy = HeavyWork { max_wait: Duration::from_millis(20), ..HeavyWork::new() };
        let mut permits = Vec::new();
        for _ in 0..PERMITS {
            permits.push(heavy.permit().await.expect("a permit"));
        }
        let error = heavy.permit().await.expect_err("no permit is left");
        assert_eq!((error.status(), error.retry_after().is_some()), (StatusCode::SERVICE_UNAVAILABLE, true));
        permits.pop();
        permits.push(heavy.permit().await.expect("the one that was returned"));
    }
}

//! How much one asker may send: bytes in a body, submissions in a minute.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::Body,
    extract::Request,
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use futures_util::StreamExt;

use super::error::AppError;

/// The longest body that is read: a transcript of 5 MB, with room for its escapes in JSON.
pub(super) const MAX_BODY: usize = 8_000_000;

/// How long the rest of a refused body is thrown away, so that its sender reads the answer instead of a broken pipe.
const LINGER: Duration = Duration::from_secs(2);

/// Middleware: refuses a body by its announced length, before anything is kept of it.
pub(super) async fn refuse_long_bodies(request: Request, next: Next) -> Response {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_none_or(|length: usize| length <= MAX_BODY) {
        return next.run(request).await;
    }
    throw_away(request.into_body()).await;
    AppError::TooLarge(MAX_BODY).into_response()
}

/// Reads what is still under way and keeps none of it.
async fn throw_away(body: Body) {
    let mut frames = body.into_data_stream();
    let draining = async { while let Some(Ok(_)) = frames.next().await {} };
    // Whoever sends for longer is cut off.
    drop(tokio::time::timeout(LINGER, draining).await);
}

/// Lets each address do a thing so many times a minute, with as many at once (a token bucket).
#[derive(Debug)]
pub(super) struct RateLimit {
    per_minute: u32,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

/// What an address has left.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: DateTime<Utc>,
}

/// Above this many addresses, those that have everything left are forgotten.
const MANY_ADDRESSES: usize = 10_000;

impl RateLimit {
    /// So many a minute.
    pub(super) fn new(per_minute: u32) -> Self {
        Self { per_minute, buckets: Mutex::default() }
    }

    /// Takes `cost` from what the address has left.
    pub(super) fn take(&self, address: IpAddr, cost: u32, now: DateTime<Utc>) -> Result<(), AppError> {
        let full = f64::from(self.per_minute);
        let a_second = full / 60.0;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > MANY_ADDRESSES {
            buckets.retain(|_, bucket| bucket.refilled(a_second, full, now) < full);
        }
        let bucket = buckets.entry(address).or_insert(Bucket { tokens: full, at: now });
        *bucket = Bucket { tokens: bucket.refilled(a_second, full, now), at: now };
        let missing = f64::from(cost).min(full) - bucket.tokens;
        if missing <= 0.0 {
            bucket.tokens -= f64::from(cost).min(full);
            return Ok(());
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a positive number of seconds, at most 60"
        )]
        let seconds = (missing / a_second).ceil().clamp(1.0, 60.0) as u64;
        Err(AppError::TooManyRequests(seconds))
    }

    /// Gives back what was taken and turned out not to count.
    pub(super) fn give_back(&self, address: IpAddr, cost: u32) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(&address) {
            bucket.tokens = (bucket.tokens + f64::from(cost)).min(f64::from(self.per_minute));
        }
    }
}

impl Bucket {
    /// What is left after the time since it was last looked at.
    fn refilled(&self, a_second: f64, full: f64, now: DateTime<Utc>) -> f64 {
        let passed = (now - self.at).as_seconds_f64().max(0.0);
        (self.tokens + passed * a_second).min(full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_asks_too_often_waits_and_others_do_not() {
        let limit = RateLimit::new(60);
        let (here, there): (IpAddr, IpAddr) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let start = DateTime::UNIX_EPOCH;
        for _ in 0..60 {
            limit.take(here, 1, start).expect("a full bucket");
        }
        assert!(matches!(limit.take(here, 1, start), Err(AppError::TooManyRequests(1))));
        assert!(matches!(limit.take(here, 30, start), Err(AppError::TooManyRequests(30))));
        limit.take(there, 1, start).expect("another address");
        limit.take(here, 1, start + Duration::from_secs(1)).expect("a second later");
    }

    #[test]
    fn what_is_given_back_was_never_taken() {
        let limit = RateLimit::new(1);
        let here: IpAddr = [10, 0, 0, 1].into();
        for _ in 0..3 {
            limit.take(here, 1, DateTime::UNIX_EPOCH).expect("a full bucket");
            limit.give_back(here, 1);
        }
        limit.give_back(here, 1);
        limit.take(here, 1, DateTime::UNIX_EPOCH).expect("a full bucket");
        assert!(limit.take(here, 1, DateTime::UNIX_EPOCH).is_err(), "never more than a full bucket");
    }

    #[test]
    fn a_clock_set_back_gives_nothing_away_and_breaks_nothing() {
        let limit = RateLimit::new(1);
        let (here, later): (IpAddr, _) = ([10, 0, 0, 1].into(), DateTime::UNIX_EPOCH + Duration::from_secs(99));
        limit.take(here, 1, later).expect("a full bucket");
        assert!(limit.take(here, 1, DateTime::UNIX_EPOCH).is_err());
    }
}

//! Aggregates audit log entries about requests that anyone can send in any number, so that no one can flood the log.

use std::{
    net::IpAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{audit, front::network, state::AppState};

/// The audit action that `doctor` looks for.
pub const UNTRUSTED_PROXY_ACTION: &str = "proxy.untrusted";

/// Counting starts over after this long without a rejected attempt.
const QUIET: TimeDelta = TimeDelta::hours(1);

/// Maximum number of networks listed in an entry.
const MAX_NETWORKS: usize = 10;

/// Counts rejected attempts to use the admin token.
#[derive(Debug, Default)]
pub(super) struct RefusedAttempts(Mutex<Series>);

/// A series of attempts without a long pause.
#[derive(Debug, Default)]
struct Series {
    attempts: u64,
    since: DateTime<Utc>,
    last: DateTime<Utc>,
    /// Networks of the attempts since the last entry.
    networks: Vec<IpAddr>,
}

impl RefusedAttempts {
    /// Counts an attempt. Returns the detail of an audit entry for the 1st, 10th, 100th attempt of a series, and so on.
    pub(super) fn count(&self, address: IpAddr, now: DateTime<Utc>) -> Option<Value> {
        let mut series = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if series.attempts == 0 || now - series.last > QUIET {
            *series = Series { since: now, ..Series::default() };
        }
        series.attempts += 1;
        series.last = now;
        let network = network(address);
        if series.networks.len() < MAX_NETWORKS && !series.networks.contains(&network) {
            series.networks.push(network);
        }
        let is_power_of_ten = series.attempts == 10_u64.pow(series.attempts.ilog10());
        is_power_of_ten.then(|| {
            let networks = std::mem::take(&mut series.networks);
            json!({ "message": "wrong token", "attempts": series.attempts, "since": series.since, "networks": networks })
        })
    }
}

/// Detects requests that come through an untrusted proxy.
#[derive(Debug, Default)]
pub(super) struct UntrustedProxy(AtomicBool);

impl UntrustedProxy {
    /// Records the untrusted proxy, once per process.
    pub(super) async fn report(&self, state: &AppState) {
        if !self.0.swap(true, Ordering::Relaxed) {
            let detail = json!({ "message": "a request has X-Forwarded-For, but TRUSTED_PROXIES is 0" });
            audit::record(state, "server", UNTRUSTED_PROXY_ACTION, "", detail).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_attempts_make_seven_entries_and_a_pause_starts_again() {
        let (refused, start) = (RefusedAttempts::default(), DateTime::UNIX_EPOCH);
        let entries = |from: i64, to: i64| {
            let attempt = |number: i64| {
                let address =
                    IpAddr::from((0x2001_0db8_0000_0000_u128 + u128::from(number.unsigned_abs())).to_be_bytes());
                refused.count(address, start + TimeDelta::milliseconds(number))
            };
            (from..to).filter_map(attempt).collect::<Vec<_>>()
        };
        let series = entries(0, 1_000_000);
        assert_eq!(
            series.iter().map(|entry| entry["attempts"].as_u64()).collect::<Vec<_>>(),
            [Some(1), Some(10), Some(100), Some(1_000), Some(10_000), Some(100_000), Some(1_000_000)]
        );
        assert!(series.iter().all(|entry| entry["networks"].as_array().is_some_and(|networks| networks.len() <= 10)));
        assert!(entries(1_000_001, 1_000_002).is_empty());
        assert_eq!(entries(9_000_000, 9_000_001)[0]["attempts"], 1);
    }
}

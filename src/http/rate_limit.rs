//! Rate limits per client: a token bucket for each IPv4 address and each IPv6 /64, based on the injected clock.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use governor::{Quota, RateLimiter, clock::Clock as _, middleware::NoOpMiddleware, state::keyed::HashMapStateStore};

use super::{error::AppError, front::network};
use crate::clock::Clock;

/// A bucket for each address.
type Buckets = RateLimiter<IpAddr, HashMapStateStore<IpAddr>, UnixTime, NoOpMiddleware<Duration>>;

/// Number of addresses above which full buckets are dropped.
const MANY_ADDRESSES: usize = 10_000;

/// Allows each address `per_minute` requests per minute, all of which may come at once.
#[derive(Debug)]
pub(super) struct RateLimit {
    per_minute: NonZeroU32,
    buckets: Buckets,
    clock: UnixTime,
}

impl RateLimit {
    /// Creates a limit of `per_minute` requests, at least 1.
    pub(super) fn new(per_minute: u32, clock: Arc<dyn Clock>) -> Self {
        let per_minute = at_least_one(per_minute);
        let clock = UnixTime(clock);
        Self {
            per_minute,
            buckets: RateLimiter::hashmap_with_clock(Quota::per_minute(per_minute), clock.clone()),
            clock,
        }
    }

    /// Counts a request that costs `cost`. A cost above the limit uses up the full limit.
    pub(super) fn check(&self, address: IpAddr, cost: u32) -> Result<(), AppError> {
        drop_full_buckets(&self.buckets);
        let Some(cost) = NonZeroU32::new(cost.min(self.per_minute.get())) else { return Ok(()) };
        let checked =
            self.buckets.check_key_n(&network(address), cost).expect("the cost is at most the size of the bucket");
        checked.map_err(|not_until| too_many_requests(not_until.wait_time_from(self.clock.now())))
    }
}

fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

/// Returns the error for a client that must wait. The wait is rounded up to full seconds.
fn too_many_requests(wait: Duration) -> AppError {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    AppError::TooManyRequests(seconds.clamp(1, 60))
}

/// Drops full buckets if there are many. An address without a bucket starts with a full one.
fn drop_full_buckets(buckets: &Buckets) {
    if buckets.len() > MANY_ADDRESSES {
        buckets.retain_recent();
    }
}

/// The injected clock as `governor` needs it: the time since the Unix epoch.
#[derive(Debug, Clone)]
struct UnixTime(Arc<dyn Clock>);

impl governor::clock::Clock for UnixTime {
    type Instant = Duration;

    fn now(&self) -> Duration {
        (self.0.now() - chrono::DateTime::UNIX_EPOCH).to_std().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use chrono::{DateTime, Utc};
    use uuid::Uuid;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    /// A clock that tests set, in seconds.
    #[derive(Debug, Default)]
    struct TestClock(Mutex<i64>);

    impl TestClock {
        fn set(&self, seconds: i64) {
            *self.0.lock().expect("a lock") = seconds;
        }
    }

    impl Clock for TestClock {
        fn now(&self) -> DateTime<Utc> {
            DateTime::from_timestamp(1_000_000 + *self.0.lock().expect("a lock"), 0).expect("a time")
        }

        fn new_id(&self) -> Uuid {
            Uuid::nil()
        }
    }

    fn seconds<T>(result: Result<T, AppError>) -> u64 {
        match result {
            Err(AppError::TooManyRequests(seconds)) => seconds,
            Err(error) => panic!("another error: {error}"),
            Ok(_) => 0,
        }
    }

    #[test]
    fn an_address_that_exceeds_its_limit_waits_and_others_do_not() {
        let clock = Arc::new(TestClock::default());
        let limit = RateLimit::new(60, Arc::clone(&clock) as _);
        for _ in 0..60 {
            limit.check(HERE, 1).expect("a full bucket");
        }
        assert_eq!(seconds(limit.check(HERE, 1)), 1);
        assert_eq!(seconds(limit.check(HERE, 30)), 30);
        limit.check(THERE, 1).expect("another address");
        clock.set(1);
        limit.check(HERE, 1).expect("one second later");
        assert_eq!(seconds(limit.check(HERE, 1000)), 60, "a batch larger than the limit costs the whole limit");
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_refill_the_bucket() {
        let clock = Arc::new(TestClock::default());
        clock.set(99);
        let limit = RateLimit::new(1, Arc::clone(&clock) as _);
        limit.check(HERE, 1).expect("a full bucket");
        clock.set(0);
        assert_eq!(seconds(limit.check(HERE, 1)), 60);
    }

    #[test]
    fn an_ipv6_network_has_one_bucket() {
        let limit = RateLimit::new(1, Arc::new(TestClock::default()));
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        limit.check(address("2001:db8:1:2::1"), 1).expect("a full bucket");
        assert_eq!(seconds(limit.check(address("2001:db8:1:2:ffff::9"), 1)), 60);
        limit.check(address("2001:db8:1:3::1"), 1).expect("another network");
    }
}

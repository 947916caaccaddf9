//! How long to wait before the next try.

use std::time::Duration;

/// Doubles from try to try, with jitter so that several instances do not come at the same moment.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    /// Begins at about `first`, and never waits longer than `longest`.
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        Self { next: first, longest }
    }

    /// The time to wait now: between half and the whole of what it is this time.
    pub(crate) fn next(&mut self) -> Duration {
        let now = self.next;
        self.next = (now * 2).min(self.longest);
        now.mul_f64(rand::random_range(0.5..=1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_its_longest_and_never_goes_below_half() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(3));
        for whole in [1, 2, 3, 3] {
            let wait = backoff.next();
            assert!(wait <= Duration::from_secs(whole) && wait >= Duration::from_secs(whole) / 2, "{wait:?}");
        }
    }
}

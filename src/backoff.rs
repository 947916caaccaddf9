//! Exponential backoff with jitter.

use std::time::Duration;

/// Delays between retries. Each is twice as long as the previous one, up to a maximum.
///
/// The jitter keeps multiple instances from retrying at the same moment.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    first: Duration,
    max: Duration,
    next: Duration,
}

impl Backoff {
    /// Creates a backoff whose delays start at about `first` and never exceed `max`.
    pub(crate) const fn new(first: Duration, max: Duration) -> Self {
        Self { first, max, next: first }
    }

    /// Returns the next delay, which is between half of the current step and the full step.
    pub(crate) fn next_delay(&mut self) -> Duration {
        let step = self.next;
        self.next = (step * 2).min(self.max);
        step.mul_f64(rand::random_range(0.5..=1.0))
    }

    /// Resets to the first delay. Call this after a success.
    pub(crate) const fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_maximum_and_start_over_after_a_reset() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(3));
        for seconds in [1, 2, 3, 3] {
            let delay = backoff.next_delay();
            assert!(delay <= Duration::from_secs(seconds) && delay >= Duration::from_secs(seconds) / 2, "{delay:?}");
        }
        backoff.reset();
        assert!(backoff.next_delay() <= Duration::from_secs(1));
    }
}

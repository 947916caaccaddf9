//! Collects sermons that are saved in one transaction.

use chrono::TimeDelta;

/// Maximum number of sermons in a batch.
const MAX_SERMONS: usize = 256;

/// Number of sermons in the first batch, when it is not yet known how fast the database is. Low, because a batch that
/// misses the deadline saves nothing, and the next attempt begins with the same one.
const FIRST_SERMONS: usize = 4;

/// A batch ends with the sermon that reaches this size in bytes.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// How long saving a batch should take at most. Other writers of a SQLite database wait for it, and after the deadline
/// of the database it fails.
const MAX_TIME: TimeDelta = TimeDelta::seconds(1);

/// Sermons to save in one transaction. How many they are depends on how long the previous batches took.
#[derive(Debug)]
pub struct Batch<T> {
    sermons: Vec<T>,
    bytes: usize,
    limit: usize,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self { sermons: Vec::new(), bytes: 0, limit: FIRST_SERMONS }
    }
}

impl<T> Batch<T> {
    /// Adds a sermon of this size in bytes.
    pub fn push(&mut self, sermon: T, bytes: usize) {
        self.sermons.push(sermon);
        self.bytes += bytes;
    }

    /// Returns whether the batch is to be saved now.
    pub fn is_full(&self) -> bool {
        self.sermons.len() >= self.limit || self.bytes >= MAX_BYTES
    }

    /// Returns the sermons and begins the next batch.
    pub fn take(&mut self) -> Vec<T> {
        self.bytes = 0;
        std::mem::take(&mut self.sermons)
    }

    /// Adapts the size of the next batches to how long saving this number of sermons took.
    pub fn record(&mut self, sermons: usize, time: TimeDelta) {
        if time > MAX_TIME {
            self.limit = (sermons / 2).max(1);
        } else if time < MAX_TIME / 2 && sermons >= self.limit {
            self.limit = (self.limit * 2).min(MAX_SERMONS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fills a batch with sermons of this size, and returns how many fit.
    fn fill(batch: &mut Batch<()>, bytes: usize) -> usize {
        while !batch.is_full() {
            batch.push((), bytes);
        }
        batch.take().len()
    }

    #[test]
    fn a_fast_database_gets_larger_batches_and_a_slow_one_smaller_ones() {
        let mut batch = Batch::default();
        let mut sizes = Vec::new();
        for milliseconds in [10, 10, 10, 10, 10, 10, 10, 700, 3_000, 9_000] {
            let sermons = fill(&mut batch, 1);
            batch.record(sermons, TimeDelta::milliseconds(milliseconds));
            sizes.push(sermons);
        }
        assert_eq!(sizes, [4, 8, 16, 32, 64, 128, 256, 256, 256, 128]);
        for _ in 0..10 {
            let sermons = fill(&mut batch, 1);
            batch.record(sermons, TimeDelta::seconds(9));
        }
        assert_eq!(fill(&mut batch, 1), 1, "a batch is never empty");
    }

    #[test]
    fn large_sermons_end_a_batch_early_and_leave_its_limit_alone() {
        let mut batch = Batch::default();
        assert_eq!(fill(&mut batch, 3 * 1024 * 1024), 3);
        batch.record(3, TimeDelta::zero());
        assert_eq!(fill(&mut batch, 1), FIRST_SERMONS);
    }
}

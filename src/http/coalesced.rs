//! Answers simultaneous requests for the same value with one read.

use std::sync::{Mutex, PoisonError};

/// A value that is read again for each caller, except that simultaneous callers share one read.
///
/// A caller never gets a value whose read began before the call, so it sees everything committed before the call.
#[derive(Debug)]
pub(super) struct Coalesced<T> {
    reads: Mutex<Reads<T>>,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Reads<T> {
    /// Number of reads that have started.
    begun: u64,
    /// Number and value of the last completed read.
    last: Option<(u64, T)>,
}

impl<T> Default for Coalesced<T> {
    fn default() -> Self {
        Self { reads: Mutex::new(Reads { begun: 0, last: None }), turn: tokio::sync::Mutex::default() }
    }
}

impl<T: Clone> Coalesced<T> {
    /// Returns a value whose read began after this call. If the future is dropped, the next caller starts a new read.
    pub(super) async fn get(&self, read: impl Future<Output = T>) -> T {
        let next = self.with(|reads| reads.begun + 1);
        let _turn = self.turn.lock().await;
        if let Some(value) = self.with(|reads| reads.last.as_ref().filter(|(read, _)| *read >= next).cloned()) {
            return value.1;
        }
        let number = self.with(|reads| {
            reads.begun += 1;
            reads.begun
        });
        let value = read.await;
        self.with(|reads| reads.last = Some((number, value.clone())));
        value
    }

    fn with<R>(&self, use_reads: impl FnOnce(&mut Reads<T>) -> R) -> R {
        use_reads(&mut self.reads.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use futures_util::{FutureExt as _, future::join_all};
    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn callers_that_wait_together_share_one_read_that_began_after_they_called() {
        let (value, written) = (Arc::new(Coalesced::<u32>::default()), Arc::new(Mutex::new(1)));
        let read = async || {
            let now = *written.lock().expect("no test panics here");
            tokio::time::sleep(Duration::from_millis(20)).await;
            now
        };
        let reads = Mutex::new(0);
        let counted = async || {
            *reads.lock().expect("no test panics here") += 1;
            read().await
        };
        let first = value.get(counted());
        tokio::pin!(first);
        assert!(first.as_mut().now_or_never().is_none(), "the first read has begun");
        *written.lock().expect("no test panics here") = 2;
        let others = join_all((0..50).map(|_| value.get(counted())));
        let (first, others) = tokio::join!(first, others);
        assert_eq!((first, others), (1, vec![2; 50]));
        assert_eq!(*reads.lock().expect("no test panics here"), 2);
    }

    #[tokio::test]
    async fn a_dropped_read_leaves_its_turn_to_the_next_caller() {
        let value = Coalesced::<u32>::default();
        let never = Notify::new();
        let mut dropped = Box::pin(value.get(async {
            never.notified().await;
            1
        }));
        assert!(dropped.as_mut().now_or_never().is_none());
        drop(dropped);
        assert_eq!(value.get(async { 2 }).await, 2);
    }
}

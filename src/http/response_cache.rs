//! Caches rendered responses in memory as long as the underlying data does not change.

use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use quick_cache::{Weighter, sync::Cache};

use super::{error::AppError, reader::ReadSource};
use crate::{domain::Sha256, store::StatsPosition};

/// Maximum total size of the cached bodies, in bytes.
const CAPACITY: u64 = 32 * 1024 * 1024;
/// Maximum size of a cached body, in bytes.
const MAX_BODY: usize = 1024 * 1024;
/// Expected number of cached bodies.
const EXPECTED: usize = 2_000;
/// Memory overhead per entry, in bytes.
const OVERHEAD: u64 = 256;

/// Response bodies, keyed by a checksum of everything that they depend on, including the position of the data.
///
/// Because the position is part of the key, an outdated body is never found. Simultaneous requests for the same body
/// share one rendering.
#[derive(Debug)]
pub(super) struct ResponseCache {
    bodies: Cache<Sha256, Bytes, Size>,
    /// The position of the data that the bodies were rendered from.
    position: Mutex<Option<StatsPosition>>,
}

#[derive(Debug, Clone)]
struct Size;

impl Weighter<Sha256, Bytes> for Size {
    fn weight(&self, _key: &Sha256, body: &Bytes) -> u64 {
        body.len() as u64 + OVERHEAD
    }
}

/// Why a body is not cached.
enum NotCached {
    Error(AppError),
    /// The body was not read from the database, or is too large.
    Body(ReadSource, Bytes),
}

impl ResponseCache {
    pub(super) fn new() -> Self {
        Self { bodies: Cache::with_weighter(EXPECTED, CAPACITY, Size), position: Mutex::default() }
    }

    /// Drops all bodies if the data has changed, because their keys cannot occur again.
    pub(super) fn set_position(&self, position: StatsPosition) {
        let mut current = self.position.lock().unwrap_or_else(PoisonError::into_inner);
        if *current != Some(position) {
            *current = Some(position);
            self.bodies.clear();
        }
    }

    /// Returns the cached body for this key, or renders it. Only bodies that were read from the database are cached.
    pub(super) async fn get_or_render(
        &self,
        key: &Sha256,
        render: impl Future<Output = Result<(ReadSource, Bytes), AppError>>,
    ) -> Result<(ReadSource, Bytes), AppError> {
        let rendered = async {
            match render.await {
                Ok((ReadSource::Database, body)) if body.len() <= MAX_BODY => Ok(body),
                Ok((source, body)) => Err(NotCached::Body(source, body)),
                Err(error) => Err(NotCached::Error(error)),
            }
        };
        match self.bodies.get_or_insert_async(key, rendered).await {
            Ok(body) => Ok((ReadSource::Database, body)),
            Err(NotCached::Body(source, body)) => Ok((source, body)),
            Err(NotCached::Error(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::join_all;

    use super::*;

    const AT: fn(i64) -> StatsPosition = |seq| StatsPosition { store: (1, seq), stats: (1, seq), mentions: seq };

    fn key(number: usize) -> Sha256 {
        Sha256::digest(&number.to_le_bytes())
    }

    #[tokio::test]
    async fn simultaneous_requests_render_a_body_once() {
        let (cache, rendered) = (ResponseCache::new(), Mutex::new(0));
        let render = async || {
            *rendered.lock().expect("no test panics here") += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok((ReadSource::Database, Bytes::from_static(b"page")))
        };
        let (key, cache) = (&key(1), &cache);
        let pages = join_all((0..20).map(|_| cache.get_or_render(key, render()))).await;
        assert!(pages.into_iter().all(|page| page.is_ok_and(|(_, body)| body == "page")));
        assert_eq!(*rendered.lock().expect("no test panics here"), 1);
    }

    #[tokio::test]
    async fn errors_and_pages_from_the_export_are_rendered_again() {
        let cache = ResponseCache::new();
        let failed = cache.get_or_render(&key(1), async { Err(AppError::NoSuchChurch) }).await;
        assert!(matches!(failed, Err(AppError::NoSuchChurch)));
        let spooled = async { Ok((ReadSource::Spool, Bytes::from_static(b"old"))) };
        assert_eq!(cache.get_or_render(&key(1), spooled).await.expect("a body").0, ReadSource::Spool);
        let current = async { Ok((ReadSource::Database, Bytes::from_static(b"new"))) };
        assert_eq!(cache.get_or_render(&key(1), current).await.expect("a body").1, "new");
    }

    #[tokio::test]
    async fn the_size_is_limited_and_a_change_of_the_data_empties_the_cache() {
        let cache = ResponseCache::new();
        cache.set_position(AT(1));
        let page = Bytes::from(vec![b'x'; MAX_BODY]);
        for number in 0..100 {
            let page = page.clone();
            cache.get_or_render(&key(number), async { Ok((ReadSource::Database, page)) }).await.expect("a body");
        }
        assert!(cache.bodies.weight() <= CAPACITY && cache.bodies.len() > 1, "{} bytes", cache.bodies.weight());
        let (count, position) = (cache.bodies.len(), AT(1));
        cache.set_position(position);
        assert_eq!(cache.bodies.len(), count);
        cache.set_position(AT(2));
        assert_eq!(cache.bodies.len(), 0);
    }
}

//! Reads sermons from the database or, while the database is unreachable, from the spool and the last export.
//!
//! A sermon that is not in the export may still be in the database, so it is never reported as missing.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    http::{HeaderName, HeaderValue},
    response::{IntoResponseParts, Response, ResponseParts},
};
use chrono::{DateTime, SecondsFormat, Utc};

use super::{coalesced::Coalesced, error::AppError};
use crate::{
    domain::{Principal, Role, Sha256, VideoId},
    safety::{Exported, LastExport, Saver},
    store::{
        AllTimeStats, DocumentSink, SavePolicy, SnapshotError, StatsPosition, Store, StoreError, VideoPage, VideoQuery,
    },
};

/// How long reads skip the database after it was found unreachable. Otherwise every read would wait for a timeout.
const RETRY_AFTER: Duration = Duration::from_secs(2);

const SOURCE: HeaderName = HeaderName::from_static("x-mannameter-source");
const EXPORT_TIME: HeaderName = HeaderName::from_static("x-mannameter-export-time");

/// The source of a response. The `X-MannaMeter-Source` header reports it, except for the database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum ReadSource {
    /// The database.
    #[default]
    Database,
    /// The export that was written at this time.
    Export(DateTime<Utc>),
    /// The spool.
    Spool,
}

impl IntoResponseParts for ReadSource {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        let headers = parts.headers_mut();
        match self {
            Self::Database => {}
            Self::Spool => drop(headers.insert(SOURCE, HeaderValue::from_static("spool"))),
            Self::Export(at) => {
                headers.insert(SOURCE, HeaderValue::from_static("export"));
                let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
                headers.insert(EXPORT_TIME, at.parse().expect("a time is a header value"));
            }
        }
        Ok(parts)
    }
}

/// A stored document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredDocument {
    /// JSON text, exactly as stored.
    pub(super) text: String,
    /// SHA-256 of the text.
    pub(super) sha256: Sha256,
}

/// Reads sermons from the database, the spool or the last export.
#[derive(Debug)]
pub(super) struct SermonReader {
    store: Arc<dyn Store>,
    saver: Arc<Saver>,
    export: LastExport,
    /// When reads stop skipping the database.
    unreachable_until: Mutex<Option<Instant>>,
    position: Coalesced<Option<StatsPosition>>,
}

impl SermonReader {
    pub(super) fn new(store: Arc<dyn Store>, saver: Arc<Saver>, export: LastExport) -> Self {
        Self { store, saver, export, unreachable_until: Mutex::default(), position: Coalesced::default() }
    }

    /// Returns a document, or `None` if the database has no such sermon.
    pub(super) async fn video(&self, id: &VideoId) -> Result<(Option<StoredDocument>, ReadSource), AppError> {
        let stored = async {
            let stored = self.store.video(id).await?;
            Ok(stored.map(|stored| StoredDocument { text: stored.document, sha256: stored.sha256 }))
        };
        let fallback = async {
            let spooled = self.saver.spool().sermon(id).await?;
            // A visitor's spooled submission does not hide a sermon that is already stored.
            let may_replace = spooled.as_ref().is_some_and(|request| !is_public(request.policy));
            let exported = if may_replace { None } else { self.export.video(id).await? };
            Ok(match (exported, spooled) {
                (Some(Exported { value: Some(text), at }), _) => {
                    Some((Some(StoredDocument::new(text)), ReadSource::Export(at)))
                }
                (_, Some(request)) => Some((Some(StoredDocument::new(request.document.to_json())), ReadSource::Spool)),
                (_, None) => None,
            })
        };
        self.read_or(stored, fallback).await
    }

    /// Returns one page of the list. If it is read from an export, only titles and churches are searched.
    pub(super) async fn videos(&self, query: &VideoQuery) -> Result<(VideoPage, ReadSource), AppError> {
        let fallback = async { self.export.videos(query).await.map(from_export) };
        let (page, source) = self.read_or(self.store.videos(query), fallback).await?;
        Ok((page?, source))
    }

    /// Returns the statistics for all sermons.
    pub(super) async fn all_time_stats(&self) -> Result<(AllTimeStats, ReadSource), AppError> {
        let fallback = async { self.export.all_time_stats().await.map(from_export) };
        self.read_or(self.store.all_time_stats(), fallback).await
    }

    /// Returns the position of the data and of the statistics, or `None` while the database is unreachable.
    pub(super) async fn stats_position(&self) -> Option<StatsPosition> {
        if self.is_known_unreachable() {
            return None;
        }
        let read = async {
            let read = self.read_or(self.store.stats_position(), async { Ok(None) }).await;
            read.ok().map(|(position, _)| position)
        };
        self.position.get(read).await
    }

    /// Returns a source of all documents.
    pub(super) async fn documents(&self) -> Result<(Documents, ReadSource), AppError> {
        let stored = async { self.store.ready().await.map(|()| Documents::Database(Arc::clone(&self.store))) };
        let fallback = async {
            let exported_at = self.export.exported_at().await?;
            Ok(exported_at.map(|at| (Documents::Export(self.export.clone()), ReadSource::Export(at))))
        };
        self.read_or(stored, fallback).await
    }

    /// Returns the holder of a login, or `without_row` if the database is unreachable.
    pub(super) async fn session(
        &self,
        id: &Sha256,
        now: DateTime<Utc>,
        without_row: Option<Principal>,
    ) -> Result<Option<Principal>, AppError> {
        let fallback = async { Ok(Some((without_row, ReadSource::Spool))) };
        Ok(self.read_or(self.store.session(id, now), fallback).await?.0)
    }

    /// Records that the database has responded.
    pub(super) fn mark_reachable(&self) {
        *self.unreachable_until.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Reads from the database, or from the fallback if the database is unreachable or damaged. If the fallback has
    /// nothing, returns the database's error.
    async fn read_or<T>(
        &self,
        stored: impl Future<Output = Result<T, StoreError>>,
        fallback: impl Future<Output = io::Result<Option<(T, ReadSource)>>>,
    ) -> Result<(T, ReadSource), AppError> {
        let mut fallback = Some(fallback);
        if self.is_known_unreachable()
            && let Some(fallback) = fallback.take()
            && let Some(read) = fallback.await?
        {
            return Ok(read);
        }
        let error = match stored.await {
            Ok(value) => {
                self.mark_reachable();
                return Ok((value, ReadSource::Database));
            }
            Err(error @ StoreError::Unavailable(_)) => {
                let until = Instant::now() + RETRY_AFTER;
                *self.unreachable_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
                error
            }
            // Other rows may be intact.
            Err(error @ StoreError::Corrupt(_)) => {
                tracing::error!(%error, "the database is damaged; reading the export instead");
                error
            }
            Err(error) => return Err(error.into()),
        };
        let Some(fallback) = fallback else { return Err(error.into()) };
        fallback.await?.ok_or_else(|| error.into())
    }

    fn is_known_unreachable(&self) -> bool {
        let until = *self.unreachable_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }
}

impl StoredDocument {
    fn new(text: String) -> Self {
        Self { sha256: Sha256::digest(text.as_bytes()), text }
    }
}

/// Returns whether a visitor submitted the sermon.
fn is_public(policy: SavePolicy) -> bool {
    matches!(policy, SavePolicy::Submission(terms) if terms.submitter.role == Role::Public)
}

fn from_export<T>(read: Option<Exported<T>>) -> Option<(T, ReadSource)> {
    read.map(|Exported { value, at }| (value, ReadSource::Export(at)))
}

/// A source of all documents.
#[derive(Debug, Clone)]
pub(super) enum Documents {
    /// The database.
    Database(Arc<dyn Store>),
    /// The last export.
    Export(LastExport),
}

impl Documents {
    /// Passes every document to `sink`, ordered by ID.
    pub(super) async fn read(&self, sink: &mut dyn DocumentSink) -> io::Result<()> {
        match self {
            Self::Database(store) => match store.snapshot(sink).await {
                Ok(_) => Ok(()),
                Err(SnapshotError::Sink(error)) => Err(error),
                Err(error) => Err(io::Error::other(error)),
            },
            Self::Export(export) => export.read(sink).await,
        }
    }
}

/// Marks a response as coming from the export files.
pub(super) fn mark_as_export(mut response: Response) -> Response {
    response.headers_mut().insert(SOURCE, HeaderValue::from_static("export"));
    response
}

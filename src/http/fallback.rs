//! Reads that do not need the database: while it is away they are answered from the last export, and say so.
//!
//! What is not in the export may all the same be in the database, so its absence is never told as "there is none".

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

use super::error::AppError;
use crate::{
    domain::{Sha256, VideoId},
    safety::{Exported, Saver, LastExport},
    store::{DocumentSink, SnapshotError, StatsPosition, Store, StoreError, Totals, VideoPage, VideoQuery},
};

/// How long a database that did not answer is left alone, so that not every reader waits for it in vain.
const LEAVE_ALONE: Duration = Duration::from_secs(2);

const SOURCE: HeaderName = HeaderName::from_static("x-mannameter-source");
const EXPORT_TIME: HeaderName = HeaderName::from_static("x-mannameter-export-time");

/// Where an answer was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Source {
    /// In the database.
    #[default]
    Database,
    /// In the export that was made then, because the database is away.
    Export(DateTime<Utc>),
    /// In the spool, because the database is away.
    Spool,
}

impl IntoResponseParts for Source {
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
    /// To the byte.
    pub(super) text: String,
    /// Its checksum.
    pub(super) sha256: Sha256,
}

/// Reads, in the database or instead of it.
#[derive(Debug)]
pub(super) struct Reads {
    store: Arc<dyn Store>,
    saver: Arc<Saver>,
    export: LastExport,
    /// Until when the database is left alone.
    away_until: Mutex<Option<Instant>>,
}

impl Reads {
    pub(super) fn new(store: Arc<dyn Store>, saver: Arc<Saver>, export: LastExport) -> Self {
        Self { store, saver, export, away_until: Mutex::default() }
    }

    /// A document. `None` only if the database says so.
    pub(super) async fn video(&self, id: &VideoId) -> Result<(Option<StoredDocument>, Source), AppError> {
        let asked = async {
            let stored = self.store.video(id).await?;
            Ok(stored.map(|stored| StoredDocument { text: stored.document, sha256: stored.sha256 }))
        };
        let instead = async {
            if let Some(text) = self.saver.spool().document(id).await? {
                return Ok(Some((Some(StoredDocument::of(text)), Source::Spool)));
            }
            let found = self.export.video(id).await?;
            Ok(found.and_then(|Exported { value, at }| Some((Some(StoredDocument::of(value?)), Source::Export(at)))))
        };
        self.or(asked, instead).await
    }

    /// A page of the list. In an export the search looks at titles and churches alone.
    pub(super) async fn videos(&self, query: &VideoQuery) -> Result<(VideoPage, Source), AppError> {
        let (page, source) =
            self.or(self.store.videos(query), async { self.export.videos(query).await.map(in_export) }).await?;
        Ok((page?, source))
    }

    /// Sums over all videos.
    pub(super) async fn totals(&self) -> Result<(Totals, Source), AppError> {
        self.or(self.store.totals(), async { self.export.totals().await.map(in_export) }).await
    }

    /// Which write everything stands at; none while the database is away.
    pub(super) async fn standing(&self) -> Option<StatsPosition> {
        if self.is_left_alone() {
            return None;
        }
        let asked = self.or(self.store.standing(), async { Ok(None) }).await;
        asked.ok().map(|(standing, _)| standing)
    }

    /// All documents, to be read one by one.
    pub(super) async fn documents(&self) -> Result<(Documents, Source), AppError> {
        let asked = async { self.store.ready().await.map(|()| Documents::Database(Arc::clone(&self.store))) };
        let instead = async {
            let made_at = self.export.made_at().await?;
            Ok(made_at.map(|at| (Documents::Export(self.export.clone()), Source::Export(at))))
        };
        self.or(asked, instead).await
    }

    /// The database has answered.
    pub(super) fn is_back(&self) {
        *self.away_until.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Asks the database; if it is away, reads instead; if that gives nothing, says that it is away.
    async fn or<T>(
        &self,
        asked: impl Future<Output = Result<T, StoreError>>,
        instead: impl Future<Output = io::Result<Option<(T, Source)>>>,
    ) -> Result<(T, Source), AppError> {
        let mut instead = Some(instead);
        if self.is_left_alone()
            && let Some(instead) = instead.take()
            && let Some(found) = instead.await?
        {
            return Ok(found);
        }
        match (asked.await, instead) {
            (Ok(value), _) => {
                self.is_back();
                Ok((value, Source::Database))
            }
            (Err(error @ StoreError::Unavailable(_)), instead) => {
                *self.away_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + LEAVE_ALONE);
                let Some(instead) = instead else { return Err(error.into()) };
                instead.await?.ok_or_else(|| error.into())
            }
            (Err(error), _) => Err(error.into()),
        }
    }

    fn is_left_alone(&self) -> bool {
        self.away_until.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| Instant::now() < until)
    }
}

impl StoredDocument {
    fn of(text: String) -> Self {
        Self { sha256: Sha256::of(text.as_bytes()), text }
    }
}

fn in_export<T>(found: Option<Exported<T>>) -> Option<(T, Source)> {
    found.map(|Exported { value, at }| (value, Source::Export(at)))
}

/// All documents, wherever they are read.
#[derive(Debug, Clone)]
pub(super) enum Documents {
    /// In the database.
    Database(Arc<dyn Store>),
    /// In the last export.
    Export(LastExport),
}

impl Documents {
    /// Hands them out in the order of ids.
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

/// Says in a header that an answer is an export in any case.
pub(super) fn mark_export(mut response: Response) -> Response {
    response.headers_mut().insert(SOURCE, HeaderValue::from_static("export"));
    response
}

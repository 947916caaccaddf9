//! Where a sermon can be watched.

use crate::{
    domain::{Document, Source, SourceKind, VideoId},
    http::web::format,
};

/// Where a sermon can be watched.
#[derive(Debug)]
pub(in crate::http::web) enum WatchLink {
    /// On YouTube, at any second.
    Youtube(VideoId),
    /// Elsewhere.
    Page(String),
    /// Nowhere that we know.
    None,
}

impl WatchLink {
    /// A document of the system before ours always came from YouTube.
    pub(super) fn of(document: &Document) -> Self {
        Self::new(&document.video_id, document.source.as_ref())
    }

    /// Of a video whose words came from there.
    pub(in crate::http::web) fn new(id: &VideoId, source: Option<&Source>) -> Self {
        let youtube = || Self::Youtube(id.clone());
        let Some(source) = source else {
            return if id.could_be_youtube() { youtube() } else { Self::None };
        };
        let address = source.url.as_deref().and_then(format::web_address);
        match (source.kind, address) {
            (SourceKind::Youtube, _) => youtube(),
            (_, Some(address)) if address.ends_with(&format!("watch?v={id}")) => youtube(),
            (_, Some(address)) => Self::Page(address),
            (_, None) => Self::None,
        }
    }

    pub(super) fn url(&self) -> Option<String> {
        match self {
            Self::Youtube(id) => Some(format!("https://www.youtube.com/watch?v={id}")),
            Self::Page(address) => Some(address.clone()),
            Self::None => None,
        }
    }

    /// The same at a second, where the site can do that.
    pub(in crate::http::web) fn at(&self, seconds: f64) -> Option<String> {
        let Self::Youtube(id) = self else { return None };
        Some(format!("https://www.youtube.com/watch?v={id}&t={}s", format::whole(seconds)))
    }
}

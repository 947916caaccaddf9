//! Where a sermon can be watched, and where a passage can be read.

use crate::{
    domain::{Document, SourceKind, VideoId},
    http::web::{format, links::query},
};

/// Where a sermon can be watched.
#[derive(Debug)]
pub(super) enum WatchLink {
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
        let youtube = || Self::Youtube(document.video_id.clone());
        let Some(source) = &document.source else {
            return if document.video_id.could_be_youtube() { youtube() } else { Self::None };
        };
        let address = source.url.as_deref().and_then(format::web_address);
        match (source.kind, address) {
            (SourceKind::Youtube, _) => youtube(),
            (_, Some(address)) if address.ends_with(&format!("watch?v={}", document.video_id)) => youtube(),
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
    pub(super) fn at(&self, seconds: f64) -> Option<String> {
        let Self::Youtube(id) = self else { return None };
        Some(format!("https://www.youtube.com/watch?v={id}&t={}s", format::whole(seconds)))
    }
}

/// A public site that shows a passage, in a translation that belongs to everybody.
pub(super) fn read_url(passage: &str) -> String {
    let passage = passage.replace('–', "-");
    format!("https://www.biblegateway.com/passage/{}", query([("search", passage.as_str()), ("version", "WEB")]))
}

//! Links to the recording of a sermon.

use crate::{
    domain::{Document, EditableField, Source, SourceKind, VideoId},
    http::web::format,
};

/// A link to the recording of a sermon.
#[derive(Debug)]
pub(in crate::http::web) enum WatchLink {
    /// A YouTube video, which can be opened at any time offset.
    Youtube(VideoId),
    /// A page on another site.
    Page(String),
    /// No recording is known.
    None,
}

impl WatchLink {
    /// Returns the link for a document.
    pub(in crate::http::web) fn for_document(document: &Document) -> Self {
        match document.edit(EditableField::Url).and_then(|edit| edit.value.as_deref()) {
            Some(address) => Self::edited(&document.video_id, address),
            None => Self::new(&document.video_id, document.source.as_ref()),
        }
    }

    /// Returns the link for a sermon. Legacy documents have no source, but their sermons came from YouTube.
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

    /// Returns the link that a person entered.
    fn edited(id: &VideoId, address: &str) -> Self {
        match format::web_address(address) {
            Some(address) if address.ends_with(&format!("watch?v={id}")) => Self::Youtube(id.clone()),
            Some(address) => Self::Page(address),
            None => Self::None,
        }
    }

    /// Returns the URL of the recording.
    pub(super) fn url(&self) -> Option<String> {
        match self {
            Self::Youtube(id) => Some(format!("https://www.youtube.com/watch?v={id}")),
            Self::Page(address) => Some(address.clone()),
            Self::None => None,
        }
    }

    /// Returns the URL for a point in time, or `None` if the site does not support time offsets.
    pub(in crate::http::web) fn at(&self, seconds: f64) -> Option<String> {
        let Self::Youtube(id) = self else { return None };
        Some(format!("https://www.youtube.com/watch?v={id}&t={}s", format::truncate(seconds)))
    }
}

//! The only code that talks to YouTube.
//!
//! Details that YouTube changes often are kept in one place each: client names and versions in `clients`, error
//! messages in `refusals`. The clients can also be configured.

mod captions;
mod channel;
mod church;
mod client;
mod clients;
mod cooldown;
mod countries;
mod error;
mod initial_data;
mod link;
mod metadata;
mod player;
mod proxy;
mod refusals;
mod settings;
mod tracks;
mod transport;

use async_trait::async_trait;

use crate::domain::VideoId;

pub use client::Client;
pub use clients::{PlayerClient, default_clients, parse_clients};
pub use error::{ErrorClass, YouTubeError};
pub use link::{LinkError, LinkErrorKind, parse_video_link};
pub use proxy::ProxyUrl;
pub use settings::{Settings, SettingsError};

/// A video's metadata, and the caption track to fetch.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchedVideo {
    /// ID of the video.
    pub video_id: VideoId,
    /// Title of the video.
    pub title: String,
    /// Name of the channel.
    pub channel: String,
    /// ID of the channel (`UC...`), if known.
    pub channel_id: Option<String>,
    /// URL of the channel, or empty.
    pub channel_url: String,
    /// Length of the video in seconds, if known.
    pub duration_seconds: Option<f64>,
    /// When the video was published, as RFC 3339 or a date, if known.
    pub published_at: Option<String>,
    /// The chosen caption track.
    pub track: CaptionTrack,
}

/// A video's metadata.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VideoMetadata {
    /// Title of the video.
    pub title: String,
    /// Name of the channel, or empty.
    pub channel: String,
    /// ID of the channel (`UC...`), if known.
    pub channel_id: Option<String>,
    /// URL of the channel, or empty.
    pub channel_url: String,
    /// Length of the video in seconds, if known.
    pub duration_seconds: Option<f64>,
    /// When the video was published, as RFC 3339 or a date, if known.
    pub published_at: Option<String>,
}

/// A caption track as listed by YouTube.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptionTrack {
    /// Signed URL of the captions. It expires after a short time.
    pub base_url: String,
    /// Language of the captions (BCP 47).
    pub language: String,
    /// Whether the captions come from speech recognition.
    pub automatic: bool,
    /// Display name of the track.
    pub name: String,
}

/// A YouTube channel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Channel {
    /// ID of the channel (`UC...`).
    pub channel_id: String,
    /// Name of the channel.
    pub title: String,
    /// Handle (`@name`), if known.
    pub handle: Option<String>,
    /// The channel's own description.
    pub description: String,
    /// English name of the channel's country, if stated.
    pub country: Option<String>,
    /// Whether the channel seems to be a church, or `None` if unknown.
    pub is_church: Option<bool>,
}

/// Access to YouTube. Tests use a fake implementation.
#[async_trait]
pub trait YouTube: Send + Sync + std::fmt::Debug {
    /// Returns a video's metadata and caption track.
    async fn video(&self, id: &VideoId) -> Result<FetchedVideo, YouTubeError>;
    /// Returns the metadata of a video whose transcript we already have.
    ///
    /// [`Client`] uses only endpoints that also cover videos without captions and do not check for bots.
    async fn metadata(&self, id: &VideoId) -> Result<VideoMetadata, YouTubeError> {
        let FetchedVideo { title, channel, channel_id, channel_url, duration_seconds, published_at, .. } =
            self.video(id).await?;
        Ok(VideoMetadata { title, channel, channel_id, channel_url, duration_seconds, published_at })
    }
    /// Returns a channel. If this fails, callers continue without the channel.
    async fn channel(&self, channel_id: &str) -> Result<Channel, YouTubeError>;
    /// Returns the body of a caption track, unchanged.
    async fn captions(&self, video: &FetchedVideo) -> Result<Vec<u8>, YouTubeError>;
}

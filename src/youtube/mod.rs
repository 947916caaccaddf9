//! The only code that talks to YouTube.
//!
//! Everything that may rot (client names and versions, words of errors) stands in one place and can be set.

mod captions;
mod channel;
mod church;
mod client;
mod clients;
mod countries;
mod details;
mod error;
mod initial_data;
mod link;
mod player;
mod proxy;
mod refusals;
mod settings;
mod silence;
mod tracks;
mod transport;

use async_trait::async_trait;

use crate::domain::VideoId;

pub use client::Client;
pub use clients::{PlayerClient, default_clients, parse_clients};
pub use error::{ErrorClass, YouTubeError};
pub use link::{LinkError, LinkProblem, VideoRef};
pub use proxy::ProxyUrl;
pub use settings::{ApiKey, Settings, SettingsError};

/// What YouTube knows of a video, with its captions.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchedVideo {
    /// Its id.
    pub video_id: VideoId,
    /// Its title.
    pub title: String,
    /// Name of its channel.
    pub channel: String,
    /// Id of its channel (`UC...`), when known.
    pub channel_id: Option<String>,
    /// Address of its channel, or empty.
    pub channel_url: String,
    /// Length in seconds, when known.
    pub duration_seconds: Option<f64>,
    /// When it was published, RFC 3339 or a date, when known.
    pub published_at: Option<String>,
    /// The caption track that was chosen.
    pub track: CaptionTrack,
}

/// What YouTube knows of a video apart from its captions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Particulars {
    /// Its title.
    pub title: String,
    /// Name of its channel, or empty.
    pub channel: String,
    /// Id of its channel (`UC...`), when known.
    pub channel_id: Option<String>,
    /// Address of its channel, or empty.
    pub channel_url: String,
    /// Length in seconds, when known.
    pub duration_seconds: Option<f64>,
    /// When it was published, RFC 3339 or a date, when known.
    pub published_at: Option<String>,
}

/// A caption track as YouTube lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptionTrack {
    /// Address of the captions, signed by YouTube for a short time.
    pub base_url: String,
    /// BCP 47 code.
    pub language: String,
    /// Whether it comes from speech recognition.
    pub automatic: bool,
    /// Its name for people.
    pub name: String,
}

/// What is known of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Channel {
    /// `UC...`.
    pub channel_id: String,
    /// Its name.
    pub title: String,
    /// `@name`, when known.
    pub handle: Option<String>,
    /// Its own words.
    pub description: String,
    /// Its country in English, when it says so.
    pub country: Option<String>,
    /// Whether it seems to be a church; none when that could not be found out.
    pub is_church: Option<bool>,
}

/// YouTube, or what stands in for it.
#[async_trait]
pub trait YouTube: Send + Sync + std::fmt::Debug {
    /// Title, channel and caption track of a video.
    async fn video(&self, id: &VideoId) -> Result<FetchedVideo, YouTubeError>;
    /// Title and channel of a video whose words are here already.
    ///
    /// The client asks only where YouTube also answers about videos without captions, and answers servers that it takes
    /// for robots.
    async fn particulars(&self, id: &VideoId) -> Result<Particulars, YouTubeError> {
        let FetchedVideo { title, channel, channel_id, channel_url, duration_seconds, published_at, .. } =
            self.video(id).await?;
        Ok(Particulars { title, channel, channel_id, channel_url, duration_seconds, published_at })
    }
    /// What is known of a channel. Never fails a video: the caller goes on without it.
    async fn channel(&self, channel_id: &str) -> Result<Channel, YouTubeError>;
    /// The raw body of a caption track, as YouTube sent it.
    async fn captions(&self, video: &FetchedVideo) -> Result<Vec<u8>, YouTubeError>;
}

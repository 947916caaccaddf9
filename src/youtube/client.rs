//! The YouTube client. Each call has a single deadline and tries each player client in turn.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::Instant;

use super::{
    Channel, ErrorClass, FetchedVideo, Settings, SettingsError, VideoMetadata, YouTube, YouTubeError, captions,
    channel::{self, ChannelCache},
    metadata,
    player::{self, PlayerReply},
    transport::Transport,
};
use crate::{clock::Clock, domain::VideoId};

/// Fetches videos, channels and captions from YouTube.
#[derive(Debug)]
pub struct Client {
    settings: Settings,
    clock: Arc<dyn Clock>,
    transport: Transport,
    channels: ChannelCache,
}

impl Client {
    /// Creates a client. Does not send anything yet.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let transport = Transport::new(&settings, Arc::clone(&clock))?;
        Ok(Self { settings, clock, transport, channels: ChannelCache::default() })
    }

    /// Queries the player as each configured client until one succeeds.
    async fn ask_player(&self, id: &VideoId) -> Result<PlayerReply, YouTubeError> {
        let mut last_error: Option<YouTubeError> = None;
        for client in &self.settings.clients {
            match player::fetch(&self.transport, &self.settings, client, id).await {
                // A required token proves that the video has captions, so this error takes precedence over others.
                Err(error) if error.class.another_client_may_help() => {
                    let is_token = |error: &YouTubeError| error.class == ErrorClass::PoTokenRequired;
                    last_error = last_error.filter(is_token).or(Some(error));
                }
                other => return other,
            }
        }
        let no_clients = || YouTubeError::refused(ErrorClass::ClientRejected, "no client is configured");
        Err(last_error.unwrap_or_else(no_clients))
    }

    /// Runs a call until the deadline.
    async fn until_deadline<T>(
        &self,
        deadline: Instant,
        call: impl Future<Output = Result<T, YouTubeError>>,
    ) -> Result<T, YouTubeError> {
        let timed_out = |_| Err(YouTubeError::refused(ErrorClass::Timeout, ""));
        tokio::time::timeout_at(deadline, call).await.unwrap_or_else(timed_out)
    }

    /// Returns the deadline of a call that starts now.
    fn deadline(&self) -> Instant {
        Instant::now() + self.settings.deadline
    }
}

#[async_trait]
impl YouTube for Client {
    #[tracing::instrument(name = "youtube_video", skip_all, fields(video = %id))]
    async fn video(&self, id: &VideoId) -> Result<FetchedVideo, YouTubeError> {
        let deadline = self.deadline();
        let PlayerReply { mut metadata, tracks } = self.until_deadline(deadline, self.ask_player(id)).await?;
        // The video is usable even if its metadata is incomplete.
        let completed = metadata::complete(&self.transport, &self.settings, id, &mut metadata);
        if let Err(error) = self.until_deadline(deadline, completed).await {
            tracing::debug!(video = %id, %error, "some metadata is missing");
        }
        if metadata.title.is_empty() {
            metadata.title = id.to_string();
        }
        let VideoMetadata { title, channel, channel_id, channel_url, duration_seconds, published_at } = metadata;
        let no_track = || YouTubeError::refused(ErrorClass::CaptionsDisabled, "");
        let track = tracks.into_iter().next().ok_or_else(no_track)?;
        let video_id = id.clone();
        Ok(FetchedVideo { video_id, title, channel, channel_id, channel_url, duration_seconds, published_at, track })
    }

    #[tracing::instrument(name = "youtube_metadata", skip_all, fields(video = %id))]
    async fn metadata(&self, id: &VideoId) -> Result<VideoMetadata, YouTubeError> {
        let mut metadata = VideoMetadata::default();
        let completed = metadata::complete(&self.transport, &self.settings, id, &mut metadata);
        self.until_deadline(self.deadline(), completed).await?;
        Ok(metadata)
    }

    #[tracing::instrument(name = "youtube_channel", skip_all, fields(channel = channel_id))]
    async fn channel(&self, channel_id: &str) -> Result<Channel, YouTubeError> {
        let now = self.clock.now();
        if let Some(channel) = self.channels.get(channel_id, now - self.settings.channel_cache_age) {
            return Ok(channel);
        }
        let fetched = channel::fetch(&self.transport, &self.settings, channel_id);
        let channel = self.until_deadline(self.deadline(), fetched).await?;
        self.channels.insert(&channel, now);
        Ok(channel)
    }

    #[tracing::instrument(name = "youtube_captions", skip_all, fields(video = %video.video_id))]
    async fn captions(&self, video: &FetchedVideo) -> Result<Vec<u8>, YouTubeError> {
        self.until_deadline(self.deadline(), captions::fetch(&self.transport, &self.settings, video)).await
    }
}

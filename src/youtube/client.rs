//! The client: one deadline over each call, the next client of YouTube where one is refused.

use std::{future::Future, sync::Arc};

use async_trait::async_trait;
use tokio::time::Instant;

use super::{
    Channel, ErrorClass, FetchedVideo, Particulars, Settings, SettingsError, YouTube, YouTubeError, captions,
    channel::{self, Memory},
    details,
    player::{self, Player},
    transport::Transport,
};
use crate::{clock::Clock, domain::VideoId};

/// Talks to YouTube.
#[derive(Debug)]
pub struct Client {
    settings: Settings,
    clock: Arc<dyn Clock>,
    transport: Transport,
    channels: Memory,
}

impl Client {
    /// Sets up connections; nothing is sent yet.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let transport = Transport::new(&settings, Arc::clone(&clock))?;
        Ok(Self { settings, clock, transport, channels: Memory::default() })
    }

    /// Asks as one client after the other, until one is answered.
    async fn ask_player(&self, id: &VideoId) -> Result<Player, YouTubeError> {
        let mut refused: Option<YouTubeError> = None;
        for client in &self.settings.clients {
            match player::ask(&self.transport, &self.settings, client, id).await {
                // A token is asked for only where there are captions: that says more than that a client is refused.
                Err(error) if error.class.next_client_helps() => {
                    let keeps = |old: &YouTubeError| old.class == ErrorClass::PoTokenRequired;
                    refused = refused.filter(keeps).or(Some(error));
                }
                other => return other,
            }
        }
        let no_clients = || YouTubeError::refused(ErrorClass::ClientRejected, "no client is set");
        Err(refused.unwrap_or_else(no_clients))
    }

    /// A call that ends with the deadline.
    async fn in_time<T>(
        &self,
        deadline: Instant,
        call: impl Future<Output = Result<T, YouTubeError>>,
    ) -> Result<T, YouTubeError> {
        let timed_out = |_| Err(YouTubeError::refused(ErrorClass::Timeout, ""));
        tokio::time::timeout_at(deadline, call).await.unwrap_or_else(timed_out)
    }

    /// When a call that begins now must end.
    fn deadline(&self) -> Instant {
        Instant::now() + self.settings.deadline
    }
}

#[async_trait]
impl YouTube for Client {
    async fn video(&self, id: &VideoId) -> Result<FetchedVideo, YouTubeError> {
        let deadline = self.deadline();
        let Player { mut particulars, tracks } = self.in_time(deadline, self.ask_player(id)).await?;
        // A video goes on without the rest, and without waiting for it longer than the deadline.
        let completed = details::complete(&self.transport, &self.settings, id, &mut particulars);
        if let Err(error) = self.in_time(deadline, completed).await {
            tracing::debug!(video = %id, %error, "not everything is known");
        }
        if particulars.title.is_empty() {
            particulars.title = id.to_string();
        }
        let Particulars { title, channel, channel_id, channel_url, duration_seconds, published_at } = particulars;
        let no_track = || YouTubeError::refused(ErrorClass::CaptionsDisabled, "");
        let track = tracks.into_iter().next().ok_or_else(no_track)?;
        let video_id = id.clone();
        Ok(FetchedVideo { video_id, title, channel, channel_id, channel_url, duration_seconds, published_at, track })
    }

    async fn particulars(&self, id: &VideoId) -> Result<Particulars, YouTubeError> {
        let mut particulars = Particulars::default();
        let completed = details::complete(&self.transport, &self.settings, id, &mut particulars);
        self.in_time(self.deadline(), completed).await?;
        Ok(particulars)
    }

    async fn channel(&self, channel_id: &str) -> Result<Channel, YouTubeError> {
        let now = self.clock.now();
        if let Some(channel) = self.channels.recall(channel_id, now - self.settings.channel_age) {
            return Ok(channel);
        }
        let asked = channel::fetch(&self.transport, &self.settings, channel_id);
        let channel = self.in_time(self.deadline(), asked).await?;
        self.channels.remember(&channel, now);
        Ok(channel)
    }

    async fn captions(&self, video: &FetchedVideo) -> Result<Vec<u8>, YouTubeError> {
        self.in_time(self.deadline(), captions::fetch(&self.transport, &self.settings, video)).await
    }
}

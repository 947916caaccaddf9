//! Gets the words of a video, and what is known about it: from YouTube, or from whoever sent a transcript.

use super::{PipelineError, StepName, log::Log};
use crate::{
    domain::{Source, SourceKind, StepState, Submission, VideoId},
    youtube::{Channel, FetchedVideo, Particulars, YouTube},
};

/// The title of a sermon whose sender did not give one.
const UNTITLED: &str = "Untitled sermon";

/// The words of a video, unread, and its particulars.
pub(super) struct Fetched {
    pub(super) video_id: VideoId,
    pub(super) title: String,
    pub(super) channel: String,
    pub(super) channel_url: String,
    pub(super) location: String,
    pub(super) published_at: Option<String>,
    pub(super) duration_seconds: Option<f64>,
    pub(super) language: Option<String>,
    /// Its format is known only when the words were read.
    pub(super) source: Source,
    pub(super) body: Vec<u8>,
}

/// Asks YouTube for everything.
pub(super) async fn from_youtube(youtube: &dyn YouTube, id: VideoId, log: &Log<'_>) -> Result<Fetched, PipelineError> {
    log.say(format!("Asking YouTube for the video {id}.")).await;
    let video = log.step(StepName::Video, async { Ok(youtube.video(&id).await?) }).await?;
    log.say(format!("Found “{}” by {}.", video.title, video.channel)).await;

    let channel = church(youtube, &video, log).await?;

    let body = log.step(StepName::Captions, async { Ok(youtube.captions(&video).await?) }).await?;
    log.say(format!("Got the captions “{}”: {} bytes.", video.track.name, body.len())).await;

    Ok(Fetched {
        source: Source {
            kind: SourceKind::Youtube,
            format: String::new(),
            automatic: Some(video.track.automatic),
            url: Some(format!("https://www.youtube.com/watch?v={id}")),
        },
        video_id: id,
        title: video.title,
        channel: video.channel,
        channel_url: video.channel_url,
        location: channel.and_then(|channel| channel.country).unwrap_or_default(),
        published_at: video.published_at,
        duration_seconds: video.duration_seconds,
        language: Some(video.track.language),
        body,
    })
}

/// Looks at the channel. Only one that is surely no church is refused; not to know is no reason.
async fn church(youtube: &dyn YouTube, video: &FetchedVideo, log: &Log<'_>) -> Result<Option<Channel>, PipelineError> {
    let Some(channel_id) = &video.channel_id else {
        log.say("YouTube does not say which channel it is; going on without.".to_owned()).await;
        log.mark(StepName::Channel, StepState::Skipped).await;
        return Ok(None);
    };
    log.mark(StepName::Channel, StepState::Running).await;
    let channel = match youtube.channel(channel_id).await {
        Ok(channel) => channel,
        Err(error) => {
            log.say(format!("Could not look at the channel, going on without: {error}")).await;
            log.mark(StepName::Channel, StepState::Skipped).await;
            return Ok(None);
        }
    };
    let name = &video.channel;
    match channel.is_church {
        Some(true) => log.say(format!("{name} is a church.")).await,
        None => log.say(format!("Could not find out whether {name} is a church; going on.")).await,
        Some(false) => {
            log.mark(StepName::Channel, StepState::Failed).await;
            return Err(PipelineError::NotAChurch { channel: name.clone() });
        }
    }
    log.mark(StepName::Channel, StepState::Done).await;
    Ok(Some(channel))
}

/// Takes what was sent. Only for a sermon with a link and without a title YouTube is asked, and need not answer.
pub(super) async fn from_submission(
    youtube: &dyn YouTube,
    sent: Submission,
    log: &Log<'_>,
) -> Result<Fetched, PipelineError> {
    let id = sent.video_id.ok_or_else(|| PipelineError::Broken("a queued transcript without a video".to_owned()))?;
    let video = if sent.url.is_some() && sent.title.trim().is_empty() {
        particulars(youtube, &id, log).await
    } else {
        log.mark(StepName::Video, StepState::Skipped).await;
        None
    };
    log.mark(StepName::Channel, StepState::Skipped).await;
    log.mark(StepName::Captions, StepState::Skipped).await;
    let known = |given: String, found: Option<&String>| {
        if given.trim().is_empty() { found.cloned().unwrap_or_default() } else { given.trim().to_owned() }
    };
    let title = known(sent.title, video.as_ref().map(|video| &video.title));
    Ok(Fetched {
        video_id: id,
        title: if title.is_empty() { UNTITLED.to_owned() } else { title },
        channel: known(sent.channel, video.as_ref().map(|video| &video.channel)),
        channel_url: known(sent.channel_url, video.as_ref().map(|video| &video.channel_url)),
        location: sent.location.trim().to_owned(),
        published_at: sent.published_at.or_else(|| video.as_ref()?.published_at.clone()),
        duration_seconds: video.as_ref().and_then(|video| video.duration_seconds),
        language: None,
        source: Source {
            kind: sent.source.unwrap_or(SourceKind::Paste),
            format: String::new(),
            automatic: None,
            url: sent.url,
        },
        body: sent.transcript.into_bytes(),
    })
}

/// What YouTube says of a video whose words are here already.
async fn particulars(youtube: &dyn YouTube, id: &VideoId, log: &Log<'_>) -> Option<Particulars> {
    log.say(format!("Asking YouTube for the title of the video {id}.")).await;
    log.mark(StepName::Video, StepState::Running).await;
    match youtube.particulars(id).await {
        Ok(particulars) => {
            log.mark(StepName::Video, StepState::Done).await;
            Some(particulars)
        }
        Err(error) => {
            log.say(format!("Going on without: {error}")).await;
            log.mark(StepName::Video, StepState::Skipped).await;
            None
        }
    }
}

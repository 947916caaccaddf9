//! Fetches a sermon's captions and metadata from YouTube, or takes them from a submission.

use super::{PipelineError, log::Log};
use crate::{
    domain::{Document, Source, SourceKind, StepName, StepState, Submission, VideoId, suggested_speaker},
    youtube::{Channel, FetchedVideo, VideoMetadata, YouTube},
};

/// The metadata and captions of a sermon. The captions have not been parsed yet.
pub(super) struct FetchedSermon {
    pub(super) video_id: VideoId,
    pub(super) title: String,
    /// Whether the title is real rather than a placeholder.
    pub(super) has_title: bool,
    pub(super) speaker: Option<String>,
    /// Whether the speaker was only inferred from the title of the video.
    pub(super) speaker_suggested: bool,
    pub(super) series: Option<String>,
    pub(super) channel: String,
    pub(super) channel_url: String,
    pub(super) location: String,
    pub(super) published_at: Option<String>,
    pub(super) duration_seconds: Option<f64>,
    pub(super) language: Option<String>,
    /// `format` is empty until the captions are parsed.
    pub(super) source: Source,
    pub(super) body: Vec<u8>,
}

/// Fetches the captions and metadata from YouTube.
pub(super) async fn from_youtube(
    youtube: &dyn YouTube,
    id: VideoId,
    log: &Log<'_>,
) -> Result<FetchedSermon, PipelineError> {
    log.add(format!("Requesting the video {id} from YouTube.")).await;
    let video = log.run_step(StepName::Video, async { Ok(youtube.video(&id).await?) }).await?;
    log.set_title(&video.title).await;
    log.add(format!("Found “{}” by {}.", video.title, video.channel)).await;

    let channel = check_church(youtube, &video, log).await?;

    let body = log.run_step(StepName::Captions, async { Ok(youtube.captions(&video).await?) }).await?;
    log.add(format!("Fetched the captions “{}”: {} bytes.", video.track.name, body.len())).await;

    let speaker = suggested_speaker(&video.title, &video.channel);
    Ok(FetchedSermon {
        source: Source {
            kind: SourceKind::Youtube,
            format: String::new(),
            automatic: Some(video.track.automatic),
            url: Some(format!("https://www.youtube.com/watch?v={id}")),
        },
        video_id: id,
        has_title: !video.title.trim().is_empty(),
        speaker_suggested: speaker.is_some(),
        speaker,
        series: None,
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

/// Rejects a channel that is clearly not a church. If that cannot be determined, the job continues.
async fn check_church(
    youtube: &dyn YouTube,
    video: &FetchedVideo,
    log: &Log<'_>,
) -> Result<Option<Channel>, PipelineError> {
    let Some(channel_id) = &video.channel_id else {
        log.add("YouTube does not name the channel; continuing without it.".to_owned()).await;
        log.set_step(StepName::Channel, StepState::Skipped).await;
        return Ok(None);
    };
    log.set_step(StepName::Channel, StepState::Running).await;
    let channel = match youtube.channel(channel_id).await {
        Ok(channel) => channel,
        Err(error) => {
            log.add(format!("Could not look up the channel, continuing without it: {error}")).await;
            log.set_step(StepName::Channel, StepState::Skipped).await;
            return Ok(None);
        }
    };
    let name = &video.channel;
    match channel.is_church {
        Some(true) => log.add(format!("{name} is a church.")).await,
        None => log.add(format!("Could not tell whether {name} is a church; continuing.")).await,
        Some(false) => {
            log.set_step(StepName::Channel, StepState::Failed).await;
            return Err(PipelineError::NotAChurch { channel: name.clone() });
        }
    }
    log.set_step(StepName::Channel, StepState::Done).await;
    Ok(Some(channel))
}

/// Uses the captions and details of a submission. Requests metadata from YouTube only if there is a link but no title,
/// and continues without metadata if that fails.
pub(super) async fn from_submission(
    youtube: &dyn YouTube,
    submission: Submission,
    log: &Log<'_>,
) -> Result<FetchedSermon, PipelineError> {
    let id = submission
        .video_id
        .ok_or_else(|| PipelineError::Internal("a queued transcript without a video ID".to_owned()))?;
    let metadata = if submission.url.is_some() && submission.title.trim().is_empty() {
        fetch_metadata(youtube, &id, log).await
    } else {
        log.set_step(StepName::Video, StepState::Skipped).await;
        None
    };
    log.set_step(StepName::Channel, StepState::Skipped).await;
    log.set_step(StepName::Captions, StepState::Skipped).await;
    let submitted_or = |submitted: String, fetched: Option<&String>| {
        if submitted.trim().is_empty() { fetched.cloned().unwrap_or_default() } else { submitted.trim().to_owned() }
    };
    let title = submitted_or(submission.title, metadata.as_ref().map(|video| &video.title));
    let named = |name: String| Some(name.trim().to_owned()).filter(|name| !name.is_empty());
    let speaker = named(submission.speaker);
    let suggested = metadata.as_ref().and_then(|video| suggested_speaker(&video.title, &video.channel));
    Ok(FetchedSermon {
        video_id: id,
        has_title: !title.is_empty(),
        speaker_suggested: speaker.is_none() && suggested.is_some(),
        speaker: speaker.or(suggested),
        series: named(submission.series),
        title: [title, submission.default_title.trim().to_owned(), Document::UNTITLED.to_owned()]
            .into_iter()
            .find(|title| !title.is_empty())
            .unwrap_or_default(),
        channel: submitted_or(submission.channel, metadata.as_ref().map(|video| &video.channel)),
        channel_url: submitted_or(submission.channel_url, metadata.as_ref().map(|video| &video.channel_url)),
        location: submission.location.trim().to_owned(),
        published_at: submission.published_at.or_else(|| metadata.as_ref()?.published_at.clone()),
        duration_seconds: metadata.as_ref().and_then(|video| video.duration_seconds),
        language: None,
        source: Source {
            kind: submission.source.unwrap_or(SourceKind::Paste),
            format: String::new(),
            automatic: None,
            url: submission.url,
        },
        body: submission.transcript.into_bytes(),
    })
}

/// Requests the metadata of a video whose transcript was submitted. Returns `None` if that fails.
async fn fetch_metadata(youtube: &dyn YouTube, id: &VideoId, log: &Log<'_>) -> Option<VideoMetadata> {
    log.add(format!("Requesting the title of the video {id} from YouTube.")).await;
    log.set_step(StepName::Video, StepState::Running).await;
    match youtube.metadata(id).await {
        Ok(metadata) => {
            log.set_step(StepName::Video, StepState::Done).await;
            Some(metadata)
        }
        Err(error) => {
            log.add(format!("Continuing without the title: {error}")).await;
            log.set_step(StepName::Video, StepState::Skipped).await;
            None
        }
    }
}

//! Requests to the player endpoint.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use serde_json::{Value, json};

use super::{
    CaptionTrack, ErrorClass, PlayerClient, Settings, VideoMetadata, YouTubeError, refusals, tracks,
    transport::{Call, Endpoint, Transport},
};
use crate::domain::{MAX_SECONDS, VideoId};

/// The reply for a playable video with English captions.
#[derive(Debug, Clone)]
pub(super) struct PlayerReply {
    pub(super) metadata: VideoMetadata,
    /// At least one caption track, best first.
    pub(super) tracks: Vec<CaptionTrack>,
}

/// Queries the player for a video, as the given client.
pub(super) async fn fetch(
    transport: &Transport,
    settings: &Settings,
    client: &PlayerClient,
    id: &VideoId,
) -> Result<PlayerReply, YouTubeError> {
    let body = json!({
        "context": client.context(),
        "videoId": id.as_str(),
        "contentCheckOk": true,
        "racyCheckOk": true,
    });
    let call = Call {
        endpoint: Endpoint::Player,
        url: settings.url("/youtubei/v1/player?prettyPrint=false"),
        headers: headers(client)?,
        body: Some(&body),
    };
    transport.send(call, |reply| parse_reply(reply, id)).await
}

/// Returns the headers that identify the client.
fn headers(client: &PlayerClient) -> Result<HeaderMap, YouTubeError> {
    let value = |text: &str| {
        HeaderValue::from_str(text).map_err(|_| {
            let message = format!("the settings of the client {} contain a control character", client.name);
            YouTubeError::refused(ErrorClass::ClientRejected, &message)
        })
    };
    Ok(HeaderMap::from_iter([
        (USER_AGENT, value(&client.user_agent)?),
        (HeaderName::from_static("x-youtube-client-name"), HeaderValue::from(client.id)),
        (HeaderName::from_static("x-youtube-client-version"), value(&client.version)?),
    ]))
}

fn parse_reply(body: &[u8], id: &VideoId) -> Result<PlayerReply, YouTubeError> {
    let reply = parse_json(body)?;
    let details = &reply["videoDetails"];
    if details["videoId"].as_str().is_some_and(|other| other != id.as_str()) {
        return Err(YouTubeError::refused(ErrorClass::WrongVideo, ""));
    }
    check_playable(&reply)?;
    let microformat = &reply["microformat"]["playerMicroformatRenderer"];
    let string = |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let seconds = details["lengthSeconds"].as_f64().or_else(|| details["lengthSeconds"].as_str()?.parse().ok());
    let channel_id = string(&details["channelId"]);
    let channel_url = channel_id.as_ref().map(|id| format!("https://www.youtube.com/channel/{id}"));
    Ok(PlayerReply {
        metadata: VideoMetadata {
            title: string(&details["title"]).unwrap_or_default(),
            channel: string(&details["author"]).unwrap_or_default(),
            channel_url: channel_url.unwrap_or_default(),
            channel_id,
            duration_seconds: seconds.filter(|seconds| *seconds > 0.0 && *seconds <= MAX_SECONDS),
            published_at: string(&microformat["publishDate"]).or_else(|| string(&microformat["uploadDate"])),
        },
        tracks: tracks::english(&reply).map_err(|error| match error.class {
            // YouTube generates the captions of a broadcast after it ends.
            ErrorClass::CaptionsDisabled if details["isPostLiveDvr"] == true => {
                YouTubeError::refused(ErrorClass::StillLive, "")
            }
            _ => error,
        })?,
    })
}

/// Parses a JSON reply. An HTML page is a captcha, a consent page, or unknown.
pub(super) fn parse_json(body: &[u8]) -> Result<Value, YouTubeError> {
    serde_json::from_slice(body).map_err(|error| {
        let class = refusals::classify_page(&String::from_utf8_lossy(body));
        let message = if class == ErrorClass::Blocked {
            "a captcha or consent page instead of a reply".to_owned()
        } else {
            format!("not JSON: {error}")
        };
        YouTubeError::refused(class, &message)
    })
}

/// Fails unless the video can currently be played.
fn check_playable(reply: &Value) -> Result<(), YouTubeError> {
    let (playability, details) = (&reply["playabilityStatus"], &reply["videoDetails"]);
    let broadcast = &reply["microformat"]["playerMicroformatRenderer"]["liveBroadcastDetails"];
    let Some(status) = playability["status"].as_str() else {
        return Err(YouTubeError::refused(ErrorClass::Unparsable, "the reply has no playability status"));
    };
    let reason = reason(playability);
    match status.to_ascii_uppercase().as_str() {
        "OK" if details["isUpcoming"] == true => Err(YouTubeError::refused(ErrorClass::Upcoming, &reason)),
        "OK" if details["isLive"] == true || broadcast["isLiveNow"] == true => {
            Err(YouTubeError::refused(ErrorClass::StillLive, &reason))
        }
        "OK" => Ok(()),
        _ => Err(YouTubeError::refused(refusals::classify(status, &reason), &reason)),
    }
}

/// Joins all reasons that YouTube gives why the video cannot be played, without duplicates.
fn reason(playability: &Value) -> String {
    let screen = &playability["errorScreen"]["playerErrorMessageRenderer"];
    let messages = playability["messages"].as_array().into_iter().flatten();
    let mut sentences: Vec<String> = Vec::new();
    let parts = [&playability["reason"], &screen["reason"], &screen["subreason"]];
    for part in parts.into_iter().chain(messages) {
        let sentence = text(part);
        if !sentence.is_empty() && !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    sentences.join(": ")
}

/// Returns the text of a value in any of YouTube's formats: a string, `simpleText` or `runs`.
pub(super) fn text(value: &Value) -> String {
    let runs = value["runs"].as_array().into_iter().flatten().filter_map(|run| run["text"].as_str());
    let runs: Vec<&str> = runs.collect();
    let text = value.as_str().or_else(|| value["simpleText"].as_str()).map_or_else(|| runs.join(" "), str::to_owned);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

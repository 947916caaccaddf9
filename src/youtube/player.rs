//! Asks the player and understands its reply.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use serde_json::{Value, json};

use super::{
    CaptionTrack, ErrorClass, Particulars, PlayerClient, Settings, YouTubeError, refusals, tracks,
    transport::{Call, Endpoint, Transport},
};
use crate::domain::VideoId;

/// What a player's reply says of a video that plays and has English captions.
#[derive(Debug, Clone)]
pub(super) struct Player {
    pub(super) particulars: Particulars,
    /// At least one, best first.
    pub(super) tracks: Vec<CaptionTrack>,
}

/// Asks the player as one of its clients.
pub(super) async fn ask(
    transport: &Transport,
    settings: &Settings,
    client: &PlayerClient,
    id: &VideoId,
) -> Result<Player, YouTubeError> {
    let body = json!({
        "context": client.context(),
        "videoId": id.as_str(),
        "contentCheckOk": true,
        "racyCheckOk": true,
    });
    let call = Call {
        endpoint: Endpoint::Player,
        url: settings.below_base("/youtubei/v1/player?prettyPrint=false"),
        headers: headers(client)?,
        body: Some(&body),
    };
    transport.ask(call, |reply| read(reply, id)).await
}

/// The headers that name the client.
fn headers(client: &PlayerClient) -> Result<HeaderMap, YouTubeError> {
    let value = |text: &str| {
        HeaderValue::from_str(text).map_err(|_| {
            let words =
                format!("the client {} has a line break or another control character in its settings", client.name);
            YouTubeError::refused(ErrorClass::ClientRejected, &words)
        })
    };
    Ok(HeaderMap::from_iter([
        (USER_AGENT, value(&client.user_agent)?),
        (HeaderName::from_static("x-youtube-client-name"), HeaderValue::from(client.id)),
        (HeaderName::from_static("x-youtube-client-version"), value(&client.version)?),
    ]))
}

/// Understands a reply.
fn read(body: &[u8], id: &VideoId) -> Result<Player, YouTubeError> {
    let reply = parse(body)?;
    let details = &reply["videoDetails"];
    if details["videoId"].as_str().is_some_and(|other| other != id.as_str()) {
        return Err(YouTubeError::refused(ErrorClass::WrongVideo, ""));
    }
    check_playable(&reply["playabilityStatus"], details)?;
    let microformat = &reply["microformat"]["playerMicroformatRenderer"];
    let text = |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let seconds = details["lengthSeconds"].as_f64().or_else(|| details["lengthSeconds"].as_str()?.parse().ok());
    let channel_id = text(&details["channelId"]);
    let channel_url = channel_id.as_ref().map(|id| format!("https://www.youtube.com/channel/{id}"));
    Ok(Player {
        particulars: Particulars {
            title: text(&details["title"]).unwrap_or_default(),
            channel: text(&details["author"]).unwrap_or_default(),
            channel_url: channel_url.unwrap_or_default(),
            channel_id,
            duration_seconds: seconds.filter(|seconds| *seconds > 0.0),
            published_at: text(&microformat["publishDate"]).or_else(|| text(&microformat["uploadDate"])),
        },
        tracks: tracks::english(&reply).map_err(|error| match error.class {
            // The captions of a broadcast are made after its end.
            ErrorClass::CaptionsDisabled if details["isPostLiveDvr"] == true => {
                YouTubeError::refused(ErrorClass::StillLive, "")
            }
            _ => error,
        })?,
    })
}

/// A reply as JSON; a page in its place is a wall, or nothing that we know.
pub(super) fn parse(body: &[u8]) -> Result<Value, YouTubeError> {
    serde_json::from_slice(body).map_err(|error| {
        let class = refusals::class_of_page(&String::from_utf8_lossy(body));
        let words = if class == ErrorClass::Blocked {
            "a page with a question came instead of an answer".to_owned()
        } else {
            format!("not JSON: {error}")
        };
        YouTubeError::refused(class, &words)
    })
}

/// Whether YouTube plays the video now.
fn check_playable(playability: &Value, details: &Value) -> Result<(), YouTubeError> {
    let Some(status) = playability["status"].as_str() else {
        return Err(YouTubeError::refused(ErrorClass::Unparsable, "the reply has no playability status"));
    };
    let reason = reason(playability);
    match status {
        "OK" if details["isUpcoming"] == true => Err(YouTubeError::refused(ErrorClass::Upcoming, &reason)),
        "OK" if details["isLive"] == true => Err(YouTubeError::refused(ErrorClass::StillLive, &reason)),
        "OK" => Ok(()),
        _ => Err(YouTubeError::refused(refusals::class(status, &reason), &reason)),
    }
}

/// All that YouTube says about why it does not play the video, each sentence once.
fn reason(playability: &Value) -> String {
    let screen = &playability["errorScreen"]["playerErrorMessageRenderer"];
    let messages = playability["messages"].as_array().into_iter().flatten();
    let mut said: Vec<String> = Vec::new();
    let parts = [&playability["reason"], &screen["reason"], &screen["subreason"]];
    for part in parts.into_iter().chain(messages) {
        let part = words(part);
        if !part.is_empty() && !said.contains(&part) {
            said.push(part);
        }
    }
    said.join(": ")
}

/// A text in any of YouTube's forms: a string, `simpleText`, or `runs`.
pub(super) fn words(value: &Value) -> String {
    let runs = value["runs"].as_array().into_iter().flatten().filter_map(|run| run["text"].as_str());
    let runs: Vec<&str> = runs.collect();
    let text = value.as_str().or_else(|| value["simpleText"].as_str()).map_or_else(|| runs.join(" "), str::to_owned);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

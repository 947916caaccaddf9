//! Completes a video's metadata from oEmbed and the Data API if the player does not provide it.
//!
//! The `<title>` of a page is never used, because the page may be a consent form.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use url::Url;

use super::{
    ErrorClass, Settings, VideoMetadata, YouTubeError, player,
    transport::{Call, Endpoint, Transport},
};
use crate::domain::{MAX_SECONDS, VideoId};

/// Fills in missing fields. If there is still no title, fails with the reason.
pub(super) async fn complete(
    transport: &Transport,
    settings: &Settings,
    id: &VideoId,
    metadata: &mut VideoMetadata,
) -> Result<(), YouTubeError> {
    let mut failure = None;
    if metadata.title.is_empty() || metadata.channel.is_empty() {
        match oembed(transport, settings, id).await {
            Ok(reply) => merge_oembed(metadata, &reply),
            Err(error) => failure = Some(error),
        }
    }
    if settings.api_key.is_some() && (metadata.title.is_empty() || metadata.published_at.is_none()) {
        let query = [("part", "snippet,contentDetails"), ("id", id.as_str())];
        match data_api(transport, settings, "/videos", &query).await {
            Ok(reply) => merge_data_api(metadata, &reply["items"][0], id),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    if !metadata.title.is_empty() {
        return Ok(());
    }
    Err(failure.unwrap_or_else(|| YouTubeError::refused(ErrorClass::Unparsable, "its title is unknown")))
}

/// Queries oEmbed. Status 401 means that embedding is disabled, not that the video is private.
async fn oembed(transport: &Transport, settings: &Settings, id: &VideoId) -> Result<Value, YouTubeError> {
    let mut url = settings.url("/oembed");
    let watch = format!("https://www.youtube.com/watch?v={id}");
    url.query_pairs_mut().append_pair("url", &watch).append_pair("format", "json");
    let call = Call { endpoint: Endpoint::Metadata, url, headers: HeaderMap::new(), body: None };
    transport.send(call, player::parse_json).await
}

/// Fills empty fields from an oEmbed reply.
fn merge_oembed(metadata: &mut VideoMetadata, reply: &Value) {
    set_if_empty(&mut metadata.title, &reply["title"]);
    set_if_empty(&mut metadata.channel, &reply["author_name"]);
    set_if_empty(&mut metadata.channel_url, &reply["author_url"]);
}

/// Queries the Data API. The key is sent in a header, so it never appears in a logged URL.
pub(super) async fn data_api(
    transport: &Transport,
    settings: &Settings,
    path: &str,
    query: &[(&str, &str)],
) -> Result<Value, YouTubeError> {
    let mut url: Url = settings.data_api_url(path);
    url.query_pairs_mut().extend_pairs(query);
    let mut headers = HeaderMap::new();
    let key = settings.api_key.as_ref().map(|key| key.expose_secret().trim());
    if let Some(mut key) = key.and_then(|key| HeaderValue::from_str(key).ok()) {
        key.set_sensitive(true);
        headers.insert(HeaderName::from_static("x-goog-api-key"), key);
    }
    transport.send(Call { endpoint: Endpoint::Metadata, url, headers, body: None }, player::parse_json).await
}

/// Fills empty fields from a Data API reply, unless the reply is about another video.
fn merge_data_api(metadata: &mut VideoMetadata, item: &Value, id: &VideoId) {
    if item["id"] != id.as_str() {
        return;
    }
    let snippet = &item["snippet"];
    set_if_empty(&mut metadata.title, &snippet["title"]);
    set_if_empty(&mut metadata.channel, &snippet["channelTitle"]);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    metadata.channel_id = metadata.channel_id.take().or_else(|| text(&snippet["channelId"]));
    metadata.published_at = metadata.published_at.take().or_else(|| text(&snippet["publishedAt"]));
    let duration = item["contentDetails"]["duration"].as_str().and_then(parse_duration);
    metadata.duration_seconds = metadata.duration_seconds.or(duration.filter(|seconds| *seconds <= MAX_SECONDS));
}

/// Sets `target` to the trimmed text of `value`, if `target` is empty.
pub(super) fn set_if_empty(target: &mut String, value: &Value) {
    if let Some(text) = value.as_str().filter(|_| target.is_empty()) {
        text.trim().clone_into(target);
    }
}

/// Converts an ISO 8601 duration such as `PT1H40S` to seconds.
fn parse_duration(text: &str) -> Option<f64> {
    let (mut seconds, mut number) = (0.0, String::new());
    for letter in text.strip_prefix('P')?.chars() {
        match letter {
            '0'..='9' | '.' => number.push(letter),
            'T' => {}
            unit => {
                let factor = match unit {
                    'D' => 86_400.0,
                    'H' => 3_600.0,
                    'M' => 60.0,
                    'S' => 1.0,
                    _ => return None,
                };
                seconds += number.parse::<f64>().ok()? * factor;
                number.clear();
            }
        }
    }
    (number.is_empty() && seconds > 0.0).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_8601_durations_are_parsed() {
        for (text, seconds) in [("PT1H40S", 3640.0), ("PT2M", 120.0), ("P1DT1S", 86_401.0), ("PT1.5S", 1.5)] {
            assert_eq!(parse_duration(text), Some(seconds), "{text}");
        }
        for text in ["", "P0D", "1H", "PT1X", "PT5"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}

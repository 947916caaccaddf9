//! Title, channel and date of a video where the player does not say them: oEmbed, then the Data API.
//!
//! Never the `<title>` of a page, which may be a consent form. All of it is optional: errors are only logged.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

use super::{
    FetchedVideo, Settings, YouTubeError, player,
    transport::{Call, Endpoint, Transport},
};

/// Fills in what is missing.
pub(super) async fn complete(transport: &Transport, settings: &Settings, video: &mut FetchedVideo) {
    if video.title.is_empty() || video.channel.is_empty() {
        match oembed(transport, settings, video).await {
            Ok(reply) => take_oembed(video, &reply),
            Err(error) => tracing::debug!(video = %video.video_id, %error, "oEmbed does not give the title"),
        }
    }
    if settings.api_key.is_some() && (video.title.is_empty() || video.published_at.is_none()) {
        let query = [("part", "snippet,contentDetails"), ("id", video.video_id.as_str())];
        match data_api(transport, settings, "/videos", &query).await {
            Ok(reply) => take_data_api(video, &reply["items"][0]),
            Err(error) => tracing::debug!(video = %video.video_id, %error, "the Data API does not give the title"),
        }
    }
}

/// Asks oEmbed. Its 401 means that the video may not be embedded, and says nothing of whether it is private.
async fn oembed(transport: &Transport, settings: &Settings, video: &FetchedVideo) -> Result<Value, YouTubeError> {
    let mut url = settings.below_base("/oembed");
    let watch = format!("https://www.youtube.com/watch?v={}", video.video_id);
    url.query_pairs_mut().append_pair("url", &watch).append_pair("format", "json");
    let call = Call { endpoint: Endpoint::Details, url, headers: HeaderMap::new(), body: None };
    transport.ask(call, player::parse).await
}

/// Takes what oEmbed says.
fn take_oembed(video: &mut FetchedVideo, reply: &Value) {
    fill(&mut video.title, &reply["title"]);
    fill(&mut video.channel, &reply["author_name"]);
    fill(&mut video.channel_url, &reply["author_url"]);
}

/// Asks the Data API; its key goes in a header, so that no log of addresses has it.
pub(super) async fn data_api(
    transport: &Transport,
    settings: &Settings,
    path: &str,
    query: &[(&str, &str)],
) -> Result<Value, YouTubeError> {
    let mut url: Url = settings.data_api(path);
    url.query_pairs_mut().extend_pairs(query);
    let mut headers = HeaderMap::new();
    if let Some(mut key) = settings.api_key.as_ref().and_then(|key| HeaderValue::from_str(key.secret()).ok()) {
        key.set_sensitive(true);
        headers.insert(HeaderName::from_static("x-goog-api-key"), key);
    }
    transport.ask(Call { endpoint: Endpoint::Details, url, headers, body: None }, player::parse).await
}

/// Takes what the Data API says; nothing where it has no such video.
fn take_data_api(video: &mut FetchedVideo, item: &Value) {
    if item["id"] != video.video_id.as_str() {
        return;
    }
    let snippet = &item["snippet"];
    fill(&mut video.title, &snippet["title"]);
    fill(&mut video.channel, &snippet["channelTitle"]);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    video.channel_id = video.channel_id.take().or_else(|| text(&snippet["channelId"]));
    video.published_at = video.published_at.take().or_else(|| text(&snippet["publishedAt"]));
    let duration = item["contentDetails"]["duration"].as_str().and_then(iso_seconds);
    video.duration_seconds = video.duration_seconds.or(duration);
}

/// Fills in a text that is missing.
fn fill(target: &mut String, value: &Value) {
    if let Some(text) = value.as_str().filter(|_| target.is_empty()) {
        text.trim().clone_into(target);
    }
}

/// Seconds of an ISO 8601 duration such as `PT1H40S`.
fn iso_seconds(text: &str) -> Option<f64> {
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
    fn durations_of_the_data_api_are_read() {
        for (text, seconds) in [("PT1H40S", 3640.0), ("PT2M", 120.0), ("P1DT1S", 86_401.0), ("PT1.5S", 1.5)] {
            assert_eq!(iso_seconds(text), Some(seconds), "{text}");
        }
        for text in ["", "P0D", "1H", "PT1X", "PT5"] {
            assert_eq!(iso_seconds(text), None, "{text}");
        }
    }
}

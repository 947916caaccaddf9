//! Title, channel and date of a video where the player does not say them: oEmbed, then the Data API.
//!
//! Never the `<title>` of a page, which may be a consent form. A video goes on without it.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

use super::{
    ErrorClass, Particulars, Settings, YouTubeError, player,
    transport::{Call, Endpoint, Transport},
};
use crate::domain::VideoId;

/// Fills in what is missing; the error is why there is still no title.
pub(super) async fn complete(
    transport: &Transport,
    settings: &Settings,
    id: &VideoId,
    known: &mut Particulars,
) -> Result<(), YouTubeError> {
    let mut failure = None;
    if known.title.is_empty() || known.channel.is_empty() {
        match oembed(transport, settings, id).await {
            Ok(reply) => take_oembed(known, &reply),
            Err(error) => failure = Some(error),
        }
    }
    if settings.api_key.is_some() && (known.title.is_empty() || known.published_at.is_none()) {
        let query = [("part", "snippet,contentDetails"), ("id", id.as_str())];
        match data_api(transport, settings, "/videos", &query).await {
            Ok(reply) => take_data_api(known, &reply["items"][0], id),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    if !known.title.is_empty() {
        return Ok(());
    }
    Err(failure.unwrap_or_else(|| YouTubeError::refused(ErrorClass::Unparsable, "nobody says its title")))
}

/// Asks oEmbed. Its 401 means that the video may not be embedded, and says nothing of whether it is private.
async fn oembed(transport: &Transport, settings: &Settings, id: &VideoId) -> Result<Value, YouTubeError> {
    let mut url = settings.below_base("/oembed");
    let watch = format!("https://www.youtube.com/watch?v={id}");
    url.query_pairs_mut().append_pair("url", &watch).append_pair("format", "json");
    let call = Call { endpoint: Endpoint::Details, url, headers: HeaderMap::new(), body: None };
    transport.ask(call, player::parse).await
}

/// Takes what oEmbed says.
fn take_oembed(known: &mut Particulars, reply: &Value) {
    fill(&mut known.title, &reply["title"]);
    fill(&mut known.channel, &reply["author_name"]);
    fill(&mut known.channel_url, &reply["author_url"]);
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

/// Takes what the Data API says; nothing where it has no such known.
fn take_data_api(known: &mut Particulars, item: &Value, id: &VideoId) {
    if item["id"] != id.as_str() {
        return;
    }
    let snippet = &item["snippet"];
    fill(&mut known.title, &snippet["title"]);
    fill(&mut known.channel, &snippet["channelTitle"]);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    known.channel_id = known.channel_id.take().or_else(|| text(&snippet["channelId"]));
    known.published_at = known.published_at.take().or_else(|| text(&snippet["publishedAt"]));
    let duration = item["contentDetails"]["duration"].as_str().and_then(iso_seconds);
    known.duration_seconds = known.duration_seconds.or(duration);
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

//! Chooses a caption track.

use serde_json::Value;
use url::Url;

use super::{CaptionTrack, ErrorClass, YouTubeError};

/// Values of a track URL's `exp` parameter that require a proof-of-origin token.
const TOKEN_REQUIRED: [&str; 2] = ["xpe", "xpv"];

/// Returns the fetchable English tracks of a player reply, best first.
pub(super) fn english(reply: &Value) -> Result<Vec<CaptionTrack>, YouTubeError> {
    let listed = &reply["captions"]["playerCaptionsTracklistRenderer"]["captionTracks"];
    let all: Vec<CaptionTrack> = listed.as_array().into_iter().flatten().filter_map(parse_track).collect();
    if all.is_empty() {
        return Err(YouTubeError::refused(ErrorClass::CaptionsDisabled, ""));
    }
    let mut english: Vec<CaptionTrack> = all.iter().filter(|track| rank(track).is_some()).cloned().collect();
    if english.is_empty() {
        return Err(no_english(&all));
    }
    english.retain(|track| !requires_token(&track.base_url));
    english.sort_by_key(rank);
    if english.is_empty() { Err(YouTubeError::refused(ErrorClass::PoTokenRequired, "")) } else { Ok(english) }
}

/// Parses a listed track. Returns `None` for machine translations.
fn parse_track(listed: &Value) -> Option<CaptionTrack> {
    let base_url = listed["baseUrl"].as_str()?;
    let is_translation = query(base_url).any(|(key, _)| key == "tlang");
    let is_automatic = listed["kind"] == "asr"
        || listed["vssId"].as_str().is_some_and(|id| id.starts_with("a."))
        || query(base_url).any(|(key, value)| key == "kind" && value == "asr");
    (!is_translation).then(|| CaptionTrack {
        base_url: base_url.to_owned(),
        language: language(listed, base_url),
        automatic: is_automatic,
        name: super::player::text(&listed["name"]),
    })
}

/// Returns the language of a track as listed, or else from its ID (`.en`, `a.en`) or its URL.
fn language(listed: &Value, base_url: &str) -> String {
    let from_id = || listed["vssId"].as_str()?.split_once('.').map(|(_, code)| code.to_owned());
    let from_url = || query(base_url).find(|(key, _)| key == "lang").map(|(_, code)| code);
    let listed = listed["languageCode"].as_str().map(str::to_owned);
    listed.or_else(from_id).or_else(from_url).unwrap_or_default()
}

/// Returns the sort key of an English track: manual before automatic, then `en`, `en-US`, `en-GB`, others.
fn rank(track: &CaptionTrack) -> Option<(bool, u8)> {
    let code = track.language.to_ascii_lowercase().replace('_', "-");
    let variant = match code.as_str() {
        "en" | "eng" => 0,
        "en-us" => 1,
        "en-gb" => 2,
        _ if code.starts_with("en-") || code.starts_with("eng-") => 3,
        _ => return None,
    };
    Some((track.automatic, variant))
}

/// Returns whether the captions at this URL require a proof-of-origin token.
pub(super) fn requires_token(base_url: &str) -> bool {
    query(base_url).any(|(key, value)| key == "exp" && value.split(',').any(|part| TOKEN_REQUIRED.contains(&part)))
}

/// Returns the query parameters of a URL, which may be relative.
fn query(url: &str) -> impl Iterator<Item = (String, String)> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let parsed = url::form_urlencoded::parse(query.as_bytes()).into_owned();
    parsed.collect::<Vec<_>>().into_iter()
}

/// Returns an error that lists the available languages.
fn no_english(tracks: &[CaptionTrack]) -> YouTubeError {
    let mut languages: Vec<String> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for track in tracks.iter().filter(|track| !track.language.is_empty()) {
        if !languages.contains(&track.language) {
            languages.push(track.language.clone());
            names.push(if track.name.is_empty() {
                track.language.clone()
            } else {
                format!("{} ({})", track.name, track.language)
            });
        }
    }
    let message = format!(
        "the video has captions in {}, but none in English; paste an English transcript instead",
        names.join(", ")
    );
    YouTubeError { class: ErrorClass::NoEnglishTrack, message, languages }
}

/// Returns the URL of a track's captions in json3 format, under the configured base URL.
///
/// Returns `None` unless the track's URL is the captions path on a YouTube host or on the base URL's host.
pub(super) fn captions_url(base_url: &str, base: &Url, endpoint: &Url) -> Option<Url> {
    let listed = base.join(base_url).ok()?;
    let on_youtube = listed.host_str().is_some_and(super::link::is_youtube);
    let on_base = listed.origin() == base.origin();
    let has_no_user = listed.username().is_empty() && listed.password().is_none();
    let is_captions = listed.path() == "/api/timedtext" || (on_base && listed.path() == endpoint.path());
    if !(matches!(listed.scheme(), "http" | "https") && (on_youtube || on_base) && has_no_user && is_captions) {
        return None;
    }
    // The other parameters are signed and must not be changed.
    let key = |pair: &&str| pair.split('=').next().unwrap_or_default().to_owned();
    let kept = listed.query().unwrap_or_default().split('&');
    let kept: Vec<&str> =
        kept.filter(|pair| !pair.is_empty() && !matches!(key(pair).as_str(), "fmt" | "xosf")).collect();
    let mut url = endpoint.clone();
    url.set_query(Some(&format!("{}&fmt=json3", kept.join("&"))));
    Some(url)
}

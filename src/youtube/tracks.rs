//! Which caption track is taken.

use serde_json::Value;
use url::Url;

use super::{CaptionTrack, ErrorClass, YouTubeError};

/// Values of `exp` in a track's address that ask for a proof-of-origin token.
const GATES: [&str; 2] = ["xpe", "xpv"];

/// The English tracks of a player's reply that can be fetched, best first.
pub(super) fn english(reply: &Value) -> Result<Vec<CaptionTrack>, YouTubeError> {
    let listed = &reply["captions"]["playerCaptionsTracklistRenderer"]["captionTracks"];
    let all: Vec<CaptionTrack> = listed.as_array().into_iter().flatten().filter_map(track).collect();
    if all.is_empty() {
        return Err(YouTubeError::refused(ErrorClass::CaptionsDisabled, ""));
    }
    let mut english: Vec<CaptionTrack> = all.iter().filter(|track| rank(track).is_some()).cloned().collect();
    if english.is_empty() {
        return Err(no_english(&all));
    }
    english.retain(|track| !is_gated(&track.base_url));
    english.sort_by_key(rank);
    if english.is_empty() { Err(YouTubeError::refused(ErrorClass::PoTokenRequired, "")) } else { Ok(english) }
}

/// A track as YouTube lists it; a machine translation is none.
fn track(listed: &Value) -> Option<CaptionTrack> {
    let base_url = listed["baseUrl"].as_str()?;
    let is_translation = query(base_url).any(|(key, _)| key == "tlang");
    let is_automatic = listed["kind"] == "asr"
        || listed["vssId"].as_str().is_some_and(|id| id.starts_with("a."))
        || query(base_url).any(|(key, value)| key == "kind" && value == "asr");
    (!is_translation).then(|| CaptionTrack {
        base_url: base_url.to_owned(),
        language: language(listed, base_url),
        automatic: is_automatic,
        name: super::player::words(&listed["name"]),
    })
}

/// The language of a track: as listed, or as its id (`.en`, `a.en`) or its address says.
fn language(listed: &Value, base_url: &str) -> String {
    let from_id = || listed["vssId"].as_str()?.split_once('.').map(|(_, code)| code.to_owned());
    let from_address = || query(base_url).find(|(key, _)| key == "lang").map(|(_, code)| code);
    let listed = listed["languageCode"].as_str().map(str::to_owned);
    listed.or_else(from_id).or_else(from_address).unwrap_or_default()
}

/// The place of an English track: written by hand before automatic, then `en`, `en-US`, `en-GB`, others.
fn rank(track: &CaptionTrack) -> Option<(bool, u8)> {
    let code = track.language.to_ascii_lowercase().replace('_', "-");
    let place = match code.as_str() {
        "en" => 0,
        "en-us" => 1,
        "en-gb" => 2,
        _ if code.starts_with("en-") => 3,
        _ => return None,
    };
    Some((track.automatic, place))
}

/// Whether only YouTube's own player gets the captions at this address.
pub(super) fn is_gated(base_url: &str) -> bool {
    query(base_url).any(|(key, value)| key == "exp" && value.split(',').any(|part| GATES.contains(&part)))
}

/// The query of an address, which may be relative.
fn query(address: &str) -> impl Iterator<Item = (String, String)> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let parsed = url::form_urlencoded::parse(query.as_bytes()).into_owned();
    parsed.collect::<Vec<_>>().into_iter()
}

/// The error that lists the languages there are.
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

/// The address of a track's captions as json3, below the configured base.
///
/// Only the path of captions is followed, and only on YouTube's hosts or the base itself.
pub(super) fn address(base_url: &str, base: &Url, endpoint: &Url) -> Option<Url> {
    let listed = base.join(base_url).ok()?;
    let on_youtube = listed.host_str().is_some_and(super::link::is_youtube);
    let on_base = listed.origin() == base.origin();
    let plain = listed.username().is_empty() && listed.password().is_none();
    let is_captions = listed.path() == "/api/timedtext" || (on_base && listed.path() == endpoint.path());
    if !(matches!(listed.scheme(), "http" | "https") && (on_youtube || on_base) && plain && is_captions) {
        return None;
    }
    // The other parameters are signed: they stay as they are written.
    let key = |pair: &&str| pair.split('=').next().unwrap_or_default().to_owned();
    let kept = listed.query().unwrap_or_default().split('&');
    let kept: Vec<&str> =
        kept.filter(|pair| !pair.is_empty() && !matches!(key(pair).as_str(), "fmt" | "xosf")).collect();
    let mut address = endpoint.clone();
    address.set_query(Some(&format!("{}&fmt=json3", kept.join("&"))));
    Some(address)
}

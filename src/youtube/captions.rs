//! Fetches captions, trying other tracks and clients if YouTube withholds them.

use reqwest::header::HeaderMap;
use scripture_detector::transcript::{self, TranscriptError};

use super::{
    CaptionTrack, ErrorClass, FetchedVideo, Settings, YouTubeError, player, refusals, tracks,
    transport::{Call, Endpoint, Transport},
};

/// Fetches the captions of a video: the chosen track first, then the other tracks as listed to each client, until one has words.
pub(super) async fn fetch(
    transport: &Transport,
    settings: &Settings,
    video: &FetchedVideo,
) -> Result<Vec<u8>, YouTubeError> {
    let mut withheld = match fetch_track(transport, settings, &video.track).await {
        Err(error) if another_track_may_help(&error) => error,
        other => return other,
    };
    for (index, client) in settings.clients.iter().enumerate() {
        let tracks = match player::fetch(transport, settings, client, &video.video_id).await {
            Ok(player) => player.tracks,
            Err(error) if error.class.another_client_may_help() => continue,
            Err(error) => return Err(error),
        };
        let was_tried = |track: &CaptionTrack| index == 0 && is_same(track, &video.track);
        for track in tracks.iter().filter(|track| !was_tried(track)) {
            match fetch_track(transport, settings, track).await {
                Err(error) if another_track_may_help(&error) => withheld = error,
                other => return other,
            }
        }
    }
    Err(withheld)
}

/// Returns whether two listings describe the same track. URLs cannot be compared, because YouTube signs them again for
/// every listing.
fn is_same(one: &CaptionTrack, other: &CaptionTrack) -> bool {
    one.language == other.language && one.automatic == other.automatic && one.name == other.name
}

/// Returns whether the body of a track was empty, without words, or not captions, so that another track may have them.
fn another_track_may_help(error: &YouTubeError) -> bool {
    matches!(error.class, ErrorClass::PoTokenRequired | ErrorClass::Unparsable)
}

/// Fetches the captions of one track. An empty body means that a proof-of-origin token is required.
async fn fetch_track(
    transport: &Transport,
    settings: &Settings,
    track: &CaptionTrack,
) -> Result<Vec<u8>, YouTubeError> {
    if tracks::requires_token(&track.base_url) {
        return Err(YouTubeError::refused(ErrorClass::PoTokenRequired, ""));
    }
    let endpoint = settings.url("/api/timedtext");
    let url = tracks::captions_url(&track.base_url, &settings.base_url, &endpoint)
        .ok_or_else(|| YouTubeError::refused(ErrorClass::Unparsable, "the URL of the captions is not on YouTube"))?;
    let call = Call { endpoint: Endpoint::Captions, url, headers: HeaderMap::new(), body: None };
    transport.send(call, check_captions).await
}

/// Returns the body unless it is empty, an HTML page, without words, or in no format of captions.
fn check_captions(body: &[u8]) -> Result<Vec<u8>, YouTubeError> {
    let head = String::from_utf8_lossy(&body[..body.len().min(512)]).trim_start().to_ascii_lowercase();
    if head.is_empty() {
        Err(YouTubeError::refused(ErrorClass::PoTokenRequired, ""))
    } else if head.starts_with("<!doctype html") || head.starts_with("<html") {
        let class = refusals::classify_page(&String::from_utf8_lossy(body));
        Err(YouTubeError::refused(class, "a web page came instead of captions"))
    } else {
        match transcript::read(body) {
            // The meter says what is wrong with captions that are too large.
            Ok(_) | Err(TranscriptError::TooLarge(_)) => Ok(body.to_vec()),
            Err(error) => Err(YouTubeError::refused(ErrorClass::Unparsable, &error.to_string())),
        }
    }
}

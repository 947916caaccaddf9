//! Fetches captions. If YouTube withholds them, other tracks and clients are tried.

use reqwest::header::HeaderMap;
use scripture_detector::transcript::{self, TranscriptError};

use super::{
    CaptionTrack, ErrorClass, FetchedVideo, Settings, YouTubeError, player, refusals, tracks,
    transport::{Call, Endpoint, Transport},
};

/// Fetches the captions of a video. Tries the chosen track first, then the other tracks listed to each client, until a
/// track has words.
pub(super) async fn fetch(
    transport: &Transport,
    settings: &Settings,
    video: &FetchedVideo,
) -> Result<Vec<u8>, YouTubeError> {
    let mut withheld = match fetch_track(transport, settings, &video.track).await? {
        Body::Captions(captions) => return Ok(captions),
        Body::Useless(error) => error,
    };
    for (index, client) in settings.clients.iter().enumerate() {
        let tracks = match player::fetch(transport, settings, client, &video.video_id).await {
            Ok(player) => player.tracks,
            Err(error) if error.class.another_client_may_help() => continue,
            Err(error) => return Err(error),
        };
        let was_tried = |track: &CaptionTrack| index == 0 && is_same(track, &video.track);
        for track in tracks.iter().filter(|track| !was_tried(track)) {
            match fetch_track(transport, settings, track).await? {
                Body::Captions(captions) => return Ok(captions),
                Body::Useless(error) => withheld = error,
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

/// The contents of a track.
enum Body {
    Captions(Vec<u8>),
    /// The body is empty, has no words, or is not captions. Another track may be better.
    Useless(YouTubeError),
}

/// Fetches the captions of one track. An empty body means that a proof-of-origin token is required.
async fn fetch_track(transport: &Transport, settings: &Settings, track: &CaptionTrack) -> Result<Body, YouTubeError> {
    if tracks::requires_token(&track.base_url) {
        return Ok(Body::Useless(YouTubeError::refused(ErrorClass::PoTokenRequired, "")));
    }
    let endpoint = settings.url("/api/timedtext");
    let url = tracks::captions_url(&track.base_url, &settings.base_url, &endpoint)
        .ok_or_else(|| YouTubeError::refused(ErrorClass::Unparsable, "the URL of the captions is not on YouTube"))?;
    let call = Call { endpoint: Endpoint::Captions, url, headers: HeaderMap::new(), body: None };
    match transport.send(call, check_captions).await {
        Err(error) if error.class == ErrorClass::PoTokenRequired => Ok(Body::Useless(error)),
        other => other,
    }
}

/// Checks the body of a track.
fn check_captions(body: &[u8]) -> Result<Body, YouTubeError> {
    let head = String::from_utf8_lossy(&body[..body.len().min(512)]).trim_start().to_ascii_lowercase();
    if head.is_empty() {
        return Err(YouTubeError::refused(ErrorClass::PoTokenRequired, ""));
    }
    if head.starts_with("<!doctype html") || head.starts_with("<html") {
        let class = refusals::classify_page(&String::from_utf8_lossy(body));
        let error = YouTubeError::refused(class, "a web page instead of captions");
        return if class == ErrorClass::Unparsable { Ok(Body::Useless(error)) } else { Err(error) };
    }
    Ok(match transcript::read(body) {
        Ok(transcript) if !has_words(transcript.joined().as_str()) => {
            Body::Useless(YouTubeError::refused(ErrorClass::Unparsable, "the captions have no words"))
        }
        // The meter reports the problem with captions that are too large.
        Ok(_) | Err(TranscriptError::TooLarge(_)) => Body::Captions(body.to_vec()),
        Err(error) => Body::Useless(YouTubeError::refused(ErrorClass::Unparsable, &error.to_string())),
    })
}

/// Returns whether a text has words other than sounds such as `[Music]` and `(applause)`.
fn has_words(text: &str) -> bool {
    let mut depth = 0_usize;
    text.chars().any(|letter| {
        match letter {
            '[' | '(' => depth += 1,
            ']' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && letter.is_alphabetic()
    })
}

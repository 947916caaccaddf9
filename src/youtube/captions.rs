//! Fetches the captions of a track, and of the next one where YouTube keeps them back.

use reqwest::header::HeaderMap;

use super::{
    CaptionTrack, ErrorClass, FetchedVideo, Settings, YouTubeError, player, refusals, tracks,
    transport::{Call, Endpoint, Transport},
};

/// The captions of a video: of the track that was chosen, else of its next track, else as the next client gets them.
pub(super) async fn fetch(
    transport: &Transport,
    settings: &Settings,
    video: &FetchedVideo,
) -> Result<Vec<u8>, YouTubeError> {
    let mut kept_back = match fetch_track(transport, settings, &video.track).await {
        Err(error) if error.class == ErrorClass::PoTokenRequired => error,
        other => return other,
    };
    for (index, client) in settings.clients.iter().enumerate() {
        let tracks = match player::ask(transport, settings, client, &video.video_id).await {
            Ok(player) => player.tracks,
            Err(error) if error.class.next_client_helps() => continue,
            Err(error) => return Err(error),
        };
        let is_tried = |track: &CaptionTrack| index == 0 && is_same(track, &video.track);
        for track in tracks.iter().filter(|track| !is_tried(track)) {
            match fetch_track(transport, settings, track).await {
                Err(error) if error.class == ErrorClass::PoTokenRequired => kept_back = error,
                other => return other,
            }
        }
    }
    Err(kept_back)
}

/// Whether two lists name the same track, whose address is signed anew each time.
fn is_same(one: &CaptionTrack, other: &CaptionTrack) -> bool {
    one.language == other.language && one.automatic == other.automatic && one.name == other.name
}

/// The captions of one track; nothing at all means that YouTube asks for a proof-of-origin token.
async fn fetch_track(
    transport: &Transport,
    settings: &Settings,
    track: &CaptionTrack,
) -> Result<Vec<u8>, YouTubeError> {
    if tracks::is_gated(&track.base_url) {
        return Err(YouTubeError::refused(ErrorClass::PoTokenRequired, ""));
    }
    let endpoint = settings.below_base("/api/timedtext");
    let url = tracks::address(&track.base_url, &settings.base_url, &endpoint).ok_or_else(|| {
        YouTubeError::refused(ErrorClass::Unparsable, "the address of the captions is not on YouTube")
    })?;
    let call = Call { endpoint: Endpoint::Captions, url, headers: HeaderMap::new(), body: None };
    transport.ask(call, read).await
}

/// Takes what may be captions; a page in their place is none.
fn read(body: &[u8]) -> Result<Vec<u8>, YouTubeError> {
    let head = String::from_utf8_lossy(&body[..body.len().min(512)]).trim_start().to_ascii_lowercase();
    if head.is_empty() {
        Err(YouTubeError::refused(ErrorClass::PoTokenRequired, ""))
    } else if head.starts_with("<!doctype html") || head.starts_with("<html") {
        let class = refusals::class_of_page(&String::from_utf8_lossy(body));
        Err(YouTubeError::refused(class, "a page came instead of captions"))
    } else {
        Ok(body.to_vec())
    }
}

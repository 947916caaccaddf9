//! Parses links to YouTube videos.
//!
//! Hosts are compared exactly, not by substring. Nothing is fetched, and only the video ID is used.

use std::borrow::Cow;

use url::Url;

use crate::domain::VideoId;

/// Maximum length of the input.
const MAX_LENGTH: usize = 2_048;

/// How deeply links inside links (`attribution_link`, `redirect`, consent pages) may be nested.
const MAX_DEPTH: usize = 3;

/// Words of eleven characters that look like IDs but are not.
const NOT_IDS: [&str; 2] = ["videoseries", "live_stream"];

/// Why a string is not a link to a YouTube video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", .kind.message())]
pub struct LinkError {
    /// The reason.
    pub kind: LinkErrorKind,
}

/// The kinds of [`LinkError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkErrorKind {
    /// The input is empty.
    Empty,
    /// It does not name a video: a search, the home page, an ID of the wrong length.
    NotAVideo,
    /// It is a playlist.
    Playlist,
    /// It is a channel.
    Channel,
    /// It is a clip. The link of a clip does not contain the video's ID.
    Clip,
    /// It is a link to another site.
    NotYouTube,
    /// It is too long for a link.
    TooLong,
}

impl LinkErrorKind {
    /// Returns the message for users, which says what to do.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Empty => "the link is missing: paste the link of a sermon on YouTube",
            Self::NotAVideo => "this is not a link to a video: open the sermon on YouTube and copy its link",
            Self::Playlist => "this is a link to a playlist: open one of its videos and copy its link",
            Self::Channel => "this is a link to a channel: open one of its videos and copy its link",
            Self::Clip => "this is a link to a clip: open the full video and copy its link",
            Self::NotYouTube => "this is not a link to YouTube: for a sermon elsewhere, upload or paste the transcript",
            Self::TooLong => "this is too long for a link: to add a sermon by its text, paste it as a transcript",
        }
    }

    /// Returns the stable code used by the API, such as `playlist`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotAVideo => "not_a_video",
            Self::Playlist => "playlist",
            Self::Channel => "channel",
            Self::Clip => "clip",
            Self::NotYouTube => "not_youtube",
            Self::TooLong => "too_long",
        }
    }
}

/// Parses a link to a YouTube video, in any of its forms, or a video ID.
pub fn parse_video_link(text: &str) -> Result<VideoId, LinkError> {
    parse(text).map_err(|kind| LinkError { kind })
}

fn parse(text: &str) -> Result<VideoId, LinkErrorKind> {
    let text = text.trim();
    if text.is_empty() {
        return Err(LinkErrorKind::Empty);
    }
    if text.len() > MAX_LENGTH {
        return Err(LinkErrorKind::TooLong);
    }
    let link = link_in(text).replace("&amp;", "&");
    if let Some(id) = id(&link) {
        return Ok(id);
    }
    let is_id_text = link.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    match link.get(..2) {
        Some("UC") if is_id_text && link.len() == 24 => return Err(LinkErrorKind::Channel),
        Some("PL" | "UU" | "OL" | "RD") if is_id_text && link.len() > 12 => return Err(LinkErrorKind::Playlist),
        _ if link.starts_with('@') && !link.contains('.') => return Err(LinkErrorKind::Channel),
        _ => {}
    }
    in_url(&url(&link)?, 0)
}

/// Extracts the link from pasted text by removing surrounding words, brackets, quotes and punctuation.
fn link_in(text: &str) -> &str {
    let text = text.rsplit_once("](").map_or(text, |(_, target)| target);
    let is_link = |word: &&str| word.contains("://") || word.contains("youtu.be/") || word.contains("youtube.com/");
    let word = text.split_whitespace().find(is_link).unwrap_or(text);
    word.trim_start_matches(['<', '(', '[', '"', '\'', '“', '‘'])
        .trim_end_matches(['>', ')', ']', '"', '\'', '”', '’', '.', ',', ';', '!'])
}

/// Parses a URL whose scheme may be missing.
fn url(link: &str) -> Result<Url, LinkErrorKind> {
    let (host, _) = link.split_once(['/', '?', '#']).unwrap_or((link, ""));
    let with_scheme = if link.starts_with("//") {
        Cow::Owned(format!("https:{link}"))
    } else if !link.contains("://") && host.contains('.') && !host.contains(char::is_whitespace) {
        Cow::Owned(format!("https://{link}"))
    } else {
        Cow::Borrowed(link)
    };
    let url = Url::parse(&with_scheme).map_err(|_| LinkErrorKind::NotAVideo)?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err(LinkErrorKind::NotYouTube) }
}

/// Parses a YouTube ID.
fn id(text: &str) -> Option<VideoId> {
    VideoId::parse(text).ok().filter(|id| id.could_be_youtube() && !NOT_IDS.contains(&text))
}

/// Returns whether a host belongs to YouTube: `youtube.com`, `youtube-nocookie.com`, `youtubekids.com` and their
/// subdomains, or the old host of embedded players.
pub(super) fn is_youtube(host: &str) -> bool {
    ["youtube.com", "youtube-nocookie.com", "youtubekids.com"].iter().any(|domain| is_at_or_below(host, domain))
        || host == "youtube.googleapis.com"
}

/// Returns whether a host is this domain or one of its subdomains.
fn is_at_or_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Returns the video that a URL names.
fn in_url(url: &Url, depth: usize) -> Result<VideoId, LinkErrorKind> {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let segments: Vec<&str> = url.path().split('/').filter(|segment| !segment.is_empty()).collect();
    if host == "consent.youtube.com" || host == "consent.google.com" {
        nested(url, "https://www.youtube.com", &["continue"], depth)
    } else if is_youtube(host) {
        in_path(url, &segments, depth)
    } else if is_at_or_below(host, "youtu.be") {
        segments
            .first()
            .and_then(|segment| id(until_ampersand(segment)))
            .or_else(|| query_id(url))
            .ok_or(LinkErrorKind::NotAVideo)
    } else if is_at_or_below(host, "ytimg.com") {
        in_path(url, &segments, depth)
    } else if matches!(host, "google.com" | "www.google.com") && segments == ["url"] {
        nested(url, "https://www.google.com", &["q", "url"], depth)
    } else {
        Err(LinkErrorKind::NotYouTube)
    }
}

/// Returns the video that the path of a YouTube URL names.
fn in_path(url: &Url, segments: &[&str], depth: usize) -> Result<VideoId, LinkErrorKind> {
    let second = segments.get(1).map(|segment| until_ampersand(segment));
    let has = |name| url.query_pairs().any(|(key, value)| key == name && !value.is_empty());
    match segments.first().copied().unwrap_or_default() {
        "" | "watch" | "watch_popup" => match (query_id(url), second.and_then(id), url.fragment()) {
            (Some(id), ..) | (None, Some(id), _) => Ok(id),
            (None, None, Some(fragment))
                if segments.is_empty() && fragment.starts_with("/watch") && depth < MAX_DEPTH =>
            {
                let inner = url.join(fragment).map_err(|_| LinkErrorKind::NotAVideo)?;
                in_url(&inner, depth + 1)
            }
            _ if has("list") && !has("v") => Err(LinkErrorKind::Playlist),
            _ => Err(LinkErrorKind::NotAVideo),
        },
        "embed" | "v" | "e" | "vi" | "vi_webp" | "an_webp" | "live" | "shorts" | "video" => match second {
            Some("videoseries") => Err(LinkErrorKind::Playlist),
            Some("live_stream") => Err(LinkErrorKind::Channel),
            _ => second.and_then(id).ok_or(LinkErrorKind::NotAVideo),
        },
        "attribution_link" => nested(url, "https://www.youtube.com", &["u"], depth),
        "redirect" => nested(url, "https://www.youtube.com", &["q"], depth),
        "oembed" => nested(url, "https://www.youtube.com", &["url"], depth),
        "signin" => nested(url, "https://www.youtube.com", &["next"], depth),
        "playlist" | "show" => Err(LinkErrorKind::Playlist),
        "clip" => Err(LinkErrorKind::Clip),
        "channel" | "c" | "user" => Err(LinkErrorKind::Channel),
        handle if handle.starts_with('@') || handle.starts_with("%40") => Err(LinkErrorKind::Channel),
        _ => query_id(url).ok_or(LinkErrorKind::NotAVideo),
    }
}

/// Returns the first valid ID in a `v` parameter.
fn query_id(url: &Url) -> Option<VideoId> {
    url.query_pairs().filter(|(key, _)| key == "v").find_map(|(_, value)| id(value.trim()))
}

/// Cuts a path segment off at the first `&`, because old links have parameters without a question mark.
fn until_ampersand(segment: &str) -> &str {
    segment.split('&').next().unwrap_or(segment)
}

/// Returns the video named by a link in the query. In a YouTube URL, a nested link to another site does not count as a
/// video.
fn nested(url: &Url, base: &str, keys: &[&str], depth: usize) -> Result<VideoId, LinkErrorKind> {
    let target = url.query_pairs().find(|(key, _)| keys.contains(&key.as_ref())).map(|(_, value)| value);
    let base = Url::parse(base).map_err(|_| LinkErrorKind::NotAVideo)?;
    let target = target.and_then(|target| base.join(&target).ok()).filter(|_| depth < MAX_DEPTH);
    let inside = in_url(&target.ok_or(LinkErrorKind::NotAVideo)?, depth + 1);
    let is_google = base.host_str() == Some("www.google.com");
    inside.map_err(|kind| if kind == LinkErrorKind::NotYouTube && !is_google { LinkErrorKind::NotAVideo } else { kind })
}

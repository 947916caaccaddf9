//! From what people paste to the id of a video.
//!
//! Hosts are compared exactly, never by a part of the text. Nothing is fetched, and only the id is kept.

use std::borrow::Cow;

use url::Url;

use crate::domain::VideoId;

/// The longest text that is looked at.
const MAX_LENGTH: usize = 2_048;

/// Links in links (`attribution_link`, `redirect`, consent pages) are followed this deep.
const MAX_DEPTH: usize = 3;

/// Eleven characters that are no ids although they have the shape of one.
const NOT_IDS: [&str; 2] = ["videoseries", "live_stream"];

/// A reference to one video of YouTube: a link of any kind, or its id.
#[derive(Debug)]
pub enum VideoRef {}

/// The text names no video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", .why.message())]
pub struct LinkError {
    /// What it is instead.
    pub why: LinkProblem,
}

/// What a text is that names no video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkProblem {
    /// Nothing.
    Empty,
    /// No video: a search, the home page, an id of the wrong length.
    NotAVideo,
    /// A playlist.
    Playlist,
    /// A channel.
    Channel,
    /// A clip, which does not name its video.
    Clip,
    /// Another site.
    NotYouTube,
    /// Too much text for a link.
    TooLong,
}

impl LinkProblem {
    /// What to do about it.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Empty => "there is no link: paste the address of a sermon on YouTube",
            Self::NotAVideo => "this names no video: open the sermon on YouTube and copy its whole address",
            Self::Playlist => "this is a playlist: open one of its videos and copy the address of that",
            Self::Channel => "this is a channel: open one of its videos and copy the address of that",
            Self::Clip => "this is a clip, which does not name its video: open the full video and copy its address",
            Self::NotYouTube => "this is not a link to YouTube: for a sermon elsewhere, upload or paste its transcript",
            Self::TooLong => "this is too long for a link: to send the words of a sermon, paste them as a transcript",
        }
    }

    /// The stable code in problem objects, such as `playlist`.
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

impl VideoRef {
    /// The id of the video that a text names.
    pub fn parse(text: &str) -> Result<VideoId, LinkError> {
        parse(text).map_err(|why| LinkError { why })
    }
}

/// As [`VideoRef::parse`].
fn parse(text: &str) -> Result<VideoId, LinkProblem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(LinkProblem::Empty);
    }
    if text.len() > MAX_LENGTH {
        return Err(LinkProblem::TooLong);
    }
    let link = link_in(text).replace("&amp;", "&");
    if let Some(id) = id(&link) {
        return Ok(id);
    }
    let is_id_text = link.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    match link.get(..2) {
        Some("UC") if is_id_text && link.len() == 24 => return Err(LinkProblem::Channel),
        Some("PL" | "UU" | "OL" | "RD") if is_id_text && link.len() > 12 => return Err(LinkProblem::Playlist),
        _ if link.starts_with('@') && !link.contains('.') => return Err(LinkProblem::Channel),
        _ => {}
    }
    in_url(&url(&link)?, 0)
}

/// The link in what was pasted: without brackets, quotes, the punctuation of a sentence, or the words around it.
fn link_in(text: &str) -> &str {
    let text = text.rsplit_once("](").map_or(text, |(_, target)| target);
    let is_link = |word: &&str| word.contains("://") || word.contains("youtu.be/") || word.contains("youtube.com/");
    let word = text.split_whitespace().find(is_link).unwrap_or(text);
    word.trim_start_matches(['<', '(', '[', '"', '\'', '“', '‘'])
        .trim_end_matches(['>', ')', ']', '"', '\'', '”', '’', '.', ',', ';', '!'])
}

/// The text as an address; a scheme may be missing.
fn url(link: &str) -> Result<Url, LinkProblem> {
    let (host, _) = link.split_once(['/', '?', '#']).unwrap_or((link, ""));
    let with_scheme = if link.starts_with("//") {
        Cow::Owned(format!("https:{link}"))
    } else if !link.contains("://") && host.contains('.') && !host.contains(char::is_whitespace) {
        Cow::Owned(format!("https://{link}"))
    } else {
        Cow::Borrowed(link)
    };
    let url = Url::parse(&with_scheme).map_err(|_| LinkProblem::NotAVideo)?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err(LinkProblem::NotYouTube) }
}

/// An id: eleven characters of the right kind.
fn id(text: &str) -> Option<VideoId> {
    VideoId::parse(text).ok().filter(|id| id.could_be_youtube() && !NOT_IDS.contains(&text))
}

/// Whether a host is YouTube's: `youtube.com`, `youtube-nocookie.com`, `youtubekids.com` and what is below them, or
/// the old host of embedded players.
pub(super) fn is_youtube(host: &str) -> bool {
    ["youtube.com", "youtube-nocookie.com", "youtubekids.com"].iter().any(|domain| is_at_or_below(host, domain))
        || host == "youtube.googleapis.com"
}

/// Whether a host is this domain or one below it.
fn is_at_or_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The video that an address names.
fn in_url(url: &Url, depth: usize) -> Result<VideoId, LinkProblem> {
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
            .ok_or(LinkProblem::NotAVideo)
    } else if is_at_or_below(host, "ytimg.com") {
        in_path(url, &segments, depth)
    } else if matches!(host, "google.com" | "www.google.com") && segments == ["url"] {
        nested(url, "https://www.google.com", &["q", "url"], depth)
    } else {
        Err(LinkProblem::NotYouTube)
    }
}

/// The video that a path on YouTube names.
fn in_path(url: &Url, segments: &[&str], depth: usize) -> Result<VideoId, LinkProblem> {
    let second = segments.get(1).map(|segment| until_ampersand(segment));
    let in_second = |otherwise| second.and_then(id).ok_or(otherwise);
    let has = |name| url.query_pairs().any(|(key, value)| key == name && !value.is_empty());
    match segments.first().copied().unwrap_or_default() {
        "" | "watch" | "watch_popup" => match (query_id(url), second.and_then(id), url.fragment()) {
            (Some(id), ..) | (None, Some(id), _) => Ok(id),
            (None, None, Some(fragment))
                if segments.is_empty() && fragment.starts_with("/watch") && depth < MAX_DEPTH =>
            {
                let inner = url.join(fragment).map_err(|_| LinkProblem::NotAVideo)?;
                in_url(&inner, depth + 1)
            }
            _ if has("list") && !has("v") => Err(LinkProblem::Playlist),
            _ => Err(LinkProblem::NotAVideo),
        },
        "embed" | "v" | "e" | "vi" | "vi_webp" | "an_webp" | "live" | "shorts" | "video" => match second {
            Some("videoseries") => Err(LinkProblem::Playlist),
            Some("live_stream") => Err(LinkProblem::Channel),
            _ => in_second(LinkProblem::NotAVideo),
        },
        "attribution_link" => nested(url, "https://www.youtube.com", &["u"], depth),
        "redirect" => nested(url, "https://www.youtube.com", &["q"], depth),
        "oembed" => nested(url, "https://www.youtube.com", &["url"], depth),
        "signin" => nested(url, "https://www.youtube.com", &["next"], depth),
        "playlist" | "show" => Err(LinkProblem::Playlist),
        "clip" => Err(LinkProblem::Clip),
        "channel" | "c" | "user" => Err(LinkProblem::Channel),
        handle if handle.starts_with('@') || handle.starts_with("%40") => Err(LinkProblem::Channel),
        _ => query_id(url).ok_or(LinkProblem::NotAVideo),
    }
}

/// The first id under `v` in the query.
fn query_id(url: &Url) -> Option<VideoId> {
    url.query_pairs().filter(|(key, _)| key == "v").find_map(|(_, value)| id(value.trim()))
}

/// A segment of a path, cut where old links put parameters without a question mark.
fn until_ampersand(segment: &str) -> &str {
    segment.split('&').next().unwrap_or(segment)
}

/// The video that a link in the query names; inside a link of YouTube, another site is no video.
fn nested(url: &Url, base: &str, keys: &[&str], depth: usize) -> Result<VideoId, LinkProblem> {
    let target = url.query_pairs().find(|(key, _)| keys.contains(&key.as_ref())).map(|(_, value)| value);
    let base = Url::parse(base).map_err(|_| LinkProblem::NotAVideo)?;
    let target = target.and_then(|target| base.join(&target).ok()).filter(|_| depth < MAX_DEPTH);
    let inside = in_url(&target.ok_or(LinkProblem::NotAVideo)?, depth + 1);
    let is_google = base.host_str() == Some("www.google.com");
    inside.map_err(|why| if why == LinkProblem::NotYouTube && !is_google { LinkProblem::NotAVideo } else { why })
}

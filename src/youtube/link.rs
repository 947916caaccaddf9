//! Parses links to YouTube videos.
//!
//! Hosts are compared exactly, not by substring. Nothing is fetched, and only the video ID is used.

use std::borrow::Cow;

use url::Url;

use crate::domain::VideoId;

/// Maximum length of the input.
const MAX_LENGTH: usize = 2_048;

/// Maximum nesting depth of links inside links (`attribution_link`, `redirect`, consent pages).
const MAX_DEPTH: usize = 3;

/// Words of eleven characters that look like IDs but are not IDs.
const NOT_IDS: [&str; 2] = ["videoseries", "live_stream"];

/// Why a string is not a link to a YouTube video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", .kind.message())]
pub struct LinkError {
    /// The kind of the error.
    pub kind: LinkErrorKind,
}

/// The kinds of [`LinkError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkErrorKind {
    /// The input is empty.
    Empty,
    /// The input does not name a video, for example a search, the home page, or an ID of the wrong length.
    NotAVideo,
    /// The input is a link to a playlist.
    Playlist,
    /// The input is a link to a channel.
    Channel,
    /// The input is a link to a clip, which does not contain the video's ID.
    Clip,
    /// The input is a link to another site.
    NotYouTube,
    /// The input is too long for a link.
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

    /// Returns the stable code that the API uses, such as `playlist`.
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

/// Parses a link to a YouTube video in any of its forms, or a video ID.
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
    let text = without_escapes(text);
    let link = link_in(&text);
    let link = first_of_doubled(link);
    if let Some(id) = id(link) {
        return Ok(id);
    }
    let is_id_text = link.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    match link.get(..2) {
        Some("UC") if is_id_text && link.len() == 24 => return Err(LinkErrorKind::Channel),
        Some("PL" | "UU" | "OL" | "RD") if is_id_text && link.len() > 12 => return Err(LinkErrorKind::Playlist),
        _ if link.starts_with('@') && !link.contains('.') => return Err(LinkErrorKind::Channel),
        _ => {}
    }
    in_url(&url(link)?, 0)
}

/// Removes invisible characters and HTML, JSON and shell escapes, and decodes links that are percent-encoded as a
/// whole.
fn without_escapes(text: &str) -> String {
    let is_visible = |letter: &char| {
        !letter.is_control()
            && !matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe0e}' | '\u{fe0f}')
    };
    let text = text.replace(['\n', '\r', '\t'], " ");
    let mut text: String = text.trim().chars().filter(is_visible).collect();
    for (escape, plain) in [
        ("\\u0026", "&"),
        ("\\u003d", "="),
        ("\\u003D", "="),
        ("\\u002F", "/"),
        ("\\u002f", "/"),
        ("\\x3d", "="),
        ("\\x26", "&"),
    ] {
        text = text.replace(escape, plain);
    }
    text.retain(|letter| letter != '\\');
    for _ in 0..MAX_DEPTH {
        text = text
            .replace("&amp;", "&")
            .replace("&#38;", "&")
            .replace("&#x3D;", "=")
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">");
        if text.contains("://") || !text.contains('%') {
            break;
        }
        let decoded = percent_decoded(&text);
        if !decoded.contains("://") && !decoded.contains('%') {
            break;
        }
        text = decoded;
    }
    text
}

/// Decodes percent-encoded characters, such as `%3A`.
fn percent_decoded(text: &str) -> String {
    let plain = text.replace('+', "%2B");
    url::form_urlencoded::parse(plain.as_bytes())
        .map(|(key, value)| if value.is_empty() { key.into_owned() } else { format!("{key}={value}") })
        .collect::<Vec<_>>()
        .join("&")
}

/// Extracts the link from pasted text by removing surrounding words, tags, brackets, quotes and punctuation.
fn link_in(text: &str) -> &str {
    let text = text.rsplit_once("](").map_or(text, |(_, target)| target);
    let is_youtube_link = |word: &&str| {
        ["youtu.be/", "youtube.com/", "youtube-nocookie.com/", "youtu.be%2F", "youtube.com%2F"]
            .iter()
            .any(|host| word.contains(host))
    };
    let is_link = |word: &&str| word.contains("://") || is_youtube_link(word);
    let words =
        || text.split(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '<' | '>' | '“' | '”'));
    let word = words().find(is_youtube_link).or_else(|| words().find(is_link)).unwrap_or(text);
    // `src=https://...` without quotes.
    let word = word
        .split_once('=')
        .filter(|(name, rest)| is_link(rest) && name.bytes().all(|byte| byte.is_ascii_alphabetic()))
        .map_or(word, |(_, link)| link);
    word.trim_start_matches(['<', '(', '[', '"', '\'', '“', '‘'])
        .trim_end_matches(['>', ')', ']', '"', '\'', '”', '’', '.', ',', ';', '!'])
}

/// If two links were pasted without a space, returns the first. Also drops a doubled scheme.
fn first_of_doubled(mut link: &str) -> &str {
    for scheme in ["https://", "http://"] {
        while let Some(rest) =
            link.strip_prefix(scheme).filter(|rest| rest.starts_with("http://") || rest.starts_with("https://"))
        {
            link = rest;
        }
    }
    let second = link.match_indices("http").map(|(at, _)| at).find(|at| {
        let is_scheme = link[*at..].starts_with("https://") || link[*at..].starts_with("http://");
        *at > 0 && is_scheme && !link[..*at].ends_with(['=', '/', '?', '&', '#'])
    });
    second.map_or(link, |at| &link[..at])
}

/// Parses a URL. The scheme may be missing.
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

/// Returns the video that a URL refers to.
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
    } else if let Some(keys) = redirect_keys(host, &segments) {
        nested(url, "https://redirect.invalid", keys, depth)
    } else {
        Err(LinkErrorKind::NotYouTube)
    }
}

/// Returns the parameters that contain the target of a Google, Facebook or Instagram redirect, or `None` for other
/// pages.
fn redirect_keys(host: &str, segments: &[&str]) -> Option<&'static [&'static str]> {
    let is_google =
        host.strip_prefix("www.").unwrap_or(host).strip_prefix("google.").is_some_and(|rest| rest.len() <= 6);
    match segments {
        ["url" | "imgres"] if is_google => Some(&["q", "url", "imgrefurl"]),
        ["l.php" | "l" | "flx", ..]
            if is_at_or_below(host, "facebook.com") || is_at_or_below(host, "messenger.com") =>
        {
            Some(&["u"])
        }
        [] | ["l.php"]
            if matches!(host, "l.instagram.com" | "l.facebook.com" | "lm.facebook.com" | "l.messenger.com") =>
        {
            Some(&["u"])
        }
        _ => None,
    }
}

/// Returns the video that the path of a YouTube URL refers to.
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
        // `watch%3Fv%3DID`
        encoded if encoded.to_ascii_lowercase().starts_with("watch%3f") && depth < MAX_DEPTH => {
            let inner = url.join(&percent_decoded(&format!("/{encoded}"))).map_err(|_| LinkErrorKind::NotAVideo)?;
            in_url(&inner, depth + 1)
        }
        _ => query_id(url).ok_or(LinkErrorKind::NotAVideo),
    }
}

/// Returns the first valid ID in a `v` parameter. The value may be doubled, as in `v=v=ID`, be followed by incorrectly
/// joined parameters, as in `v=ID?t=10`, or be another link.
fn query_id(url: &Url) -> Option<VideoId> {
    let in_value = |value: &str| {
        let value = value.trim().trim_start_matches("v=");
        let value = value.rsplit_once("youtu.be/").or_else(|| value.rsplit_once("v=")).map_or(value, |(_, last)| last);
        id(until_parameters(value))
    };
    url.query_pairs()
        .filter(|(key, _)| matches!(key.as_ref(), "v" | "amp;v" | "?v" | "watch?v"))
        .find_map(|(_, value)| in_value(&value))
}

/// Cuts off text at the first character that starts parameters. Old or badly joined links have `&` without a question
/// mark, or several question marks.
fn until_parameters(text: &str) -> &str {
    text.split(['&', '?', '#', '/', ';', ' ']).next().unwrap_or(text)
}

/// Cuts off a path segment at the first `&` or encoded question mark.
fn until_ampersand(segment: &str) -> &str {
    let end =
        ["&", "%3F", "%3f", "%26", "%20"].iter().filter_map(|sign| segment.find(sign)).min().unwrap_or(segment.len());
    &segment[..end]
}

/// Returns the video that a link in the query refers to. In a YouTube URL, a nested link to another site does not count
/// as a video.
fn nested(url: &Url, base: &str, keys: &[&str], depth: usize) -> Result<VideoId, LinkErrorKind> {
    let target = url.query_pairs().find(|(key, _)| keys.contains(&key.as_ref())).map(|(_, value)| value);
    let base = Url::parse(base).map_err(|_| LinkErrorKind::NotAVideo)?;
    let target = target.and_then(|target| base.join(&target).ok()).filter(|_| depth < MAX_DEPTH);
    let inside = in_url(&target.ok_or(LinkErrorKind::NotAVideo)?, depth + 1);
    let is_on_youtube = base.host_str().is_some_and(is_youtube);
    inside.map_err(
        |kind| if kind == LinkErrorKind::NotYouTube && is_on_youtube { LinkErrorKind::NotAVideo } else { kind },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_as_they_are_pasted_from_other_programs_are_understood() {
        let links = [
            "\u{200b}https://youtu.be/sErm0n_Tst1\u{200e}",
            "\u{feff}sErm0n\u{ad}_Tst1",
            "https://www.youtube.com/watch?v=\u{2060}sErm0n_Tst1",
            r#"<iframe width="560" height="315" src="https://www.youtube.com/embed/sErm0n_Tst1?si=abc&amp;start=5" title="x" allow="autoplay; web-share"></iframe>"#,
            "<iframe src='//www.youtube-nocookie.com/embed/sErm0n_Tst1' frameborder=0></iframe>",
            "<iframe src=https://www.youtube.com/embed/sErm0n_Tst1 width=560></iframe>",
            r#"<a href="https://example.org/x">x</a> <a href="https://youtu.be/sErm0n_Tst1">sermon</a>"#,
            "&lt;iframe src=&quot;https://www.youtube.com/embed/sErm0n_Tst1&quot;&gt;&lt;/iframe&gt;",
            r"https:\/\/www.youtube.com\/watch?v=sErm0n_Tst1",
            r"https://www.youtube.com/watch\?v\=sErm0n_Tst1\&t\=10s",
            r"https://www.youtube.com/watch?v\u003dsErm0n_Tst1\u0026t=10s",
            "https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3DsErm0n_Tst1%26t%3D10s",
            "https%253A%252F%252Fyoutu.be%252FsErm0n_Tst1",
            "https://www.youtube.com/watch%3Fv%3DsErm0n_Tst1",
            "https://www.youtube.com/watch?list=PLx&amp;amp;v=sErm0n_Tst1",
            "https://www.youtube.com/watch?v=sErm0n_Tst1?t=10",
            "https://www.youtube.com/watch?v=sErm0n_Tst1?v=sErm0n_Tst1",
            "https://www.youtube.com/watch?v=v=sErm0n_Tst1",
            "https://www.youtube.com/watch?v=sErm0n_Tst1%26t%3D10s",
            "https://www.youtube.com/watch?v=https://youtu.be/sErm0n_Tst1?si=x",
            "https://www.youtube.com/watch?v=https://www.youtube.com/watch?v=sErm0n_Tst1",
            "https://youtu.be/sErm0n_Tst1?si=a?t=3",
            "https://youtu.be/sErm0n_Tst1%3Fsi%3Da",
            "https://https://youtu.be/sErm0n_Tst1",
            "https://youtu.be/sErm0n_Tst1https://youtu.be/sErm0n_Tst1",
            "https://l.facebook.com/l.php?u=https%3A%2F%2Fyoutu.be%2FsErm0n_Tst1%3Ffbclid%3DIwAR&h=AT0",
            "https://lm.facebook.com/l.php?u=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3DsErm0n_Tst1%26fbclid%3Dx",
            "https://www.facebook.com/flx/warn/?u=https%3A%2F%2Fyoutu.be%2FsErm0n_Tst1",
            "https://l.instagram.com/?u=https%3A%2F%2Fyoutu.be%2FsErm0n_Tst1&e=AT0",
            "https://www.google.co.uk/url?sa=t&source=web&url=https://www.youtube.com/watch%3Fv%3DsErm0n_Tst1&ved=2",
            "https://www.google.com/url?q=https://youtu.be/sErm0n_Tst1&sa=D",
        ];
        for link in links {
            assert_eq!(parse_video_link(link).as_ref().map(VideoId::as_str), Ok("sErm0n_Tst1"), "{link}");
        }
    }

    #[test]
    fn redirects_to_other_sites_are_not_links_to_youtube() {
        for link in [
            "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2FsErm0n_Tst1",
            "https://www.google.com/url?q=https://example.org/watch?v=sErm0n_Tst1",
            "https://www.facebook.com/watch?v=sErm0n_Tst1",
            "https://google.evil.example/url?q=https://youtu.be/sErm0n_Tst1",
        ] {
            assert_eq!(parse_video_link(link).map_err(|error| error.kind), Err(LinkErrorKind::NotYouTube), "{link}");
        }
    }
}

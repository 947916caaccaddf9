//! Caching: `Cache-Control` and entity tags.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponseParts, Response, ResponseParts},
};

use crate::domain::Sha256;

/// How a response may be cached. Handlers name a policy instead of setting headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CachePolicy {
    /// Never stored: the response goes stale immediately or is private to one user.
    NoStore,
    /// Stored by the client only, and revalidated before each use.
    Revalidate,
    /// Stored by any cache, and revalidated before each use.
    Shared,
    /// Stored by any cache for five minutes, for images that other sites embed.
    Brief,
    /// Stored forever: the URL contains a checksum, so the content never changes.
    Immutable,
}

impl CachePolicy {
    /// Returns the value of `Cache-Control` (RFC 9111).
    const fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::NoStore => "no-store",
            Self::Revalidate => "private, no-cache",
            Self::Shared => "public, no-cache",
            Self::Brief => "public, max-age=300, stale-while-revalidate=86400",
            Self::Immutable => "public, max-age=31536000, immutable",
        })
    }
}

impl IntoResponseParts for CachePolicy {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.headers_mut().insert(header::CACHE_CONTROL, self.header());
        Ok(parts)
    }
}

/// A strong entity tag (RFC 9110, section 8.8.3): the SHA-256 of the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ETag(Sha256);

impl ETag {
    /// Creates the tag for content with this checksum.
    pub(super) const fn new(sha256: Sha256) -> Self {
        Self(sha256)
    }

    /// Returns the value of the `ETag` header.
    pub(super) fn header(self) -> HeaderValue {
        format!("\"{}\"", self.0).parse().expect("hex digits in quotes are a header value")
    }

    /// Returns the versions listed in `If-Match`, or `None` if the header is absent or accepts any version.
    ///
    /// Weak tags are accepted as well, because a compressed response has a weak tag although its value is a checksum.
    pub(super) fn if_match(headers: &HeaderMap) -> Option<Vec<Sha256>> {
        if !headers.contains_key(header::IF_MATCH) {
            return None;
        }
        let values = headers.get_all(header::IF_MATCH).iter().filter_map(|value| value.to_str().ok());
        let tags: Vec<_> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
        let checksum = |tag: &&str| {
            let tag = tag.strip_prefix("W/").unwrap_or(tag);
            Sha256::parse(tag.strip_prefix('"')?.strip_suffix('"')?).ok()
        };
        (!tags.contains(&"*")).then(|| tags.iter().filter_map(checksum).collect())
    }

    /// Returns whether `If-None-Match` contains this tag, using the weak comparison that RFC 9110 requires.
    pub(super) fn matches(self, headers: &HeaderMap) -> bool {
        let own = format!("\"{}\"", self.0);
        headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|value| {
            value.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == own)
        })
    }
}

impl IntoResponseParts for ETag {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.headers_mut().insert(header::ETAG, self.header());
        Ok(parts)
    }
}

/// Weakens the tag of a compressed response, because the checksum is of the uncompressed bytes.
pub(super) async fn weaken_compressed(mut response: Response) -> Response {
    if response.headers().contains_key(header::CONTENT_ENCODING)
        && let Some(tag) = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok())
        && let Ok(weak) = format!("W/{}", tag.trim_start_matches("W/")).parse()
    {
        response.headers_mut().insert(header::ETAG, weak);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_matches_in_every_form_that_a_cache_can_send() {
        let tag = ETag::new(Sha256::digest(b"x"));
        let hex = Sha256::digest(b"x");
        let matches = |value: &str| {
            tag.matches(&HeaderMap::from_iter([(header::IF_NONE_MATCH, value.parse().expect("a header value"))]))
        };
        assert!(matches(&format!("\"{hex}\"")) && matches(&format!("\"a\", W/\"{hex}\"")) && matches("*"));
        let if_match = |value: &str| {
            ETag::if_match(&HeaderMap::from_iter([(header::IF_MATCH, value.parse().expect("a header value"))]))
        };
        assert_eq!(if_match(&format!("\"{hex}\", \"other\"")), Some(vec![hex]));
        assert_eq!((if_match(&format!("W/\"{hex}\"")), if_match("\"other\"")), (Some(vec![hex]), Some(Vec::new())));
        assert_eq!((if_match("*"), ETag::if_match(&HeaderMap::new())), (None, None));
        assert!(!matches(&hex.to_string()) && !matches("\"other\"") && !tag.matches(&HeaderMap::new()));
    }
}

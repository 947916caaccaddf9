//! How long an answer may be kept, and how an asker finds out that it has not changed.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponseParts, Response, ResponseParts},
};

use crate::domain::Sha256;

/// What caches may do with an answer; handlers name one of these instead of headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CachePolicy {
    /// Never kept: the answer belongs to this moment, or to one person.
    NoStore,
    /// Cached by the client alone, who asks each time whether it has changed.
    Revalidate,
    /// Cached by anybody, who asks each time whether it has changed.
    Shared,
    /// Cached by anybody for some minutes: a picture that other sites show.
    Brief,
    /// Never changes: the address holds a checksum of the content.
    Immutable,
}

impl CachePolicy {
    /// The value of `Cache-Control` (RFC 9111).
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
    /// Of content with this checksum.
    pub(super) const fn new(sha256: Sha256) -> Self {
        Self(sha256)
    }

    /// Whether the asker has this content already (`If-None-Match`, compared weakly as RFC 9110 says).
    pub(super) fn is_known(self, headers: &HeaderMap) -> bool {
        let mine = format!("\"{}\"", self.0);
        headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|value| {
            value.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == mine)
        })
    }
}

impl IntoResponseParts for ETag {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        let value = format!("\"{}\"", self.0).parse().expect("hex digits in quotes are a header value");
        parts.headers_mut().insert(header::ETAG, value);
        Ok(parts)
    }
}

/// Makes the tag of a compressed answer a weak one: its bytes are not those that the checksum is of.
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
    fn a_tag_is_known_in_every_form_that_a_cache_may_send_it() {
        let tag = ETag::new(Sha256::of(b"x"));
        let hex = Sha256::of(b"x");
        let known = |value: &str| {
            tag.is_known(&HeaderMap::from_iter([(header::IF_NONE_MATCH, value.parse().expect("a header value"))]))
        };
        assert!(known(&format!("\"{hex}\"")) && known(&format!("\"a\", W/\"{hex}\"")) && known("*"));
        assert!(!known(&hex.to_string()) && !known("\"other\"") && !tag.is_known(&HeaderMap::new()));
    }
}

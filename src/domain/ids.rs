//! Sermon IDs.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// Maximum length of an ID, the same as in the previous system.
const MAX_LENGTH: usize = 20;

/// Length of a YouTube ID.
const YOUTUBE_LENGTH: usize = 11;

/// The ID of a sermon: 1 to 20 characters from `[A-Za-z0-9_-]`.
///
/// YouTube IDs have eleven characters, and so do the IDs that [`VideoId::for_upload`] creates for uploaded transcripts.
/// Records from the previous system may have shorter or longer IDs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VideoId(String);

/// The error for text that is not a valid [`VideoId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a video ID: {0:?}; it must be 1 to {MAX_LENGTH} letters, digits, - or _")]
pub struct InvalidVideoId(String);

impl VideoId {
    /// Parses an ID.
    pub fn parse(text: &str) -> Result<Self, InvalidVideoId> {
        let valid = (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(is_id_byte);
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidVideoId(text.chars().take(40).collect())) }
    }

    /// Returns the ID for an uploaded or pasted transcript: eleven characters derived from its text.
    ///
    /// Submitting the same text twice therefore creates only one sermon.
    pub fn for_upload(text: &str) -> Self {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let digest = Sha256::digest(text.as_bytes());
        Self(digest.iter().take(YOUTUBE_LENGTH).map(|byte| char::from(ALPHABET[usize::from(byte & 63)])).collect())
    }

    /// Returns whether this could be a YouTube ID, judging by its length.
    pub fn could_be_youtube(&self) -> bool {
        self.0.len() == YOUTUBE_LENGTH
    }

    /// Returns the ID as a string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns whether a byte is allowed in an ID.
fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

impl fmt::Display for VideoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for VideoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VideoId({})", self.0)
    }
}

impl FromStr for VideoId {
    type Err = InvalidVideoId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for VideoId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for VideoId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_every_known_shape_are_accepted() {
        for id in ["sErm0n_Tst1", "DBTEST456", "EMERGENCY789", "-_-_-_-_-_-", "a"] {
            assert_eq!(VideoId::parse(id).map(|id| id.to_string()), Ok(id.to_owned()));
        }
    }

    #[test]
    fn ids_that_could_name_a_path_or_break_a_page_are_rejected() {
        for id in ["", "../x", "a b", "a/b", "<script>", "сermon", "a\0b", "123456789012345678901"] {
            assert!(VideoId::parse(id).is_err(), "{id:?}");
        }
    }

    #[test]
    fn the_id_of_an_upload_has_the_shape_of_a_youtube_id_and_depends_only_on_the_text() {
        let id = VideoId::for_upload("in the beginning");
        assert!(id.could_be_youtube() && VideoId::parse(id.as_str()).is_ok());
        assert_eq!(id, VideoId::for_upload("in the beginning"));
        assert_ne!(id, VideoId::for_upload("in the beginning was"));
    }
}

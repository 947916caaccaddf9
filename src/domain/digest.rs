//! Checksums of documents and of the whole collection.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256 as Hasher};

use super::VideoId;

/// A SHA-256 checksum (FIPS 180-4), written as 64 lowercase hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

/// The error for text that is not 64 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not 64 hex digits: {0:?}")]
pub struct InvalidDigest(String);

impl Sha256 {
    /// Hashes `bytes`.
    pub fn digest(bytes: &[u8]) -> Self {
        Self(Hasher::digest(bytes).into())
    }

    /// Wraps a checksum that was already computed.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Parses 64 hex digits.
    pub fn parse(text: &str) -> Result<Self, InvalidDigest> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidDigest(text.chars().take(80).collect()))?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

impl Serialize for Sha256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sha256 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// The digest of a whole collection: the sum of one SHA-256 per document, modulo 2^256.
///
/// A document's term is the SHA-256 of its ID, a space, and the 64 hex digits of its own SHA-256, so it can be computed
/// with `printf '%s %s' "$id" "$(sha256sum < document | cut -c1-64)" | sha256sum`. Adding or removing a document takes
/// constant time, and the order of the documents does not matter.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct CollectionDigest([u8; 32]);

impl CollectionDigest {
    /// Adds a document.
    pub fn add(&mut self, id: &VideoId, document: &Sha256) {
        let term = Self::term(id, document);
        let mut carry = 0_u16;
        for (byte, added) in self.0.iter_mut().zip(term).rev() {
            let sum = u16::from(*byte) + u16::from(added) + carry;
            *byte = sum.to_be_bytes()[1];
            carry = sum >> 8;
        }
    }

    /// Removes a document that was added earlier.
    pub fn remove(&mut self, id: &VideoId, document: &Sha256) {
        let term = Self::term(id, document);
        let mut borrow = 0_u8;
        for (byte, removed) in self.0.iter_mut().zip(term).rev() {
            let (difference, underflow) = byte.overflowing_sub(removed);
            let (difference, underflow_by_borrow) = difference.overflowing_sub(borrow);
            *byte = difference;
            borrow = u8::from(underflow || underflow_by_borrow);
        }
    }

    /// Parses 64 hex digits.
    pub fn parse(text: &str) -> Result<Self, InvalidDigest> {
        Sha256::parse(text).map(|digest| Self(digest.0))
    }

    /// Returns the term that a document contributes to the sum, as a big-endian number.
    fn term(id: &VideoId, document: &Sha256) -> [u8; 32] {
        Hasher::digest(format!("{id} {document}")).into()
    }
}

impl fmt::Display for CollectionDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for CollectionDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CollectionDigest({self})")
    }
}

impl Serialize for CollectionDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CollectionDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(text: &str) -> VideoId {
        VideoId::parse(text).expect("a valid id")
    }

    #[test]
    fn the_digest_of_one_document_can_be_computed_in_a_shell() {
        let mut digest = CollectionDigest::default();
        digest.add(&id("a"), &Sha256::digest(b"{}"));
        // printf 'a %s' "$(printf '{}' | sha256sum | cut -c1-64)" | sha256sum
        assert_eq!(digest.to_string(), "92b0a9a0b57cdd3651705a417afeee459cbae79e60ae0fc3af53b5bf0259dd4d");
    }

    proptest! {
        #[test]
        fn the_order_does_not_matter_and_removing_undoes_adding(documents in prop::collection::vec(any::<[u8; 4]>(), 1..20)) {
            let parts: Vec<_> = documents.iter().map(|bytes| (id(&hex::encode(bytes)), Sha256::digest(bytes))).collect();
            let (mut forward, mut backward) = (CollectionDigest::default(), CollectionDigest::default());
            for (id, sha) in &parts { forward.add(id, sha); }
            for (id, sha) in parts.iter().rev() { backward.add(id, sha); }
            prop_assert_eq!(forward, backward);
            for (id, sha) in &parts { forward.remove(id, sha); }
            prop_assert_eq!(forward, CollectionDigest::default());
        }
    }
}

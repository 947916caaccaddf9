//! Checksums of documents, and of the whole collection.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256 as Hasher};

use super::VideoId;

/// The SHA-256 of some bytes (FIPS 180-4), written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

/// The text is not 64 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not 64 hex digits: {0:?}")]
pub struct InvalidDigest(String);

impl Sha256 {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Hasher::digest(bytes).into())
    }

    /// From what a hasher or a database holds.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From 64 hex digits.
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

/// The digest of a whole collection: the sum, modulo 2^256, of one SHA-256 a document.
///
/// A document's part is the SHA-256 of its id, one space, and the 64 hex digits of its own SHA-256, so
/// `printf '%s %s' "$id" "$(sha256sum < document)"` gives it without us. Adding and removing a document
/// costs the same at any size, and the order of documents does not matter.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct CollectionDigest([u8; 32]);

impl CollectionDigest {
    /// Counts a document in.
    pub fn add(&mut self, id: &VideoId, document: &Sha256) {
        let part = Self::part(id, document);
        let mut carry = 0_u16;
        for (mine, theirs) in self.0.iter_mut().zip(part).rev() {
            let sum = u16::from(*mine) + u16::from(theirs) + carry;
            *mine = sum.to_be_bytes()[1];
            carry = sum >> 8;
        }
    }

    /// Takes a document out that was counted in before.
    pub fn remove(&mut self, id: &VideoId, document: &Sha256) {
        let part = Self::part(id, document);
        let mut borrow = 0_u8;
        for (mine, theirs) in self.0.iter_mut().zip(part).rev() {
            let (half, first) = mine.overflowing_sub(theirs);
            let (whole, second) = half.overflowing_sub(borrow);
            *mine = whole;
            borrow = u8::from(first || second);
        }
    }

    /// From what a database holds: 64 hex digits.
    pub fn parse(text: &str) -> Result<Self, InvalidDigest> {
        Sha256::parse(text).map(|digest| Self(digest.0))
    }

    /// What one document adds to the sum, as a big-endian number.
    fn part(id: &VideoId, document: &Sha256) -> [u8; 32] {
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
    fn one_document_has_the_digest_that_a_shell_computes() {
        let mut digest = CollectionDigest::default();
        digest.add(&id("a"), &Sha256::of(b"{}"));
        // printf 'a %s' "$(printf '{}' | sha256sum | cut -c1-64)" | sha256sum
        assert_eq!(digest.to_string(), "92b0a9a0b57cdd3651705a417afeee459cbae79e60ae0fc3af53b5bf0259dd4d");
    }

    proptest! {
        #[test]
        fn the_order_does_not_matter_and_removing_undoes_adding(documents in prop::collection::vec(any::<[u8; 4]>(), 1..20)) {
            let parts: Vec<_> = documents.iter().map(|bytes| (id(&hex::encode(bytes)), Sha256::of(bytes))).collect();
            let (mut forward, mut backward) = (CollectionDigest::default(), CollectionDigest::default());
            for (id, sha) in &parts { forward.add(id, sha); }
            for (id, sha) in parts.iter().rev() { backward.add(id, sha); }
            prop_assert_eq!(forward, backward);
            for (id, sha) in &parts { forward.remove(id, sha); }
            prop_assert_eq!(forward, CollectionDigest::default());
        }
    }
}

//! Checks the syntax of a document: one JSON object, not too deeply nested, without duplicate keys.

use std::{borrow::Cow, collections::HashSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::MAX_DEPTH;

/// Checks the text of a document. The error says what is wrong, and where.
pub(super) fn check(document: &str) -> Result<(), serde_json::Error> {
    if !document.starts_with('{') {
        return Err(Error::custom("a document must be an object"));
    }
    let mut deserializer = serde_json::Deserializer::from_str(document);
    Value { depth: 0 }.deserialize(&mut deserializer)
}

/// Any JSON value at this nesting depth.
#[derive(Clone, Copy)]
struct Value {
    depth: usize,
}

impl Value {
    /// Returns the seed for the elements of this array or object.
    fn inner<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if depth > MAX_DEPTH {
            return Err(E::custom(format_args!("it is nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(Self { depth })
    }
}

impl<'de> DeserializeSeed<'de> for Value {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        let mut keys = Keys::default();
        while let Some(key) = map.next_key_seed(Key)? {
            map.next_value_seed(inner)?;
            if let Some(duplicate) = keys.add(key) {
                return Err(Error::custom(format_args!("the key {duplicate:?} occurs twice")));
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        while list.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Maximum number of keys that are compared one by one. Most objects have fewer keys, for which a hash table would be
/// slower.
const FEW: usize = 24;

/// The keys of an object.
#[derive(Default)]
struct Keys<'de> {
    few: Vec<Cow<'de, str>>,
    more: HashSet<Cow<'de, str>>,
}

impl<'de> Keys<'de> {
    /// Adds a key. Returns the key if it is a duplicate.
    fn add(&mut self, key: Cow<'de, str>) -> Option<Cow<'de, str>> {
        if self.few.contains(&key) {
            return Some(key);
        }
        if self.few.len() < FEW {
            self.few.push(key);
            return None;
        }
        self.more.replace(key)
    }
}

/// Deserializes a key, borrowing it from the text unless it contains escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_documents_are_accepted() {
        for text in [r"{}", r#"{"a": [1, -2, 3.5, "x", null, true], "b": {"a": {}}}"#] {
            check(text).unwrap();
        }
        check(&format!("{}{}", r#"{"a":"#.repeat(63), format_args!("{{}}{}", "}".repeat(63)))).unwrap();
    }

    #[test]
    fn a_duplicate_key_is_found_among_any_number_of_keys_and_if_it_is_escaped() {
        let object = |count: usize, last: &str| {
            let keys: Vec<String> = (0..count).map(|number| format!(r#""k{number}":1"#)).collect();
            format!(r#"{{{},"{last}":1}}"#, keys.join(","))
        };
        for count in [1, FEW, FEW + 1, 10 * FEW] {
            check(&object(count, "other")).unwrap();
            for last in ["k0".to_owned(), format!("k{}", count - 1), r"\u006b0".to_owned()] {
                let error = check(&object(count, &last)).unwrap_err().to_string();
                assert!(error.contains("occurs twice"), "{count} {last}: {error}");
            }
        }
    }

    #[test]
    fn values_that_are_not_objects_deep_nesting_and_duplicate_keys_are_refused() {
        for (text, reason) in [
            ("[]".to_owned(), "must be an object"),
            ("null".to_owned(), "must be an object"),
            (r#"{"a": {"b": 1, "b": 2}}"#.to_owned(), r#"the key "b" occurs twice"#),
            (format!("{}{}", r#"{"a":"#.repeat(64), format_args!("{{}}{}", "}".repeat(64))), "deeper than 64"),
            (format!("{}1{}", r#"{"a":["#.repeat(100_000), "]}".repeat(100_000)), "deeper than 64"),
            (r#"{"a":1e999}"#.to_owned(), "out of range"),
        ] {
            let error = check(&text).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}

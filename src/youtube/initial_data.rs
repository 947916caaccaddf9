//! Extracts `ytInitialData` from a YouTube page.

use serde_json::Value;

/// Text before the data: `var ytInitialData = {`, `window["ytInitialData"] = {`, or
/// `<script id="yt-initial-data" type="application/json">{`.
const MARKERS: [&str; 2] = ["ytInitialData", "yt-initial-data"];

/// Maximum number of bytes between a marker and the data.
const MAX_GAP: usize = 80;

/// Returns the data of a page, in any of its encodings.
pub(super) fn find(page: &str) -> Option<Value> {
    MARKERS
        .iter()
        .flat_map(|marker| page.match_indices(marker).map(|(at, _)| &page[at + marker.len()..]))
        .find_map(parse_data)
}

/// Parses the data after a marker. An empty object is unrelated code and is ignored.
fn parse_data(after: &str) -> Option<Value> {
    parse_value(after).filter(|value| value.as_object().is_some_and(|map| !map.is_empty()))
}

/// Parses the first JSON value after a marker.
fn parse_value(after: &str) -> Option<Value> {
    let start = after.bytes().take(MAX_GAP).position(|byte| byte == b'{' || byte == b'\\')?;
    let text = &after[start..];
    if text.starts_with('{') {
        // The stream deserializer stops after one value.
        return serde_json::Deserializer::from_str(text).into_iter::<Value>().next()?.ok();
    }
    serde_json::from_str(&unescape(text.split('\'').next()?)?).ok()
}

/// Unescapes a JavaScript string literal in which brackets and quotes are written as `\x7b`, as on mobile pages.
fn unescape(literal: &str) -> Option<String> {
    let mut plain = String::with_capacity(literal.len());
    let mut rest = literal;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(hex) = rest.strip_prefix('x') {
            plain.push(char::from(u8::from_str_radix(hex.get(..2)?, 16).ok()?));
            rest = &hex[2..];
        } else {
            let letter = rest.chars().next()?;
            // `\\` is a backslash in the JSON. `\/` and `\'` stand for the character itself.
            plain.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    plain.push_str(rest);
    Some(plain)
}

/// Returns the first value with this key, at any depth.
pub(super) fn find_key<'a>(tree: &'a Value, key: &str) -> Option<&'a Value> {
    match tree {
        Value::Object(map) => map.get(key).or_else(|| map.values().find_map(|value| find_key(value, key))),
        Value::Array(list) => list.iter().find_map(|value| find_key(value, key)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_data_is_found_in_every_encoding() {
        let pages = [
            r#"<script>var ytInitialData = {"a":"}; </b>"};var b = 1;</script>"#,
            r#"<script>window["ytInitialData"] = {"a":"}; </b>"};</script>"#,
            r#"<script id="yt-initial-data" nonce="x" type="application/json">{"a":"}; </b>"}</script>"#,
            r"<script>var ytInitialData = '\x7b\x22a\x22:\x22\x7d; \x3c\/b>\x22\x7d';</script>",
            r#"<script>if (window.ytInitialData) {} var ytInitialData = {"a":"}; </b>"};</script>"#,
        ];
        for page in pages {
            assert_eq!(find(page), Some(json!({"a": "}; </b>"})), "{page}");
        }
    }

    #[test]
    fn a_page_without_complete_data_gives_none() {
        for page in [
            "",
            "ytInitialData",
            "var ytInitialData = {\"a\":",
            "<html>yt-initial-data</html>",
            "ytInitialData = '\\x7",
        ] {
            assert_eq!(find(page), None, "{page}");
        }
    }
}

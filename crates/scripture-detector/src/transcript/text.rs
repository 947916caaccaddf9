//! Removal of markup from caption text.

use std::borrow::Cow;

/// Formatting tags. In escaped text only these are treated as tags.
const FORMATTING: [&str; 14] =
    ["b", "i", "u", "s", "c", "v", "p", "em", "br", "font", "lang", "ruby", "span", "strong"];

/// Maximum length of a tag, in bytes. If the next `>` is further away, a `<` is text.
const MAX_TAG_BYTES: usize = 300;

/// Named entities in captions (HTML, section 13.5).
const ENTITIES: [(&str, &str); 24] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", " "),
    ("lrm", ""),
    ("rlm", ""),
    ("shy", ""),
    ("hellip", "…"),
    ("mdash", "—"),
    ("ndash", "–"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("eacute", "é"),
    ("egrave", "è"),
    ("aacute", "á"),
    ("iacute", "í"),
    ("oacute", "ó"),
    ("uacute", "ú"),
    ("ntilde", "ñ"),
    ("uuml", "ü"),
];

/// Removes tags, resolves entities twice (srv1 is escaped twice), and collapses whitespace.
pub(super) fn clean(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    for word in strip(raw).split_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// Removes markup like [`clean`], but keeps whitespace, so that pieces can be joined.
pub(super) fn strip(raw: &str) -> Cow<'_, str> {
    if !raw.bytes().any(|byte| matches!(byte, b'<' | b'{' | b'&') || !byte.is_ascii()) {
        return Cow::Borrowed(raw);
    }
    let text = strip_tags(raw, |_| true);
    let text = if text.contains(['&', '<', '{']) {
        let text = unescape(&unescape(&text)).into_owned();
        Cow::Owned(strip_tags(&text, |name| FORMATTING.contains(&name)).into_owned())
    } else {
        text
    };
    if text.is_ascii() { text } else { Cow::Owned(text.chars().filter(|letter| !is_invisible(*letter)).collect()) }
}

/// Returns whether a character is invisible: a byte order mark, a joiner, or a direction mark.
pub(super) fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{feff}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'
            | '\u{2066}'..='\u{2069}'
            | '\u{61c}'
            | '\u{ad}'
    )
}

/// Removes `<tag ...>`, `</tag>`, `<00:01.000>` and `{\an8}`. A line break becomes a space.
fn strip_tags(text: &str, is_tag: impl Fn(&str) -> bool) -> Cow<'_, str> {
    if !text.contains(['<', '{']) {
        return Cow::Borrowed(text);
    }
    let mut stripped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '{']) {
        stripped.push_str(&rest[..at]);
        rest = &rest[at..];
        let name = tag_name(rest).filter(|name| name.is_empty() || is_tag(&name.to_ascii_lowercase()));
        if let Some((name, end)) = name.and_then(|name| Some((name, tag_length(rest)?))) {
            if name.eq_ignore_ascii_case("br") || name.eq_ignore_ascii_case("p") {
                stripped.push(' ');
            }
            rest = &rest[end..];
        } else {
            stripped.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    stripped.push_str(rest);
    Cow::Owned(stripped)
}

/// Returns the name of the tag at the start of the text, or an empty string for a time, a comment or an override block.
fn tag_name(text: &str) -> Option<&str> {
    if text.starts_with("{\\") {
        return Some("");
    }
    let inner = text.strip_prefix('<')?;
    let inner = inner.strip_prefix('/').unwrap_or(inner);
    let length = inner.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(inner.len());
    let name = &inner[..length];
    match name.bytes().next() {
        Some(first) if first.is_ascii_digit() => inner[length..].starts_with(':').then_some(""),
        Some(_) => Some(name),
        None => inner.starts_with("!--").then_some(""),
    }
}

/// Returns the length of the tag at the start of the text.
fn tag_length(text: &str) -> Option<usize> {
    let (open, close) = if text.starts_with('{') { (b'{', b'}') } else { (b'<', b'>') };
    let end = text.bytes().take(MAX_TAG_BYTES).skip(1).position(|byte| byte == close || byte == open)? + 1;
    (text.as_bytes()[end] == close).then_some(end + 1)
}

/// Resolves `&name;`, `&#39;` and `&#x27;` once. Unknown entities are kept.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let entity = rest.bytes().take(12).position(|byte| byte == b';').map(|end| &rest[..end]);
        match entity.and_then(|name| resolve_entity(name).map(|value| (name, value))) {
            Some((name, value)) => {
                plain.push_str(&value);
                rest = &rest[name.len() + 1..];
            }
            None => plain.push('&'),
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// Returns the text of an entity.
fn resolve_entity(name: &str) -> Option<Cow<'static, str>> {
    let Some(number) = name.strip_prefix('#') else {
        return ENTITIES.iter().find(|(known, _)| *known == name).map(|(_, value)| Cow::Borrowed(*value));
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    let letter = char::from_u32(code.ok()?)?;
    Some(Cow::Owned(if letter.is_control() { " ".to_owned() } else { letter.to_string() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_resolved_exactly_twice() {
        assert_eq!(clean("patient &amp;amp; kind, isn&amp;#39;t it"), "patient & kind, isn't it");
        assert_eq!(clean("&amp;amp;amp;"), "&amp;");
        assert_eq!(
            clean("&quot;AT&T&quot; &nosuch; &#x2019; &#xffffffff; & &"),
            "\"AT&T\" &nosuch; ’ &#xffffffff; & &"
        );
    }

    #[test]
    fn tags_are_removed_and_comparisons_are_kept() {
        assert_eq!(clean("<font color=\"#fff\">Romans</font> <i>8:28</i>{\\an8}"), "Romans 8:28");
        assert_eq!(clean("<v Pastor Ann>good<00:00:02.950><c.loud> morning</c>"), "good morning");
        assert_eq!(clean("one<br/>two<BR>three"), "one two three");
        assert_eq!(clean("1 < 2 and 3 > 2, I <3 it, a {b} c"), "1 < 2 and 3 > 2, I <3 it, a {b} c");
    }

    #[test]
    fn only_formatting_tags_are_removed_from_escaped_text() {
        assert_eq!(clean("&amp;lt;i&amp;gt;amen&amp;lt;/i&amp;gt;"), "amen");
        assert_eq!(clean("5 &lt; 6 and &lt;nobody&gt;"), "5 < 6 and <nobody>");
    }

    #[test]
    fn white_space_of_every_kind_is_collapsed() {
        assert_eq!(clean(" \u{feff}a\u{a0}\u{a0}b\r\n\tc\u{200b} &nbsp; "), "a b c");
    }
}

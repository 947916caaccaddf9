//! Removal of markup from caption text.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

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

/// Returns the lines of a text, like [`str::lines`], which is several times slower.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> + Clone {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = match memchr(b'\n', rest.as_bytes()) {
            Some(end) => (rest[..end].strip_suffix('\r').unwrap_or(&rest[..end]), &rest[end + 1..]),
            None => (rest, ""),
        };
        rest = after;
        Some(line)
    })
}

/// Returns whether a line has only whitespace.
pub(super) fn is_blank(line: &str) -> bool {
    !line.as_bytes().first().is_some_and(u8::is_ascii_graphic) && line.trim().is_empty()
}

/// Removes tags, resolves entities twice (srv1 is escaped twice), and collapses whitespace.
pub(super) fn clean(raw: &str) -> String {
    let raw = raw.trim();
    if is_clean(raw) {
        return raw.to_owned();
    }
    let mut text = String::with_capacity(raw.len());
    for word in strip(raw).split_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// Cleans the lines of a cue. A tag may go on in the next line.
pub(super) fn clean_lines(lines: &[&str]) -> String {
    match lines {
        [line] => clean(line),
        lines if lines.iter().all(|line| is_clean(line)) => lines.join(" "),
        lines => clean(&lines.join("\n")),
    }
}

/// Returns whether [`clean`] changes nothing, as in most captions: text in ASCII with single spaces and without markup.
pub(super) fn is_clean(raw: &str) -> bool {
    let bytes = raw.as_bytes();
    let ([first, rest @ ..], Some(last)) = (bytes, bytes.last()) else { return false };
    // Without early returns, the loops are vectorized.
    let is_other = |byte: u8| !(b' '..=b'~').contains(&byte) | is_markup(byte);
    let has_other = bytes.iter().fold(0, |found, &byte| found | u8::from(is_other(byte)));
    let pairs = bytes.iter().zip(rest);
    let has_two_spaces = pairs.fold(0, |found, (&a, &b)| found | (u8::from(a == b' ') & u8::from(b == b' ')));
    (has_other | has_two_spaces) == 0 && *first != b' ' && *last != b' '
}

/// Returns whether a tag, an override block or an entity may start with a byte.
const fn is_markup(byte: u8) -> bool {
    matches!(byte, b'<' | b'{' | b'&')
}

/// Removes markup like [`clean`], but keeps whitespace, so that pieces can be joined.
pub(super) fn strip(raw: &str) -> Cow<'_, str> {
    if !raw.bytes().fold(false, |found, byte| found | is_markup(byte) | !byte.is_ascii()) {
        return Cow::Borrowed(raw);
    }
    let text = strip_tags(raw, |_| true);
    let text = if text.bytes().any(is_markup) {
        let text = unescape(&unescape(&text)).into_owned();
        let is_formatting = |name: &str| FORMATTING.iter().any(|known| known.eq_ignore_ascii_case(name));
        Cow::Owned(strip_tags(&text, is_formatting).into_owned())
    } else {
        text
    };
    if text.is_ascii() || !text.chars().any(is_invisible) {
        text
    } else {
        Cow::Owned(text.chars().filter(|letter| !is_invisible(*letter)).collect())
    }
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
    if memchr2(b'<', b'{', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut stripped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr2(b'<', b'{', rest.as_bytes()) {
        stripped.push_str(&rest[..at]);
        rest = &rest[at..];
        let name = tag_name(rest).filter(|name| name.is_empty() || is_tag(name));
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
    let length = inner.bytes().take_while(u8::is_ascii_alphanumeric).count();
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
    let inner = &text.as_bytes()[1..text.len().min(MAX_TAG_BYTES)];
    let end = memchr2(close, open, inner)? + 1;
    (text.as_bytes()[end] == close).then_some(end + 1)
}

/// Resolves `&name;`, `&#39;` and `&#x27;` once. Unknown entities are kept.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if memchr(b'&', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
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

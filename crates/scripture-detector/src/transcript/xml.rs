//! A minimal element tree for the XML formats.
//!
//! Text keeps its entities; [`text`](super::text) resolves them.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter};
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

/// Maximum nesting depth.
const MAX_DEPTH: usize = 32;

/// A file: its elements and texts in document order.
#[derive(Debug)]
pub(super) struct Tree<'t> {
    entries: Vec<Entry<'t>>,
}

/// An element or a text.
#[derive(Debug)]
struct Entry<'t> {
    content: EntryContent<'t>,
    /// The number of entries that belong to it, itself included.
    len: usize,
}

#[derive(Debug)]
enum EntryContent<'t> {
    Element(BytesStart<'t>),
    Text(Cow<'t, str>),
}

/// An element, which borrows from the file. Names have no namespace prefix.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    tag: &'a BytesStart<'a>,
    descendants: &'a [Entry<'a>],
}

/// A child of an element.
#[derive(Debug, Clone, Copy)]
pub(super) enum Node<'a> {
    Element(Element<'a>),
    Text(&'a str),
}

impl<'t> Tree<'t> {
    /// Returns the root element.
    pub(super) fn root(&self) -> Element<'_> {
        let first = &self.entries[..self.entries[0].len];
        let root = nodes(first).find_map(|node| match node {
            Node::Element(root) => Some(root),
            Node::Text(_) => None,
        });
        root.expect("the first entry is an element")
    }

    /// Adds an element without children and returns its index.
    fn add_element(&mut self, tag: BytesStart<'t>) -> usize {
        self.entries.push(Entry { content: EntryContent::Element(tag), len: 1 });
        self.entries.len() - 1
    }

    /// Ends the element at an index: all later entries belong to it.
    fn end_element(&mut self, index: usize) {
        self.entries[index].len = self.entries.len() - index;
    }
}

/// Returns the nodes of entries in document order, without their descendants.
fn nodes<'a>(entries: &'a [Entry<'a>]) -> impl Iterator<Item = Node<'a>> {
    let mut rest = entries;
    std::iter::from_fn(move || {
        let (entries, after) = rest.split_at(rest.first()?.len);
        rest = after;
        Some(match &entries[0].content {
            EntryContent::Element(tag) => Node::Element(Element { tag, descendants: &entries[1..] }),
            EntryContent::Text(text) => Node::Text(text),
        })
    })
}

impl<'a> Element<'a> {
    /// Returns the name.
    pub(super) fn name(self) -> &'a str {
        str::from_utf8(self.tag.local_name().into_inner()).unwrap_or_default()
    }

    /// Returns the value of an attribute.
    pub(super) fn attribute(self, name: &str) -> Option<Cow<'a, str>> {
        if let Ok(found) = plain_attribute(self.tag.attributes_raw(), name.as_bytes()) {
            return found.map(String::from_utf8_lossy);
        }
        // The check for duplicate attributes takes quadratic time. The first one wins.
        let mut attributes = self.tag.attributes();
        let mut attributes = attributes.with_checks(false).flatten();
        let found = attributes.find(|each| each.key.local_name().as_ref() == name.as_bytes())?;
        Some(match found.value {
            Cow::Borrowed(value) => String::from_utf8_lossy(value),
            Cow::Owned(value) => Cow::Owned(String::from_utf8_lossy(&value).into_owned()),
        })
    }

    /// Returns the children.
    pub(super) fn children(self) -> impl Iterator<Item = Node<'a>> {
        nodes(self.descendants)
    }

    /// Returns the child elements.
    pub(super) fn elements(self) -> impl Iterator<Item = Self> {
        self.children().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// Returns all descendants with a name, in document order.
    pub(super) fn descendants(self, name: &str) -> impl Iterator<Item = Self> {
        let entries = self.descendants;
        entries.iter().enumerate().filter_map(move |(index, entry)| match &entry.content {
            EntryContent::Element(tag) => {
                let element = Self { tag, descendants: &entries[index + 1..index + entry.len] };
                (element.name() == name).then_some(element)
            }
            EntryContent::Text(_) => None,
        })
    }

    /// Returns all text in the element. A `<br/>` becomes a space.
    pub(super) fn text(self) -> Cow<'a, str> {
        if let [Entry { content: EntryContent::Text(text), .. }] = self.descendants {
            return Cow::Borrowed(text);
        }
        let mut text = String::new();
        for node in self.children() {
            match node {
                Node::Text(own) => text.push_str(own),
                Node::Element(element) if element.name() == "br" => text.push(' '),
                Node::Element(element) => text.push_str(&element.text()),
            }
        }
        Cow::Owned(text)
    }
}

/// An attribute is not written as `name="value"`.
#[derive(Debug)]
struct NotPlain;

/// Finds an attribute among attributes that are written as `name="value"`. Returns an error if one of those before it is written
/// otherwise.
fn plain_attribute<'a>(attributes: &'a [u8], name: &[u8]) -> Result<Option<&'a [u8]>, NotPlain> {
    let mut rest = attributes.trim_ascii();
    while !rest.is_empty() {
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let value = rest[length..].strip_prefix(b"=\"").filter(|_| length > 0).ok_or(NotPlain)?;
        let end = memchr(b'"', value).ok_or(NotPlain)?;
        let after = &value[end + 1..];
        if !after.first().is_none_or(u8::is_ascii_whitespace) {
            return Err(NotPlain);
        }
        if &rest[..length] == name {
            return Ok(Some(&value[..end]));
        }
        rest = after.trim_ascii_start();
    }
    Ok(None)
}

/// Parses a file. The error says what is wrong and on which line.
pub(super) fn parse(text: &str) -> Result<Tree<'_>, String> {
    match parse_plain(text) {
        Some(tree) => Ok(tree),
        None => parse_any(text),
    }
}

/// Parses a well-formed file that has only a declaration, elements and text, as nearly all do. Returns `None` for every other
/// file.
fn parse_plain(text: &str) -> Option<Tree<'_>> {
    let mut tree = Tree { entries: Vec::new() };
    // The open elements, the root first.
    let mut open: Vec<(usize, &str)> = Vec::new();
    let mut rest = text.trim_ascii_start();
    if let Some(declaration) = rest.strip_prefix("<?xml ") {
        let end = memchr(b'>', declaration.as_bytes())?;
        rest = declaration[..end].strip_suffix('?').map(|_| &declaration[end + 1..])?;
    }
    while let Some(at) = memchr(b'<', rest.as_bytes()) {
        let (before, tag) = (&rest[..at], &rest[at + 1..]);
        if !before.is_empty() && !open.is_empty() {
            tree.entries.push(Entry { content: EntryContent::Text(Cow::Borrowed(before)), len: 1 });
        }
        let end = memchr(b'>', tag.as_bytes())?;
        rest = &tag[end + 1..];
        if let Some(name) = tag[..end].strip_prefix('/') {
            let (index, _) = open.pop().filter(|(_, opened)| *opened == name)?;
            tree.end_element(index);
            continue;
        }
        let inner = tag[..end].strip_suffix('/').unwrap_or(&tag[..end]);
        let name = &inner[..inner.bytes().take_while(u8::is_ascii_alphanumeric).count()];
        let is_plain = !name.is_empty()
            && inner.as_bytes().get(name.len()).is_none_or(|byte| *byte == b' ')
            && memchr(b'\'', inner.as_bytes()).is_none()
            && memchr_iter(b'"', inner.as_bytes()).count().is_multiple_of(2)
            && memchr(b'<', inner.as_bytes()).is_none()
            && open.len() < MAX_DEPTH;
        if !is_plain {
            return None;
        }
        let index = tree.add_element(BytesStart::from_content(inner, name.len()));
        if inner.len() == end {
            open.push((index, name));
        }
    }
    (open.is_empty() && !tree.entries.is_empty()).then_some(tree)
}

/// Parses any file.
fn parse_any(text: &str) -> Result<Tree<'_>, String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    let mut tree = Tree { entries: Vec::new() };
    // The open elements, the root first.
    let mut open: Vec<usize> = Vec::new();
    // Whether the last entry is a text to which more can be added.
    let mut in_text = false;
    loop {
        let event = reader.read_event();
        let position = reader.buffer_position();
        let at = |problem: &str| format!("{problem}, in line {}", line_of(text, position));
        let found = match event.map_err(|error| at(&error.to_string()))? {
            Event::Start(_) if open.len() >= MAX_DEPTH => {
                return Err(at(&format!("elements are nested deeper than {MAX_DEPTH}")));
            }
            Event::Start(tag) => {
                open.push(tree.add_element(tag));
                in_text = false;
                continue;
            }
            Event::Empty(tag) => {
                tree.add_element(tag);
                in_text = false;
                continue;
            }
            Event::End(_) => {
                tree.end_element(open.pop().ok_or_else(|| at("an element is closed that is not open"))?);
                in_text = false;
                continue;
            }
            Event::Text(text) => to_text(text.into_inner()),
            Event::CData(text) => Cow::Owned(escape(&String::from_utf8_lossy(&text))),
            Event::GeneralRef(name) => Cow::Owned(format!("&{};", String::from_utf8_lossy(&name))),
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => continue,
            Event::Eof => break,
        };
        // Text outside the root is dropped.
        match tree.entries.last_mut() {
            _ if open.is_empty() => {}
            Some(Entry { content: EntryContent::Text(last), .. }) if in_text => last.to_mut().push_str(&found),
            _ => {
                tree.entries.push(Entry { content: EntryContent::Text(found), len: 1 });
                in_text = true;
            }
        }
    }
    if let Some(&index) = open.last() {
        tree.end_element(index);
        let unclosed = nodes(&tree.entries[index..]).next();
        let name = match unclosed {
            Some(Node::Element(element)) => element.name(),
            _ => "",
        };
        return Err(format!("the file ends in line {} inside <{name}>", text.lines().count()));
    }
    if tree.entries.is_empty() { Err("the file has no element".to_owned()) } else { Ok(tree) }
}

/// Converts bytes that are part of a text.
fn to_text(bytes: Cow<'_, [u8]>) -> Cow<'_, str> {
    match bytes {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// Escapes character data, so that it can be handled like other text.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Returns the line of a byte offset, counted from 1.
fn line_of(text: &str, position: u64) -> usize {
    let end = usize::try_from(position).unwrap_or(usize::MAX).min(text.len());
    text.get(..end).unwrap_or(text).matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes all that a tree holds.
    fn written(element: Element<'_>) -> String {
        let children = element.children().map(|node| match node {
            Node::Element(element) => written(element),
            Node::Text(text) => format!("{text:?}"),
        });
        let attributes = ["t", "d", "format", "x"].map(|name| element.attribute(name));
        format!("{}{attributes:?}[{}]", element.name(), children.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn the_plain_parser_agrees_with_the_complete_one() {
        let files = [
            "<a>text</a>",
            " <?xml version=\"1.0\" encoding=\"utf-8\" ?>\n<timedtext format=\"3\"><body><p t=\"1\" d=\"2\"><s>in</s><s t=\"5\"> Job</s></p>\n<p/></body></timedtext>\n",
            "<a t=\"1\"/>",
            "<a x='1' t=\"2\"><b/>&amp;c&nbsp;d & e</a>",
            "<a t=\"1\" t=\"2\" d=\"\" n:x=\"3\">x<b>y</b>z</a>",
            "<a t=1 d=\"2\"x=\"3\">1</a><b>2</b>",
        ];
        for file in files {
            let complete = parse_any(file).expect(file);
            let tree = parse(file).expect(file);
            assert_eq!(written(tree.root()), written(complete.root()), "{file}");
        }
        assert!(parse_plain(files[1]).is_some());
        for damaged in ["", "<a>", "<a></b>", "</a>", "<a b=\"></a>", "<a><!-- x --></a>", "<a><![CDATA[<b>]]></a>"] {
            assert!(parse_plain(damaged).is_none(), "{damaged}");
        }
    }
}

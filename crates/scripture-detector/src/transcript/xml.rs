//! A minimal element tree for the XML formats.
//!
//! Text keeps its entities; [`text`](super::text) resolves them.

use std::borrow::Cow;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

/// Maximum nesting depth.
const MAX_DEPTH: usize = 32;

/// An element, which borrows from the file. Names have no namespace prefix.
#[derive(Debug)]
pub(super) struct Element<'t> {
    tag: BytesStart<'t>,
    pub(super) children: Vec<Node<'t>>,
}

/// A child of an element.
#[derive(Debug)]
pub(super) enum Node<'t> {
    Element(Element<'t>),
    Text(Cow<'t, str>),
}

impl Element<'_> {
    /// Returns the name.
    pub(super) fn name(&self) -> &str {
        str::from_utf8(self.tag.local_name().into_inner()).unwrap_or_default()
    }

    /// Returns the value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<Cow<'_, str>> {
        // The check for duplicate attributes takes quadratic time. The first one wins.
        let mut attributes = self.tag.attributes();
        let mut attributes = attributes.with_checks(false).flatten();
        let found = attributes.find(|each| each.key.local_name().as_ref() == name.as_bytes())?;
        Some(match found.value {
            Cow::Borrowed(value) => String::from_utf8_lossy(value),
            Cow::Owned(value) => Cow::Owned(String::from_utf8_lossy(&value).into_owned()),
        })
    }

    /// Returns the child elements.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// Returns whether there is a descendant with a name.
    pub(super) fn has_descendant(&self, name: &str) -> bool {
        self.elements().any(|element| element.name() == name || element.has_descendant(name))
    }

    /// Returns all descendants with a name, in document order.
    pub(super) fn descendants(&self, name: &str) -> Vec<&Self> {
        let mut found = Vec::new();
        self.collect_descendants(name, &mut found);
        found
    }

    fn collect_descendants<'a>(&'a self, name: &str, found: &mut Vec<&'a Self>) {
        for element in self.elements() {
            if element.name() == name {
                found.push(element);
            }
            element.collect_descendants(name, found);
        }
    }

    /// Returns all text in the element. A `<br/>` becomes a space.
    pub(super) fn text(&self) -> Cow<'_, str> {
        if let [Node::Text(text)] = self.children.as_slice() {
            return Cow::Borrowed(text);
        }
        let mut text = String::new();
        for node in &self.children {
            match node {
                Node::Text(own) => text.push_str(own),
                Node::Element(element) if element.name() == "br" => text.push(' '),
                Node::Element(element) => text.push_str(&element.text()),
            }
        }
        Cow::Owned(text)
    }
}

/// Parses a file and returns its root element. The error says what is wrong and on which line.
pub(super) fn parse(text: &str) -> Result<Element<'_>, String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    let mut root: Option<Element<'_>> = None;
    // The open elements, the root first.
    let mut open: Vec<Element<'_>> = Vec::new();
    loop {
        let event = reader.read_event();
        let position = reader.buffer_position();
        let at = |problem: &str| format!("{problem}, in line {}", line_of(text, position));
        let done = match event.map_err(|error| at(&error.to_string()))? {
            Event::Start(_) if open.len() >= MAX_DEPTH => {
                return Err(at(&format!("elements are nested deeper than {MAX_DEPTH}")));
            }
            Event::Start(tag) => {
                open.push(Element { tag, children: Vec::new() });
                continue;
            }
            Event::Empty(tag) => Element { tag, children: Vec::new() },
            Event::End(_) => open.pop().ok_or_else(|| at("an element is closed that is not open"))?,
            Event::Text(text) => {
                add_text(open.last_mut(), to_text(text.into_inner()));
                continue;
            }
            Event::CData(text) => {
                add_text(open.last_mut(), Cow::Owned(escape(&String::from_utf8_lossy(&text))));
                continue;
            }
            Event::GeneralRef(name) => {
                add_text(open.last_mut(), Cow::Owned(format!("&{};", String::from_utf8_lossy(&name))));
                continue;
            }
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => continue,
            Event::Eof => break,
        };
        match open.last_mut() {
            Some(parent) => parent.children.push(Node::Element(done)),
            None => root = root.or(Some(done)),
        }
    }
    if let Some(element) = open.last() {
        return Err(format!("the file ends in line {} inside <{}>", text.lines().count(), element.name()));
    }
    root.ok_or_else(|| "the file has no element".to_owned())
}

/// Converts bytes that are part of a text.
fn to_text(bytes: Cow<'_, [u8]>) -> Cow<'_, str> {
    match bytes {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// Appends text to an element. Text outside the root is dropped.
fn add_text<'t>(element: Option<&mut Element<'t>>, text: Cow<'t, str>) {
    let Some(element) = element else { return };
    match element.children.last_mut() {
        Some(Node::Text(last)) => last.to_mut().push_str(&text),
        _ => element.children.push(Node::Text(text)),
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

//! A minimal element tree for the XML formats.
//!
//! Text keeps its entities; [`text`](super::text) resolves them.

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

/// Maximum nesting depth.
const MAX_DEPTH: usize = 32;

/// An element. Names have no namespace prefix.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    pub(super) children: Vec<Node>,
}

/// A child of an element.
#[derive(Debug)]
pub(super) enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// Returns the value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns the child elements.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// Returns all descendants with a name, in document order.
    pub(super) fn descendants<'a>(&'a self, name: &'a str) -> Vec<&'a Self> {
        let mut found = Vec::new();
        for element in self.elements() {
            if element.name == name {
                found.push(element);
            }
            found.extend(element.descendants(name));
        }
        found
    }

    /// Returns all text in the element. A `<br/>` becomes a space.
    pub(super) fn text(&self) -> String {
        self.children.iter().fold(String::new(), |text, node| match node {
            Node::Text(own) => text + own,
            Node::Element(element) if element.name == "br" => text + " ",
            Node::Element(element) => text + &element.text(),
        })
    }
}

/// Parses a file and returns its root element. The error says what is wrong and on which line.
pub(super) fn parse(text: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    let mut document = Element::default();
    // The open elements, the root first.
    let mut open: Vec<Element> = Vec::new();
    loop {
        let event = reader.read_event();
        let position = reader.buffer_position();
        let at = |problem: &str| format!("{problem}, in line {}", line_of(text, position));
        match event.map_err(|error| at(&error.to_string()))? {
            Event::Start(_) if open.len() >= MAX_DEPTH => {
                return Err(at(&format!("elements are nested deeper than {MAX_DEPTH}")));
            }
            Event::Start(start) => open.push(element(&start)),
            Event::Empty(start) => {
                open.last_mut().unwrap_or(&mut document).children.push(Node::Element(element(&start)));
            }
            Event::Text(text) => add_text(open.last_mut(), &String::from_utf8_lossy(&text)),
            Event::CData(text) => add_text(open.last_mut(), &escape(&String::from_utf8_lossy(&text))),
            Event::GeneralRef(name) => add_text(open.last_mut(), &format!("&{};", String::from_utf8_lossy(&name))),
            Event::End(_) => {
                let done = open.pop().ok_or_else(|| at("an element is closed that is not open"))?;
                open.last_mut().unwrap_or(&mut document).children.push(Node::Element(done));
            }
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => {}
        }
    }
    if let Some(element) = open.last() {
        return Err(format!("the file ends in line {} inside <{}>", text.lines().count(), element.name));
    }
    let root = document.children.into_iter().find_map(|node| match node {
        Node::Element(element) => Some(element),
        Node::Text(_) => None,
    });
    root.ok_or_else(|| "the file has no element".to_owned())
}

/// Creates an element without children.
fn element(start: &BytesStart<'_>) -> Element {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    // The check for duplicate attributes takes quadratic time. The first one wins.
    let mut attributes = start.attributes();
    let attributes = attributes.with_checks(false).flatten();
    Element {
        name: text(start.local_name().as_ref()),
        attributes: attributes.map(|each| (text(each.key.local_name().as_ref()), text(&each.value))).collect(),
        children: Vec::new(),
    }
}

/// Appends text to an element. Text outside the root is dropped.
fn add_text(element: Option<&mut Element>, text: &str) {
    let Some(element) = element else { return };
    match element.children.last_mut() {
        Some(Node::Text(last)) => last.push_str(text),
        _ => element.children.push(Node::Text(text.to_owned())),
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

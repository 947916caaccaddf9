//! What a screen reader is told of each page, as a tree that can be read: a change in it is a change that people hear.
//!
//! After a change that is meant: `INSTA_UPDATE=always cargo test --test pages aria`, and read the difference.

use std::{collections::HashMap, fmt::Write as _};

use serde_json::{Value, json};

use crate::{
    pages::site::{Listed, Site},
    support::browser::{Browser, Scripts},
};

/// So many equal neighbors (items of a list, rows of a table) are written out.
const WRITTEN_OUT: usize = 3;

/// What has no meaning of its own, only its children; what is not read, or is called otherwise by the next Chromium.
const TRANSPARENT: [&str; 10] = [
    "generic",
    "none",
    "InlineTextBox",
    "LabelText",
    "LayoutTableCell",
    "Legend",
    "LineBreak",
    "MenuListPopup",
    "sectionfooter",
    "sectionheader",
];

/// What the browser itself puts together: its parts are not ours.
const CLOSED: [&str; 3] = ["Date", "DateTime", "ListMarker"];

/// States that are said.
const STATES: [&str; 8] = ["level", "checked", "pressed", "expanded", "selected", "required", "readonly", "disabled"];

/// A node of the tree, as it is written.
#[derive(Debug, PartialEq)]
struct Node {
    role: String,
    line: String,
    children: Vec<Node>,
}

/// Makes the nodes of `Accessibility.getFullAXTree` a tree without those that nobody is told of.
fn nodes(id: &str, all: &HashMap<&str, &Value>) -> Vec<Node> {
    let Some(node) = all.get(id) else { return Vec::new() };
    let role = node["role"]["value"].as_str().unwrap_or_default();
    let ids = node["childIds"].as_array().filter(|_| !CLOSED.contains(&role)).map_or(&[][..], Vec::as_slice);
    let mut children: Vec<_> = ids.iter().filter_map(Value::as_str).flat_map(|child| nodes(child, all)).collect();
    if node["ignored"] == true || TRANSPARENT.contains(&role) || role == "ListMarker" {
        return children;
    }
    let name = node["name"]["value"].as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    if role == "StaticText" {
        let text = Node { role: "text".to_owned(), line: name, children: Vec::new() };
        return if text.line.is_empty() { Vec::new() } else { vec![text] };
    }
    let mut line = String::new();
    if !name.is_empty() {
        write!(line, " {name:?}").expect("a text");
    }
    if let Some(value) = node["value"]["value"].as_str().filter(|value| !value.is_empty()) {
        write!(line, " = {value:?}").expect("a text");
    }
    for property in node["properties"].as_array().map_or(&[][..], Vec::as_slice) {
        let (state, value) = (property["name"].as_str().unwrap_or_default(), &property["value"]["value"]);
        let said = STATES.contains(&state) && (state != "level" || role == "heading");
        if said && (matches!(state, "pressed" | "expanded") || !(value == "false" || value == false)) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            write!(line, " [{state}={value}]").expect("a text");
        }
    }
    if children.iter().all(|child| child.role == "text") {
        let words = words(&children);
        // Or the words are the name already.
        if words != name && !words.is_empty() {
            write!(line, ": {words}").expect("a text");
        }
        children.clear();
    }
    vec![Node { role: role.to_owned(), line, children }]
}

fn words(nodes: &[Node]) -> String {
    let words: Vec<_> = nodes.iter().map(|node| node.line.as_str()).collect();
    words.join(" ")
}

fn write_out(nodes: &[Node], depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    let mut index = 0;
    while index < nodes.len() {
        let role = &nodes[index].role;
        let alike = nodes[index..].iter().take_while(|node| node.role == *role).count();
        let shown = if alike > WRITTEN_OUT + 1 { WRITTEN_OUT } else { alike };
        for node in &nodes[index..index + shown] {
            let separator = if node.role == "text" { ": " } else { "" };
            writeln!(out, "{indent}{}{separator}{}", node.role, node.line).expect("a text");
            write_out(&node.children, depth + 1, out);
        }
        if shown < alike {
            writeln!(out, "{indent}… {} more: {role}", alike - shown).expect("a text");
        }
        index += alike;
    }
}

/// The tree of the page that the browser shows.
async fn tree(browser: &Browser) -> String {
    let answer = browser.devtools("Accessibility.getFullAXTree", json!({})).await;
    let list = answer["nodes"].as_array().expect("a list");
    let all = list.iter().map(|node| (node["nodeId"].as_str().expect("an id"), node)).collect();
    let root = list[0]["nodeId"].as_str().expect("an id");
    let mut out = String::new();
    write_out(&nodes(root, &all), 0, &mut out);
    let out = out.replace(concat!("version ", env!("CARGO_PKG_VERSION")), "version …");
    // What is free on the disk is of the machine.
    match out.split_once("is needed; ").and_then(|(before, rest)| Some((before, rest.split_once(" is free")?.1))) {
        Some((before, after)) => format!("{before}is needed; … is free{after}"),
        None => out,
    }
}

#[tokio::test]
async fn a_screen_reader_is_told_of_every_page_what_the_snapshot_says() {
    let mut told = Vec::new();
    for site in [Site::new().await, Site::empty().await] {
        site.look(Scripts::On, 1280, async |page: &Listed, browser: &Browser| {
            told.push((page.name, tree(browser).await));
        })
        .await;
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, tree) in told {
            insta::assert_snapshot!(name.replace(' ', "_"), tree);
        }
    });
}

//! Snapshots of each page's accessibility tree, which is what screen readers read.
//!
//! After an intended change, run `INSTA_UPDATE=always cargo test --test suite pages::aria` and review the diff.

use std::{collections::HashMap, fmt::Write as _};

use serde_json::{Value, json};

use crate::{
    pages::site::{PageCase, Site},
    support::browser::{Browser, Scripts},
};

/// Maximum number of consecutive nodes with the same role (list items, table rows) that a snapshot shows.
const MAX_SIBLINGS: usize = 3;

/// Meaningless roles, whose children are shown in their place. Some of their names also differ between versions of
/// Chromium.
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

/// Controls of the browser, whose inner nodes are not shown.
const OPAQUE: [&str; 3] = ["Date", "DateTime", "ListMarker"];

/// The properties that snapshots include.
const STATES: [&str; 8] = ["level", "checked", "pressed", "expanded", "selected", "required", "readonly", "disabled"];

/// A node of the snapshot.
#[derive(Debug, PartialEq)]
struct Node {
    role: String,
    line: String,
    children: Vec<Node>,
}

/// Converts the nodes of `Accessibility.getFullAXTree` to a tree without ignored and transparent nodes.
fn nodes(id: &str, all: &HashMap<&str, &Value>) -> Vec<Node> {
    let Some(node) = all.get(id) else { return Vec::new() };
    let role = node["role"]["value"].as_str().unwrap_or_default();
    let ids = node["childIds"].as_array().filter(|_| !OPAQUE.contains(&role)).map_or(&[][..], Vec::as_slice);
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
        let is_shown = STATES.contains(&state) && (state != "level" || role == "heading");
        if is_shown && (matches!(state, "pressed" | "expanded") || !(value == "false" || value == false)) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            write!(line, " [{state}={value}]").expect("a text");
        }
    }
    if children.iter().all(|child| child.role == "text") {
        let text = joined_text(&children);
        // The name often repeats the text.
        if text != name && !text.is_empty() {
            write!(line, ": {text}").expect("a text");
        }
        children.clear();
    }
    vec![Node { role: role.to_owned(), line, children }]
}

fn joined_text(nodes: &[Node]) -> String {
    let lines: Vec<_> = nodes.iter().map(|node| node.line.as_str()).collect();
    lines.join(" ")
}

fn write_out(nodes: &[Node], depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    let mut index = 0;
    while index < nodes.len() {
        let role = &nodes[index].role;
        let alike = nodes[index..].iter().take_while(|node| node.role == *role).count();
        let shown = if alike > MAX_SIBLINGS + 1 { MAX_SIBLINGS } else { alike };
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

/// Returns the snapshot of the current page.
async fn tree(browser: &Browser) -> String {
    let answer = browser.devtools("Accessibility.getFullAXTree", json!({})).await;
    let list = answer["nodes"].as_array().expect("a list");
    let all = list.iter().map(|node| (node["nodeId"].as_str().expect("an id"), node)).collect();
    let root = list[0]["nodeId"].as_str().expect("an id");
    let mut out = String::new();
    write_out(&nodes(root, &all), 0, &mut out);
    let out = out.replace(concat!("Version ", env!("CARGO_PKG_VERSION")), "Version …");
    // The free disk space depends on the machine.
    match out.split_once("is needed; ").and_then(|(before, rest)| Some((before, rest.split_once(" is free")?.1))) {
        Some((before, after)) => format!("{before}is needed; … is free{after}"),
        None => out,
    }
}

#[tokio::test]
async fn accessibility_trees_match_their_snapshots() {
    let mut trees = Vec::new();
    for site in [Site::new().await, Site::empty().await] {
        site.visit(Scripts::On, 1280, async |page: &PageCase, browser: &Browser| {
            trees.push((page.name, tree(browser).await));
        })
        .await;
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, tree) in trees {
            insta::assert_snapshot!(name.replace(' ', "_"), tree);
        }
    });
}

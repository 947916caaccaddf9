//! The pure layers know no runtime, database, network, files or clock; arrows between layers point inwards only.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Layers from the inside out; each may use itself and those that stand with it, never one that comes later.
const LAYERS: [(&str, &[&str]); 11] = [
    ("domain", &[]),
    ("scripture", &["domain", "transcript"]),
    ("transcript", &["domain"]),
    ("analysis", &["domain", "scripture", "transcript"]),
    ("demo", &["domain", "scripture", "transcript", "analysis"]),
    ("youtube", &["domain", "transcript"]),
    ("store", &["domain", "scripture", "analysis"]),
    ("safety", &["domain", "store"]),
    ("jobs", &["domain", "transcript", "scripture", "analysis", "youtube", "store", "safety"]),
    ("http", &["domain", "transcript", "scripture", "analysis", "youtube", "store", "safety", "jobs"]),
    ("site", &["domain", "store", "safety", "http"]),
];

/// Small things without a layer, for every layer that is not pure.
const EVERYWHERE: [&str; 5] = ["backoff", "blocking", "clock", "telemetry", "tls"];

/// What the pure layers must not name.
const IMPURE: [&str; 7] = ["tokio", "sqlx", "axum", "reqwest", "std::fs", "std::net", "std::env"];

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a readable directory") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The code of a file without its comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a readable file");
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn source_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

#[test]
fn the_pure_layers_do_no_input_or_output() {
    for layer in ["domain", "scripture", "transcript", "analysis", "demo"] {
        let files = sources(&source_directory().join(layer));
        assert!(!files.is_empty(), "{layer} has files");
        for file in files {
            let code = code(&file);
            for name in IMPURE {
                let named =
                    [format!("{name}::"), format!("use {name}")].iter().any(|form| code.contains(form.as_str()));
                assert!(!named, "{} names {name}", file.display());
            }
        }
    }
}

#[test]
fn arrows_between_layers_point_inwards_only() {
    for (layer, allowed) in LAYERS {
        for file in sources(&source_directory().join(layer)) {
            let code = code(&file);
            for used in used_layers(&code) {
                let fine = used == layer || allowed.contains(&used.as_str()) || EVERYWHERE.contains(&used.as_str());
                assert!(fine, "{} in {layer} uses {used}", file.display());
            }
        }
    }
}

/// The top-level modules that `crate::...` paths of this code begin with, in `use` groups too.
fn used_layers(code: &str) -> Vec<String> {
    let mut used = Vec::new();
    for (position, _) in code.match_indices("crate::") {
        let rest = &code[position + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            used.extend(group_heads(group));
        } else {
            used.push(head(rest));
        }
    }
    used
}

/// The first name of each path of a `{...}` group whose opening brace is gone.
fn group_heads(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut heads) = (1, true, Vec::new());
    for (position, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => start = true,
            _ if start && !character.is_whitespace() => {
                heads.push(head(&group[position..]));
                start = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    heads
}

fn head(path: &str) -> String {
    path.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

#[test]
fn the_reader_of_use_groups_sees_every_head() {
    let code = "use crate::{layers::clock::Clock, layers::domain::{A, B}, layers::store};\nlet x = crate::jobs::Y;";
    assert_eq!(used_layers(code), ["clock", "domain", "store", "jobs"]);
}

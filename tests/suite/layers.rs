//! Checks that each layer uses only the layers inside it, and that the pure layers do no I/O.
//!
//! The detector is a separate crate, so the compiler enforces its boundary. The other layers are modules of one crate,
//! which this test checks by their `crate::` paths.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The layers from the inside out, each with the layers that it may use.
const LAYERS: [(&str, &[&str]); 11] = [
    ("domain", &[]),
    ("search", &["domain"]),
    ("demo", &["domain"]),
    ("youtube", &["domain"]),
    ("store", &["domain", "search"]),
    ("safety", &["domain", "store"]),
    ("jobs", &["domain", "youtube", "store", "safety"]),
    ("http", &["domain", "search", "youtube", "store", "safety", "jobs"]),
    ("site", &["domain", "store", "safety", "http"]),
    ("app", &["domain", "youtube", "store", "safety", "jobs", "http", "site", "config", "lifecycle"]),
    ("cli", &["domain", "demo", "youtube", "store", "safety", "jobs", "http", "site", "app", "config"]),
];

/// Layers that do no I/O.
const PURE: [&str; 3] = ["domain", "search", "demo"];

/// Small modules that belong to no layer. Every layer that is not pure may use them.
const SHARED: [&str; 5] = ["backoff", "blocking", "clock", "telemetry", "tls"];

/// What the pure layers must not use.
const IMPURE: [&str; 7] = ["tokio", "sqlx", "axum", "reqwest", "std::fs", "std::net", "std::env"];

fn source_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Returns all source files below a directory.
fn source_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).expect("a readable directory") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            files.extend(source_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// Returns the code of a file without its comment lines.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a readable file");
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_directory_of_the_source_is_a_layer() {
    let entries = fs::read_dir(source_directory()).expect("a readable directory").map(|entry| entry.expect("an entry"));
    let directories: BTreeSet<_> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("UTF-8"))
        .filter(|name| !SHARED.contains(&name.as_str()))
        // Only the tests of the settings.
        .filter(|name| name != "config")
        .collect();
    assert_eq!(directories, LAYERS.iter().map(|(layer, _)| (*layer).to_owned()).collect());
}

#[test]
fn the_pure_layers_do_no_io() {
    for layer in PURE {
        for file in source_files(&source_directory().join(layer)) {
            let code = code(&file);
            for name in IMPURE {
                let used = [format!("{name}::"), format!("use {name}")].iter().any(|form| code.contains(form.as_str()));
                assert!(!used, "{} uses {name}", file.display());
            }
        }
    }
}

#[test]
fn layers_use_only_the_layers_inside_them() {
    for (layer, allowed) in LAYERS {
        for file in source_files(&source_directory().join(layer)) {
            for module in used_modules(&code(&file)) {
                let is_shared = SHARED.contains(&module.as_str()) && !PURE.contains(&layer);
                let is_allowed = module == layer || is_shared || allowed.contains(&module.as_str());
                assert!(is_allowed, "{} in the layer {layer} uses {module}", file.display());
            }
        }
    }
}

/// Returns the top-level modules in the `crate::` paths of this code, including those in `use` groups.
fn used_modules(code: &str) -> Vec<String> {
    let mut modules = Vec::new();
    for (position, prefix) in code.match_indices("crate::") {
        let path = &code[position + prefix.len()..];
        if let Some(group) = path.strip_prefix('{') {
            modules.extend(group_modules(group));
        } else {
            modules.push(first_segment(path));
        }
    }
    modules
}

/// Returns the first segment of each path in a `{...}` group whose opening brace has been removed.
fn group_modules(group: &str) -> Vec<String> {
    let (mut depth, mut at_start, mut modules) = (1, true, Vec::new());
    for (position, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => at_start = true,
            _ if at_start && !character.is_whitespace() => {
                modules.push(first_segment(&group[position..]));
                at_start = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    modules
}

fn first_segment(path: &str) -> String {
    path.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

#[test]
fn the_modules_of_use_groups_are_found() {
    let code = "use crate::{clock::Clock, domain::{A, B}, store};\nlet x = crate::jobs::Y;";
    assert_eq!(used_modules(code), ["clock", "domain", "store", "jobs"]);
}

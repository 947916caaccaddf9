//! The compressed size of every page together with its styles and scripts.

use std::collections::{BTreeSet, VecDeque};

use mannameter::demo::DemoGenerator;
use serde_json::json;

use crate::pages::site::{Site, today};

/// Maximum compressed size of a page in bytes.
const LIMIT: usize = 60_000;

/// Returns the styles and scripts that a page or script loads.
fn dependencies(text: &str, path: &str) -> Vec<String> {
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let attributes =
        text.split('<').filter(|tag| tag.starts_with("script ") || tag.starts_with("link rel=\"stylesheet\""));
    let loaded = attributes.filter_map(|tag| {
        let (_, rest) = tag.split_once(" src=\"").or_else(|| tag.split_once(" href=\""))?;
        Some(rest.split('"').next()?.to_owned())
    });
    let imported = ["from \"./", "import(\"./", "import \"./"].into_iter().flat_map(|form| {
        text.split(form).skip(1).filter_map(|rest| Some(format!("{directory}/{}", rest.split('"').next()?)))
    });
    loaded.chain(imported).collect()
}

/// Returns the size of a page with all its dependencies, and the number of files.
async fn weight(site: &Site, path: &str, encoding: &str) -> (usize, usize) {
    let (mut bytes, mut loaded, mut queue) = (0, BTreeSet::new(), VecDeque::from([path.to_owned()]));
    while let Some(path) = queue.pop_front() {
        if !loaded.insert(path.clone()) {
            continue;
        }
        bytes += site.get(&path, encoding).await.body.len();
        queue.extend(dependencies(&site.get(&path, "identity").await.text(), &path));
    }
    (bytes, loaded.len())
}

#[tokio::test]
async fn every_page_is_under_60_kb_compressed() {
    for site in [Site::new().await, Site::empty().await] {
        for page in site.pages() {
            for encoding in ["gzip", "br"] {
                let (bytes, files) = weight(&site, &page.path, encoding).await;
                eprintln!("{bytes:>6} bytes, {encoding:>4}, in {files} files: {}", page.name);
                assert!(files >= 3, "{} has a style and a script", page.name);
                assert!(bytes < LIMIT, "{} has {bytes} bytes with {encoding}", page.name);
            }
        }
    }
}

/// Number of references in the long sermon.
const REFERENCES: usize = 500;

#[tokio::test]
async fn a_sermon_with_hundreds_of_references_is_under_60_kb_compressed() {
    const BOOKS: [&str; 6] = ["Genesis", "Isaiah", "John", "Romans", "Hebrews", "Luke"];
    let site = Site::empty().await;
    // Realistic text compresses realistically.
    let sermon = DemoGenerator::new(3, today()).sermon(0);
    let contexts: Vec<_> = sermon.document.references.iter().flatten().map(|reference| &reference.context).collect();
    let line = |number: usize| {
        let (book, chapter, verse) = (BOOKS[number % BOOKS.len()], number % 13 + 1, number % 17 + 1);
        let words: Vec<_> =
            contexts[number % contexts.len()].split_whitespace().filter(|word| word.is_ascii()).collect();
        let words = words.into_iter().filter(|word| word.chars().all(char::is_alphabetic)).take(12 + number % 5);
        let words = words.map(str::to_lowercase).collect::<Vec<_>>().join(" ");
        let (minute, second) = (number * 6 / 60, number * 6 % 60);
        format!(
            "{minute:02}:{second:02}.000 --> {minute:02}:{second:02}.900\nTurn to {book} {chapter}:{verse}. {words}.\n\n"
        )
    };
    let captions = format!("WEBVTT\n\n{}", (0..REFERENCES).map(line).collect::<String>());
    let job = site.app.post("/api/videos", &json!({ "transcript": captions, "title": "A long sermon" })).await;
    let ended = site.app.wait_for_job(job.header("location")).await;
    let path = ended["result_url"].as_str().unwrap_or_else(|| panic!("{ended}"));
    for path in [path.to_owned(), format!("{path}?view=book")] {
        let text = site.get(&path, "identity").await.text();
        let shown = text.matches("<li class=\"mention").count();
        assert!(shown >= REFERENCES, "{shown} references are listed");
        assert!(text.matches("<blockquote>").count() < shown, "some references have no context");
        assert!(text.contains("Only the first 150 references"), "the page says so");
        let (bytes, _) = weight(&site, &path, "gzip").await;
        eprintln!("{bytes:>6} bytes, {shown} references: {path}");
        assert!(bytes < LIMIT, "{bytes} bytes");
    }
}

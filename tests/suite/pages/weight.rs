//! No page is heavy: its HTML, its styles and its scripts together, as they go over the wire.

use std::collections::{BTreeSet, VecDeque};

use mannameter::demo::Demo;
use serde_json::json;

use crate::pages::site::{Site, today};

/// Bytes that a page may have.
const HEAVIEST: usize = 60_000;

/// The styles and scripts that a page or a script asks for.
fn parts(text: &str, path: &str) -> Vec<String> {
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let attributes =
        text.split('<').filter(|tag| tag.starts_with("script ") || tag.starts_with("link rel=\"stylesheet\""));
    let asked = attributes.filter_map(|tag| {
        let (_, rest) = tag.split_once(" src=\"").or_else(|| tag.split_once(" href=\""))?;
        Some(rest.split('"').next()?.to_owned())
    });
    let imported = ["from \"./", "import(\"./", "import \"./"].into_iter().flat_map(|form| {
        text.split(form).skip(1).filter_map(|rest| Some(format!("{directory}/{}", rest.split('"').next()?)))
    });
    asked.chain(imported).collect()
}

/// Bytes of a page with all that it asks for, and the number of its parts.
async fn weight(site: &Site, path: &str, encoding: &str) -> (usize, usize) {
    let (mut bytes, mut seen, mut waiting) = (0, BTreeSet::new(), VecDeque::from([path.to_owned()]));
    while let Some(path) = waiting.pop_front() {
        if !seen.insert(path.clone()) {
            continue;
        }
        bytes += site.get(&path, encoding).await.body.len();
        waiting.extend(parts(&site.get(&path, "identity").await.text(), &path));
    }
    (bytes, seen.len())
}

#[tokio::test]
async fn every_page_with_its_styles_and_scripts_is_under_60_kb_compressed() {
    for site in [Site::new().await, Site::empty().await] {
        for page in site.pages() {
            for encoding in ["gzip", "br"] {
                let (bytes, parts) = weight(&site, &page.path, encoding).await;
                eprintln!("{bytes:>6} bytes, {encoding:>4}, in {parts} parts: {}", page.name);
                assert!(parts >= 3, "{} has a style and a script", page.name);
                assert!(bytes < HEAVIEST, "{} has {bytes} bytes with {encoding}", page.name);
            }
        }
    }
}

/// Captions of this many lines, in which each names a verse.
const DENSE: usize = 500;

#[tokio::test]
async fn a_sermon_with_hundreds_of_references_is_as_light() {
    const BOOKS: [&str; 6] = ["Genesis", "Isaiah", "John", "Romans", "Hebrews", "Luke"];
    let site = Site::empty().await;
    // Words of sermons, so that they compress as such.
    let sermon = Demo::new(3, today()).sermon(0);
    let heard: Vec<_> = sermon.document.references.iter().flatten().map(|reference| &reference.context).collect();
    let line = |number: usize| {
        let (book, chapter, verse) = (BOOKS[number % BOOKS.len()], number % 13 + 1, number % 17 + 1);
        let words: Vec<_> = heard[number % heard.len()].split_whitespace().filter(|word| word.is_ascii()).collect();
        let words = words.into_iter().filter(|word| word.chars().all(char::is_alphabetic)).take(12 + number % 5);
        let words = words.map(str::to_lowercase).collect::<Vec<_>>().join(" ");
        let (minute, second) = (number * 6 / 60, number * 6 % 60);
        format!(
            "{minute:02}:{second:02}.000 --> {minute:02}:{second:02}.900\nTurn to {book} {chapter}:{verse}. {words}.\n\n"
        )
    };
    let captions = format!("WEBVTT\n\n{}", (0..DENSE).map(line).collect::<String>());
    let job = site.app.post("/api/videos", &json!({ "transcript": captions, "title": "All of it" })).await;
    let ended = site.app.ended(job.header("location")).await;
    let path = ended["result_url"].as_str().unwrap_or_else(|| panic!("{ended}"));
    for path in [path.to_owned(), format!("{path}?view=book")] {
        let text = site.get(&path, "identity").await.text();
        let shown = text.matches("<li class=\"mention").count();
        assert!(shown >= DENSE, "{shown} references are listed");
        assert!(text.matches("<blockquote>").count() < shown, "not all with their words");
        assert!(text.contains("the first 150 references"), "which is said");
        let (bytes, _) = weight(&site, &path, "gzip").await;
        eprintln!("{bytes:>6} bytes, {shown} references: {path}");
        assert!(bytes < HEAVIEST, "{bytes} bytes");
    }
}

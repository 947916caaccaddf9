//! No page is heavy: its HTML, its styles and its scripts together, as they go over the wire.

use std::collections::{BTreeSet, VecDeque};

use crate::site::Site;

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

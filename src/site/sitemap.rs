//! What search engines are told: all pages, in files of the size that the protocol allows (sitemaps.org).

use std::fmt::Write as _;

use crate::safety::TreeFile;

/// Addresses that a file may have.
const MOST: usize = 50_000;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const NAMESPACE: &str = "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"";

/// The files, for pages that are below `begin`.
pub(super) fn files(begin: &str, pages: impl Iterator<Item = String>) -> Vec<TreeFile> {
    let pages: Vec<_> = pages.map(|page| escape(&format!("{begin}{page}"))).collect();
    let parts: Vec<_> = pages.chunks(MOST).collect();
    if let [all] = parts.as_slice() {
        return vec![file("sitemap.xml".to_owned(), "urlset", "url", all)];
    }
    let names: Vec<_> = (1..=parts.len()).map(|number| format!("sitemap-{number}.xml")).collect();
    let addresses: Vec<_> = names.iter().map(|name| escape(&format!("{begin}/{name}"))).collect();
    let mut files = vec![file("sitemap.xml".to_owned(), "sitemapindex", "sitemap", &addresses)];
    files.extend(names.into_iter().zip(parts).map(|(name, part)| file(name, "urlset", "url", part)));
    files
}

fn file(path: String, root: &str, element: &str, addresses: &[String]) -> TreeFile {
    let mut xml = format!("{HEAD}<{root} {NAMESPACE}>\n");
    for address in addresses {
        writeln!(xml, "<{element}><loc>{address}</loc></{element}>").expect("a text");
    }
    writeln!(xml, "</{root}>").expect("a text");
    TreeFile { path, bytes: xml.into_bytes(), made_from: None }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&apos;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_pages_than_a_file_may_have_are_in_several_behind_an_index() {
        let names = |count: usize| -> Vec<_> {
            files("https://x.example/m", (0..count).map(|n| format!("/{n}.html")))
                .into_iter()
                .map(|file| file.path)
                .collect()
        };
        assert_eq!(names(3), ["sitemap.xml"]);
        assert_eq!(names(MOST + 1), ["sitemap.xml", "sitemap-1.xml", "sitemap-2.xml"]);
        let one = files("https://x.example/m", ["/a&b.html".to_owned()].into_iter());
        let xml = String::from_utf8(one.into_iter().next().expect("a file").bytes).expect("a text");
        assert!(xml.contains("<url><loc>https://x.example/m/a&amp;b.html</loc></url>"), "{xml}");
    }
}

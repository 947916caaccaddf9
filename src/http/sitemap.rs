//! Sitemaps for search engines (sitemaps.org).

use std::fmt::Write as _;

use crate::safety::OutputFile;

/// Maximum number of URLs per file, as defined by the protocol.
const MAX_URLS: usize = 50_000;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const NAMESPACE: &str = "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"";

/// Returns the sitemap `sitemap.xml`, or an index and several sitemaps, for pages under the URL `prefix`. `part`
/// returns the name of a sitemap by number, starting at 1.
pub fn sitemap_files(
    prefix: &str,
    pages: impl Iterator<Item = String>,
    part: impl Fn(usize) -> String,
) -> Vec<OutputFile> {
    let urls: Vec<_> = pages.map(|page| escape(&format!("{prefix}{page}"))).collect();
    let parts: Vec<_> = urls.chunks(MAX_URLS).collect();
    if let [all] = parts.as_slice() {
        return vec![file("sitemap.xml".to_owned(), "urlset", "url", all)];
    }
    let names: Vec<_> = (1..=parts.len()).map(part).collect();
    let part_urls: Vec<_> = names.iter().map(|name| escape(&format!("{prefix}/{name}"))).collect();
    let mut files = vec![file("sitemap.xml".to_owned(), "sitemapindex", "sitemap", &part_urls)];
    files.extend(names.into_iter().zip(parts).map(|(name, part)| file(name, "urlset", "url", part)));
    files
}

fn file(path: String, root: &str, element: &str, urls: &[String]) -> OutputFile {
    let mut xml = format!("{HEAD}<{root} {NAMESPACE}>\n");
    for url in urls {
        writeln!(xml, "<{element}><loc>{url}</loc></{element}>").expect("writing to a String cannot fail");
    }
    writeln!(xml, "</{root}>").expect("writing to a String cannot fail");
    OutputFile { path, bytes: xml.into_bytes(), input_sha256: None }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&apos;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_pages_are_split_into_several_files_with_an_index() {
        let part = |number: usize| format!("sitemap-{number}.xml");
        let names = |count: usize| -> Vec<_> {
            sitemap_files("https://x.example/m", (0..count).map(|n| format!("/{n}.html")), part)
                .into_iter()
                .map(|file| file.path)
                .collect()
        };
        assert_eq!(names(3), ["sitemap.xml"]);
        assert_eq!(names(MAX_URLS + 1), ["sitemap.xml", "sitemap-1.xml", "sitemap-2.xml"]);
        let one = sitemap_files("https://x.example/m", ["/a&b.html".to_owned()].into_iter(), part);
        let xml = String::from_utf8(one.into_iter().next().expect("a file").bytes).expect("UTF-8");
        assert!(xml.contains("<url><loc>https://x.example/m/a&amp;b.html</loc></url>"), "{xml}");
    }
}

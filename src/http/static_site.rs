//! Maps each page to its file in a static copy of the site.
//!
//! Templates mark elements that need the running service with `data-live`, and those that need the site's origin with
//! `data-origin`; [`crate::site`] removes them. A request with a [`SiteLocation`] extension returns a page whose links
//! point to files of the static copy.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Where a static copy of the site will be served. Requests that render the copy carry this as an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteLocation {
    /// Base path without a trailing slash, such as `/manna`, or empty for the root.
    pub base: String,
    /// Origin, such as `https://name.github.io`, or empty if unknown.
    pub origin: String,
}

/// File extension of pages.
const PAGE_EXTENSION: &str = ".html";

/// Maximum length of a file name, in bytes; file systems allow 255.
const MAX_NAME: usize = 240;

/// Characters that are percent-encoded in a URL.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// Returns the file for the path of a page or image, or `None` if the path needs the running service.
pub fn file_for_path(path: &str) -> Option<String> {
    let parts: Vec<_> = path.strip_prefix('/')?.split('/').collect();
    match parts.as_slice() {
        [""] => Some(format!("index{PAGE_EXTENSION}")),
        // Names can be in any script, so they are percent-encoded.
        [kind @ ("church" | "speaker" | "series"), name] => {
            let name = percent_decode_str(name).decode_utf8().ok().filter(|name| is_plain(name))?;
            Some(format!("{kind}/{name}{PAGE_EXTENSION}"))
        }
        ["video" | "book" | "passage", name] if is_plain(name) => Some(format!("{}{PAGE_EXTENSION}", &path[1..])),
        ["video", id, "label.svg" | "label.png" | "card.png"] if is_plain(id) => Some(path[1..].to_owned()),
        ["static", version, name] if is_plain(version) && is_plain(name) => Some(path[1..].to_owned()),
        ["results.json" | "results.json.b64" | "export.csv" | "manifest.webmanifest"] => Some(path[1..].to_owned()),
        _ => None,
    }
}

/// Returns the path of the page in a file. This is the inverse of [`file_for_path`].
pub fn path_for_file(file: &str) -> &str {
    file.strip_suffix(PAGE_EXTENSION).unwrap_or(file)
}

/// Returns the URL path of a file, without the base path.
pub fn url_for_file(file: &str) -> String {
    if file == "index.html" { "/".to_owned() } else { format!("/{}", utf8_percent_encode(file, ENCODED)) }
}

/// Returns whether a path segment is a safe file name on every system and is not hidden.
fn is_plain(name: &str) -> bool {
    let plain = |letter: char| letter.is_alphanumeric() || "-_.~".contains(letter);
    !name.is_empty() && name.len() <= MAX_NAME && !name.starts_with('.') && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_files_and_what_needs_the_service_has_none() {
        for (path, file) in [
            ("/", "index.html"),
            ("/video/sErm0n_Tst1", "video/sErm0n_Tst1.html"),
            ("/passage/1Cor.13.4-1Cor.13.7", "passage/1Cor.13.4-1Cor.13.7.html"),
            ("/video/sErm0n_Tst1/label.png", "video/sErm0n_Tst1/label.png"),
            ("/results.json", "results.json"),
            ("/church/%C3%A9glise", "church/église.html"),
        ] {
            assert_eq!(file_for_path(path).as_deref(), Some(file));
            assert_eq!(path_for_file(&url_for_file(file)), path);
        }
        for path in ["/backup", "/api/video/x", "/video/..", "/video/a%2Fb", "/video/", "video/x", "//x", "/church/a/b"]
        {
            assert_eq!(file_for_path(path), None, "{path}");
        }
    }
}

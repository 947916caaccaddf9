//! The pages as files of a static site: where each is, and which have no place there.
//!
//! Templates mark with `data-live` what has a sense only where the service runs, and with `data-origin` what needs to know
//! where the site will be; [`crate::site`] leaves that out.
//!
//! A request that carries [`AsFiles`] is answered with addresses of that site instead of our own.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The static site that pages are written for; an extension of the requests that ask for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsFiles {
    /// The folder that it is served from: nothing, or such as `/manna`, without a slash at its end.
    pub base: String,
    /// What stands before that for those who are elsewhere, such as `https://name.github.io`; empty: not known.
    pub origin: String,
}

/// The extension of pages.
const PAGE: &str = ".html";

/// Bytes of a name; file systems take 255.
const LONGEST: usize = 240;

/// What an address may not hold as it is.
const NOT_PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// The file of a page or picture by its path, below the site; none if it only works with a server.
pub fn file_of(path: &str) -> Option<String> {
    let parts: Vec<_> = path.strip_prefix('/')?.split('/').collect();
    match parts.as_slice() {
        [""] => Some(format!("index{PAGE}")),
        // Names of churches are in all scripts.
        ["church", name] => {
            let name = percent_decode_str(name).decode_utf8().ok().filter(|name| is_plain(name))?;
            Some(format!("church/{name}{PAGE}"))
        }
        ["video" | "book" | "passage", name] if is_plain(name) => Some(format!("{}{PAGE}", &path[1..])),
        ["video", id, "label.svg" | "label.png" | "card.png"] if is_plain(id) => Some(path[1..].to_owned()),
        ["static", version, name] if is_plain(version) && is_plain(name) => Some(path[1..].to_owned()),
        ["results.json" | "results.json.b64" | "export.csv"] => Some(path[1..].to_owned()),
        _ => None,
    }
}

/// The path of the page that is in this file: [`file_of`] the other way round, for addresses.
pub fn path_of(address: &str) -> &str {
    address.strip_suffix(PAGE).unwrap_or(address)
}

/// The address of a file below the site.
pub fn address_of(file: &str) -> String {
    if file == "index.html" { "/".to_owned() } else { format!("/{}", utf8_percent_encode(file, NOT_PLAIN)) }
}

/// Whether a part of a path names a file wherever it is put, and hides none.
fn is_plain(name: &str) -> bool {
    let plain = |letter: char| letter.is_alphanumeric() || "-_.~".contains(letter);
    !name.is_empty() && name.len() <= LONGEST && !name.starts_with('.') && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_their_files_and_what_needs_a_server_has_none() {
        for (path, file) in [
            ("/", "index.html"),
            ("/video/sErm0n_Tst1", "video/sErm0n_Tst1.html"),
            ("/passage/1Cor.13.4-1Cor.13.7", "passage/1Cor.13.4-1Cor.13.7.html"),
            ("/video/sErm0n_Tst1/label.png", "video/sErm0n_Tst1/label.png"),
            ("/results.json", "results.json"),
            ("/church/%C3%A9glise", "church/église.html"),
        ] {
            assert_eq!(file_of(path).as_deref(), Some(file));
            assert_eq!(path_of(&address_of(file)), path);
        }
        for path in ["/backup", "/api/video/x", "/video/..", "/video/a%2Fb", "/video/", "video/x", "//x", "/church/a/b"]
        {
            assert_eq!(file_of(path), None, "{path}");
        }
    }
}

//! The pages as files of a static site: where each is, and which have no place there.
//!
//! A request that carries [`AsFiles`] is answered with addresses of that site instead of our own.

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

/// The file of a page or picture by its path, below the site; none if it only works with a server.
pub fn file_of(path: &str) -> Option<String> {
    let parts: Vec<_> = path.strip_prefix('/')?.split('/').collect();
    match parts.as_slice() {
        [""] => Some(format!("index{PAGE}")),
        ["video" | "church" | "book" | "passage", name] if is_plain(name) => Some(format!("{}{PAGE}", &path[1..])),
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
    if file == "index.html" { "/".to_owned() } else { format!("/{file}") }
}

/// Whether a part of a path names a file wherever it is put, and hides none.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    !name.is_empty() && name.len() <= 100 && !name.starts_with('.') && name.bytes().all(plain)
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
        ] {
            assert_eq!(file_of(path).as_deref(), Some(file));
            assert_eq!(path_of(&address_of(file)), path);
        }
        for path in ["/backup", "/api/video/x", "/video/..", "/video/a%2Fb", "/video/", "video/x", "//x", "/church/a/b"] {
            assert_eq!(file_of(path), None, "{path}");
        }
    }
}

//! Maps URLs of the service to files of the static site, and tracks the files that remain to be written.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    path::Path,
};

use url::form_urlencoded;

use crate::http::{SiteLocation, file_for_path, path_for_file, url_for_file};

/// Query parameters that select a later page of a list.
const PAGING: [&str; 2] = ["cursor", "page"];

/// Query parameters that select one of the few variants of a page.
const VARIANTS: [&str; 2] = ["days", "sort"];

/// A file that has not been written yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PendingFile {
    /// Path and query of the page in the service.
    pub(super) url: String,
    /// Path of the file in the site's directory.
    pub(super) file: String,
}

/// The target of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Link {
    /// Another site, or a fragment of the same page. The link does not change.
    External,
    /// A file of the site, with its URL.
    File(String),
    /// A page that exists only in the service, or not at all.
    Unavailable,
}

/// The URLs discovered so far and their files.
#[derive(Debug)]
pub(super) struct Urls {
    location: SiteLocation,
    /// Files by path and query of the page in the service.
    files: BTreeMap<String, String>,
    pending: VecDeque<PendingFile>,
    /// Passages are written last, once every page that links to them is known.
    pending_passages: VecDeque<PendingFile>,
    /// Number of the last page of each list.
    last_pages: HashMap<String, usize>,
    /// URLs that returned an error in an earlier pass.
    known_missing: BTreeSet<String>,
    /// The URLs in `known_missing` and those found missing in this pass.
    missing: BTreeSet<String>,
    taken: usize,
}

impl Urls {
    /// Creates an empty set. Links to `known_missing` are not followed.
    pub(super) fn new(location: SiteLocation, known_missing: BTreeSet<String>) -> Self {
        Self {
            location,
            files: BTreeMap::new(),
            pending: VecDeque::new(),
            pending_passages: VecDeque::new(),
            last_pages: HashMap::new(),
            missing: known_missing.clone(),
            known_missing,
            taken: 0,
        }
    }

    /// Adds the file for a path of the service.
    pub(super) fn add(&mut self, path: &str) {
        self.file(path, "", "/");
    }

    /// Removes and returns up to `limit` pending files.
    pub(super) fn take(&mut self, limit: usize) -> Vec<PendingFile> {
        let queue = if self.pending.is_empty() { &mut self.pending_passages } else { &mut self.pending };
        let taken: Vec<_> = queue.drain(..limit.min(queue.len())).collect();
        self.taken += taken.len();
        taken
    }

    /// Returns the number of files that were taken.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// Returns the number of known files, including those already taken.
    pub(super) fn known(&self) -> usize {
        self.taken + self.pending.len() + self.pending_passages.len()
    }

    /// Records that the service has no page at a URL.
    pub(super) fn mark_missing(&mut self, url: String) {
        self.files.remove(&url);
        self.missing.insert(url);
    }

    /// Returns all missing URLs.
    pub(super) fn into_missing(self) -> BTreeSet<String> {
        self.missing
    }

    /// Returns the URLs of all pages, under the site's base path.
    pub(super) fn pages(&self) -> impl Iterator<Item = String> {
        let pages: BTreeSet<_> = self.files.values().filter(|file| has_extension(file, "html")).collect();
        pages.into_iter().map(|file| url_for_file(file)).collect::<Vec<_>>().into_iter()
    }

    /// Resolves a link found on the page `from`, and adds the target to the files to be written.
    pub(super) fn resolve(&mut self, link: &str, from: &str) -> Link {
        let SiteLocation { base, origin } = self.location.clone();
        let without_origin = link.strip_prefix(&origin).filter(|_| !origin.is_empty());
        let (origin, rest) = without_origin.map_or(("", link), |rest| (origin.as_str(), rest));
        if !rest.starts_with('/') || rest.starts_with("//") {
            return Link::External;
        }
        let below_base = rest.strip_prefix(&base).filter(|below| below.starts_with('/')).unwrap_or(rest);
        let (url, fragment) = below_base.split_once('#').map_or((below_base, None), |(url, at)| (url, Some(at)));
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let Some(file) = self.file(path_for_file(path), query, from) else { return Link::Unavailable };
        let fragment = fragment.map(|at| format!("#{at}")).unwrap_or_default();
        Link::File(format!("{origin}{base}{}{fragment}", url_for_file(&file)))
    }

    /// Returns the file for a URL, if there is one, and adds it to the files to be written.
    fn file(&mut self, path: &str, query: &str, from: &str) -> Option<String> {
        let url = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        if let Some(file) = self.files.get(&url) {
            return Some(file.clone());
        }
        let page = file_for_path(path)?;
        let is_passage = path.starts_with("/passage/");
        // A passage links to neighboring passages, which are written only if a sermon cites them.
        if self.known_missing.contains(&url) || (is_passage && query.is_empty() && from.starts_with("/passage/")) {
            return None;
        }
        let file = if query.is_empty() { page } else { self.file_for_query(path, &page, query)? };
        // The export writes these files.
        if !path.starts_with("/results.json") {
            let queue = if is_passage { &mut self.pending_passages } else { &mut self.pending };
            queue.push_back(PendingFile { url: url.clone(), file: file.clone() });
        }
        self.files.insert(url, file.clone());
        Some(file)
    }

    /// Returns the file for a page with a query, or `None` if only a form can request it.
    fn file_for_query(&mut self, path: &str, page: &str, query: &str) -> Option<String> {
        let mut name = if path == "/" { "sermons".to_owned() } else { path_for_file(page).to_owned() };
        let mut is_later_page = false;
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            if VARIANTS.contains(&&*key)
                && (1..20).contains(&value.len())
                && value.bytes().all(|b| b.is_ascii_alphanumeric())
            {
                name = format!("{name}/{key}-{value}");
            } else if PAGING.contains(&&*key) {
                is_later_page = true;
            } else {
                return None;
            }
        }
        if is_later_page {
            // Each page links to the next, so they are discovered in order.
            let number = self.last_pages.entry(name.clone()).or_insert(1);
            *number += 1;
            name = format!("{name}/page-{number}");
        }
        Some(format!("{name}.html"))
    }
}

/// Returns whether a path has this file extension.
pub(super) fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls() -> Urls {
        let location = SiteLocation { base: "/manna".to_owned(), origin: "https://x.example".to_owned() };
        Urls::new(location, BTreeSet::from(["/church/gone".to_owned()]))
    }

    #[test]
    fn links_resolve_to_files_below_the_base_path_and_each_target_is_added_once() {
        let mut urls = urls();
        let file = |url: &str| Link::File(url.to_owned());
        for (link, target) in [
            ("/#sermons", file("/manna/#sermons")),
            ("/manna/", file("/manna/")),
            ("/video/sErm0n_Tst1", file("/manna/video/sErm0n_Tst1.html")),
            ("/manna/video/sErm0n_Tst1.html#x", file("/manna/video/sErm0n_Tst1.html#x")),
            (
                "https://x.example/manna/video/sErm0n_Tst1/card.png",
                file("https://x.example/manna/video/sErm0n_Tst1/card.png"),
            ),
            ("/?cursor=abc#sermons", file("/manna/sermons/page-2.html#sermons")),
            ("/?cursor=def", file("/manna/sermons/page-3.html")),
            ("/?cursor=abc", file("/manna/sermons/page-2.html")),
            ("/?days=90", file("/manna/sermons/days-90.html")),
            ("/book/John?page=2", file("/manna/book/John/page-2.html")),
            ("/results.json", file("/manna/results.json")),
            ("/?q=love", Link::Unavailable),
            ("/backup", Link::Unavailable),
            ("/church/gone", Link::Unavailable),
            ("#main", Link::External),
            ("//other.example/", Link::External),
            ("https://www.youtube.com/watch?v=x", Link::External),
            ("mailto:?subject=x", Link::External),
        ] {
            assert_eq!(urls.resolve(link, "/"), target, "{link}");
        }
        let pending: Vec<_> = urls.take(99).into_iter().map(|pending| pending.url).collect();
        let card = "/video/sErm0n_Tst1/card.png";
        assert_eq!(
            pending,
            ["/", "/video/sErm0n_Tst1", card, "/?cursor=abc", "/?cursor=def", "/?days=90", "/book/John?page=2"]
        );
    }

    #[test]
    fn passages_come_last_and_do_not_link_to_neighbors_that_no_sermon_cites() {
        let mut urls = urls();
        assert_eq!(
            urls.resolve("/passage/John.3.16", "/video/a"),
            Link::File("/manna/passage/John.3.16.html".to_owned())
        );
        urls.add("/");
        assert_eq!(urls.take(9)[0].url, "/");
        assert_eq!(urls.take(9)[0].url, "/passage/John.3.16");
        assert_eq!(urls.resolve("/passage/John.3.17", "/passage/John.3.16"), Link::Unavailable);
        assert!(matches!(urls.resolve("/passage/John.3.16?page=2", "/passage/John.3.16"), Link::File(_)));
    }
}

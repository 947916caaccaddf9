//! Which addresses of the service are files of the site, which of them are still to be written, and how each is linked.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    path::Path,
};

use url::form_urlencoded;

use crate::http::{AsFiles, address_of, file_of, path_of};

/// Parts of a query that lead on in a list.
const LEADS_ON: [&str; 2] = ["cursor", "page"];

/// Parts of a query that show a page in another way, of which a page links to few.
const SHOWS: [&str; 2] = ["days", "sort"];

/// Something to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Path and query at the service.
    pub(super) path: String,
    /// Where it goes, below the site.
    pub(super) file: String,
}

/// Where a link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Link {
    /// To another site, or within the page: it stays as it is.
    Elsewhere,
    /// To a file of the site, by this address.
    Here(String),
    /// To something that only the service has.
    Nowhere,
}

/// The addresses that are known.
#[derive(Debug)]
pub(super) struct Addresses {
    place: AsFiles,
    /// The files, by path and query at the service.
    files: BTreeMap<String, String>,
    /// To be written; passages last, when all that cite them are known.
    waiting: VecDeque<Wanted>,
    passages: VecDeque<Wanted>,
    /// The last page of each list.
    lists: HashMap<String, usize>,
    /// What is known to lead nowhere.
    nowhere: BTreeSet<String>,
    /// What turned out to.
    turned_out: BTreeSet<String>,
    taken: usize,
}

impl Addresses {
    pub(super) fn new(place: AsFiles, nowhere: BTreeSet<String>) -> Self {
        Self {
            place,
            files: BTreeMap::new(),
            waiting: VecDeque::new(),
            passages: VecDeque::new(),
            lists: HashMap::new(),
            turned_out: nowhere.clone(),
            nowhere,
            taken: 0,
        }
    }

    /// Wants what has this path at the service.
    pub(super) fn want(&mut self, path: &str) {
        self.file(path, "", "/");
    }

    /// The next of those that are to be written.
    pub(super) fn take(&mut self, most: usize) -> Vec<Wanted> {
        let from = if self.waiting.is_empty() { &mut self.passages } else { &mut self.waiting };
        let taken: Vec<_> = from.drain(..most.min(from.len())).collect();
        self.taken += taken.len();
        taken
    }

    /// How many were taken.
    pub(super) fn done(&self) -> usize {
        self.taken
    }

    /// How many there are.
    pub(super) fn known(&self) -> usize {
        self.taken + self.waiting.len() + self.passages.len()
    }

    /// Nothing is at this address of the service.
    pub(super) fn leads_nowhere(&mut self, path: String) {
        self.files.remove(&path);
        self.turned_out.insert(path);
    }

    /// All that lead nowhere.
    pub(super) fn into_nowhere(self) -> BTreeSet<String> {
        self.turned_out
    }

    /// The addresses of all pages below the site.
    pub(super) fn pages(&self) -> impl Iterator<Item = String> {
        let pages: BTreeSet<_> = self.files.values().filter(|file| is_a(file, "html")).collect();
        pages.into_iter().map(|file| address_of(file)).collect::<Vec<_>>().into_iter()
    }

    /// Where a link leads to that stands on the page with this path. What it leads to is wanted from now on.
    pub(super) fn resolve(&mut self, link: &str, from: &str) -> Link {
        let AsFiles { base, origin } = self.place.clone();
        let own = link.strip_prefix(&origin).filter(|_| !origin.is_empty());
        let (origin, rest) = own.map_or(("", link), |rest| (origin.as_str(), rest));
        if !rest.starts_with('/') || rest.starts_with("//") {
            return Link::Elsewhere;
        }
        let below = rest.strip_prefix(&base).filter(|below| below.starts_with('/')).unwrap_or(rest);
        let (address, fragment) = below.split_once('#').map_or((below, None), |(address, at)| (address, Some(at)));
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let Some(file) = self.file(path_of(path), query, from) else { return Link::Nowhere };
        let fragment = fragment.map(|at| format!("#{at}")).unwrap_or_default();
        Link::Here(format!("{origin}{base}{}{fragment}", address_of(&file)))
    }

    /// The file of an address, if it has one.
    fn file(&mut self, path: &str, query: &str, from: &str) -> Option<String> {
        let request = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        if let Some(file) = self.files.get(&request) {
            return Some(file.clone());
        }
        let own = file_of(path)?;
        let is_passage = path.starts_with("/passage/");
        // A passage links to its neighbors; those that nobody cites are not written for that.
        if self.nowhere.contains(&request) || (is_passage && query.is_empty() && from.starts_with("/passage/")) {
            return None;
        }
        let file = if query.is_empty() { own } else { self.file_of_list(path, &own, query)? };
        // The files of all data are written by the export.
        if !path.starts_with("/results.json") {
            let queue = if is_passage { &mut self.passages } else { &mut self.waiting };
            queue.push_back(Wanted { path: request.clone(), file: file.clone() });
        }
        self.files.insert(request, file.clone());
        Some(file)
    }

    /// The file of a page that a query shows; none if it is one that is asked for by a form.
    fn file_of_list(&mut self, path: &str, own: &str, query: &str) -> Option<String> {
        let mut name = if path == "/" { "sermons".to_owned() } else { path_of(own).to_owned() };
        let mut leads_on = false;
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            if SHOWS.contains(&&*key)
                && (1..20).contains(&value.len())
                && value.bytes().all(|b| b.is_ascii_alphanumeric())
            {
                name = format!("{name}/{key}-{value}");
            } else if LEADS_ON.contains(&&*key) {
                leads_on = true;
            } else {
                return None;
            }
        }
        if leads_on {
            // Pages are known in their order: each links to the next.
            let number = self.lists.entry(name.clone()).or_insert(1);
            *number += 1;
            name = format!("{name}/page-{number}");
        }
        Some(format!("{name}.html"))
    }
}

/// Whether a file or address has this ending.
pub(super) fn is_a(path: &str, ending: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> Addresses {
        let place = AsFiles { base: "/manna".to_owned(), origin: "https://x.example".to_owned() };
        Addresses::new(place, BTreeSet::from(["/church/gone".to_owned()]))
    }

    #[test]
    fn links_lead_to_files_below_the_base_and_what_they_lead_to_is_wanted_once() {
        let mut addresses = addresses();
        let here = |address: &str| Link::Here(address.to_owned());
        for (link, leads_to) in [
            ("/#sermons", here("/manna/#sermons")),
            ("/manna/", here("/manna/")),
            ("/video/sErm0n_Tst1", here("/manna/video/sErm0n_Tst1.html")),
            ("/manna/video/sErm0n_Tst1.html#x", here("/manna/video/sErm0n_Tst1.html#x")),
            (
                "https://x.example/manna/video/sErm0n_Tst1/card.png",
                here("https://x.example/manna/video/sErm0n_Tst1/card.png"),
            ),
            ("/?cursor=abc#sermons", here("/manna/sermons/page-2.html#sermons")),
            ("/?cursor=def", here("/manna/sermons/page-3.html")),
            ("/?cursor=abc", here("/manna/sermons/page-2.html")),
            ("/?days=90", here("/manna/sermons/days-90.html")),
            ("/book/John?page=2", here("/manna/book/John/page-2.html")),
            ("/results.json", here("/manna/results.json")),
            ("/?q=love", Link::Nowhere),
            ("/backup", Link::Nowhere),
            ("/church/gone", Link::Nowhere),
            ("#main", Link::Elsewhere),
            ("//other.example/", Link::Elsewhere),
            ("https://www.youtube.com/watch?v=x", Link::Elsewhere),
            ("mailto:?subject=x", Link::Elsewhere),
        ] {
            assert_eq!(addresses.resolve(link, "/"), leads_to, "{link}");
        }
        let wanted: Vec<_> = addresses.take(99).into_iter().map(|wanted| wanted.path).collect();
        let card = "/video/sErm0n_Tst1/card.png";
        assert_eq!(
            wanted,
            ["/", "/video/sErm0n_Tst1", card, "/?cursor=abc", "/?cursor=def", "/?days=90", "/book/John?page=2"]
        );
    }

    #[test]
    fn passages_come_last_and_do_not_lead_to_neighbors_that_nobody_cites() {
        let mut addresses = addresses();
        assert_eq!(
            addresses.resolve("/passage/John.3.16", "/video/a"),
            Link::Here("/manna/passage/John.3.16.html".to_owned())
        );
        addresses.want("/");
        assert_eq!(addresses.take(9)[0].path, "/");
        assert_eq!(addresses.take(9)[0].path, "/passage/John.3.16");
        assert_eq!(addresses.resolve("/passage/John.3.17", "/passage/John.3.16"), Link::Nowhere);
        assert!(matches!(addresses.resolve("/passage/John.3.16?page=2", "/passage/John.3.16"), Link::Here(_)));
    }
}

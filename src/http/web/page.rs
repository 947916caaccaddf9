//! What every page has: its theme, its place, its files.

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts, uri::Authority},
    response::{Html, IntoResponse, Response},
};
use axum_extra::extract::cookie::CookieJar;

use super::links::Links;
use crate::http::{auth::came_over_https, cache::CachePolicy, fallback::Source, files::AsFiles, state::AppState};

/// The name of the cookie that holds the theme.
pub(super) const THEME_COOKIE: &str = "theme";

/// Light, dark, or as the machine is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Theme {
    /// As the machine is set.
    #[default]
    Auto,
    /// Dark ink on light paper.
    Light,
    /// Light ink on dark paper.
    Dark,
}

impl Theme {
    /// All of them, in the order in which the switch shows them.
    pub(super) const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// The name in the cookie and in the page.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The word on its button.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Auto => "Auto",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// The theme of that name; anything else is `auto`.
    pub(super) fn parse(name: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.name() == name).unwrap_or_default()
    }
}

/// What the frame around every page shows.
#[derive(Debug, Clone, Default)]
pub(super) struct Page {
    /// How it looks.
    pub(super) theme: Theme,
    /// Where the switch of the theme comes back to.
    pub(super) path: String,
    /// Where what it shows was read.
    pub(super) source: Source,
    /// Results that wait for the database.
    pub(super) waiting: usize,
    /// What is wrong with the database as a whole.
    pub(super) alarm: Option<String>,
    /// Where everything else is.
    pub(super) links: Links,
    /// What stands before a path for those who are elsewhere, `https://manna.example`.
    pub(super) origin: String,
}

impl Page {
    /// From what a browser sent.
    pub(super) fn new(headers: &HeaderMap, path_and_query: &str) -> Self {
        let theme = CookieJar::from_headers(headers).get(THEME_COOKIE).map(|cookie| Theme::parse(cookie.value()));
        Self { theme: theme.unwrap_or_default(), path: path_and_query.to_owned(), ..Self::default() }
    }

    /// The same page, of what was read there.
    pub(super) fn read_in(self, source: Source) -> Self {
        Self { source, ..self }
    }

    /// An address for those who are elsewhere.
    pub(super) fn absolute(&self, link: &str) -> String {
        format!("{}{link}", self.origin)
    }

    /// What everybody should know who reads it now.
    pub(super) fn notices(&self) -> Vec<String> {
        let mut notices: Vec<String> = self.alarm.as_ref().map(|alarm| in_a_sentence(alarm)).into_iter().collect();
        match self.source {
            Source::Database => {}
            Source::Export(at) => notices.push(format!(
                "The database is away. This is how things stood on {}, from the last export; the search looks at \
                 titles and churches alone. Sermons that you add now are kept and arrive by themselves.",
                at.format("%e %B %Y, %H:%M UTC").to_string().trim_start()
            )),
            Source::Spool => notices.push(
                "The database is away. This sermon is kept, and goes into the list by itself when the database is back."
                    .to_owned(),
            ),
        }
        match self.waiting {
            0 => {}
            1 => notices.push("One sermon is kept and waits for the database.".to_owned()),
            many => notices.push(format!("{many} sermons are kept and wait for the database.")),
        }
        notices
    }
}

impl FromRequestParts<AppState> for Page {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        if let Some(AsFiles { base, origin }) = parts.extensions.get() {
            // What is of this moment or of this asker has no place in a file.
            let (links, origin) = (Links::of_files(base), origin.clone());
            return Ok(Self { links, origin, ..Self::new(&HeaderMap::new(), path) });
        }
        let waiting = state.saver.spool().status().files;
        let alarm = state.integrity.status().alarm().map(str::to_owned);
        let origin = origin(parts, state.settings.trusted_proxies);
        Ok(Self { waiting, alarm, origin, ..Self::new(&parts.headers, path) })
    }
}

/// A message with a capital letter and a full stop, without the marks of commands.
fn in_a_sentence(message: &str) -> String {
    let mut rest = message.chars();
    let first = rest.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", rest.as_str().replace('`', ""))
}

/// Where the asker sees us: the host that was asked for, and HTTPS if a proxy that we trust says so.
fn origin(parts: &Parts, trusted_proxies: u8) -> String {
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or_else(|| parts.uri.authority().map(Authority::as_str)).unwrap_or("localhost");
    let scheme = if came_over_https(&parts.headers, trusted_proxies) { "https" } else { "http" };
    format!("{scheme}://{host}")
}

/// Answers a page.
pub(super) fn render(template: &impl Template) -> Response {
    let html = template.render().expect("a template writes to memory and calls nothing that fails");
    (CachePolicy::Revalidate, [(header::VARY, "Cookie")], Html(html)).into_response()
}

/// Whether an address stays on this site: a path, and nothing that a browser takes for a host.
pub(super) fn is_ours(address: &str) -> bool {
    address.starts_with('/')
        && !address.starts_with("//")
        && address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_never_sent_to_another_site() {
        assert!(is_ours("/") && is_ours("/?q=grace&cursor=x"));
        for address in ["", "//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nSet-Cookie: x=1"] {
            assert!(!is_ours(address), "{address:?}");
        }
    }
}

//! State that every page shares: theme, links, and site-wide notices.

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use axum_extra::extract::cookie::CookieJar;

use super::{
    format::{self, TimedText},
    links::Links,
};
use crate::{
    domain::Canon,
    http::{
        cache::CachePolicy,
        front::origin,
        reader::ReadSource,
        state::{AppState, SearchEngines},
        static_site::SiteLocation,
    },
};

/// Name of the cookie that stores the theme.
pub(super) const THEME_COOKIE: &str = "theme";

/// The color theme.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Theme {
    /// Follows the system setting.
    #[default]
    Auto,
    /// Dark text on a light background.
    Light,
    /// Light text on a dark background.
    Dark,
}

impl Theme {
    /// All themes, in the order of the buttons.
    pub(super) const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// Returns the name used in the cookie and in `data-theme`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Returns the label of the theme's button.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Auto => "Auto",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// Parses a theme name. Unknown names become [`Theme::Auto`].
    pub(super) fn parse(name: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.name() == name).unwrap_or_default()
    }
}

/// The data that `base.html` needs.
#[derive(Debug, Clone, Default)]
pub(super) struct Page {
    /// The color theme.
    pub(super) theme: Theme,
    /// Path and query of this page, to return to after switching the theme.
    pub(super) path: String,
    /// The source of the page's data.
    pub(super) source: ReadSource,
    /// Number of spooled sermons.
    pub(super) spooled: usize,
    /// A problem that affects the entire database or the data directory.
    pub(super) alarm: Option<String>,
    /// What was adopted from the previous system. Set only on the dashboard.
    pub(super) adoption: Vec<String>,
    /// Builds the URLs of other pages.
    pub(super) links: Links,
    /// Scheme and host for absolute URLs, such as `https://manna.example`.
    pub(super) origin: String,
    /// Whether search engines may index this page.
    pub(super) is_indexed: bool,
    /// Which books are part of the manna.
    pub(super) canon: Canon,
}

/// Pages that search engines must never index, because they change with each request or are for the admin.
const NOT_INDEXED: [&str; 7] = ["/add", "/audit", "/backup", "/jobs", "/login", "/search", "/tokens"];

impl Page {
    /// Creates a page with the theme from the request's cookie.
    pub(super) fn new(headers: &HeaderMap, path_and_query: &str) -> Self {
        let theme = CookieJar::from_headers(headers).get(THEME_COOKIE).map(|cookie| Theme::parse(cookie.value()));
        Self { theme: theme.unwrap_or_default(), path: path_and_query.to_owned(), ..Self::default() }
    }

    /// Sets the source of the page's data.
    pub(super) fn with_source(self, source: ReadSource) -> Self {
        Self { source, ..self }
    }

    /// Returns the absolute URL of a link.
    pub(super) fn absolute(&self, link: &str) -> String {
        format!("{}{link}", self.origin)
    }

    /// Returns the notices to show above the content.
    pub(super) fn notices(&self) -> Vec<TimedText> {
        let sentences = self.alarm.iter().chain(&self.adoption);
        let mut notices: Vec<_> = sentences.map(|text| TimedText::plain(format::sentence(text))).collect();
        match self.source {
            ReadSource::Database => {}
            ReadSource::Export(at) => notices.push(
                TimedText::default()
                    .time("The database is unreachable. You are seeing the last export, from ", at)
                    .text(
                        "; search covers only titles and churches. Sermons that you add now are saved and will appear \
                         when the database is back.",
                    ),
            ),
            ReadSource::Spool => notices.push(TimedText::plain(
                "The database is unreachable. This sermon is saved and will appear in the list when the database is \
                 back.",
            )),
        }
        match self.spooled {
            0 => {}
            1 => notices.push(TimedText::plain("1 sermon is saved and waiting for the database.")),
            count => {
                notices.push(TimedText::plain(format!("{count} sermons are saved and waiting for the database.")));
            }
        }
        notices
    }
}

impl FromRequestParts<AppState> for Page {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let is_indexed = state.settings.search_engines == SearchEngines::On
            && !NOT_INDEXED.iter().any(|start| path.starts_with(start));
        let canon = state.settings.canon;
        if let Some(SiteLocation { base, origin }) = parts.extensions.get() {
            // Static files must not depend on the time or on the client.
            let (links, origin) = (Links::for_static_site(base), origin.clone());
            return Ok(Self { links, origin, is_indexed, canon, ..Self::new(&HeaderMap::new(), path) });
        }
        let spooled = state.saver.spool().status().files;
        let alarm = state.integrity.status().alarm().map(str::to_owned).or_else(|| state.data_dir_watch.problem());
        let is_dashboard = parts.uri.path() == "/";
        let adoption = if is_dashboard { state.adoption.status().notices(state.clock.now()) } else { Vec::new() };
        let (origin, links) = (origin(parts, &state.settings), Links::below(&state.settings.base_path));
        let page = Self::new(&parts.headers, path);
        Ok(Self { spooled, alarm, adoption, links, origin, is_indexed, canon, ..page })
    }
}

/// Renders a template as an HTML response.
pub(super) fn render(template: &impl Template) -> Response {
    let html = template.render().expect("templates write to memory and call nothing that fails");
    (CachePolicy::Revalidate, [(header::VARY, "Cookie")], Html(html)).into_response()
}

/// Returns whether a redirect target stays on this site: it is a path that a browser cannot interpret as a host.
pub(super) fn is_local_path(address: &str) -> bool {
    address.starts_with('/')
        && !address.starts_with("//")
        && address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_on_this_site_are_redirect_targets() {
        assert!(is_local_path("/") && is_local_path("/?q=grace&cursor=x"));
        for address in ["", "//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nSet-Cookie: x=1"] {
            assert!(!is_local_path(address), "{address:?}");
        }
    }
}

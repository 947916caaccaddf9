//! What can be set about talking to YouTube.

use std::{collections::BTreeSet, fmt, time::Duration};

use url::Url;

use super::{PlayerClient, ProxyUrl, default_clients};

/// Where YouTube is.
const YOUTUBE: &str = "https://www.youtube.com";

/// Where the Data API is, as long as YouTube is where it is.
const DATA_API: &str = "https://www.googleapis.com/youtube/v3";

/// All settings; [`Settings::default`] asks YouTube directly, without a key.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Every request goes below this address (`YOUTUBE_BASE_URL`). The Data API is asked below it too
    /// (`{base}/youtube/v3/...`) unless it is YouTube itself: then at `www.googleapis.com`.
    pub base_url: Url,
    /// The clients that we speak as, in the order of trying (`YOUTUBE_CLIENTS`); see
    /// [`parse_clients`](super::parse_clients).
    pub clients: Vec<PlayerClient>,
    /// A proxy that gives each connection another address (`ROTATING_PROXY`); it goes before the list.
    pub rotating_proxy: Option<ProxyUrl>,
    /// Proxies that take turns (`PROXY_LIST`).
    pub proxy_list: Vec<ProxyUrl>,
    /// Key of the Data API (`YOUTUBE_API_KEY`): titles and dates when the player has none, channels without a page.
    pub api_key: Option<ApiKey>,
    /// Ids of channels that are churches whatever they say of themselves.
    pub churches: BTreeSet<String>,
    /// For one call with all its retries.
    pub deadline: Duration,
    /// For one request.
    pub request_timeout: Duration,
    /// Before the first retry of a request that YouTube answered with 5xx or not at all; doubles.
    pub backoff: Duration,
    /// How long YouTube is left alone after it took this server for a robot and there is no proxy.
    pub silence: Duration,
    /// How long a channel is remembered.
    pub channel_age: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base_url: Url::parse(YOUTUBE).expect("the constant is an address"),
            clients: default_clients(),
            rotating_proxy: None,
            proxy_list: Vec::new(),
            api_key: None,
            churches: BTreeSet::new(),
            deadline: Duration::from_secs(25),
            request_timeout: Duration::from_millis(7_500),
            backoff: Duration::from_millis(400),
            silence: Duration::from_secs(15 * 60),
            channel_age: Duration::from_secs(21 * 24 * 3600),
        }
    }
}

impl Settings {
    /// Takes the address of YouTube or of what stands in for it.
    pub fn parse_base_url(text: &str) -> Result<Url, SettingsError> {
        let url = Url::parse(text.trim()).map_err(|_| SettingsError::BaseUrl(text.to_owned()))?;
        let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
        let usable = matches!(url.scheme(), "http" | "https") && url.has_host() && plain;
        if usable { Ok(url) } else { Err(SettingsError::BaseUrl(text.to_owned())) }
    }

    /// An address below the base.
    pub(super) fn below_base(&self, path: &str) -> Url {
        below(self.base_url.as_str(), path)
    }

    /// An address of the Data API.
    pub(super) fn data_api(&self, path: &str) -> Url {
        if self.base_url.as_str().trim_end_matches('/') == YOUTUBE {
            below(DATA_API, path)
        } else {
            self.below_base(&format!("/youtube/v3{path}"))
        }
    }
}

/// A path below an address.
fn below(base: &str, path: &str) -> Url {
    Url::parse(&format!("{}{path}", base.trim_end_matches('/'))).expect("a path below an address is an address")
}

/// A key that never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Takes a key as Google gives it.
    pub fn new(key: &str) -> Self {
        Self(key.trim().to_owned())
    }

    /// The key, for the request alone.
    pub(super) fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

/// A setting has the wrong shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// `YOUTUBE_BASE_URL`.
    #[error("not the address of a server: {0:?}; write http://host:port or https://host")]
    BaseUrl(String),
    /// `YOUTUBE_CLIENTS`.
    #[error("could not read the list of YouTube clients: {0}; write ANDROID@21.26.364,VISIONOS,IOS or a JSON list")]
    Clients(String),
    /// `ROTATING_PROXY`.
    #[error("not the address of a proxy; write http://user:password@host:port")]
    Proxy,
    /// `PROXY_LIST`, by the place in it, counted from 1.
    #[error("number {0} in the list is not the address of a proxy; write http://user:password@host:port,...")]
    ProxyInList(usize),
    /// The TLS library refused its own defaults, or a proxy could not be used.
    #[error("could not set up connections to YouTube: {0}")]
    Connection(String),
}

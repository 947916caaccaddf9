//! The settings of the YouTube client.

use std::{collections::BTreeSet, time::Duration};

use secrecy::SecretString;
use url::Url;

use super::{PlayerClient, ProxyUrl, default_clients};

const YOUTUBE: &str = "https://www.youtube.com";

/// Base URL of the Data API, unless another base URL is configured.
const DATA_API: &str = "https://www.googleapis.com/youtube/v3";

/// The settings of a [`Client`](super::Client). By default, it connects directly and has no API key.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Base URL of all requests (`YOUTUBE_BASE_URL`). If it is not YouTube itself, the Data API is expected under it as
    /// well, at `{base}/youtube/v3`.
    pub base_url: Url,
    /// Clients to identify as, in the order to try them (`YOUTUBE_CLIENTS`). See
    /// [`parse_clients`](super::parse_clients).
    pub clients: Vec<PlayerClient>,
    /// Proxy that uses a different IP address for each connection (`ROTATING_PROXY`). Takes precedence over
    /// `proxy_list`.
    pub rotating_proxy: Option<ProxyUrl>,
    /// Proxies to use in turn (`PROXY_LIST`).
    pub proxy_list: Vec<ProxyUrl>,
    /// Data API key (`YOUTUBE_API_KEY`), used for titles and dates that the player omits, and for channels without a
    /// page.
    pub api_key: Option<SecretString>,
    /// IDs of channels that are always treated as churches.
    pub churches: BTreeSet<String>,
    /// Time limit for a call, including all retries.
    pub deadline: Duration,
    /// Time limit for a single request.
    pub request_timeout: Duration,
    /// Delay before the first retry after a 5xx reply or a timeout. It doubles with each retry.
    pub backoff: Duration,
    /// How long to pause requests after YouTube has classified this server as a bot, if no proxy is configured.
    pub cooldown: Duration,
    /// How long a channel is cached.
    pub channel_cache_age: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base_url: Url::parse(YOUTUBE).expect("the constant is a URL"),
            clients: default_clients(),
            rotating_proxy: None,
            proxy_list: Vec::new(),
            api_key: None,
            churches: BTreeSet::new(),
            deadline: Duration::from_secs(25),
            request_timeout: Duration::from_millis(7_500),
            backoff: Duration::from_millis(400),
            cooldown: Duration::from_secs(15 * 60),
            channel_cache_age: Duration::from_secs(21 * 24 * 3600),
        }
    }
}

impl Settings {
    /// Parses the base URL.
    pub fn parse_base_url(text: &str) -> Result<Url, SettingsError> {
        let url = Url::parse(text.trim()).map_err(|_| SettingsError::BaseUrl)?;
        let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
        let is_usable = matches!(url.scheme(), "http" | "https") && url.has_host() && is_plain;
        if is_usable { Ok(url) } else { Err(SettingsError::BaseUrl) }
    }

    /// Returns the URL of a path under the base URL.
    pub(super) fn url(&self, path: &str) -> Url {
        join(self.base_url.as_str(), path)
    }

    /// Returns the URL of a Data API path.
    pub(super) fn data_api_url(&self, path: &str) -> Url {
        if self.base_url.as_str().trim_end_matches('/') == YOUTUBE {
            join(DATA_API, path)
        } else {
            self.url(&format!("/youtube/v3{path}"))
        }
    }
}

fn join(base: &str, path: &str) -> Url {
    Url::parse(&format!("{}{path}", base.trim_end_matches('/'))).expect("a URL with a path appended is a URL")
}

/// Why a setting is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// `YOUTUBE_BASE_URL` is invalid.
    #[error("not the URL of a server; write http://host:port or https://host")]
    BaseUrl,
    /// `YOUTUBE_CLIENTS` is invalid.
    #[error("could not parse the list of YouTube clients: {0}; write ANDROID@21.26.364,VISIONOS,IOS or a JSON array")]
    Clients(String),
    /// `ROTATING_PROXY` is invalid.
    #[error("not the URL of a proxy; write http://user:password@host:port")]
    Proxy,
    /// An entry of `PROXY_LIST` is invalid. Contains its position in the list, starting at 1.
    #[error("entry {0} of the list is not the URL of a proxy; write http://user:password@host:port,...")]
    ProxyInList(usize),
    /// The TLS configuration or a proxy was rejected.
    #[error("could not set up connections to YouTube: {0}")]
    Connection(String),
}

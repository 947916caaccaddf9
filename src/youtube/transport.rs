//! HTTP requests to YouTube: connections, proxies, retries and size limits.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::{
    Response, StatusCode,
    header::{COOKIE, HeaderMap, HeaderValue, LOCATION},
};
use serde_json::Value;
use url::Url;

use super::{ErrorClass, ProxyUrl, Settings, SettingsError, YouTubeError, cooldown::Cooldown, refusals};
use crate::{backoff::Backoff, clock::Clock, telemetry::metrics::record_youtube_refusal, tls};

/// Cookie that records an answer to the consent form, so that pages do not show the form.
const CONSENT: &str = "SOCS=CAI";

/// Maximum number of attempts through a rotating proxy, each from a different IP address.
const MAX_ROTATING_ATTEMPTS: u32 = 10;

/// Maximum number of attempts after 5xx replies and timeouts.
const MAX_ATTEMPTS: u32 = 3;

/// Maximum delay before another attempt.
const MAX_BACKOFF: Duration = Duration::from_secs(10);

/// Maximum number of redirects to follow, all on the same server.
const MAX_REDIRECTS: usize = 3;

/// The kinds of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endpoint {
    Player,
    Captions,
    Channel,
    Metadata,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Player => "the player",
            Self::Captions => "the captions",
            Self::Channel => "the channel",
            Self::Metadata => "the title",
        })
    }
}

impl Endpoint {
    /// Returns the maximum size of the reply, in bytes.
    const fn limit(self) -> usize {
        match self {
            Self::Player => 4 << 20,
            Self::Captions => scripture_detector::transcript::MAX_BYTES,
            Self::Channel => 8 << 20,
            Self::Metadata => 1 << 20,
        }
    }

    /// Returns whether an analysis fails without this reply. Only such requests are retried on 5xx, and only for them
    /// does a block start the cooldown.
    const fn is_required(self) -> bool {
        matches!(self, Self::Player | Self::Captions)
    }

    /// Classifies a status that means neither a block nor a server error.
    const fn classify(self, status: StatusCode) -> ErrorClass {
        match self {
            Self::Player => ErrorClass::ClientRejected,
            Self::Channel if status.as_u16() == 404 => ErrorClass::NotFound,
            _ => ErrorClass::Unparsable,
        }
    }
}

/// A single request.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) endpoint: Endpoint,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    /// JSON body of a POST request, or `None` for a GET request.
    pub(super) body: Option<&'a Value>,
}

/// The routes for connections to YouTube.
#[derive(Debug)]
enum Routes {
    Direct(reqwest::Client),
    Rotating(reqwest::Client, ProxyUrl),
    List(Vec<(reqwest::Client, ProxyUrl)>, AtomicUsize),
}

/// Sends requests to YouTube.
#[derive(Debug)]
pub(super) struct Transport {
    routes: Routes,
    cooldown: Cooldown,
    backoff: Duration,
}

impl Transport {
    /// Creates the HTTP clients. Does not send anything yet.
    pub(super) fn new(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let connect = |proxy: Option<&ProxyUrl>, reuse| http_client(settings, proxy, reuse);
        let routes = match (&settings.rotating_proxy, settings.proxy_list.as_slice()) {
            (Some(proxy), _) => Routes::Rotating(connect(Some(proxy), false)?, proxy.clone()),
            (None, []) => Routes::Direct(connect(None, true)?),
            (None, list) => {
                let routes = list.iter().map(|proxy| Ok((connect(Some(proxy), true)?, proxy.clone())));
                Routes::List(routes.collect::<Result<_, SettingsError>>()?, AtomicUsize::new(0))
            }
        };
        Ok(Self { routes, cooldown: Cooldown::new(clock, settings.cooldown), backoff: settings.backoff })
    }

    /// Sends a request and parses the reply. Retries where that may help.
    #[tracing::instrument(name = "youtube", skip_all, fields(endpoint = %call.endpoint))]
    pub(super) async fn send<T>(
        &self,
        call: Call<'_>,
        parse: impl Fn(&[u8]) -> Result<T, YouTubeError>,
    ) -> Result<T, YouTubeError> {
        let (mut blocks, mut failures) = (0, 0);
        let mut backoff = Backoff::new(self.backoff, MAX_BACKOFF);
        loop {
            // The metadata endpoints do not check for bots.
            if call.endpoint != Endpoint::Metadata {
                self.cooldown.check()?;
            }
            let reply = self.send_once(&call).await.and_then(|body| parse(&body));
            let Err(error) = reply else { return reply };
            let class = error.class;
            record_youtube_refusal(class.code());
            tracing::debug!(endpoint = %call.endpoint, class = class.code(), blocks, failures, "YouTube refused");
            if class.is_ip_block() && matches!(self.routes, Routes::Rotating(..)) {
                blocks += 1;
                if blocks == MAX_ROTATING_ATTEMPTS {
                    return Err(error);
                }
            } else if class.is_transient() && call.endpoint.is_required() {
                failures += 1;
                if failures == MAX_ATTEMPTS {
                    return Err(error);
                }
                tokio::time::sleep(backoff.next_delay()).await;
            } else {
                let direct = matches!(self.routes, Routes::Direct(_));
                if class == ErrorClass::Blocked && direct && call.endpoint.is_required() {
                    self.cooldown.start();
                }
                return Err(error);
            }
        }
    }

    /// Sends a request once and returns the body of a successful reply.
    async fn send_once(&self, call: &Call<'_>) -> Result<Vec<u8>, YouTubeError> {
        let (client, proxy) = match &self.routes {
            Routes::Direct(client) => (client, None),
            Routes::Rotating(client, proxy) => (client, Some(proxy)),
            Routes::List(list, next) => {
                let (client, proxy) = &list[next.fetch_add(1, Ordering::Relaxed) % list.len()];
                (client, Some(proxy))
            }
        };
        let request = match call.body {
            Some(body) => client.post(call.url.clone()).json(body),
            None => client.get(call.url.clone()),
        };
        let failed = |error: reqwest::Error| connection_error(&error, proxy);
        let mut reply = request.headers(call.headers.clone()).send().await.map_err(failed)?;
        if !reply.status().is_success() {
            return Err(status_error(call.endpoint, &reply));
        }
        let mut body = Vec::new();
        while let Some(chunk) = reply.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > call.endpoint.limit() {
                let message = format!("the reply for {} has more than {} bytes", call.endpoint, call.endpoint.limit());
                return Err(YouTubeError::refused(ErrorClass::Unparsable, &message));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// Converts a reply with a status other than 2xx to an error.
fn status_error(endpoint: Endpoint, reply: &Response) -> YouTubeError {
    let status = reply.status();
    let location = reply.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let class = match status.as_u16() {
        403 => ErrorClass::Blocked,
        429 => ErrorClass::RateLimited,
        300..=399 => refusals::classify_page(location),
        500..=599 => ErrorClass::Upstream,
        _ => endpoint.classify(status),
    };
    YouTubeError::refused(class, &format!("HTTP {status} for {endpoint}"))
}

/// Converts a failed connection to an error. The library's message is omitted because it may contain URLs.
fn connection_error(error: &reqwest::Error, proxy: Option<&ProxyUrl>) -> YouTubeError {
    if error.is_timeout() {
        return YouTubeError::refused(ErrorClass::Timeout, "");
    }
    let through = proxy.map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default();
    let what = if error.is_connect() { "could not connect" } else { "the connection was interrupted" };
    YouTubeError::refused(ErrorClass::Upstream, &format!("{what}{through}"))
}

/// Creates an HTTP client for one route. `reuse` enables connection reuse.
fn http_client(settings: &Settings, proxy: Option<&ProxyUrl>, reuse: bool) -> Result<reqwest::Client, SettingsError> {
    let failed = |error: &dyn fmt::Display| SettingsError::Connection(error.to_string());
    let tls = tls::client().map_err(|error| failed(&error))?;
    let base = settings.base_url.origin();
    let same_server = reqwest::redirect::Policy::custom(move |attempt| {
        if attempt.previous().len() <= MAX_REDIRECTS && attempt.url().origin() == base {
            attempt.follow()
        } else {
            attempt.stop()
        }
    });
    let mut headers = HeaderMap::new();
    headers.insert(COOKIE, HeaderValue::from_static(CONSENT));
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(same_server)
        .default_headers(headers)
        .timeout(settings.request_timeout)
        .no_proxy();
    if let Some(proxy) = proxy {
        let through = reqwest::Proxy::all(proxy.expose()).map_err(|_| failed(&format!("the proxy {proxy}")))?;
        builder = builder.proxy(through);
    }
    if !reuse {
        builder = builder.pool_max_idle_per_host(0);
    }
    builder.build().map_err(|error| failed(&error.without_url()))
}

//! Sends requests to YouTube: connections, proxies, retries, limits.

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

use super::{ErrorClass, ProxyUrl, Settings, SettingsError, YouTubeError, refusals, silence::Silence};
use crate::{clock::Clock, tls};

/// Says that the question about cookies was answered, so that no page asks it.
const CONSENT: &str = "SOCS=CAI";

/// Requests through a rotating proxy, each from another address.
const ROTATING_TRIES: u32 = 10;

/// Requests in other cases: one, and two more after 5xx and timeouts.
const TRIES: u32 = 3;

/// Redirects on the same server that are followed.
const MAX_REDIRECTS: usize = 3;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endpoint {
    Player,
    Captions,
    Channel,
    Details,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Player => "the player",
            Self::Captions => "the captions",
            Self::Channel => "the channel",
            Self::Details => "the title",
        })
    }
}

impl Endpoint {
    /// The largest reply that is read.
    const fn limit(self) -> usize {
        match self {
            Self::Player => 4 << 20,
            Self::Captions => scripture_detector::transcript::MAX_BYTES,
            Self::Channel => 8 << 20,
            Self::Details => 1 << 20,
        }
    }

    /// Whether a video cannot do without it: only then is it retried on 5xx, and does a block begin the silence.
    const fn is_needed(self) -> bool {
        matches!(self, Self::Player | Self::Captions)
    }

    /// What a status means that is not about our address or the server.
    const fn refusal(self, status: StatusCode) -> ErrorClass {
        match self {
            Self::Player => ErrorClass::ClientRejected,
            Self::Channel if status.as_u16() == 404 => ErrorClass::NotFound,
            _ => ErrorClass::Unparsable,
        }
    }
}

/// One request.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) endpoint: Endpoint,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    /// Sent as JSON by POST; otherwise it is a GET.
    pub(super) body: Option<&'a Value>,
}

/// The ways to YouTube.
#[derive(Debug)]
enum Routes {
    Direct(reqwest::Client),
    Rotating(reqwest::Client, ProxyUrl),
    List(Vec<(reqwest::Client, ProxyUrl)>, AtomicUsize),
}

/// Sends requests.
#[derive(Debug)]
pub(super) struct Transport {
    routes: Routes,
    silence: Silence,
    backoff: Duration,
}

impl Transport {
    /// Sets up connections; nothing is sent yet.
    pub(super) fn new(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let connect = |proxy: Option<&ProxyUrl>, reuse| connections(settings, proxy, reuse);
        let routes = match (&settings.rotating_proxy, settings.proxy_list.as_slice()) {
            (Some(proxy), _) => Routes::Rotating(connect(Some(proxy), false)?, proxy.clone()),
            (None, []) => Routes::Direct(connect(None, true)?),
            (None, list) => {
                let routes = list.iter().map(|proxy| Ok((connect(Some(proxy), true)?, proxy.clone())));
                Routes::List(routes.collect::<Result<_, SettingsError>>()?, AtomicUsize::new(0))
            }
        };
        Ok(Self { routes, silence: Silence::new(clock, settings.silence), backoff: settings.backoff })
    }

    /// Sends a request and reads the reply, again and again where that may help.
    pub(super) async fn ask<T>(
        &self,
        call: Call<'_>,
        read: impl Fn(&[u8]) -> Result<T, YouTubeError>,
    ) -> Result<T, YouTubeError> {
        let (mut blocks, mut troubles) = (0, 0);
        loop {
            // Titles are asked for elsewhere than where robots are looked for.
            if call.endpoint != Endpoint::Details {
                self.silence.check()?;
            }
            let reply = self.send(&call).await.and_then(|body| read(&body));
            let Err(error) = reply else { return reply };
            let class = error.class;
            tracing::debug!(endpoint = %call.endpoint, class = class.code(), blocks, troubles, "YouTube refused");
            if class.is_about_our_address() && matches!(self.routes, Routes::Rotating(..)) {
                blocks += 1;
                if blocks == ROTATING_TRIES {
                    return Err(error);
                }
            } else if class.is_passing() && call.endpoint.is_needed() {
                troubles += 1;
                if troubles == TRIES {
                    return Err(error);
                }
                tokio::time::sleep(self.backoff * 2_u32.pow(troubles - 1)).await;
            } else {
                let direct = matches!(self.routes, Routes::Direct(_));
                if class == ErrorClass::Blocked && direct && call.endpoint.is_needed() {
                    self.silence.begin();
                }
                return Err(error);
            }
        }
    }

    /// Sends a request once; the body of a good reply.
    async fn send(&self, call: &Call<'_>) -> Result<Vec<u8>, YouTubeError> {
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
        let failed = |error: reqwest::Error| broken(&error, proxy);
        let mut reply = request.headers(call.headers.clone()).send().await.map_err(failed)?;
        if !reply.status().is_success() {
            return Err(refused(call.endpoint, &reply));
        }
        let mut body = Vec::new();
        while let Some(chunk) = reply.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > call.endpoint.limit() {
                let words = format!("{} came with more than {} bytes", call.endpoint, call.endpoint.limit());
                return Err(YouTubeError::refused(ErrorClass::Unparsable, &words));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// The error for a reply with another status than 2xx.
fn refused(endpoint: Endpoint, reply: &Response) -> YouTubeError {
    let status = reply.status();
    let location = reply.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let class = match status.as_u16() {
        403 => ErrorClass::Blocked,
        429 => ErrorClass::RateLimited,
        300..=399 => refusals::class_of_page(location),
        500..=599 => ErrorClass::Upstream,
        _ => endpoint.refusal(status),
    };
    YouTubeError::refused(class, &format!("HTTP {status} for {endpoint}"))
}

/// The error for a connection that failed. The error of the library is left out: it may hold addresses.
fn broken(error: &reqwest::Error, proxy: Option<&ProxyUrl>) -> YouTubeError {
    if error.is_timeout() {
        return YouTubeError::refused(ErrorClass::Timeout, "");
    }
    let through = proxy.map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default();
    let what = if error.is_connect() { "no connection" } else { "the connection broke off" };
    YouTubeError::refused(ErrorClass::Upstream, &format!("{what}{through}"))
}

/// A pool of connections. TLS is set up here, so that the program has one provider and needs no system certificates.
fn connections(settings: &Settings, proxy: Option<&ProxyUrl>, reuse: bool) -> Result<reqwest::Client, SettingsError> {
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
        let through = reqwest::Proxy::all(proxy.secret()).map_err(|_| failed(&format!("the proxy {proxy}")))?;
        builder = builder.proxy(through);
    }
    if !reuse {
        builder = builder.pool_max_idle_per_host(0);
    }
    builder.build().map_err(|error| failed(&error.without_url()))
}

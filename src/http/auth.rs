//! Who is asking, and whether they may.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use serde::Serialize;
use serde_json::json;

use super::{
    audit,
    error::AppError,
    security::tells_its_origin,
    session,
    state::{AppState, Submissions},
};

/// The address that a request comes from, as far as our proxies are trusted.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClientAddress(pub IpAddr);

impl FromRequestParts<AppState> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip());
        Ok(Self(forwarded_for(&parts.headers, state.settings.trusted_proxies).unwrap_or(peer)))
    }
}

/// The entry that the outermost trusted proxy appended; what stands before it could be made up.
fn forwarded_for(headers: &HeaderMap, trusted_proxies: u8) -> Option<IpAddr> {
    let back = usize::from(trusted_proxies).checked_sub(1)?;
    let values = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let addresses: Vec<_> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    addresses.iter().rev().nth(back)?.parse().ok()
}

/// Proof that the asker has the admin token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Admin {
    /// Where they ask from.
    pub(super) address: IpAddr,
    /// How they proved it.
    pub(super) by: Credential,
}

/// What proves that somebody is the admin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Credential {
    /// `Authorization: Bearer`.
    Token,
    /// The cookie of the login page.
    Login,
}

impl FromRequestParts<AppState> for Admin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, state).await;
        if let Some(token) = bearer(&parts.headers) {
            check_token(state, address, token, parts.uri.path()).await?;
            return Ok(Self { address, by: Credential::Token });
        }
        if !session::is_open(&parts.headers, &state.settings.admin_token, state.clock.now()) {
            return Err(AppError::Unauthorized);
        }
        // A browser adds a cookie by itself, so it must also say that our own page made it ask; `security` has
        // refused it already if it said otherwise.
        if !parts.method.is_safe() && !tells_its_origin(&parts.headers) {
            return Err(AppError::CrossSite);
        }
        Ok(Self { address, by: Credential::Login })
    }
}

/// Whether the asker is the admin, by the token or by the cookie of the login page; one who tries a token must have the
/// right one.
#[derive(Debug, Clone, Copy)]
pub(super) struct MaybeAdmin(pub bool);

impl FromRequestParts<AppState> for MaybeAdmin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        match Admin::from_request_parts(parts, state).await {
            Ok(_) => Ok(Self(true)),
            Err(AppError::Unauthorized) if !parts.headers.contains_key(header::AUTHORIZATION) => Ok(Self(false)),
            Err(error) => Err(error),
        }
    }
}

/// Checks a token that was sent to open `door`. Wrong ones are counted and written into the audit.
///
/// It is counted before it is compared: whoever tries too often learns nothing, not even by the right one.
pub(super) async fn check_token(state: &AppState, address: IpAddr, token: &str, door: &str) -> Result<(), AppError> {
    state.wrong_tokens.take(address, 1, state.clock.now())?;
    if state.settings.admin_token.matches(token) {
        state.wrong_tokens.give_back(address, 1);
        return Ok(());
    }
    audit::record(state, "unknown", "admin.refused", door, json!({ "address": address, "why": "wrong token" })).await;
    Err(AppError::Unauthorized)
}

/// Whether the browser talks to our outermost trusted proxy over TLS.
pub(super) fn came_over_https(headers: &HeaderMap, trusted_proxies: u8) -> bool {
    let values = headers.get_all("x-forwarded-proto").iter().filter_map(|value| value.to_str().ok());
    let protocols: Vec<_> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    let trusted = protocols.iter().rev().take(usize::from(trusted_proxies)).next_back();
    trusted.is_some_and(|protocol| protocol.eq_ignore_ascii_case("https"))
}

/// The token of an `Authorization` header (RFC 6750).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Leave to add sermons: the admin has it; everybody else so many times a minute, if submissions are open.
#[derive(Debug, Clone, Copy)]
pub(super) enum Submitter {
    /// Has the token: no limit.
    Admin,
    /// From this address.
    Public(IpAddr),
}

impl FromRequestParts<AppState> for Submitter {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        if state.settings.submissions == Submissions::Admin || parts.headers.contains_key(header::AUTHORIZATION) {
            Admin::from_request_parts(parts, state).await?;
            return Ok(Self::Admin);
        }
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, state).await;
        Ok(Self::Public(address))
    }
}

impl Submitter {
    /// Counts so many videos against the limit.
    pub(super) fn spend(self, videos: usize, state: &AppState) -> Result<(), AppError> {
        match self {
            Self::Admin => Ok(()),
            Self::Public(address) => {
                state.submissions.take(address, u32::try_from(videos).unwrap_or(u32::MAX), state.clock.now())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_trusted_proxies_appended_is_believed() {
        let headers = HeaderMap::from_iter([(
            "x-forwarded-for".parse().expect("a name"),
            "6.6.6.6, 1.2.3.4, 10.0.0.9".parse().expect("a value"),
        )]);
        let address = |text: &str| text.parse::<IpAddr>().ok();
        assert_eq!(forwarded_for(&headers, 0), None);
        assert_eq!(forwarded_for(&headers, 1), address("10.0.0.9"));
        assert_eq!(forwarded_for(&headers, 2), address("1.2.3.4"));
        assert_eq!(forwarded_for(&headers, 9), None);
    }

    #[test]
    fn https_is_believed_of_trusted_proxies_alone() {
        let https = |value: &str, trusted| {
            let headers =
                HeaderMap::from_iter([("x-forwarded-proto".parse().expect("a name"), value.parse().expect("a value"))]);
            came_over_https(&headers, trusted)
        };
        assert!(https("https", 1) && https("HTTPS", 2) && https("http, https, http", 2));
        assert!(!https("https", 0) && !https("http", 1) && !https("https, http", 1));
        assert!(!came_over_https(&HeaderMap::new(), 1));
    }
}

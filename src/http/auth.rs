//! Authentication and authorization of clients.

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
    security::has_origin,
    session,
    state::{AppState, Submissions},
};
use crate::domain::{self, Role};

/// The address of the client, taken from `X-Forwarded-For` if there are trusted proxies.
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

/// The entry that the outermost trusted proxy appended. Entries before it can be forged.
fn forwarded_for(headers: &HeaderMap, trusted_proxies: u8) -> Option<IpAddr> {
    let back = usize::from(trusted_proxies).checked_sub(1)?;
    let values = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let addresses: Vec<_> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    addresses.iter().rev().nth(back)?.parse().ok()
}

/// Proof that the client is the admin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Admin {
    /// Address of the client.
    pub(super) address: IpAddr,
    /// How the client authenticated.
    pub(super) by: Credential,
}

/// How a client authenticated as the admin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Credential {
    /// With `Authorization: Bearer`.
    Token,
    /// With the cookie of the login page.
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
        if !session::is_logged_in(&parts.headers, &state.settings.admin_token, state.clock.now()) {
            return Err(AppError::Unauthorized);
        }
        // Browsers add cookies to requests of any page, so the request must also say that it comes from one of ours.
        // `security` has already rejected it if it says otherwise.
        if !parts.method.is_safe() && !has_origin(&parts.headers) {
            return Err(AppError::CrossSite);
        }
        Ok(Self { address, by: Credential::Login })
    }
}

/// Whether the client is the admin. A request with a wrong token is rejected.
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

/// Checks the token of a request to `path`. Wrong tokens are rate-limited and written to the audit log.
///
/// After too many wrong tokens even the right one is rejected, so that guessing reveals nothing.
pub(super) async fn check_token(state: &AppState, address: IpAddr, token: &str, path: &str) -> Result<(), AppError> {
    if state.wrong_tokens.attempt(address, || state.settings.admin_token.matches(token))? {
        return Ok(());
    }
    let detail = json!({ "address": address, "message": "wrong token" });
    audit::record(state, "unknown", "admin.refused", path, detail).await;
    Err(AppError::Unauthorized)
}

/// Whether the browser is connected to the outermost trusted proxy over TLS.
pub(super) fn is_https(headers: &HeaderMap, trusted_proxies: u8) -> bool {
    let values = headers.get_all("x-forwarded-proto").iter().filter_map(|value| value.to_str().ok());
    let protocols: Vec<_> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    let trusted = protocols.iter().rev().take(usize::from(trusted_proxies)).next_back();
    trusted.is_some_and(|protocol| protocol.eq_ignore_ascii_case("https"))
}

/// Returns the token of an `Authorization` header (RFC 6750).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Permission to add sermons.
#[derive(Debug, Clone, Copy)]
pub(super) enum Submitter {
    /// The admin at this address, without a limit.
    Admin(IpAddr),
    /// A client at this address, up to the rate limit.
    Public(IpAddr),
}

impl FromRequestParts<AppState> for Submitter {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        if state.settings.submissions == Submissions::Admin || parts.headers.contains_key(header::AUTHORIZATION) {
            let Admin { address, .. } = Admin::from_request_parts(parts, state).await?;
            return Ok(Self::Admin(address));
        }
        // The form of a logged-in admin has no token, only the cookie.
        if let Ok(Admin { address, .. }) = Admin::from_request_parts(parts, state).await {
            return Ok(Self::Admin(address));
        }
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, state).await;
        Ok(Self::Public(address))
    }
}

impl From<Submitter> for domain::Submitter {
    fn from(submitter: Submitter) -> Self {
        let (role, address) = match submitter {
            Submitter::Admin(address) => (Role::Admin, address),
            Submitter::Public(address) => (Role::Public, address),
        };
        Self { role, address: Some(address) }
    }
}

impl Submitter {
    /// Counts a number of sermons against the rate limit.
    pub(super) fn check_rate_limit(self, sermons: usize, state: &AppState) -> Result<(), AppError> {
        match self {
            Self::Admin(_) => Ok(()),
            Self::Public(address) => state.submissions.check(address, u32::try_from(sermons).unwrap_or(u32::MAX)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_entries_of_trusted_proxies_are_used() {
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
    fn only_trusted_proxies_can_report_https() {
        let over_https = |value: &str, trusted| {
            let headers =
                HeaderMap::from_iter([("x-forwarded-proto".parse().expect("a name"), value.parse().expect("a value"))]);
            is_https(&headers, trusted)
        };
        assert!(over_https("https", 1) && over_https("HTTPS", 2) && over_https("http, https, http", 2));
        assert!(!over_https("https", 0) && !over_https("http", 1) && !over_https("https, http", 1));
        assert!(!is_https(&HeaderMap::new(), 1));
    }
}

//! Who is asking, and whether they may.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};

use super::{
    error::AppError,
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

/// Proof that the asker has the admin token (`Authorization: Bearer`).
#[derive(Debug, Clone, Copy)]
pub(super) struct Admin;

impl FromRequestParts<AppState> for Admin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        if bearer(&parts.headers).is_some_and(|token| state.settings.admin_token.matches(token)) {
            return Ok(Self);
        }
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, state).await;
        state.wrong_tokens.take(address, 1, state.clock.now())?;
        tracing::warn!(%address, path = parts.uri.path(), "no or wrong admin token");
        Err(AppError::Unauthorized)
    }
}

/// Whether the asker is the admin; one who tries a token must have the right one.
#[derive(Debug, Clone, Copy)]
pub(super) struct MaybeAdmin(pub bool);

impl FromRequestParts<AppState> for MaybeAdmin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Ok(Self(false));
        }
        Admin::from_request_parts(parts, state).await?;
        Ok(Self(true))
    }
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
}

//! Authentication and authorization of clients.

use std::net::IpAddr;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use serde::Serialize;

use super::{
    audit,
    error::AppError,
    front::ClientAddress,
    security::has_origin,
    session,
    state::{AppState, Submissions},
};
use crate::domain::{self, Role};

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
    /// With the login cookie.
    Login,
}

impl FromRequestParts<AppState> for Admin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        if state.settings.admin_token.is_too_short() {
            return Err(AppError::AdminTokenTooShort);
        }
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, state).await;
        if let Some(token) = bearer(&parts.headers) {
            check_token(state, address, token, parts.uri.path()).await?;
            return Ok(Self { address, by: Credential::Token });
        }
        if !session::is_logged_in(&parts.headers, state).await? {
            return Err(AppError::Unauthorized);
        }
        // Browsers add cookies to requests from any page, so the request must also come from our own origin.
        // `security` has already rejected it if it says otherwise.
        if !parts.method.is_safe() && !has_origin(&parts.headers) {
            return Err(AppError::CrossSite(None));
        }
        Ok(Self { address, by: Credential::Login })
    }
}

/// Whether the client is the admin. Requests with a wrong token are rejected.
#[derive(Debug, Clone, Copy)]
pub(super) struct MaybeAdmin(pub bool);

impl FromRequestParts<AppState> for MaybeAdmin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        match Admin::from_request_parts(parts, state).await {
            Ok(_) => Ok(Self(true)),
            Err(AppError::Unauthorized | AppError::AdminTokenTooShort)
                if !parts.headers.contains_key(header::AUTHORIZATION) =>
            {
                Ok(Self(false))
            }
            Err(error) => Err(error),
        }
    }
}

/// Checks the token of a request to `path`. Wrong tokens are rate-limited, and aggregated in the audit log.
///
/// The right token is always accepted, so nobody can lock the admin out. It is too long to be guessed.
pub(super) async fn check_token(state: &AppState, address: IpAddr, token: &str, path: &str) -> Result<(), AppError> {
    if state.settings.admin_token.is_too_short() {
        return Err(AppError::AdminTokenTooShort);
    }
    if state.settings.admin_token.matches(token) {
        return Ok(());
    }
    if let Some(detail) = state.refused.count(address, state.clock.now()) {
        audit::record(state, "unknown", "admin.refused", path, detail).await;
    }
    state.wrong_tokens.check(address, 1)?;
    Err(AppError::Unauthorized)
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
    /// Counts sermons against the rate limit.
    pub(super) fn check_rate_limit(self, sermons: usize, state: &AppState) -> Result<(), AppError> {
        match self {
            Self::Admin(_) => Ok(()),
            Self::Public(address) => state.submissions.check(address, u32::try_from(sermons).unwrap_or(u32::MAX)),
        }
    }
}

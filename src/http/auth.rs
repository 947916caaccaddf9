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
use crate::domain::{self, Actor, Principal, Role, Scope, TokenSecret};

/// An authenticated client.
#[derive(Debug, Clone)]
pub(super) struct Client {
    /// The identity of the client.
    pub(super) principal: Principal,
    /// IP address of the client.
    pub(super) address: IpAddr,
    /// How the client authenticated.
    pub(super) by: Credential,
}

/// How a client authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Credential {
    /// With `Authorization: Bearer`.
    Token,
    /// With the login cookie.
    Login,
}

impl Client {
    /// Returns the name of the client for the history and the audit log.
    pub(super) fn actor(&self) -> Actor {
        self.principal.actor()
    }

    /// Returns whether the client has this scope.
    pub(super) fn may(&self, scope: Scope) -> bool {
        self.principal.may(scope)
    }

    /// Fails unless the client has this scope.
    pub(super) fn require(self, needed: Scope) -> Result<Self, AppError> {
        match &self.principal {
            Principal::Token(token) if !token.scopes.allow(needed) => {
                Err(AppError::InsufficientScope { needed, token: token.name.clone(), scopes: token.scopes.clone() })
            }
            _ => Ok(self),
        }
    }
}

impl FromRequestParts<AppState> for Client {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, state).await;
        if let Some(token) = bearer(&parts.headers) {
            let principal = check_token(state, address, token, parts.uri.path()).await?;
            return Ok(Self { principal, address, by: Credential::Token });
        }
        // The cookies' key is derived from the admin token.
        if state.settings.admin_token.is_too_short() {
            return Err(AppError::AdminTokenTooShort);
        }
        let principal = session::principal(&parts.headers, state).await?.ok_or(AppError::Unauthorized)?;
        // Browsers attach cookies to requests from any page, so a state-changing request must also name its origin.
        // `security` has already rejected foreign origins.
        if !parts.method.is_safe() && !has_origin(&parts.headers) {
            return Err(AppError::CrossSite(None));
        }
        Ok(Self { principal, address, by: Credential::Login })
    }
}

/// A client with the `admin` scope, such as the holder of the admin token.
#[derive(Debug, Clone)]
pub(super) struct Admin(pub(super) Client);

impl FromRequestParts<AppState> for Admin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        Client::from_request_parts(parts, state).await?.require(Scope::Admin).map(Self)
    }
}

/// The client, or `None` if it is not authenticated. Requests with a wrong token are rejected.
#[derive(Debug, Clone)]
pub(super) struct MaybeClient(pub(super) Option<Client>);

impl MaybeClient {
    /// Returns whether the client is authenticated and has this scope.
    pub(super) fn may(&self, scope: Scope) -> bool {
        self.0.as_ref().is_some_and(|client| client.may(scope))
    }
}

impl FromRequestParts<AppState> for MaybeClient {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        match Client::from_request_parts(parts, state).await {
            Ok(client) => Ok(Self(Some(client))),
            Err(AppError::Unauthorized | AppError::AdminTokenTooShort)
                if !parts.headers.contains_key(header::AUTHORIZATION) =>
            {
                Ok(Self(None))
            }
            Err(error) => Err(error),
        }
    }
}

/// Returns the holder of the token that was sent to `path`. Wrong tokens are rate-limited, and aggregated in the audit
/// log.
///
/// The right token is always accepted, so other clients' wrong tokens cannot lock its holder out. It is too long to be
/// guessed.
pub(super) async fn check_token(
    state: &AppState,
    address: IpAddr,
    token: &str,
    path: &str,
) -> Result<Principal, AppError> {
    let secret = TokenSecret::parse(token);
    if let Some(secret) = &secret
        && let Some(token) = state.store.use_token(&secret.sha256(), state.clock.now()).await?
    {
        return Ok(Principal::Token(Box::new(token)));
    }
    if secret.is_none() && state.settings.admin_token.is_too_short() {
        return Err(AppError::AdminTokenTooShort);
    }
    if state.settings.admin_token.matches(token) && !state.settings.admin_token.is_too_short() {
        return Ok(Principal::Admin);
    }
    if let Some(detail) = state.refused.count(address, state.clock.now()) {
        audit::record(state, "unknown", "admin.refused", path, detail).await;
    }
    state.wrong_tokens.check(address, 1)?;
    Err(AppError::Unauthorized)
}

/// Returns the token from an `Authorization` header (RFC 6750).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Permission to add sermons.
#[derive(Debug, Clone, Copy)]
pub(super) struct Submitter {
    /// Who is submitting. An admin may replace stored sermons.
    identity: domain::Submitter,
    /// The address to rate-limit, or `None` if no limit applies.
    limited: Option<IpAddr>,
    /// Whether the client has the `admin` scope.
    is_admin: bool,
}

impl FromRequestParts<AppState> for Submitter {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let is_required =
            state.settings.submissions == Submissions::Admin || parts.headers.contains_key(header::AUTHORIZATION);
        let client = match Client::from_request_parts(parts, state).await {
            Ok(client) => Some(client),
            Err(error) if is_required => return Err(error),
            // A visitor's form has neither a token nor a cookie.
            Err(_) => None,
        };
        match client {
            Some(client) if is_required || client.may(Scope::Add) => {
                let client = client.require(Scope::Add)?;
                let role = if client.may(Scope::Edit) { Role::Admin } else { Role::Public };
                let token = client.principal.token_id();
                let submitter = domain::Submitter { role, address: Some(client.address), token };
                Ok(Self { identity: submitter, limited: None, is_admin: client.may(Scope::Admin) })
            }
            _ => {
                let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, state).await;
                let submitter = domain::Submitter { role: Role::Public, address: Some(address), token: None };
                Ok(Self { identity: submitter, limited: Some(address), is_admin: false })
            }
        }
    }
}

impl From<Submitter> for domain::Submitter {
    fn from(submitter: Submitter) -> Self {
        submitter.identity
    }
}

impl Submitter {
    /// Returns whether the client has the `admin` scope.
    pub(super) const fn is_admin(self) -> bool {
        self.is_admin
    }

    /// Counts sermons against the rate limit.
    pub(super) fn check_rate_limit(self, sermons: usize, state: &AppState) -> Result<(), AppError> {
        match self.limited {
            None => Ok(()),
            Some(address) => state.submissions.check(address, u32::try_from(sermons).unwrap_or(u32::MAX)),
        }
    }
}

//! Browser logins: a cookie with a secret, and a row in the database that is deleted on logout.
//!
//! The cookie is encrypted and authenticated with a key derived from the admin token, so it cannot be read, forged or
//! extended, and changing the admin token ends every login. While the database is unreachable, the row cannot be
//! checked: the admin's cookie is then valid for a short time after it was issued, and a token's cookie is not valid.
//!
//! The two kinds of login use cookies with different names. Encryption binds a value to its cookie name, so a token's
//! cookie cannot pass as the admin's cookie, even with a release that knows only the latter.

use axum::http::HeaderMap;
use axum_extra::extract::cookie::{Cookie, PrivateCookieJar, SameSite};
use chrono::{DateTime, Duration, Utc};

use super::{error::AppError, front::is_https, state::AppState};
use crate::{
    domain::{Principal, Sha256},
    store::StoreError,
};

/// Name of the session cookie for an admin login.
const ADMIN: &str = "mannameter_admin";
/// Name of the session cookie for a token login.
const TOKEN: &str = "mannameter_token";
/// How long a login lasts.
const LIFETIME: Duration = Duration::hours(12);
/// How long the admin's cookie is valid without a row, while the database is unreachable.
const WITHOUT_ROW: Duration = Duration::minutes(15);

/// The contents of a cookie.
struct Session {
    /// Checksum of the secret, which is the key of the row.
    id: Sha256,
    issued_at: DateTime<Utc>,
    is_admin: bool,
}

impl Session {
    /// Reads the session from a request's cookies. The admin's cookie takes precedence.
    fn from_headers(headers: &HeaderMap, state: &AppState) -> Option<Self> {
        Self::from_cookie(headers, state, ADMIN).or_else(|| Self::from_cookie(headers, state, TOKEN))
    }

    /// Reads a session from a cookie. The time is part of the encrypted value, so the browser cannot change it.
    fn from_cookie(headers: &HeaderMap, state: &AppState, name: &str) -> Option<Self> {
        let jar = PrivateCookieJar::from_headers(headers, state.settings.admin_token.cookie_key().clone());
        let cookie = jar.get(name)?;
        let (secret, issued_at) = cookie.value().split_once('.')?;
        let issued_at = DateTime::from_timestamp(issued_at.parse().ok()?, 0)?;
        Some(Self { id: Sha256::digest(secret.as_bytes()), issued_at, is_admin: name == ADMIN })
    }

    /// Returns whether the session was issued within this time. A session issued in the future is never valid.
    fn is_younger_than(&self, age: Duration, now: DateTime<Utc>) -> bool {
        self.issued_at <= now && now - self.issued_at <= age
    }
}

/// Returns the principal that is logged in, if any.
pub(super) async fn principal(headers: &HeaderMap, state: &AppState) -> Result<Option<Principal>, AppError> {
    let now = state.clock.now();
    let Some(session) = Session::from_headers(headers, state) else { return Ok(None) };
    if !session.is_younger_than(LIFETIME, now) {
        return Ok(None);
    }
    let is_valid_without_row = session.is_admin && session.is_younger_than(WITHOUT_ROW, now);
    let found = state.reader.session(&session.id, now, is_valid_without_row.then_some(Principal::Admin)).await?;
    Ok(found.filter(|principal| session.is_admin == (*principal == Principal::Admin)))
}

/// Starts a login and returns a cookie jar with its cookie.
pub(super) async fn log_in(
    headers: &HeaderMap,
    state: &AppState,
    principal: &Principal,
) -> Result<PrivateCookieJar, AppError> {
    let (secret, now) = (hex::encode(rand::random::<[u8; 32]>()), state.clock.now());
    let id = Sha256::digest(secret.as_bytes());
    let is_admin = *principal == Principal::Admin;
    match state.store.begin_session(&id, principal.token_id(), now, now + LIFETIME).await {
        Err(StoreError::Unavailable(reason)) if is_admin => {
            tracing::warn!(reason, "the database is unreachable; this login ends when the database is reachable again");
        }
        begun => begun?,
    }
    let name = if is_admin { ADMIN } else { TOKEN };
    let cookie = Cookie::build((name, format!("{secret}.{}", now.timestamp())))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(is_https(headers, &state.settings));
    Ok(PrivateCookieJar::new(state.settings.admin_token.cookie_key().clone()).add(cookie))
}

/// Ends the browser's logins and returns a cookie jar that removes the cookies. Fails while the database is
/// unreachable, because the rows would remain and copies of the cookies would still be accepted.
pub(super) async fn log_out(headers: &HeaderMap, state: &AppState) -> Result<PrivateCookieJar, AppError> {
    let mut jar = PrivateCookieJar::from_headers(headers, state.settings.admin_token.cookie_key().clone());
    for name in [ADMIN, TOKEN] {
        if let Some(session) = Session::from_cookie(headers, state, name) {
            state.store.end_session(&session.id).await?;
            jar = jar.remove(Cookie::build(name).path("/"));
        }
    }
    Ok(jar)
}

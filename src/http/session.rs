//! The admin's login: a cookie with a secret, and a row in the database that is deleted on logout.
//!
//! The cookie is encrypted and authenticated with a key derived from the admin token, so it cannot be read,
//! forged or extended, and changing the token ends every login. While the database is unreachable, there is no row to
//! check; a cookie is then valid for a short time after it was issued.

use axum::http::HeaderMap;
use axum_extra::extract::cookie::{Cookie, PrivateCookieJar, SameSite};
use chrono::{DateTime, Duration, Utc};

use super::{error::AppError, front::is_https, state::AppState};
use crate::{domain::Sha256, store::StoreError};

/// The name of the cookie.
const NAME: &str = "mannameter_admin";
/// How long a login lasts.
const LIFETIME: Duration = Duration::hours(12);
/// How long a cookie is valid without its row, while the database is unreachable.
const WITHOUT_ROW: Duration = Duration::minutes(15);

/// What the cookie contains.
struct Session {
    /// Checksum of the secret, which is the key of the row.
    id: Sha256,
    issued_at: DateTime<Utc>,
}

impl Session {
    /// Reads the cookie of a request. The time is inside the encrypted value, so the browser cannot change it.
    fn from_headers(headers: &HeaderMap, state: &AppState) -> Option<Self> {
        let jar = PrivateCookieJar::from_headers(headers, state.settings.admin_token.cookie_key().clone());
        let cookie = jar.get(NAME)?;
        let (secret, issued_at) = cookie.value().split_once('.')?;
        let issued_at = DateTime::from_timestamp(issued_at.parse().ok()?, 0)?;
        Some(Self { id: Sha256::digest(secret.as_bytes()), issued_at })
    }

    /// Returns whether it was issued within this time and not in the future, which would mean that the clock was wrong.
    fn is_younger_than(&self, age: Duration, now: DateTime<Utc>) -> bool {
        self.issued_at <= now && now - self.issued_at <= age
    }
}

/// Returns whether the browser is logged in.
pub(super) async fn is_logged_in(headers: &HeaderMap, state: &AppState) -> Result<bool, AppError> {
    let now = state.clock.now();
    let Some(session) = Session::from_headers(headers, state) else { return Ok(false) };
    if !session.is_younger_than(LIFETIME, now) {
        return Ok(false);
    }
    state.reader.has_session(&session.id, now, session.is_younger_than(WITHOUT_ROW, now)).await
}

/// Starts a login and returns a jar with its cookie.
pub(super) async fn log_in(headers: &HeaderMap, state: &AppState) -> Result<PrivateCookieJar, AppError> {
    let (secret, now) = (hex::encode(rand::random::<[u8; 32]>()), state.clock.now());
    match state.store.begin_session(&Sha256::digest(secret.as_bytes()), now, now + LIFETIME).await {
        Err(StoreError::Unavailable(reason)) => {
            tracing::warn!(reason, "the database is unreachable; this login ends when it is back");
        }
        begun => begun?,
    }
    let cookie = Cookie::build((NAME, format!("{secret}.{}", now.timestamp())))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(is_https(headers, &state.settings));
    Ok(PrivateCookieJar::new(state.settings.admin_token.cookie_key().clone()).add(cookie))
}

/// Ends a login and returns a jar that removes its cookie. Fails while the database is unreachable: the row would
/// remain, and a copy of the cookie would still be accepted.
pub(super) async fn log_out(headers: &HeaderMap, state: &AppState) -> Result<PrivateCookieJar, AppError> {
    if let Some(session) = Session::from_headers(headers, state) {
        state.store.end_session(&session.id).await?;
    }
    let jar = PrivateCookieJar::from_headers(headers, state.settings.admin_token.cookie_key().clone());
    Ok(jar.remove(Cookie::build(NAME).path("/")))
}

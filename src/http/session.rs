//! The login cookie. It is encrypted and authenticated, so it cannot be read, forged or extended.

use axum::http::HeaderMap;
use axum_extra::extract::cookie::{Cookie, PrivateCookieJar, SameSite};
use chrono::{DateTime, Duration, Utc};

use super::state::AdminToken;

/// The name of the cookie.
const NAME: &str = "mannameter_admin";
/// How long a login lasts.
const LIFETIME: Duration = Duration::hours(12);

/// Whether the browser is logged in. The expiry time is inside the encrypted value, so the browser cannot change it.
pub(super) fn is_logged_in(headers: &HeaderMap, token: &AdminToken, now: DateTime<Utc>) -> bool {
    let jar = PrivateCookieJar::from_headers(headers, token.cookie_key().clone());
    let until = jar.get(NAME).and_then(|cookie| cookie.value().parse().ok());
    // An expiry time more than a lifetime away was set while the clock was wrong.
    until.is_some_and(|until: i64| (now.timestamp()..=(now + LIFETIME).timestamp()).contains(&until))
}

/// Returns a jar with the cookie of a new login.
pub(super) fn log_in(token: &AdminToken, now: DateTime<Utc>, https: bool) -> PrivateCookieJar {
    let cookie = Cookie::build((NAME, (now + LIFETIME).timestamp().to_string()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(https);
    PrivateCookieJar::new(token.cookie_key().clone()).add(cookie)
}

/// Returns a jar that removes the login cookie.
pub(super) fn log_out(headers: &HeaderMap, token: &AdminToken) -> PrivateCookieJar {
    let jar = PrivateCookieJar::from_headers(headers, token.cookie_key().clone());
    jar.remove(Cookie::build(NAME).path("/"))
}

#[cfg(test)]
mod tests {
    use axum::{http::header, response::IntoResponse};

    use super::*;

    /// The headers that a browser sends after a login.
    fn headers_after_login(token: &AdminToken, now: DateTime<Utc>) -> HeaderMap {
        let response = log_in(token, now, false).into_response();
        let cookie = response.headers()[header::SET_COOKIE].to_str().expect("ASCII");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Path=/"));
        headers(cookie.split(';').next().expect("a cookie"))
    }

    fn headers(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, cookie.parse().expect("a value"))])
    }

    #[test]
    fn a_login_is_valid_for_its_lifetime_and_for_its_token_only() {
        let (token, now) = (AdminToken::new("open sesame"), DateTime::UNIX_EPOCH + Duration::days(9));
        let sent = headers_after_login(&token, now);
        assert!(is_logged_in(&sent, &token, now) && is_logged_in(&sent, &token, now + LIFETIME));
        assert!(!is_logged_in(&sent, &token, now + LIFETIME + Duration::seconds(1)), "expired");
        assert!(!is_logged_in(&sent, &token, now - Duration::hours(1)), "made by a clock that was ahead");
        assert!(!is_logged_in(&sent, &AdminToken::new("open barley"), now), "the token was changed");
        assert!(!is_logged_in(&HeaderMap::new(), &token, now));
    }

    #[test]
    fn a_modified_cookie_is_invalid() {
        let (token, now) = (AdminToken::new("open sesame"), DateTime::UNIX_EPOCH);
        let sent = headers_after_login(&token, now);
        let cookie = sent[header::COOKIE].to_str().expect("ASCII");
        let value = cookie.split_once('=').expect("a value").1;
        let until = (now + LIFETIME).timestamp();
        assert!(!value.contains(&until.to_string()), "the expiry time cannot be read");
        for modified in [
            format!("{NAME}={until}"),
            format!("{NAME}="),
            format!("{NAME}={}", value.replacen(|_: char| true, "A", 9)),
            format!("{NAME}={}", &value[..value.len() - 4]),
            format!("theme={value}"),
        ] {
            assert!(!is_logged_in(&headers(&modified), &token, now), "{modified}");
        }
    }

    #[test]
    fn over_https_the_cookie_is_secure() {
        let response = log_in(&AdminToken::new("x"), DateTime::UNIX_EPOCH, true).into_response();
        assert!(response.headers()[header::SET_COOKIE].to_str().expect("ASCII").contains("Secure"));
    }
}

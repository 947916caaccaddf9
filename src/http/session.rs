//! The cookie of the login page: sealed, so that nobody can make, read or prolong one.

use axum::http::HeaderMap;
use axum_extra::extract::cookie::{Cookie, PrivateCookieJar, SameSite};
use chrono::{DateTime, Duration, Utc};

use super::state::AdminToken;

/// The name of the cookie.
const NAME: &str = "mannameter_admin";
/// How long a login lasts.
const LASTS: Duration = Duration::hours(12);

/// Whether the browser has logged in and its time is not over. Its own idea of the time does not count: the end
/// stands inside the seal.
pub(super) fn is_open(headers: &HeaderMap, token: &AdminToken, now: DateTime<Utc>) -> bool {
    let jar = PrivateCookieJar::from_headers(headers, token.cookie_key().clone());
    let until = jar.get(NAME).and_then(|cookie| cookie.value().parse().ok());
    // One that lasts for longer than any login was made by a clock that was wrong.
    until.is_some_and(|until: i64| (now.timestamp()..=(now + LASTS).timestamp()).contains(&until))
}

/// Lets the browser in from now on.
pub(super) fn open(token: &AdminToken, now: DateTime<Utc>, https: bool) -> PrivateCookieJar {
    let cookie = Cookie::build((NAME, (now + LASTS).timestamp().to_string()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(https);
    PrivateCookieJar::new(token.cookie_key().clone()).add(cookie)
}

/// Makes the browser forget its login.
pub(super) fn close(headers: &HeaderMap, token: &AdminToken) -> PrivateCookieJar {
    let jar = PrivateCookieJar::from_headers(headers, token.cookie_key().clone());
    jar.remove(Cookie::build(NAME).path("/"))
}

#[cfg(test)]
mod tests {
    use axum::{http::header, response::IntoResponse};

    use super::*;

    /// What the browser sends back after a login.
    fn logged_in(token: &AdminToken, now: DateTime<Utc>) -> HeaderMap {
        let answer = open(token, now, false).into_response();
        let cookie = answer.headers()[header::SET_COOKIE].to_str().expect("a text");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Path=/"));
        headers(cookie.split(';').next().expect("a cookie"))
    }

    fn headers(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, cookie.parse().expect("a value"))])
    }

    #[test]
    fn a_login_lasts_its_time_and_only_with_the_token_that_it_was_made_with() {
        let (token, now) = (AdminToken::new("open sesame"), DateTime::UNIX_EPOCH + Duration::days(9));
        let sent = logged_in(&token, now);
        assert!(is_open(&sent, &token, now) && is_open(&sent, &token, now + LASTS));
        assert!(!is_open(&sent, &token, now + LASTS + Duration::seconds(1)), "over");
        assert!(!is_open(&sent, &token, now - Duration::hours(1)), "from a clock that was ahead");
        assert!(!is_open(&sent, &AdminToken::new("open barley"), now), "the token was changed");
        assert!(!is_open(&HeaderMap::new(), &token, now));
    }

    #[test]
    fn a_cookie_that_was_touched_is_worth_nothing() {
        let (token, now) = (AdminToken::new("open sesame"), DateTime::UNIX_EPOCH);
        let sent = logged_in(&token, now);
        let cookie = sent[header::COOKIE].to_str().expect("a text");
        let value = cookie.split_once('=').expect("a value").1;
        let until = (now + LASTS).timestamp();
        assert!(!value.contains(&until.to_string()), "its end cannot be read");
        for touched in [
            format!("{NAME}={until}"),
            format!("{NAME}="),
            format!("{NAME}={}", value.replacen(|_: char| true, "A", 9)),
            format!("{NAME}={}", &value[..value.len() - 4]),
            format!("theme={value}"),
        ] {
            assert!(!is_open(&headers(&touched), &token, now), "{touched}");
        }
    }

    #[test]
    fn over_https_the_cookie_never_leaves_it() {
        let answer = open(&AdminToken::new("x"), DateTime::UNIX_EPOCH, true).into_response();
        assert!(answer.headers()[header::SET_COOKIE].to_str().expect("a text").contains("Secure"));
    }
}

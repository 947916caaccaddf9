//! `POST /theme`: stores the theme in a cookie and redirects back.

use std::borrow::Cow;

use axum::{
    body::Bytes,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use super::page::{THEME_COOKIE, Theme, is_local_path};

/// Handles the form with the fields `theme` and `back`.
#[tracing::instrument(skip_all)]
pub(super) async fn theme(jar: CookieJar, body: Bytes) -> Response {
    let field = |name: &str| url::form_urlencoded::parse(&body).find(|(key, _)| key == name).map(|(_, value)| value);
    let theme = Theme::parse(&field("theme").unwrap_or_default());
    let back = field("back").filter(|back| is_local_path(back)).map_or_else(|| "/".to_owned(), Cow::into_owned);
    let cookie = Cookie::build((THEME_COOKIE, theme.name())).path("/").same_site(SameSite::Lax).permanent();
    (StatusCode::SEE_OTHER, jar.add(cookie), [(header::LOCATION, back)]).into_response()
}

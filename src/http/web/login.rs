//! `/login` and `/logout`: the admin token once, and then a cookie.

use askama::Template;
use axum::{
    body::Bytes,
    extract::{FromRequestParts, Query, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    page::{Page, is_ours, render},
    see_other,
};
use crate::http::{
    audit,
    auth::{Admin, ClientAddress, Credential, came_over_https, check_token},
    error::AppError,
    session,
    state::AppState,
};

/// Where one goes after logging in, unless one came from elsewhere.
const USUAL_NEXT: &str = "/backup";

/// What the page shows.
#[derive(Debug, Template)]
#[template(path = "login.html")]
pub(super) struct LoginPage {
    page: Page,
    next: String,
    /// Whether a wrong token was sent.
    wrong: bool,
}

impl LoginPage {
    /// The way to a page that only the admin sees.
    pub(super) fn to(page: &Page, next: &str) -> Self {
        let next = if is_ours(next) { next } else { USUAL_NEXT };
        // Switching the theme comes back to where one wanted to go.
        let page = Page { path: next.to_owned(), ..page.clone() };
        Self { page, next: next.to_owned(), wrong: false }
    }
}

/// Where one wants to go.
#[derive(Debug, Deserialize)]
pub(super) struct Next {
    next: Option<String>,
}

/// Answers the page; who has logged in already goes on.
pub(super) async fn page(page: Page, admin: Result<Admin, AppError>, Query(Next { next }): Query<Next>) -> Response {
    let page = LoginPage::to(&page, next.as_deref().unwrap_or(USUAL_NEXT));
    if admin.is_ok() { see_other(&page.next) } else { render(&page) }
}

/// Takes the form fields `token` and `next`.
pub(super) async fn log_in(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    page: Page,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, AppError> {
    let field = |name: &str| url::form_urlencoded::parse(&body).find(|(key, _)| key == name).map(|(_, value)| value);
    let mut page = LoginPage::to(&page, &field("next").unwrap_or_default());
    let token = field("token").unwrap_or_default();
    match check_token(&state, address, token.trim(), "/login").await {
        Ok(()) => {}
        Err(AppError::Unauthorized) => {
            page.wrong = true;
            return Ok((StatusCode::UNAUTHORIZED, render(&page)).into_response());
        }
        Err(error) => return Err(error),
    }
    audit::record(&state, "admin", "admin.login", "", json!({ "address": address })).await;
    let https = came_over_https(&headers, state.settings.trusted_proxies);
    let cookie = session::open(&state.settings.admin_token, state.clock.now(), https);
    Ok((cookie, see_other(&page.next)).into_response())
}

/// Forgets the login.
pub(super) async fn log_out(
    State(state): State<AppState>,
    admin: Result<Admin, AppError>,
    headers: HeaderMap,
) -> Response {
    if let Ok(Admin { address, by: Credential::Login }) = admin {
        audit::record(&state, "admin", "admin.logout", "", json!({ "address": address })).await;
    }
    (session::close(&headers, &state.settings.admin_token), see_other("/")).into_response()
}

/// The admin on a page; everybody else is sent to the login page first.
#[derive(Debug, Clone, Copy)]
pub(super) struct AdminPage(pub(super) Admin);

impl FromRequestParts<AppState> for AdminPage {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        match Admin::from_request_parts(parts, state).await {
            Ok(admin) => Ok(Self(admin)),
            Err(AppError::Unauthorized) => {
                // A form is not sent again by itself: one comes back to the page that it stands on.
                let here = parts.uri.path_and_query().filter(|_| parts.method.is_safe());
                let next = here.map_or(USUAL_NEXT, |here| here.as_str());
                let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
                Err(see_other(&format!("/login?next={next}")))
            }
            Err(error) => Err(error.into_response()),
        }
    }
}

/// Pages of the admin are never kept.
pub(super) fn render_private(template: &impl Template) -> Response {
    let mut response = render(template);
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;

    /// The page at first, and after a wrong token.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        [false, true]
            .map(|wrong| LoginPage { wrong, ..LoginPage::to(page, "/backup") }.render().expect("a page"))
            .into()
    }
}

//! `/login` and `/logout`: exchanges a token for a session cookie.

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
    page::{Page, is_local_path, render},
    see_other,
};
use crate::{
    domain::Scope,
    http::{
        audit,
        auth::{Admin, Client, Credential, MaybeClient, check_token},
        error::AppError,
        front::ClientAddress,
        session,
        state::AppState,
    },
};

/// The default page to open after logging in.
const DEFAULT_NEXT: &str = "/backup";

/// The login page.
#[derive(Debug, Template)]
#[template(path = "login.html")]
pub(super) struct LoginPage {
    page: Page,
    next: String,
    /// Whether the previous attempt used a wrong token.
    wrong_token: bool,
}

impl LoginPage {
    /// Creates a login page that redirects to `next` after the login.
    pub(super) fn new(page: &Page, next: &str) -> Self {
        let next = if is_local_path(next) { next } else { DEFAULT_NEXT };
        // Switching the theme also leads to `next`.
        let page = Page { path: next.to_owned(), ..page.clone() };
        Self { page, next: next.to_owned(), wrong_token: false }
    }
}

/// Query parameters of the login page.
#[derive(Debug, Deserialize)]
pub(super) struct LoginParams {
    next: Option<String>,
}

/// Shows the page, or redirects to `next` if the client is already logged in.
#[tracing::instrument(skip_all)]
pub(super) async fn page(
    page: Page,
    client: Result<MaybeClient, AppError>,
    Query(LoginParams { next }): Query<LoginParams>,
) -> Response {
    let page = LoginPage::new(&page, next.as_deref().unwrap_or(DEFAULT_NEXT));
    if matches!(client, Ok(MaybeClient(Some(_)))) { see_other(&page.next) } else { render(&page) }
}

/// Handles the form with the fields `token` and `next`.
#[tracing::instrument(skip_all)]
pub(super) async fn log_in(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    page: Page,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, AppError> {
    let field = |name: &str| url::form_urlencoded::parse(&body).find(|(key, _)| key == name).map(|(_, value)| value);
    let mut page = LoginPage::new(&page, &field("next").unwrap_or_default());
    let token = field("token").unwrap_or_default();
    let principal = match check_token(&state, address, token.trim(), "/login").await {
        Ok(principal) => principal,
        Err(AppError::Unauthorized) => {
            page.wrong_token = true;
            return Ok((StatusCode::UNAUTHORIZED, render(&page)).into_response());
        }
        Err(error) => return Err(error),
    };
    if state.settings.admin_token.is_too_short() {
        // The cookie's key is derived from the admin token.
        return Err(AppError::AdminTokenTooShort);
    }
    audit::record(&state, &principal.actor(), "admin.login", "", json!({ "address": address })).await;
    let cookie = session::log_in(&headers, &state, &principal).await?;
    // The default page is for admins only.
    let next = if page.next == DEFAULT_NEXT && !principal.may(Scope::Admin) { "/" } else { &page.next };
    Ok((cookie, see_other(next)).into_response())
}

/// Logs out and redirects to the dashboard.
#[tracing::instrument(skip_all)]
pub(super) async fn log_out(
    State(state): State<AppState>,
    client: Result<Client, AppError>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let cookie = session::log_out(&headers, &state).await?;
    if let Ok(Client { principal, address, by: Credential::Login }) = client {
        audit::record(&state, &principal.actor(), "admin.logout", "", json!({ "address": address })).await;
    }
    Ok((cookie, see_other("/")).into_response())
}

/// Extracts the admin on a page. Other clients are redirected to the login page.
#[derive(Debug, Clone)]
pub(super) struct AdminPage(pub(super) Admin);

impl FromRequestParts<AppState> for AdminPage {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        Ok(Self(Admin(client_on_page(parts, state, Scope::Admin).await?)))
    }
}

/// Extracts a client that may edit sermons on a page. Clients without a login are redirected to the login page.
#[derive(Debug, Clone)]
pub(super) struct EditorPage(pub(super) Client);

impl FromRequestParts<AppState> for EditorPage {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        client_on_page(parts, state, Scope::Edit).await.map(Self)
    }
}

/// Returns the client if it has this scope, or else the response to send.
async fn client_on_page(parts: &mut Parts, state: &AppState, needed: Scope) -> Result<Client, Response> {
    match Client::from_request_parts(parts, state).await.and_then(|client| client.require(needed)) {
        Ok(client) => Ok(client),
        Err(AppError::Unauthorized) => {
            // A submitted form is lost, because its target is not a page to return to.
            let target = parts.uri.path_and_query().filter(|_| parts.method.is_safe());
            let next = target.map_or(DEFAULT_NEXT, |target| target.as_str());
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            Err(see_other(&format!("/login?next={next}")))
        }
        Err(error) => Err(error.into_response()),
    }
}

/// Renders a private page, which browsers must not cache.
pub(super) fn render_private(template: &impl Template) -> Response {
    let mut response = render(template);
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;

    /// Renders the sample pages: before and after a wrong token.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        [false, true]
            .map(|wrong_token| LoginPage { wrong_token, ..LoginPage::new(page, "/backup") })
            .map(|page| page.render().expect("a page"))
            .into()
    }
}

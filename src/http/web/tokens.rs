//! `/tokens`: the admin page for named tokens.

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};

use super::{
    format::{self, Time},
    login::{AdminPage, render_private},
    page::Page,
    see_other,
};
use crate::{
    domain::{ApiToken, Scope},
    http::{
        api::tokens::{create_token, revoke_token},
        error::AppError,
        state::AppState,
    },
};

/// The page of tokens.
#[derive(Debug, Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    page: Page,
    rows: Vec<TokenRow>,
    revoked: Vec<TokenRow>,
    scopes: Vec<ScopeChoice>,
    /// The entered name.
    name: String,
    /// What is wrong with the form.
    problem: Option<String>,
    /// The token that was just created.
    created: Option<Created>,
}

/// A token in the list.
#[derive(Debug)]
struct TokenRow {
    name: String,
    scopes: String,
    created: Time,
    created_by: String,
    last_used: Option<Time>,
    revoked: Option<Time>,
    revoke_url: String,
}

/// A selectable scope.
#[derive(Debug)]
struct ScopeChoice {
    name: &'static str,
    meaning: &'static str,
    is_chosen: bool,
}

/// A new token with its secret, which is shown only once.
#[derive(Debug)]
struct Created {
    name: String,
    secret: String,
}

/// The submitted form.
#[derive(Debug, Default)]
struct TokenForm {
    name: String,
    scopes: Vec<String>,
}

impl TokenForm {
    fn parse(body: &[u8]) -> Self {
        let mut form = Self::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            match &*name {
                "name" => form.name = value.into_owned(),
                "scope" => form.scopes.push(value.into_owned()),
                _ => {}
            }
        }
        form
    }
}

/// Shows the page.
#[tracing::instrument(skip_all)]
pub(super) async fn tokens(
    State(state): State<AppState>,
    page: Page,
    AdminPage(_): AdminPage,
) -> Result<Response, AppError> {
    Ok(render_private(&TokensPage::new(page, state.store.tokens().await?, &TokenForm::default())))
}

/// Handles the form. Creates a token and shows its secret, or shows the problem with the form.
#[tracing::instrument(skip_all)]
pub(super) async fn create(
    State(state): State<AppState>,
    page: Page,
    AdminPage(admin): AdminPage,
    body: Bytes,
) -> Result<Response, AppError> {
    let form = TokenForm::parse(&body);
    let created = create_token(&state, &admin.0, &form.name, &form.scopes.join(" ")).await;
    let all = async || Ok::<_, AppError>(state.store.tokens().await?);
    match created {
        Ok((token, secret)) => {
            let created = Created { name: token.name.to_string(), secret: secret.expose().to_owned() };
            let view = TokensPage::new(page, all().await?, &TokenForm::default());
            Ok(render_private(&TokensPage { created: Some(created), ..view }))
        }
        Err(error @ (AppError::Field { .. } | AppError::TokenNameTaken(_))) => {
            let problem = match &error {
                AppError::Field { reason, .. } => format::sentence(reason),
                other => format::sentence(&other.to_string()),
            };
            let view = TokensPage::new(page, all().await?, &form);
            let response = render_private(&TokensPage { problem: Some(problem), ..view });
            Ok((error.status(), response).into_response())
        }
        Err(error) => Err(error),
    }
}

/// Revokes a token and returns to the page.
#[tracing::instrument(skip_all)]
pub(super) async fn revoke(
    State(state): State<AppState>,
    AdminPage(admin): AdminPage,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    match revoke_token(&state, &admin.0, &id).await {
        // On a second click, the token has already been revoked.
        Ok(_) | Err(AppError::NoSuchToken(_)) => Ok(see_other("/tokens")),
        Err(error) => Err(error),
    }
}

impl TokensPage {
    fn new(page: Page, tokens: Vec<ApiToken>, form: &TokenForm) -> Self {
        let row = |token: ApiToken| TokenRow {
            revoke_url: page.links.at(&format!("/tokens/{}/revoke", token.id)),
            name: token.name.to_string(),
            scopes: token.scopes.iter().map(Scope::name).collect::<Vec<_>>().join(", "),
            created: Time::new(token.created_at),
            created_by: token.created_by,
            last_used: token.last_used_at.map(Time::new),
            revoked: token.revoked_at.map(Time::new),
        };
        let (revoked, valid): (Vec<_>, Vec<_>) = tokens.into_iter().partition(|token| token.revoked_at.is_some());
        let scopes = Scope::ALL.map(|scope| ScopeChoice {
            name: scope.name(),
            meaning: meaning(scope),
            is_chosen: form.scopes.iter().any(|chosen| chosen == scope.name()),
        });
        Self {
            rows: valid.into_iter().map(row).collect(),
            revoked: revoked.into_iter().map(row).collect(),
            scopes: scopes.into(),
            name: form.name.clone(),
            problem: None,
            created: None,
            page,
        }
    }
}

const fn meaning(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "see what is not public",
        Scope::Add => "add sermons, without the rate limit",
        Scope::Edit => "edit and correct sermons",
        Scope::Admin => "everything, including backups and tokens",
    }
}

#[cfg(test)]
pub(super) mod sample {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::domain::TokenName;

    /// Renders the sample pages: without tokens, with tokens, after one was created, and after a mistake in the form.
    pub(in crate::http::web) fn pages(page: &Page) -> Vec<String> {
        let token = |number: u128, is_revoked: bool| ApiToken {
            id: Uuid::from_u128(number),
            name: TokenName::parse("sound <xss> desk").expect("a name"),
            scopes: "add edit".parse().expect("scopes"),
            created_at: DateTime::UNIX_EPOCH,
            created_by: "admin".to_owned(),
            last_used_at: is_revoked.then_some(DateTime::UNIX_EPOCH),
            revoked_at: is_revoked.then_some(DateTime::UNIX_EPOCH),
        };
        let form = TokenForm { name: "a \"<xss>\"".to_owned(), scopes: vec!["edit".to_owned()] };
        let view = |tokens| TokensPage::new(page.clone(), tokens, &form);
        let created = Created { name: "<xss>".to_owned(), secret: "mm_0".to_owned() };
        [
            view(Vec::new()),
            view(vec![token(1, false), token(2, true)]),
            TokensPage { created: Some(created), ..view(vec![token(1, false)]) },
            TokensPage { problem: Some("No scopes.".to_owned()), ..view(Vec::new()) },
        ]
        .map(|page| page.render().expect("a page"))
        .into()
    }
}

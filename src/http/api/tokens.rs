//! `/api/tokens`: named tokens for the API.

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    domain::{ApiToken, Scopes, TokenName, TokenSecret},
    http::{
        auth::{Admin, Client},
        body::JsonBody,
        cache::CachePolicy,
        error::AppError,
        problem::ProblemBody,
        state::AppState,
    },
    store::NewToken,
};

/// A token to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object", deny_unknown_fields)]
pub(super) struct TokenRequest {
    /// Name of the token, which appears in the audit log: 1 to 60 characters, unique among the valid tokens.
    #[schema(example = "sound desk")]
    name: String,
    /// The scopes of the token: `read`, `add`, `edit`, `admin`.
    #[schema(example = json!(["add", "edit"]))]
    scopes: Vec<String>,
}

/// A token. Its secret is not stored.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct TokenBody {
    /// ID of the token.
    id: Uuid,
    /// Name of the token.
    name: String,
    /// The scopes of the token: `read`, `add`, `edit`, `admin`.
    scopes: Vec<String>,
    /// When the token was created.
    created_at: DateTime<Utc>,
    /// Who created the token.
    created_by: String,
    /// When the token was last used, to the minute, or null if it has never been used.
    last_used_at: Option<DateTime<Utc>>,
    /// When the token was revoked, or null if it is valid.
    revoked_at: Option<DateTime<Utc>>,
}

impl From<ApiToken> for TokenBody {
    fn from(token: ApiToken) -> Self {
        Self {
            id: token.id,
            name: token.name.to_string(),
            scopes: token.scopes.iter().map(|scope| scope.name().to_owned()).collect(),
            created_at: token.created_at,
            created_by: token.created_by,
            last_used_at: token.last_used_at,
            revoked_at: token.revoked_at,
        }
    }
}

/// A new token, including its secret.
#[derive(Debug, Serialize, ToSchema)]
struct CreatedToken {
    /// The secret, for `Authorization: Bearer`. It is not stored and cannot be shown again.
    #[schema(example = "mm_8f1c...")]
    secret: String,
    /// The token.
    #[serde(flatten)]
    token: TokenBody,
}

/// All tokens.
#[derive(Debug, Serialize, ToSchema)]
struct TokenListBody {
    /// The tokens, newest first, including revoked ones.
    tokens: Vec<TokenBody>,
}

/// Lists all tokens, without their secrets.
#[utoipa::path(
    get, path = "/api/tokens", tag = "admin", security(("admin" = [])),
    responses((status = 200, description = "The tokens", body = TokenListBody)),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn list(State(state): State<AppState>, _admin: Admin) -> Result<Response, AppError> {
    let tokens = state.store.tokens().await?.into_iter().map(TokenBody::from).collect();
    Ok((CachePolicy::NoStore, Json(TokenListBody { tokens })).into_response())
}

/// Creates a token. Only this response contains its secret.
#[utoipa::path(
    post, path = "/api/tokens", tag = "admin", security(("admin" = [])), request_body = TokenRequest,
    responses(
        (status = 201, description = "The token and its secret", body = CreatedToken, headers(("Location" = String))),
        (status = 409, description = "There is a valid token with this name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "Invalid name or scopes", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn create(
    State(state): State<AppState>,
    Admin(client): Admin,
    JsonBody(TokenRequest { name, scopes }): JsonBody<TokenRequest>,
) -> Result<Response, AppError> {
    let (token, secret) = create_token(&state, &client, &name, &scopes.join(" ")).await?;
    let location = [(header::LOCATION, format!("/api/tokens/{}", token.id))];
    let body = CreatedToken { secret: secret.expose().to_owned(), token: token.into() };
    Ok((StatusCode::CREATED, CachePolicy::NoStore, location, Json(body)).into_response())
}

/// Creates a token with the given name and space-separated scopes.
pub(in crate::http) async fn create_token(
    state: &AppState,
    client: &Client,
    name: &str,
    scopes: &str,
) -> Result<(ApiToken, TokenSecret), AppError> {
    let name = TokenName::parse(name).map_err(|error| field("name", &error))?;
    let scopes: Scopes = scopes.parse().map_err(|error| field("scopes", &error))?;
    let secret = TokenSecret::from_random(rand::random());
    let token = ApiToken {
        id: state.clock.new_id(),
        name,
        scopes,
        created_at: state.clock.now(),
        created_by: client.actor().into_owned(),
        last_used_at: None,
        revoked_at: None,
    };
    let new = NewToken { token: token.clone(), sha256: secret.sha256(), audit_id: state.clock.new_id() };
    if state.store.create_token(&new).await? { Ok((token, secret)) } else { Err(AppError::TokenNameTaken(token.name)) }
}

fn field(name: &str, error: &impl ToString) -> AppError {
    AppError::Field { name: name.to_owned(), reason: error.to_string() }
}

/// Revokes a token. It is no longer accepted, and all logins with it end.
#[utoipa::path(
    delete, path = "/api/tokens/{id}", tag = "admin", security(("admin" = [])),
    params(("id" = Uuid, Path, description = "The token")),
    responses(
        (status = 200, description = "The revoked token", body = TokenBody),
        (status = 404, description = "No such valid token", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn revoke(
    State(state): State<AppState>,
    Admin(client): Admin,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let token = revoke_token(&state, &client, &id).await?;
    Ok((CachePolicy::NoStore, Json(TokenBody::from(token))).into_response())
}

/// Revokes the token with this ID.
pub(in crate::http) async fn revoke_token(state: &AppState, client: &Client, id: &str) -> Result<ApiToken, AppError> {
    let no_such_token = || AppError::NoSuchToken(id.chars().take(40).collect());
    let uuid = Uuid::parse_str(id).map_err(|_| no_such_token())?;
    let (audit_id, now) = (state.clock.new_id(), state.clock.now());
    state.store.revoke_token(uuid, audit_id, &client.actor(), now).await?.ok_or_else(no_such_token)
}

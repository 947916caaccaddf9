//! `GET /api/audit`: the audit log.

#![expect(unused_qualifications, reason = "utoipa's macro refers to the parameters by path")]

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    http::{
        auth::Admin, body::QueryString, cache::CachePolicy, error::AppError, problem::ProblemBody, state::AppState,
    },
    store::AuditEntry,
};

/// Default number of entries in a response.
const DEFAULT_LIMIT: u16 = 100;
/// Maximum number of entries in a response.
const MAX_LIMIT: u16 = 1000;

/// Query parameters.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AuditParams {
    /// Number of entries, 1 to 1000; 100 by default.
    limit: Option<u16>,
}

/// The newest entries of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditBody {
    /// The entries, newest first.
    #[schema(value_type = Vec<AuditEntryBody>)]
    entries: Vec<AuditEntry>,
}

/// An entry of the audit log.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes AuditEntry in the OpenAPI document; the store does not depend on OpenAPI")]
pub(super) struct AuditEntryBody {
    /// ID of the entry.
    id: Uuid,
    /// When the action happened.
    at: DateTime<Utc>,
    /// Who acted, such as `admin`, `cli`, `server` or `token:sound desk`, or `unknown` for a wrong token.
    actor: String,
    /// The action, such as `backup.create`.
    #[schema(example = "backup.create")]
    action: String,
    /// The object of the action, usually a name or an ID.
    subject: String,
    /// The outcome and other details.
    #[schema(value_type = Object)]
    detail: serde_json::Value,
}

/// Returns the newest entries of the audit log.
#[utoipa::path(
    get, path = "/api/audit", tag = "admin", params(AuditParams), security(("admin" = [])),
    responses(
        (status = 200, description = "The entries", body = AuditBody),
        (status = 400, description = "Invalid parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Missing or wrong token", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[tracing::instrument(skip_all)]
pub(super) async fn audit(
    State(state): State<AppState>,
    _admin: Admin,
    QueryString(AuditParams { limit }): QueryString<AuditParams>,
) -> Result<Response, AppError> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(AppError::Query(format!("limit: {limit} is not a number from 1 to {MAX_LIMIT}")));
    }
    Ok((CachePolicy::NoStore, Json(AuditBody { entries: state.store.audit(limit).await? })).into_response())
}

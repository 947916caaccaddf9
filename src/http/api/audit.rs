//! `GET /api/audit`: who did what with the admin routes.

#![expect(unused_qualifications, reason = "the macro of utoipa names the parameters by a path")]

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

/// Lines, when the asker does not say how many.
const USUAL_LIMIT: u16 = 100;
/// The most lines in an answer.
const MAX_LIMIT: u16 = 1000;

/// How much of the audit.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AuditParams {
    /// Lines, 1 to 1000; 100 when left out.
    limit: Option<u16>,
}

/// The last lines of the audit.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditBody {
    /// Newest first.
    #[schema(value_type = Vec<AuditLine>)]
    entries: Vec<AuditEntry>,
}

/// A line of the audit.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes AuditEntry in the OpenAPI document; the store knows nothing of OpenAPI")]
pub(super) struct AuditLine {
    /// Its id.
    id: Uuid,
    /// When.
    at: DateTime<Utc>,
    /// Who: `admin`, `cli`, `server`, or `unknown` with a wrong token.
    actor: String,
    /// What, such as `backup.create`.
    #[schema(example = "backup.create")]
    action: String,
    /// On what.
    subject: String,
    /// How it ended, and what else is worth knowing.
    #[schema(value_type = Object)]
    detail: serde_json::Value,
}

/// Gives the last lines of the audit, newest first.
#[utoipa::path(
    get, path = "/api/audit", tag = "admin", params(AuditParams), security(("admin" = [])),
    responses(
        (status = 200, description = "The lines", body = AuditBody),
        (status = 400, description = "A parameter is not understood", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No or a wrong token", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn audit(
    State(state): State<AppState>,
    _admin: Admin,
    QueryString(AuditParams { limit }): QueryString<AuditParams>,
) -> Result<Response, AppError> {
    let limit = limit.unwrap_or(USUAL_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(AppError::Query(format!("limit: {limit} is not a number from 1 to {MAX_LIMIT}")));
    }
    Ok((CachePolicy::NoStore, Json(AuditBody { entries: state.store.audit(limit).await? })).into_response())
}

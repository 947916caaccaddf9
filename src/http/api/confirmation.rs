//! The body of `POST /api/backup/restore/{name}`, which confirms the restore, as JSON or a form.

use axum::{
    body::Bytes,
    extract::{FromRequest, Multipart, Request},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::{
    body::{body_error, content_type, is_json, parse_json},
    error::AppError,
    state::AppState,
};

/// A confirmed restore without a preview.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(super) struct ConfirmBody {
    /// Name of the backup, as typed by the user. Nothing is restored without it.
    #[schema(required)]
    pub(super) confirm: Option<String>,
    /// Whether to restore a backup that has no manifest.
    #[serde(default)]
    pub(super) accept_unverified: bool,
    /// Whether to restore a backup that has no sermons.
    #[serde(default)]
    pub(super) allow_empty: bool,
    /// Whether to repair the current database first, because it is too damaged for a snapshot.
    #[serde(default)]
    pub(super) damaged: bool,
}

impl FromRequest<AppState> for ConfirmBody {
    type Rejection = AppError;

    /// Reads JSON or a form. Any other body, such as the empty one that the previous system accepted, confirms nothing.
    async fn from_request(request: Request, state: &AppState) -> Result<Self, AppError> {
        if content_type(request.headers()) == "multipart/form-data" {
            return Self::from_multipart(request, state).await;
        }
        let is_json = is_json(request.headers());
        let is_form = content_type(request.headers()) == "application/x-www-form-urlencoded";
        let bytes = Bytes::from_request(request, state).await?;
        // curl labels JSON as a form unless it is given the content type.
        if bytes.trim_ascii_start().starts_with(b"{") || (is_json && !bytes.is_empty()) {
            return parse_json(&bytes);
        }
        let mut body = Self::default();
        for (name, value) in url::form_urlencoded::parse(if is_form { &bytes } else { &[] }) {
            body.set(&name, &value);
        }
        Ok(body)
    }
}

impl ConfirmBody {
    async fn from_multipart(request: Request, state: &AppState) -> Result<Self, AppError> {
        let mut form = Multipart::from_request(request, state)
            .await
            .map_err(|error| body_error(error.status(), error.body_text()))?;
        let mut body = Self::default();
        while let Some(field) =
            form.next_field().await.map_err(|error| body_error(error.status(), error.body_text()))?
        {
            let name = field.name().unwrap_or_default().to_owned();
            let value = field.text().await.map_err(|error| body_error(error.status(), error.body_text()))?;
            body.set(&name, &value);
        }
        Ok(body)
    }

    /// Sets a form field. A checkbox sends `on`.
    fn set(&mut self, name: &str, value: &str) {
        let value = value.trim();
        let is_set = matches!(value, "true" | "on" | "yes" | "1");
        match name {
            "confirm" => self.confirm = Some(value.to_owned()),
            "accept_unverified" => self.accept_unverified = is_set,
            "allow_empty" => self.allow_empty = is_set,
            "damaged" => self.damaged = is_set,
            _ => {}
        }
    }
}

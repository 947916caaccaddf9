//! Determines who can see which jobs. The admin sees all; a visitor sees the jobs added with the secret in the
//! visitor's cookie.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
    response::{IntoResponseParts, ResponseParts},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use super::{
    auth::{MaybeClient, Submitter},
    error::AppError,
    front::is_https,
    state::AppState,
};
use crate::domain::{Job, Scope, Sha256};

/// Name of the cookie.
const NAME: &str = "mannameter_jobs";

/// Length of the secret in the cookie, in hex digits.
const SECRET_LENGTH: usize = 32;

/// A visitor who may add jobs. When part of a response, sets the cookie if the visitor does not have it yet.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    /// Checksum of the secret, as stored in the database.
    owner: Sha256,
    new_cookie: Option<Cookie<'static>>,
}

impl Visitor {
    fn new(headers: &HeaderMap, state: &AppState) -> Self {
        if let Some(owner) = owner(headers) {
            return Self { owner, new_cookie: None };
        }
        let secret = hex::encode(rand::random::<[u8; SECRET_LENGTH / 2]>());
        let owner = Sha256::digest(secret.as_bytes());
        let cookie = Cookie::build((NAME, secret))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(is_https(headers, &state.settings))
            .permanent();
        Self { owner, new_cookie: Some(cookie.build()) }
    }

    /// Adds a job to the visitor's list. Does nothing for the admin, who sees all jobs, or for a job that ran without
    /// the queue and has already ended.
    pub(super) async fn add(&self, state: &AppState, job: &Job, submitter: Submitter) {
        if !submitter.is_admin() && !job.state.is_final() {
            state.jobs.add_owner(job.id, &self.owner).await;
        }
    }
}

/// Returns the checksum of the secret in a request's cookie.
fn owner(headers: &HeaderMap) -> Option<Sha256> {
    let jar = CookieJar::from_headers(headers);
    let secret = jar.get(NAME)?.value();
    let is_ours = secret.len() == SECRET_LENGTH && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_ours.then(|| Sha256::digest(secret.as_bytes()))
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        Ok(Self::new(&parts.headers, state))
    }
}

impl IntoResponseParts for Visitor {
    type Error = Infallible;

    fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        match self.new_cookie {
            Some(cookie) => CookieJar::new().add(cookie).into_response_parts(parts),
            None => Ok(parts),
        }
    }
}

/// The jobs that a client may list, retry and cancel.
#[derive(Debug, Clone, Copy)]
pub(super) enum JobScope {
    /// All jobs, for the admin.
    All,
    /// Jobs added by one visitor.
    Visitor(Sha256),
}

impl JobScope {
    /// Returns the visitor, or `None` for the admin.
    pub(super) const fn owner(&self) -> Option<&Sha256> {
        match self {
            Self::All => None,
            Self::Visitor(owner) => Some(owner),
        }
    }
}

impl FromRequestParts<AppState> for JobScope {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        if MaybeClient::from_request_parts(parts, state).await?.may(Scope::Admin) {
            return Ok(Self::All);
        }
        // A client without a cookie is a new visitor and has no jobs.
        Ok(Self::Visitor(Visitor::new(&parts.headers, state).owner))
    }
}

//! What strangers must not be able to do: replace sermons, lock the admin out, or read secrets.

mod accepted;
mod commands;
mod proxies;
mod replacing;
mod sessions;
mod tokens;

use std::sync::atomic::{AtomicI64, Ordering};

use axum::{body::Body, http::Request};
use chrono::{DateTime, TimeDelta, Utc};
use mannameter::clock::{Clock, SystemClock};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{
    app::{TOKEN, TestApp, TestResponse, TestSettings},
    postgres::Postgres,
};

/// The system clock, set ahead by some time.
#[derive(Debug, Default)]
struct ShiftedClock(AtomicI64);

impl ShiftedClock {
    fn advance(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_seconds(), Ordering::Relaxed);
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + TimeDelta::seconds(self.0.load(Ordering::Relaxed))
    }

    fn new_id(&self) -> Uuid {
        SystemClock.new_id()
    }
}

/// Returns service settings for each database.
fn on_both_databases() -> [TestSettings; 2] {
    [None, Some(Postgres::shared().database())].map(|database| TestSettings { database, ..TestSettings::default() })
}

/// Sends a submission as the admin.
async fn post_as_admin(app: &TestApp, path: &str, body: &Value) -> TestResponse {
    let request = Request::post(path).header("authorization", format!("Bearer {TOKEN}"));
    let request = request.header("content-type", "application/json").body(Body::from(body.to_string()));
    app.send(request.expect("a request")).await
}

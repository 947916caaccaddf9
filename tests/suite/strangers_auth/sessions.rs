//! A login ends on logout, and survives an outage only briefly.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;

use super::{ShiftedClock, on_both_databases};
use crate::{
    http::admin::{logged_in, request},
    support::{
        app::{TOKEN, TestApp, TestSettings},
        postgres::Postgres,
    },
};

async fn status(app: &TestApp, header: (&str, &str)) -> u16 {
    app.send(request("GET", "/api/backup/list", &[header], "")).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_cookie_is_useless_after_the_logout_and_after_twelve_hours() {
    for settings in on_both_databases() {
        let clock = Arc::new(ShiftedClock::default());
        let app = TestApp::with(TestSettings { clock: Arc::clone(&clock) as _, ..settings }).await;
        let (copied, other) = (logged_in(&app).await, logged_in(&app).await);
        assert_eq!((status(&app, ("cookie", &copied)).await, status(&app, ("cookie", &other)).await), (200, 200));
        let out = request("POST", "/logout", &[("cookie", &copied), ("sec-fetch-site", "same-origin")], "");
        assert_eq!(app.send(out).await.status, 303);
        assert_eq!(status(&app, ("cookie", &copied)).await, 401, "the login has ended");
        assert_eq!(status(&app, ("cookie", &other)).await, 200, "another login has not");
        clock.advance(TimeDelta::hours(11));
        assert_eq!(status(&app, ("cookie", &other)).await, 200);
        clock.advance(TimeDelta::hours(2));
        assert_eq!(status(&app, ("cookie", &other)).await, 401, "expired");
        // The next login removes the row, so that it is not revived even if the clock is set back.
        logged_in(&app).await;
        clock.advance(TimeDelta::hours(-3));
        assert_eq!(status(&app, ("cookie", &other)).await, 401, "its row is gone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_database_the_token_and_a_fresh_login_let_the_admin_in() {
    let (postgres, clock) = (Postgres::new(), Arc::new(ShiftedClock::default()));
    let settings = TestSettings {
        database: Some(postgres.database()),
        connect_timeout: Some(Duration::from_secs(1)),
        clock: Arc::clone(&clock) as _,
        workers: 0,
        ..TestSettings::default()
    };
    let app = TestApp::with(settings).await;
    let before = logged_in(&app).await;
    clock.advance(TimeDelta::minutes(16));
    postgres.stop();
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(status(&app, ("authorization", &bearer)).await, 200, "the token");
    assert_eq!(status(&app, ("cookie", &before)).await, 401, "a login that is older than 15 minutes");
    let during = logged_in(&app).await;
    assert_eq!(status(&app, ("cookie", &during)).await, 200, "a fresh login");
    let out = request("POST", "/logout", &[("cookie", &during), ("sec-fetch-site", "same-origin")], "");
    assert_eq!(app.send(out).await.status, 503, "a logout that would not end the login is not acknowledged");
    clock.advance(TimeDelta::minutes(16));
    assert_eq!(status(&app, ("cookie", &during)).await, 401, "no longer fresh");

    let latest = logged_in(&app).await;
    postgres.start();
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    assert_eq!(status(&app, ("cookie", &before)).await, 200, "its row is still there");
    assert_eq!(status(&app, ("cookie", &latest)).await, 401, "it has no row");
}

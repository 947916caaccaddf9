//! The admin token: wrong tokens lock nobody out and cannot flood the log, and short tokens are never accepted.

use mannameter::http::{AdminToken, HttpSettings};

use super::on_both_databases;
use crate::{
    http::admin::request,
    support::{
        app::{TOKEN, TestApp, TestSettings},
        instance::Instance,
        program::{Server, succeeded},
    },
};

/// Requests the list of backups with a token, from an address behind a trusted proxy.
async fn status(app: &TestApp, token: &str, address: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("x-forwarded-for", address)];
    app.send(request("GET", "/api/backup/list", &headers, "")).await.status.as_u16()
}

#[tokio::test]
async fn wrong_tokens_are_limited_by_network_and_the_right_one_always_passes() {
    for settings in on_both_databases() {
        let http = HttpSettings { trusted_proxies: 1, ..settings.http.clone() };
        let app = TestApp::with(TestSettings { http, ..settings }).await;
        for guess in 0..10 {
            let address = format!("2001:db8:1:2:{guess}::7");
            assert_eq!(status(&app, &format!("guess {guess}"), &address).await, 401);
        }
        assert_eq!(status(&app, "guess", "2001:db8:1:2:ffff::1").await, 429, "another address of the same /64");
        assert_eq!(status(&app, "guess", "2001:db8:1:3::1").await, 401, "another network");
        assert_eq!(status(&app, TOKEN, "2001:db8:1:2::7").await, 200, "the admin is not locked out");
        for _ in 0..200 {
            status(&app, "guess", "2001:db8:1:2::7").await;
        }
        let audit = app.store.audit(100).await.expect("the audit");
        let refused: Vec<_> = audit.iter().filter(|entry| entry.action == "admin.refused").collect();
        assert_eq!(
            refused.iter().map(|entry| entry.detail["attempts"].as_u64()).collect::<Vec<_>>(),
            [Some(100), Some(10), Some(1)]
        );
        assert!(refused.iter().all(|entry| entry.detail["networks"][0] == "2001:db8:1:2::"), "{refused:?}");
        assert!(!format!("{refused:?}").contains("guess"), "guesses are not logged: they may be almost right");
    }
}

#[tokio::test]
async fn a_short_token_admits_nobody_and_the_answer_says_why() {
    let short = "x".repeat(AdminToken::MIN_LENGTH - 1);
    let http = HttpSettings { admin_token: AdminToken::new(&short), ..TestSettings::default().http };
    let app = TestApp::with(TestSettings { http: http.clone(), ..TestSettings::default() }).await;
    let bearer = format!("Bearer {short}");
    for headers in [&[][..], &[("authorization", bearer.as_str())]] {
        let response = app.send(request("GET", "/api/backup/list", headers, "")).await;
        let problem = response.problem(503, "admin_token_too_short");
        assert!(problem["detail"].as_str().expect("a text").contains("fewer than 24 characters"), "{problem}");
    }
    let login = app.send(request("POST", "/login", &[("accept", "text/html")], format!("token={short}"))).await;
    assert_eq!((login.status.as_u16(), login.header("set-cookie")), (503, ""));
    assert!(login.text().contains("fewer than 24 characters"), "{}", login.text());
    let submission = r#"{"transcript":"In John chapter 3"}"#;
    let public = request("POST", "/api/videos", &[("content-type", "application/json")], submission);
    assert_eq!(app.send(public).await.status, 202, "everything else works");

    let http = HttpSettings { admin_token: http.admin_token.clone().accept_any_length(), ..http };
    let insecure = TestApp::with(TestSettings { http, ..TestSettings::default() }).await;
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(insecure.send(request("GET", "/api/backup/list", &headers, "")).await.status, 200);
}

#[test]
fn the_program_starts_with_a_short_token_and_doctor_reports_it_and_an_untrusted_proxy() {
    let instance = Instance::new();
    let mut command = instance.server();
    command.env("ADMIN_TOKEN", "x");
    let server = Server::start(command);
    let refused = server.curl("/api/audit", &["-H", "authorization: Bearer x", "-H", "x-forwarded-for: 192.0.2.7"]);
    assert_eq!(refused.status, 503, "{}", refused.text());
    server.kill();
    let mut doctor = instance.command();
    let output = doctor.env("ADMIN_TOKEN", "x").arg("doctor").output().expect("the binary runs");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success() && printed.contains("fewer than 24 characters"), "{printed}");

    let mut command = instance.server();
    command.env("ADMIN_TOKEN", "x").env("INSECURE_ADMIN_TOKEN", "true");
    let server = Server::start(command);
    let accepted = server.curl("/api/audit", &["-H", "authorization: Bearer x", "-H", "x-forwarded-for: 192.0.2.7"]);
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    server.kill();
    let printed = succeeded(&instance.run(&["doctor"]));
    assert!(printed.contains("requests came through a proxy on "), "{printed}");
    let mut doctor = instance.command();
    let output = doctor.env("TRUSTED_PROXIES", "1").arg("doctor").output().expect("the binary runs");
    assert!(!succeeded(&output).contains("requests came through a proxy"));
}

//! Admin authentication: the token and the login.

use axum::{
    body::Body,
    http::{Method, Request},
};
use mannameter::http::{AdminToken, HttpSettings};
use serde_json::json;

use crate::support::app::{TOKEN, TestApp, TestResponse, TestSettings};

/// Builds a request with headers.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).expect("a request")
}

/// Sends the login form and returns the response.
async fn log_in(app: &TestApp, token: &str, headers: &[(&str, &str)]) -> TestResponse {
    let body: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("token", token)
        .append_pair("next", "/audit")
        .finish();
    app.send(request("POST", "/login", headers, body)).await
}

/// Returns the cookie set by a response, in the form in which a browser sends it back.
fn cookie(response: &TestResponse) -> String {
    response.header("set-cookie").split(';').next().expect("a cookie").to_owned()
}

/// Logs in and returns the cookie.
pub(crate) async fn logged_in(app: &TestApp) -> String {
    let response = log_in(app, TOKEN, &[]).await;
    assert_eq!((response.status.as_u16(), response.header("location")), (303, "/audit"), "{}", response.text());
    cookie(&response)
}

/// Returns the method and an example path of every operation that requires the token.
async fn admin_routes(app: &TestApp) -> Vec<(String, String)> {
    let document = app.get("/openapi.json").await.json();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            // `{}` is the empty security requirement: the operation is public but shows more to the admin.
            let open = operation["security"].as_array().is_none_or(|schemes| schemes.contains(&json!({})));
            if !open || operation["tags"] == json!(["admin"]) {
                let name = "database_backup_20260102T030405Z_7.json.b64";
                let path = path.replace("{name}", name).replace("{video_id}", "a_Sermon_01").replace("{seq}", "1");
                let path = path.replace("{id}", "00000000-0000-0000-0000-000000000000");
                let path = path.replace("{restore_id}", "00000000-0000-0000-0000-000000000000");
                assert!(!path.contains('{'), "{path}");
                routes.push((method.to_uppercase(), path));
            }
        }
    }
    routes
}

#[tokio::test]
async fn no_admin_route_responds_without_the_token() {
    let app = TestApp::new().await;
    let routes = admin_routes(&app).await;
    assert!(routes.len() >= 10 && routes.contains(&("GET".to_owned(), "/api/backup/list".to_owned())), "{routes:?}");
    for (method, path) in routes {
        app.send(request(&method, &path, &[], "{}")).await.problem(401, "unauthorized");
        for wrong in ["mannameter_admin=x", "mannameter_admin=9999999999", &format!("mannameter_admin={TOKEN}")] {
            let response = app.send(request(&method, &path, &[("cookie", wrong)], "{}")).await;
            response.problem(401, "unauthorized");
            assert!(response.header("www-authenticate").starts_with("Bearer"));
        }
        let other = TestApp::new().await;
        let wrong = [("authorization", "Bearer wrong")];
        other.send(request(&method, &path, &wrong, "{}")).await.problem(401, "unauthorized");
    }
    let files = std::fs::read_dir(app.data_dir.backups()).expect("a directory").count();
    assert_eq!(files, 0, "no backup was created");
}

#[tokio::test]
async fn admin_pages_show_nothing_without_a_login() {
    let app = TestApp::new().await;
    let hint = app.browse("/backup").await;
    assert!(hint.status == 200 && hint.text().contains("Log in as admin") && !hint.text().contains("Create backup"));
    for (method, path, next) in [
        ("GET", "/audit", "%2Faudit"),
        ("GET", "/backup/cleanup", "%2Fbackup%2Fcleanup"),
        ("POST", "/backup/cleanup", "%2Fbackup"),
        ("POST", "/backup/create", "%2Fbackup"),
        ("POST", "/backup/verify/database_backup_20260102T030405Z_7.json.b64", "%2Fbackup"),
        ("POST", "/backup/upload", "%2Fbackup"),
    ] {
        let response = app.send(request(method, path, &[("accept", "text/html")], "")).await;
        assert_eq!(
            (response.status.as_u16(), response.header("location")),
            (303, format!("/login?next={next}").as_str()),
            "{method} {path}"
        );
    }
    assert!(app.store.audit(10).await.expect("the audit").is_empty());
}

#[tokio::test]
async fn a_login_is_valid_until_the_logout() {
    let app = TestApp::new().await;
    let response = log_in(&app, TOKEN, &[]).await;
    let set = response.header("set-cookie");
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict") && set.contains("Path=/"), "{set}");
    assert!(!set.contains("Secure") && !set.contains(TOKEN), "{set}");
    let session = cookie(&response);
    let list = app.send(request("GET", "/api/backup/list", &[("cookie", &session)], "")).await;
    assert_eq!((list.status.as_u16(), list.header("cache-control")), (200, "no-store"), "{}", list.text());
    assert!(app.send(request("GET", "/backup", &[("cookie", &session)], "")).await.text().contains("Create backup"));
    let again = app.send(request("GET", "/login?next=/audit", &[("cookie", &session)], "")).await;
    assert_eq!((again.status.as_u16(), again.header("location")), (303, "/audit"), "already logged in");

    let out = request("POST", "/logout", &[("cookie", &session), ("sec-fetch-site", "same-origin")], "");
    let out = app.send(out).await;
    assert_eq!((out.status.as_u16(), out.header("location")), (303, "/"));
    assert!(out.header("set-cookie").contains("Max-Age=0"), "{}", out.header("set-cookie"));
    let actions: Vec<_> = app.store.audit(10).await.expect("the audit").into_iter().map(|entry| entry.action).collect();
    assert_eq!(actions, ["admin.logout", "admin.login"]);
}

#[tokio::test]
async fn a_login_never_redirects_to_another_site() {
    let app = TestApp::new().await;
    for next in ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", ""] {
        let body: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("token", TOKEN)
            .append_pair("next", next)
            .finish();
        let response = app.send(request("POST", "/login", &[], body)).await;
        assert_eq!((response.status.as_u16(), response.header("location")), (303, "/backup"), "{next}");
    }
}

#[tokio::test]
async fn a_modified_cookie_and_one_of_another_token_are_rejected() {
    let app = TestApp::new().await;
    let session = logged_in(&app).await;
    let status = async |app: &TestApp, cookie: &str| {
        app.send(request("GET", "/api/backup/list", &[("cookie", cookie)], "")).await.status.as_u16()
    };
    assert_eq!(status(&app, &session).await, 200);
    let (name, value) = session.split_once('=').expect("a value");
    for at in [0, value.len() / 2, value.len() - 6] {
        let other = if value.as_bytes()[at] == b'A' { "B" } else { "A" };
        let modified = format!("{name}={}{other}{}", &value[..at], &value[at + 1..]);
        assert_eq!(status(&app, &modified).await, 401, "{at}");
    }
    let http =
        HttpSettings { admin_token: AdminToken::new("another token of the admin"), ..TestSettings::default().http };
    let changed = TestApp::with(TestSettings { http, ..TestSettings::default() }).await;
    assert_eq!(status(&changed, &session).await, 401, "changing the token logs everybody out");
}

#[tokio::test]
async fn behind_a_trusted_proxy_with_tls_the_cookie_is_secure() {
    let https = [("x-forwarded-proto", "https")];
    let app = TestApp::new().await;
    assert!(!log_in(&app, TOKEN, &https).await.header("set-cookie").contains("Secure"), "no proxy is trusted");
    let http = HttpSettings { trusted_proxies: 1, ..TestSettings::default().http };
    let proxied = TestApp::with(TestSettings { http, ..TestSettings::default() }).await;
    assert!(log_in(&proxied, TOKEN, &https).await.header("set-cookie").contains("Secure"));
}

#[tokio::test]
async fn the_right_token_is_not_rate_limited() {
    let app = TestApp::new().await;
    for _ in 0..30 {
        let bearer = format!("bearer {TOKEN}");
        let response = app.send(request("GET", "/api/backup/list", &[("authorization", &bearer)], "")).await;
        assert_eq!(response.status, 200);
    }
}

#[tokio::test]
async fn the_cookie_works_only_for_requests_that_our_own_pages_send() {
    let app = TestApp::new().await;
    let session = logged_in(&app).await;
    let post = async |path: &str, headers: &[(&str, &str)]| {
        let headers = [&[("cookie", session.as_str()), ("host", "manna.example")], headers].concat();
        app.send(request(Method::POST.as_str(), path, &headers, "")).await
    };
    for path in ["/api/backup/create", "/api/backup/cleanup", "/api/backup/upload"] {
        for headers in [
            &[][..],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
        ] {
            post(path, headers).await.problem(403, "cross_site");
        }
    }
    assert_eq!(post("/backup/create", &[("sec-fetch-site", "cross-site")]).await.status, 403);
    assert_eq!(std::fs::read_dir(app.data_dir.backups()).expect("a directory").count(), 0);
    assert_eq!(post("/api/backup/create", &[("origin", "https://manna.example")]).await.status, 201);
    assert_eq!(post("/api/backup/create", &[("sec-fetch-site", "same-origin")]).await.status, 201);
}

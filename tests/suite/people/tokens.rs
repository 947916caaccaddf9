//! Named tokens: what each scope allows, when they were used, and that revoked ones are rejected.

use axum::body::Body;
use chrono::{DateTime, Utc};
use mannameter::{
    clock::{Clock as _, SystemClock},
    domain::TokenSecret,
};
use serde_json::{Value, json};

use super::{ID, add, browse, on_both, post_form, send, token};
use crate::{
    http::admin::{logged_in, request},
    support::{
        app::{TOKEN, TestApp},
        program::{failed, run, succeeded},
    },
};

#[tokio::test]
async fn each_scope_allows_only_what_it_says() {
    on_both(async |app| {
        add(&app, ID, "Old").await;
        let patch = json!({ "title": "New" });
        let submission = json!({ "transcript": "Turn to John 3:16 with me.", "title": "T" });
        for (scopes, edits, adds, administers) in [
            (&["read"][..], false, false, false),
            (&["add"], false, true, false),
            (&["edit"], true, false, false),
            (&["add", "edit"], true, true, false),
            (&["admin"], true, true, true),
        ] {
            let (secret, _) = token(&app, &scopes.join("-"), scopes).await;
            for (method, path, body, allowed, needed) in [
                ("PATCH", "/api/video/sErm0n_Tst1", &patch, edits, "edit"),
                ("POST", "/api/videos", &submission, adds, "add"),
                ("GET", "/api/audit", &Value::Null, administers, "admin"),
                ("GET", "/api/tokens", &Value::Null, administers, "admin"),
                ("GET", "/api/backup/list", &Value::Null, administers, "admin"),
            ] {
                let response = send(&app, &secret, method, path, body).await;
                if allowed {
                    assert!(response.status.is_success(), "{scopes:?} {path}: {}", response.text());
                } else {
                    let problem = response.problem(403, "insufficient_scope");
                    let detail = problem["detail"].as_str().expect("a detail");
                    assert!(detail.contains(&format!("the scope `{needed}`")), "{detail}");
                    let challenge = response.header("www-authenticate");
                    assert!(challenge.contains("insufficient_scope") && challenge.contains(needed), "{challenge}");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_is_stored_as_a_checksum_and_its_last_use_is_known_to_the_minute() {
    on_both(async |app| {
        let (secret, id) = token(&app, "sound desk", &["read"]).await;
        let listed = async || {
            let response = send(&app, TOKEN, "GET", "/api/tokens", &Value::Null).await;
            assert!(!response.text().contains(&secret), "the secret is shown only once");
            response.json()["tokens"][0].clone()
        };
        let unused = listed().await;
        assert_eq!((&unused["name"], &unused["scopes"]), (&json!("sound desk"), &json!(["read"])));
        assert_eq!((&unused["last_used_at"], &unused["created_by"]), (&Value::Null, &json!("admin")));
        for _ in 0..2 {
            send(&app, &secret, "GET", "/api/video/sErm0n_Tst1/history", &Value::Null).await;
        }
        let first = listed().await["last_used_at"].clone();
        let used: DateTime<Utc> = first.as_str().expect("a time").parse().expect("RFC 3339");
        assert!((SystemClock.now() - used).num_seconds() < 60);
        send(&app, &secret, "GET", "/api/video/sErm0n_Tst1/history", &Value::Null).await;
        assert_eq!(listed().await["last_used_at"], first, "a second use within a minute is not written");
        let parsed = TokenSecret::parse(&secret).expect("a secret");
        let stored = app.store.use_token(&parsed.sha256(), SystemClock.now()).await.expect("a response");
        assert_eq!(stored.map(|token| token.id.to_string()), Some(id));
    })
    .await;
}

#[tokio::test]
async fn a_revoked_token_is_refused_and_its_logins_end() {
    on_both(async |app| {
        let (secret, id) = token(&app, "desk", &["edit"]).await;
        let login = post_form(&app, "", "/login", &[("token", &secret), ("next", "/backup")]).await;
        assert_eq!((login.status.as_u16(), login.header("location")), (303, "/"), "{}", login.text());
        let cookie = login.header("set-cookie").split(';').next().expect("a cookie").to_owned();
        assert!(cookie.starts_with("mannameter_token="), "{cookie}");
        add(&app, ID, "Old").await;
        assert_eq!(browse(&app, &cookie, "/video/sErm0n_Tst1/edit").await.status, 200);
        assert_eq!(browse(&app, &cookie, "/audit").await.status, 403, "it may edit, not administer");
        let renamed = cookie.replace("mannameter_token", "mannameter_admin");
        assert_eq!(browse(&app, &renamed, "/audit").await.status, 303, "it cannot be passed off as the admin's cookie");

        send(&app, TOKEN, "DELETE", "/api/tokens/not-an-id", &Value::Null).await.problem(404, "no_such_token");
        let revoked = send(&app, TOKEN, "DELETE", &format!("/api/tokens/{id}"), &Value::Null).await;
        assert!(revoked.json()["revoked_at"].is_string(), "{}", revoked.text());
        send(&app, TOKEN, "DELETE", &format!("/api/tokens/{id}"), &Value::Null).await.problem(404, "no_such_token");
        let patch = json!({ "title": "New" });
        send(&app, &secret, "PATCH", "/api/video/sErm0n_Tst1", &patch).await.problem(401, "unauthorized");
        assert_eq!(browse(&app, &cookie, "/video/sErm0n_Tst1/edit").await.status, 303);
        let audit = app.store.audit(10).await.expect("the audit");
        let actions: Vec<_> = audit.iter().map(|entry| (entry.action.as_str(), entry.actor.as_str())).collect();
        assert!(actions.contains(&("token.revoke", "admin")) && actions.contains(&("admin.login", "token:desk")));
        token(&app, "desk", &["read"]).await;
    })
    .await;
}

#[tokio::test]
async fn a_name_is_unique_among_valid_tokens_and_mistakes_are_explained() {
    on_both(async |app| {
        token(&app, "desk", &["read"]).await;
        for (body, status, code, message) in [
            (json!({ "name": "desk", "scopes": ["add"] }), 409, "token_name_taken", "choose another name"),
            (json!({ "name": " ", "scopes": ["add"] }), 422, "invalid_field", "name: not a name for a token"),
            (json!({ "name": "x", "scopes": [] }), 422, "invalid_field", "scopes: no scopes"),
            (json!({ "name": "x", "scopes": ["root"] }), 422, "invalid_field", "\"root\" is not a scope"),
            (json!({ "name": "x", "scopes": ["add"], "days": 3 }), 422, "invalid_field", "days"),
        ] {
            let problem = send(&app, TOKEN, "POST", "/api/tokens", &body).await.problem(status, code);
            assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(message)), "{problem}");
        }
        assert_eq!(app.store.tokens().await.expect("the tokens").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_token_that_adds_has_no_rate_limit_but_replaces_nothing_unless_it_may_edit() {
    on_both(async |app| {
        let body = |words: &str| json!({ "url": "https://youtu.be/sErm0n_Tst1", "transcript": words, "title": "T" });
        let submit = async |secret: &str, words: &str| {
            let response = send(&app, secret, "POST", "/api/videos", &body(words)).await;
            if response.status == 202 {
                app.wait_for_job(response.header("location")).await;
            }
            super::current(&app, ID).await["counts"].clone()
        };
        let (adds, _) = token(&app, "adds", &["add"]).await;
        let (edits, _) = token(&app, "edits", &["add", "edit"]).await;
        assert_eq!(submit(&adds, "Turn to John 3:16 with me.").await["John"], 1);
        let kept = submit(&adds, "Turn to Luke 15:11 with me.").await;
        assert_eq!((&kept["John"], &kept["Luke"]), (&json!(1), &json!(0)));
        let replaced = submit(&edits, "Turn to Luke 15:11 with me.").await;
        assert_eq!((&replaced["John"], &replaced["Luke"]), (&json!(0), &json!(1)));
        let audit = app.store.audit(10).await.expect("the audit");
        let replacing: Vec<_> = audit.iter().filter(|entry| entry.action == "video.replace").collect();
        assert_eq!(replacing.len(), 1);
        assert_eq!(replacing[0].actor, "token:edits");
    })
    .await;
}

#[tokio::test]
async fn the_admin_manages_tokens_on_a_page() {
    on_both(async |app| {
        let cookie = logged_in(&app).await;
        assert_eq!(app.browse("/tokens").await.header("location"), "/login?next=%2Ftokens");
        let mistake = post_form(&app, &cookie, "/tokens", &[("name", "desk")]).await;
        assert_eq!(mistake.status, 422);
        assert!(
            mistake.text().contains("No scopes") && mistake.text().contains("value=\"desk\""),
            "{}",
            mistake.text()
        );
        let fields = [("name", "desk"), ("scope", "add"), ("scope", "edit")];
        let created = post_form(&app, &cookie, "/tokens", &fields).await;
        assert_eq!((created.status.as_u16(), created.header("cache-control")), (200, "no-store"));
        let page = created.text();
        let start = page.find("value=\"mm_").expect("the secret") + "value=\"".len();
        let secret = &page[start..start + 67];
        let bearer = format!("Bearer {secret}");
        let history = request("GET", "/api/video/x/history", &[("authorization", &bearer)], Body::empty());
        app.send(history).await.problem(404, "no_such_sermon");
        assert!(!browse(&app, &cookie, "/tokens").await.text().contains(secret), "the secret is shown once");
        let token = &app.store.tokens().await.expect("the tokens")[0];
        let revoke = format!("/tokens/{}/revoke", token.id);
        assert_eq!(post_form(&app, &cookie, &revoke, &[]).await.header("location"), "/tokens");
        assert_eq!(post_form(&app, &cookie, &revoke, &[]).await.header("location"), "/tokens");
        assert!(browse(&app, &cookie, "/tokens").await.text().contains("Revoked tokens (1)"));
    })
    .await;
}

#[tokio::test]
async fn guessed_tokens_are_limited_like_wrong_admin_tokens() {
    let app = TestApp::new().await;
    let guess = |number: u8| TokenSecret::from_random([number; 32]);
    for number in 0..10 {
        let response = send(&app, guess(number).expose(), "GET", "/api/audit", &Value::Null).await;
        response.problem(401, "unauthorized");
    }
    send(&app, guess(10).expose(), "GET", "/api/audit", &Value::Null).await.problem(429, "rate_limited");
    let (secret, _) = token(&app, "right", &["admin"]).await;
    assert_eq!(
        send(&app, &secret, "GET", "/api/audit", &Value::Null).await.status,
        200,
        "the right one is not limited"
    );
}

#[test]
fn tokens_can_be_managed_on_the_command_line() {
    let data = tempfile::tempdir().expect("a directory");
    let data = data.path();
    succeeded(&run(data, &["migrate"]));
    let created = run(data, &["token", "create", "sound desk", "--scope", "add,edit"]);
    let secret = String::from_utf8(created.stdout.clone()).expect("UTF-8");
    assert!(TokenSecret::parse(secret.trim()).is_some(), "only the secret is on standard output: {secret}");
    succeeded(&created);
    let list = succeeded(&run(data, &["token", "list"]));
    assert!(list.contains("add edit") && list.contains("sound desk") && !list.contains(secret.trim()), "{list}");
    let again = failed(&run(data, &["token", "create", "sound desk", "--scope", "add"]));
    assert!(again.contains("already a token"), "{again}");
    let wrong = run(data, &["token", "create", "x", "--scope", "root"]);
    assert!(!wrong.status.success() && String::from_utf8_lossy(&wrong.stderr).contains("is not a scope"));
    succeeded(&run(data, &["token", "revoke", "sound desk"]));
    assert!(failed(&run(data, &["token", "revoke", "sound desk"])).contains("no valid token"));
    let list: Value = serde_json::from_str(&succeeded(&run(data, &["token", "list", "--json"]))).expect("JSON");
    assert!(list[0]["revoked_at"].is_string(), "{list}");
}

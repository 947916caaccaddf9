//! Earlier versions: listed, read, and restored by the admin. After a deletion, only the admin can see them.

use axum::{
    body::Body,
    http::{Method, Request},
};
use mannameter::domain::{Document, VideoId};
use serde_json::json;

use crate::support::app::{TOKEN, TestApp, TestResponse};

const ID: &str = "a_Sermon_01";

fn document(title: &str) -> Document {
    let value = json!({
        "title": title, "processed_at": "2026-05-31T10:00:00Z", "stats": { "scripture_references": 4 }, "other": [1.5],
    });
    Document::from_legacy(ID, value).expect("a document")
}

async fn as_admin(app: &TestApp, method: Method, path: &str) -> TestResponse {
    let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {TOKEN}"));
    app.send(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn an_overwritten_version_can_be_listed_read_and_restored() {
    let app = TestApp::new().await;
    for title in ["first", "second"] {
        app.save(&document(title)).await;
    }
    let path = format!("/api/video/{ID}/history");
    let history = app.get(&path).await.json();
    assert_eq!((&history["deleted"], &history["seq"]), (&json!(false), &json!(2)), "{history}");
    let [old] = &history["versions"].as_array().expect("versions")[..] else { panic!("not one version: {history}") };
    assert_eq!((&old["seq"], &old["replaced_by_seq"], &old["reason"]), (&json!(1), &json!(2), &json!("update")));
    assert_eq!((&old["title"], &old["manna"]), (&json!("first"), &json!(4)));

    let version = app.get(&format!("{path}/1")).await;
    assert_eq!(version.text(), document("first").to_json(), "byte for byte");
    app.get(&format!("{path}/7")).await.problem(404, "no_such_version");
    app.get("/api/video/never_there/history").await.problem(404, "no_such_sermon");

    let restore = format!("{path}/1/restore");
    let request = Request::post(&restore).body(Body::empty()).expect("a request");
    app.send(request).await.problem(401, "unauthorized");
    let restored = as_admin(&app, Method::POST, &restore).await;
    assert_eq!(
        (restored.status.as_u16(), &restored.json()["outcome"], &restored.json()["seq"]),
        (200, &json!("updated"), &json!(3))
    );
    assert_eq!(app.get(&format!("/api/video/{ID}")).await.text(), document("first").to_json());
    let history = app.get(&path).await.json();
    assert_eq!(history["versions"][0]["title"], "second", "{history}");
    let audit = app.store.audit(10).await.expect("an audit");
    assert_eq!((audit[0].action.as_str(), audit[0].subject.as_str()), ("video.restore_version", ID));
    as_admin(&app, Method::POST, &format!("{path}/99/restore")).await.problem(404, "no_such_version");
}

#[tokio::test]
async fn only_the_admin_sees_and_restores_a_deleted_sermon() {
    let app = TestApp::new().await;
    app.save(&document("only")).await;
    assert_eq!(as_admin(&app, Method::DELETE, &format!("/api/video/{ID}")).await.status, 200);
    let path = format!("/api/video/{ID}/history");
    app.get(&path).await.problem(404, "no_such_sermon");
    app.get(&format!("{path}/1")).await.problem(404, "no_such_sermon");
    let wrong = Request::get(&path).header("authorization", "Bearer wrong").body(Body::empty()).expect("a request");
    app.send(wrong).await.problem(401, "unauthorized");
    let history = as_admin(&app, Method::GET, &path).await.json();
    assert_eq!((&history["deleted"], &history["versions"][0]["reason"]), (&json!(true), &json!("delete")), "{history}");

    // The login cookie works too.
    let form = Request::post("/login").header("content-type", "application/x-www-form-urlencoded");
    let token: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("token", TOKEN).finish();
    let login = app.send(form.body(Body::from(token)).expect("a request")).await;
    let cookie = login.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    let with_cookie = Request::get(&path).header("cookie", cookie).body(Body::empty()).expect("a request");
    assert_eq!(app.send(with_cookie).await.json()["deleted"], true);

    let restored = as_admin(&app, Method::POST, &format!("{path}/1/restore")).await;
    assert_eq!(restored.json()["outcome"], "created", "{}", restored.text());
    assert_eq!(app.get(&format!("/api/video/{ID}")).await.text(), document("only").to_json());
    assert!(app.store.video(&VideoId::parse(ID).expect("an id")).await.expect("a store").is_some());
    // The versions from before the deletion stay hidden.
    assert_eq!(app.get(&path).await.json()["versions"], json!([]));
    app.get(&format!("{path}/1")).await.problem(404, "no_such_version");
}

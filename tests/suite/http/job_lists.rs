//! The lists of jobs, retrying and canceling, for visitors and for the admin, through the API and the page.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use crate::support::{
    app::{TOKEN, TestApp, TestResponse, TestSettings},
    postgres::Postgres,
};

/// A browser with its own cookie.
struct Client<'a> {
    app: &'a TestApp,
    cookie: String,
}

impl<'a> Client<'a> {
    /// Adds a video, which gives the client its cookie.
    async fn with_video(app: &'a TestApp, video: &str) -> (Self, String) {
        let response = app.post("/api/videos", &json!({ "url": video })).await;
        let cookie = response.header("set-cookie");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        let client = Self { app, cookie: cookie.split(';').next().expect("a cookie").to_owned() };
        let id = response.json()["id"].as_str().expect("an ID").to_owned();
        (client, id)
    }

    async fn send(&self, method: &str, path: &str) -> TestResponse {
        let request = Request::builder().method(method).uri(path).header("cookie", &self.cookie);
        self.app.send(request.body(Body::empty()).expect("a request")).await
    }

    async fn list(&self, query: &str) -> Value {
        self.send("GET", &format!("/api/jobs{query}")).await.json()
    }
}

async fn list_as_admin(app: &TestApp) -> Value {
    let request = Request::get("/api/jobs").header("authorization", format!("Bearer {TOKEN}"));
    app.send(request.body(Body::empty()).expect("a request")).await.json()
}

fn ids(list: &Value) -> Vec<&str> {
    list["jobs"].as_array().expect("jobs").iter().map(|job| job["id"].as_str().expect("an ID")).collect()
}

#[tokio::test]
async fn a_visitor_sees_the_jobs_of_this_browser_and_the_admin_all_on_both_databases() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = TestApp::with(TestSettings { database, ..TestSettings::default() }).await;
        let (ann, first) = Client::with_video(&app, "rob0t_check").await;
        let (ben, second) = Client::with_video(&app, "sErm0n_Tst1").await;
        app.wait_for_job(&format!("/api/jobs/{first}")).await;
        app.wait_for_job(&format!("/api/jobs/{second}")).await;
        let list = ann.list("").await;
        assert_eq!(ids(&list), [&first]);
        assert_eq!(list["counts"], json!({ "queued": 0, "running": 0, "failed": 1, "done": 0 }));
        assert_eq!(
            (ids(&ann.list("?state=done").await).len(), ids(&ann.list("?state=failed").await)),
            (0, vec![first.as_str()])
        );
        let list = ben.list("").await;
        assert_eq!((ids(&list), &list["jobs"][0]["title"]), (vec![second.as_str()], &json!("The sermon sErm0n_Tst1")));
        assert_eq!(ids(&list_as_admin(&app).await), [&second, &first]);
        assert_eq!(app.get("/api/jobs").await.json()["jobs"], json!([]), "a client without a cookie");
        let page = app.get("/api/jobs?limit=1").await;
        assert_eq!(page.json()["next_cursor"], json!(null));
        for query in ["?state=lost", "?cursor=x", "?limit=0"] {
            app.get(&format!("/api/jobs{query}")).await.problem(400, "invalid_query");
        }
    }
}

#[tokio::test]
async fn a_failed_job_is_retried_by_its_visitor_and_nobody_else() {
    let app = TestApp::new().await;
    let (ann, id) = Client::with_video(&app, "rob0t_check").await;
    let (eve, _) = Client::with_video(&app, "sErm0n_Tst1").await;
    let location = format!("/api/jobs/{id}");
    assert_eq!(app.wait_for_job(&location).await["can_retry"], true);
    eve.send("POST", &format!("{location}/retry")).await.problem(404, "no_such_job");
    let again = ann.send("POST", &format!("{location}/retry")).await;
    assert_eq!((again.status.as_u16(), &again.json()["state"]), (202, &json!("queued")), "{}", again.text());
    let failed = app.wait_for_job(&location).await;
    assert_eq!(failed["error"]["code"], "blocked");
    // Both attempts are in the log.
    let asked = failed["logs"]
        .as_array()
        .expect("lines")
        .iter()
        .filter(|line| line["message"].as_str().expect("text").starts_with("Requesting"));
    assert_eq!(asked.count(), 2, "{failed}");

    let all = ann.send("POST", "/api/jobs/retry").await;
    assert_eq!((all.status.as_u16(), all.json()), (202, json!({ "retried": 1, "skipped": 0 })));
    app.wait_for_job(&location).await;
    assert_eq!(eve.send("POST", "/api/jobs/retry").await.json()["retried"], 0);
    let page = ann.send("POST", "/jobs/retry").await;
    assert_eq!((page.status.as_u16(), page.header("location")), (303, "/jobs?retried=1"));
}

#[tokio::test]
async fn a_running_job_is_canceled_and_the_page_offers_to_retry_it() {
    let app = TestApp::new().await;
    let (ann, id) = Client::with_video(&app, "waits_here_").await;
    let (eve, other) = Client::with_video(&app, "sErm0n_Tst1").await;
    let page = ann.send("GET", "/jobs").await.text();
    assert!(page.contains(&format!("action=\"/jobs/{id}/cancel\"")) && !page.contains(&other), "{page}");
    eve.send("POST", &format!("/api/jobs/{id}/cancel")).await.problem(404, "no_such_job");
    let canceled = ann.send("POST", &format!("/api/jobs/{id}/cancel")).await;
    let job = canceled.json();
    assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!("canceled")), "{job}");
    ann.send("POST", &format!("/api/jobs/{id}/cancel")).await.problem(409, "cannot_cancel");
    let page = ann.send("GET", "/jobs?state=failed").await.text();
    assert!(page.contains("canceled</span>") && page.contains(&format!("action=\"/jobs/{id}/retry\"")), "{page}");

    let location = format!("/api/jobs/{other}");
    app.wait_for_job(&location).await;
    eve.send("POST", &format!("{location}/cancel")).await.problem(409, "cannot_cancel");
    eve.send("POST", &format!("{location}/retry")).await.problem(409, "cannot_retry");
    eve.send("POST", "/api/jobs/nonsense/retry").await.problem(400, "invalid_job_id");
}

//! Forms that are refused: the page has what was typed and a message beside the field.

use axum::{body::Body, http::Request};

use crate::support::app::{TestApp, TestResponse};

/// Sends the form that adds a sermon, as a browser does.
async fn send(app: &TestApp, fields: &[(&str, &str)]) -> TestResponse {
    let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post("/analyze")
        .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        .header("content-type", "application/x-www-form-urlencoded");
    app.send(request.body(Body::from(body)).expect("a request")).await
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_and_says_what_to_do_beside_the_field() {
    let app = TestApp::new().await;
    let form = [("transcript", " "), ("title", "The \"Sower\""), ("channel", "Grace"), ("published_at", "2026-05-31")];
    let refused = send(&app, &form).await;
    let html = refused.text();
    assert_eq!(refused.status, 422, "{html}");
    assert!(html.contains("<span class=\"invalid\">Choose a file or paste the words.</span>"), "{html}");
    assert!(html.contains("value=\"The &#34;Sower&#34;\"") && html.contains("value=\"2026-05-31\""), "{html}");
    assert_eq!(html.matches("aria-invalid").count(), 1, "{html}");

    let long = "x".repeat(501);
    let form = [("transcript", "Words"), ("title", "T"), ("speaker", "Ann Lee"), ("series", long.as_str())];
    let html = send(&app, &form).await.text();
    let series = html.find("name=\"series\"").expect("the field");
    assert!(html[series..].find("Too long: the limit is 500 characters.").is_some_and(|at| at < 800), "{html}");
    assert!(html.contains("value=\"Ann Lee\"") && html.matches("aria-invalid").count() == 1, "{html}");

    let words = "Turn with me to John chapter 3 this morning.";
    let form = [("transcript", words), ("title", "T"), ("published_at", "last May")];
    let html = send(&app, &form).await.text();
    assert!(html.contains(words) && html.contains("Not a date: write it like 2026-05-31"), "{html}");
}

#[tokio::test]
async fn a_refused_link_is_shown_with_the_reason_and_another_way() {
    let app = TestApp::new().await;
    let refused = send(&app, &[("url", "https://vimeo.com/1")]).await;
    let html = refused.text();
    assert_eq!((refused.status.as_u16(), refused.header("cache-control")), (422, "no-store"), "{html}");
    assert!(html.contains("value=\"https://vimeo.com/1\"") && html.contains("class=\"invalid\""), "{html}");
    assert!(html.contains("Paste or upload a transcript") && !html.contains("<textarea"), "{html}");
}

#[tokio::test]
async fn the_date_of_a_pasted_sermon_is_the_day_it_was_preached() {
    let app = TestApp::new().await;
    let words = "Turn with me to John chapter 3 this morning.";
    let added = send(&app, &[("transcript", words), ("title", "Born again"), ("published_at", "2026-05-31")]).await;
    assert_eq!(added.status, 303, "{}", added.text());
    app.wait_for_job(&format!("/api{}", added.header("location"))).await;
    let found = app.browse("/?from=2026-05-31&to=2026-05-31").await.text();
    assert!(found.contains("1 sermon found</h1>") && found.contains("Born again"), "{found}");
    assert!(
        found.contains(">Clear</a>") && found.contains("href=\"/api/videos.csv?from=2026-05-31&#38;to=2026-05-31\""),
        "{found}"
    );
    assert!(found.find("Born again") < found.find("class=\"filter\""), "results come before the form");
    let none = app.browse("/?from=2026-06-01").await.text();
    assert!(none.contains("0 sermons found") && !none.contains("Born again"), "{none}");
}

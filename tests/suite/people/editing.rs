//! Editing what is known about a sermon, on both databases.

use axum::body::Body;
use mannameter::{domain::VideoId, store::GroupKind};
use serde_json::{Value, json};

use super::{ID, add, browse, current, on_both, post_form, send, token};
use crate::{
    http::admin::{logged_in, request},
    support::{
        app::{TOKEN, TestApp},
        program::{failed, run, succeeded},
    },
};

const PATH: &str = "/api/video/sErm0n_Tst1";

async fn patch(app: &TestApp, body: &Value) -> crate::support::app::TestResponse {
    send(app, TOKEN, "PATCH", PATH, body).await
}

#[tokio::test]
async fn a_patch_changes_fields_and_null_restores_what_was_fetched() {
    on_both(async |app| {
        add(&app, ID, "Wk 3 FINAL").await;
        let (secret, _) = token(&app, "desk", &["edit"]).await;
        let body = json!({
            "title": "The Sower", "speaker": "Ann Lee", "series": "Parables", "published_at": "2026-05-31",
            "location": "", "url": "example.org/1",
        });
        let edited = send(&app, &secret, "PATCH", PATH, &body).await;
        assert_eq!(edited.status, 200, "{}", edited.text());
        let document = edited.json();
        assert_eq!((&document["title"], &document["speaker"]), (&json!("The Sower"), &json!("Ann Lee")));
        assert_eq!((&document["location"], &document["published_at"]), (&json!(""), &json!("2026-05-31")));
        let edit = &document["edited"]["title"];
        assert_eq!((&edit["value"], &edit["original"]), (&json!("The Sower"), &json!("Wk 3 FINAL")));
        assert_eq!(edit["by"], "token:desk");
        assert_eq!(document["edited"]["url"]["value"], "https://example.org/1");
        let read = app.get(PATH).await;
        assert_eq!((read.header("etag"), read.text()), (edited.header("etag"), edited.text()));

        let id = VideoId::parse(ID).expect("an ID");
        let history = app.store.history(&id).await.expect("the history");
        assert_eq!((history.len(), history[0].actor.as_str()), (1, "token:desk"));
        let audit = app.store.audit(1).await.expect("the audit");
        assert_eq!((audit[0].action.as_str(), audit[0].actor.as_str()), ("video.edit", "token:desk"));
        assert_eq!(audit[0].detail["title"], "The Sower");
        assert!(audit[0].detail["message"].as_str().is_some_and(|fields| fields.contains("title, speaker")));

        let restored = patch(&app, &json!({ "title": null, "speaker": null })).await.json();
        assert_eq!((&restored["title"], &restored["speaker"]), (&json!("Wk 3 FINAL"), &Value::Null));
        let unchanged = patch(&app, &json!({ "title": "Wk 3 FINAL" })).await;
        assert_eq!(unchanged.json()["title"], "Wk 3 FINAL");
        assert_eq!(app.store.history(&id).await.expect("the history").len(), 2, "nothing changed, nothing was saved");
    })
    .await;
}

#[tokio::test]
async fn mistakes_in_a_patch_are_named_and_change_nothing() {
    on_both(async |app| {
        add(&app, ID, "Old").await;
        for (body, message) in [
            (json!({ "titel": "x" }), "titel: not a field that can be edited: use title"),
            (json!({ "title": 5 }), "title: must be text, or null"),
            (json!({ "title": " " }), "title: empty: a sermon needs a title"),
            (json!({ "speaker": "Ann", "published_at": "May 31" }), "published_at: not a date"),
            (json!({ "url": "javascript:alert(1)" }), "url: not a web address"),
            (json!(["title"]), "must be an object"),
        ] {
            let problem = patch(&app, &body).await.problem(422, "invalid_field");
            assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(message)), "{problem}");
        }
        let authorization = format!("Bearer {TOKEN}");
        let text = [("authorization", authorization.as_str()), ("content-type", "text/plain")];
        app.send(request("PATCH", PATH, &text, Body::from("{}"))).await.problem(415, "unsupported_media_type");
        send(&app, TOKEN, "PATCH", "/api/video/n0_such_ser", &json!({})).await.problem(404, "no_such_sermon");
        assert_eq!(current(&app, ID).await["title"], "Old");
        assert!(app.store.history(&VideoId::parse(ID).expect("an ID")).await.expect("the history").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_stale_etag_changes_nothing_and_names_the_current_one() {
    on_both(async |app| {
        add(&app, ID, "Old").await;
        let authorization = format!("Bearer {TOKEN}");
        let if_match = async |tag: &str, title: &str| {
            let headers = [
                ("authorization", authorization.as_str()),
                ("content-type", "application/merge-patch+json"),
                ("if-match", tag),
            ];
            app.send(request("PATCH", PATH, &headers, json!({ "title": title }).to_string())).await
        };
        let tag = app.get(PATH).await.header("etag").to_owned();
        let first = if_match(&tag, "First").await;
        assert_eq!(first.status, 200, "{}", first.text());
        let second = if_match(&tag, "Second").await;
        second.problem(412, "stale_version");
        assert_eq!(second.header("etag"), first.header("etag"));
        if_match("\"another\"", "Third").await.problem(412, "stale_version");
        assert_eq!(current(&app, ID).await["title"], "First");
        assert_eq!(if_match(&format!("\"another\", {}", first.header("etag")), "Fourth").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn simultaneous_edits_of_different_fields_are_all_saved() {
    on_both(async |app| {
        add(&app, ID, "Old").await;
        let bodies = [json!({ "title": "New" }), json!({ "speaker": "Ann Lee" }), json!({ "series": "Parables" })];
        let edits = bodies.iter().map(|body| patch(&app, body));
        for response in futures_util::future::join_all(edits).await {
            assert_eq!(response.status, 200, "{}", response.text());
        }
        let document = current(&app, ID).await;
        let effective = ["title", "speaker", "series"].map(|field| document[field].clone());
        assert_eq!(effective, [json!("New"), json!("Ann Lee"), json!("Parables")]);
    })
    .await;
}

#[tokio::test]
async fn the_form_edits_resets_and_keeps_what_was_entered_when_something_is_wrong() {
    on_both(async |app| {
        add(&app, ID, "Wk 3 FINAL").await;
        let cookie = logged_in(&app).await;
        let form = "/video/sErm0n_Tst1/edit";
        assert_eq!(app.browse(form).await.header("location"), "/login?next=%2Fvideo%2FsErm0n_Tst1%2Fedit");
        assert!(browse(&app, &cookie, "/video/sErm0n_Tst1").await.text().contains(form), "the page links to the form");
        assert!(!app.browse("/video/sErm0n_Tst1").await.text().contains(form), "but not for visitors");
        let version = async || {
            let page = browse(&app, &cookie, form).await.text();
            let start =
                page.find("name=\"based_on\" value=\"").expect("the version") + "name=\"based_on\" value=\"".len();
            page[start..start + 64].to_owned()
        };
        let first = version().await;
        let saved = post_form(&app, &cookie, form, &[("based_on", &first), ("title", "The Sower")]).await;
        assert_eq!(saved.header("location"), "/video/sErm0n_Tst1?edit=saved");
        assert!(browse(&app, &cookie, saved.header("location")).await.text().contains("Your changes were saved"));

        let fields = [("based_on", first.as_str()), ("title", "Mine"), ("speaker", "Ann Lee")];
        let stale = post_form(&app, &cookie, form, &fields).await;
        assert_eq!(stale.status, 412);
        assert!(stale.text().contains("Somebody changed this sermon") && stale.text().contains("value=\"Mine\""));
        let wrong =
            post_form(&app, &cookie, form, &[("title", " "), ("published_at", "May"), ("speaker", "Ann")]).await;
        assert_eq!(wrong.status, 422);
        let page = wrong.text();
        assert!(page.contains("Empty: a sermon needs a title") && page.contains("value=\"May\""), "{page}");
        assert_eq!(current(&app, ID).await["title"], "The Sower");

        let second = version().await;
        let fields = [("based_on", second.as_str()), ("title", "The Sower"), ("reset", "title")];
        post_form(&app, &cookie, form, &fields).await;
        assert_eq!(current(&app, ID).await["title"], "Wk 3 FINAL");
    })
    .await;
}

#[tokio::test]
async fn speakers_and_series_have_pages_filters_and_sums() {
    on_both(async |app| {
        for (id, speaker) in [("sErm0n_Tst1", "Ann Lee"), ("sErm0n_Tst2", "ann  lee"), ("sErm0n_Tst3", "Mark Young")] {
            add(&app, id, &format!("Title {id}")).await;
            let body = json!({ "speaker": speaker, "series": "Parables & <More>" });
            send(&app, TOKEN, "PATCH", &format!("/api/video/{id}"), &body).await;
        }
        let speakers = app.get("/api/speakers").await.json();
        assert_eq!(speakers[0]["slug"], "ann-lee");
        assert_eq!((&speakers[0]["sermons"], &speakers[0]["manna"]), (&json!(2), &json!(4)));
        assert_eq!(app.get("/api/series").await.json()[0]["sermons"], 3);
        let page = app.browse("/speaker/ann-lee").await.text();
        assert!(page.contains("Title sErm0n_Tst1") && page.contains("Title sErm0n_Tst2"), "{page}");
        assert!(!page.contains("Title sErm0n_Tst3") && page.contains("John"));
        assert!(app.browse("/series/parables-more").await.text().contains("Parables &#38; &#60;More&#62;"));
        assert_eq!(app.browse("/speaker/nobody").await.status, 404);

        let found = app.get("/api/videos?speaker=Ann%20Lee").await.json();
        assert_eq!((&found["total"], &found["videos"][0]["series"]), (&json!(2), &json!("Parables & <More>")));
        assert_eq!(app.get("/api/videos?series=nothing").await.json()["total"], 0);
        assert_eq!(app.get("/api/videos?q=young").await.json()["total"], 1, "the list is searched by speaker too");
        let sermon = app.browse("/video/sErm0n_Tst1").await.text();
        assert!(sermon.contains("href=\"/speaker/ann-lee\"") && sermon.contains("href=\"/series/parables-more\""));
        let stats = app.store.group_stats(GroupKind::Speaker, "ann-lee", 5).await.expect("a response").expect("stats");
        assert_eq!(stats.trend.iter().map(|point| point.sermons).sum::<i64>(), 2);
        app.delete(&VideoId::parse("sErm0n_Tst3").expect("an ID")).await;
        assert_eq!(app.browse("/speaker/mark-young").await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn the_speaker_in_a_youtube_title_is_suggested_and_saving_confirms_it() {
    on_both(async |app| {
        let job = app.post("/api/videos", &json!({ "url": "https://youtu.be/Ann_Lee_Ser" })).await;
        app.wait_for_job(job.header("location")).await;
        let document = current(&app, "Ann_Lee_Ser").await;
        assert_eq!((&document["speaker"], &document["speaker_suggested"]), (&json!("Ann Lee"), &json!(true)));
        assert!(app.browse("/video/Ann_Lee_Ser").await.text().contains(">suggested</span>"));
        let body = json!({ "speaker": "Ann Lee" });
        let confirmed = send(&app, TOKEN, "PATCH", "/api/video/Ann_Lee_Ser", &body).await.json();
        assert_eq!((&confirmed["speaker"], &confirmed["speaker_suggested"]), (&json!("Ann Lee"), &Value::Null));
    })
    .await;
}

#[test]
fn a_sermon_can_be_edited_on_the_command_line() {
    let data = tempfile::tempdir().expect("a directory");
    let data = data.path();
    let file = data.join("sermon.txt");
    std::fs::write(&file, "Turn with me to John chapter 3 verse 16.").expect("written");
    succeeded(&run(data, &["analyze", file.to_str().expect("UTF-8"), "--title", "Wk 3"]));
    let export = || -> Value {
        let json = std::fs::read(data.join("results.json")).expect("the export");
        serde_json::from_slice(&json).expect("JSON")
    };
    let id = export().as_object().expect("an object").keys().next().expect("a sermon").clone();
    let output = succeeded(&run(data, &["edit", &id, "--title", "The Sower", "--date", "2026-05-31"]));
    assert!(output.contains("Changed title, published_at"), "{output}");
    assert_eq!(export()[&id]["title"], "The Sower");
    assert_eq!(export()[&id]["edited"]["title"]["by"], "cli");
    let json = succeeded(&run(data, &["edit", &id, "--reset", "title", "--json"]));
    assert!(json.contains("\"title\": \"Wk 3\""), "{json}");
    for (arguments, message) in [
        (&["edit", &id][..], "nothing to change"),
        (&["edit", &id, "--date", "May"], "not a date"),
        (&["edit", &id, "--title", "x", "--reset", "title"], "contradict"),
        (&["edit", "n0_such_ser", "--title", "x"], "there is no sermon n0_such_ser"),
    ] {
        assert!(failed(&run(data, arguments)).contains(message), "{arguments:?}");
    }
}

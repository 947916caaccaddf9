//! A stored sermon can be changed only by an admin or by a new fetch from YouTube.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::{body::Body, http::Request};
use chrono::TimeDelta;
use mannameter::{domain::VideoId, http::Submissions};
use serde_json::{Value, json};

use super::{ShiftedClock, on_both_databases, post_as_admin};
use crate::{
    http::admin::{logged_in, request},
    support::{
        app::{CAPTIONS, TOKEN, TestApp, TestResponse, TestSettings},
        instance::{Instance, SERMON, link},
        postgres::Postgres,
        program::succeeded,
    },
};

const ID: &str = "sErm0n_Tst1";

/// Waits for the job of an accepted submission and returns the stored document.
async fn saved(app: &TestApp, response: &TestResponse) -> Value {
    assert_eq!(response.status, 202, "{}", response.text());
    let job = app.wait_for_job(response.header("location")).await;
    assert_eq!(job["state"], "done", "{job}");
    app.get(&format!("/api/video/{}", job["video_id"].as_str().expect("an id"))).await.json()
}

fn paste(transcript: &str, title: &str) -> Value {
    json!({ "url": ID, "transcript": transcript, "title": title })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_cannot_replace_a_sermon_but_an_admin_can() {
    for settings in on_both_databases() {
        let app = TestApp::with(settings).await;
        let first = saved(&app, &app.post("/api/videos", &paste("In John chapter 3", "First")).await).await;
        let refused = app.post("/api/videos", &paste("nothing but lies", "Hacked")).await;
        assert_eq!(refused.status, 200, "{}", refused.text());
        let existing = refused.json();
        assert_eq!((&existing["existing"], &existing["title"]), (&json!(true), &json!("First")), "{existing}");
        assert_eq!(existing["result_url"], format!("/video/{ID}"));
        assert!(existing["detail"].as_str().expect("a text").contains("was not changed"), "{existing}");
        assert_eq!(app.get(&format!("/api/video/{ID}")).await.json(), first);
        assert_eq!(app.get(&format!("/api/video/{ID}/history")).await.json()["versions"], json!([]));

        let response = post_as_admin(&app, "/api/videos", &paste("In Romans chapter 8", "Second")).await;
        let second = saved(&app, &response).await;
        assert_eq!((&second["title"], &second["counts"]["Romans"]), (&json!("Second"), &json!(1)));
        let audit = app.store.audit(10).await.expect("the audit");
        let entry = audit.iter().find(|entry| entry.action == "video.replace").expect("an entry");
        assert_eq!((entry.actor.as_str(), entry.subject.as_str()), ("admin", ID));
        assert_eq!(entry.detail["address"], "0.0.0.0");
        assert!(!second.to_string().contains("0.0.0.0"), "the address is not in the document");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_words_only_fill_empty_fields() {
    for settings in on_both_databases() {
        let app = TestApp::with(settings).await;
        let bare = json!({ "transcript": CAPTIONS });
        let first = saved(&app, &app.post("/api/videos", &bare).await).await;
        assert_eq!((&first["title"], &first["channel"]), (&json!("Untitled sermon"), &json!("")));
        let named = json!({ "transcript": CAPTIONS, "title": "The Sower", "channel": "Grace Church" });
        let filled = saved(&app, &app.post("/api/videos", &named).await).await;
        assert_eq!((&filled["title"], &filled["channel"]), (&json!("The Sower"), &json!("Grace Church")));
        assert_eq!(filled["counts"], first["counts"]);

        for again in [bare, json!({ "transcript": CAPTIONS, "title": "Hacked", "channel": "Evil" })] {
            assert_eq!(app.post("/api/videos", &again).await.status, 200, "{again}");
        }
        let id = filled["video_id"].as_str().expect("an id");
        assert_eq!(app.get(&format!("/api/video/{id}")).await.json(), filled);
        let audit = app.store.audit(10).await.expect("the audit");
        assert_eq!(audit.iter().map(|entry| entry.action.as_str()).collect::<Vec<_>>(), ["video.fill"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_visitors_at_the_same_time_do_not_replace_each_other() {
    let app = TestApp::new().await;
    let transcripts: Vec<_> = (1..=8).map(|chapter| paste(&format!("In John chapter {chapter}"), "Race")).collect();
    let responses = futures_util::future::join_all(transcripts.iter().map(|body| app.post("/api/videos", body))).await;
    for response in responses.iter().filter(|response| response.status == 202) {
        assert_eq!(app.wait_for_job(response.header("location")).await["state"], "done");
    }
    let history = app.get(&format!("/api/video/{ID}/history")).await.json();
    assert_eq!(history["versions"], json!([]), "the first one stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_field_of_an_admin_never_erases_a_stored_one() {
    let app = TestApp::new().await;
    let named = json!({
        "url": ID, "transcript": CAPTIONS, "title": "The Sower", "channel": "Grace", "location": "Kenya",
        "channel_url": "https://grace.example/", "published_at": "2026-05-31",
    });
    let first = saved(&app, &post_as_admin(&app, "/api/videos", &named).await).await;
    let bare = json!({ "url": ID, "transcript": "In Mark chapter 4" });
    let second = saved(&app, &post_as_admin(&app, "/api/videos", &bare).await).await;
    for field in ["title", "channel", "channel_url", "location", "published_at"] {
        assert_eq!(second[field], first[field], "{field}");
    }
    let form = "transcript=In+Luke+chapter+8&title=&channel=&location=&url=sErm0n_Tst1";
    let session = logged_in(&app).await;
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("cookie", session.as_str()),
        ("sec-fetch-site", "same-origin"),
        ("accept", "text/html"),
    ];
    let sent = app.send(request("POST", "/analyze", &headers, form)).await;
    let job = sent.header("location").to_owned();
    assert!(job.starts_with("/jobs/"), "the form of an admin replaces: {}", sent.text());
    app.wait_for_job(&format!("/api{job}")).await;
    let third = app.get(&format!("/api/video/{ID}")).await.json();
    assert_eq!((&third["title"], &third["counts"]["Luke"]), (&json!("The Sower"), &json!(1)));
}

#[test]
fn the_command_line_never_erases_a_field_and_replaces_the_words() {
    let instance = Instance::new();
    let url = link(ID);
    succeeded(&instance.run(&["analyze", SERMON, "--url", &url, "--title", "The Sower", "--channel", "Grace"]));
    let other = instance.outside().join("other.txt");
    std::fs::write(&other, "In Mark chapter 4").expect("a file");
    let other = other.to_str().expect("UTF-8");
    let document: Value =
        serde_json::from_str(&succeeded(&instance.run(&["analyze", other, "--url", &url, "--format", "json"])))
            .expect("JSON");
    assert_eq!((&document["title"], &document["channel"]), (&json!("The Sower"), &json!("Grace")));
    assert_eq!(document["counts"]["Mark"], 1);
    let rows = instance.rows("select title, channel from videos");
    assert_eq!(rows, [json!({ "title": "The Sower", "channel": "Grace" })]);
    assert_eq!(
        instance.rows("select actor, action from audit"),
        [json!({ "actor": "cli", "action": "video.replace" })]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_fetched_once_a_day_and_replaces_what_a_visitor_pasted() {
    for settings in on_both_databases() {
        let clock = Arc::new(ShiftedClock::default());
        let app = TestApp::with(TestSettings { clock: Arc::clone(&clock) as _, ..settings }).await;
        let requests = || app.youtube.fetches.load(Ordering::Relaxed);
        let link = json!({ "url": ID });
        saved(&app, &app.post("/api/videos", &paste("nothing but lies", "Hacked")).await).await;
        let fetched = saved(&app, &app.post("/api/videos", &link).await).await;
        assert_eq!((&fetched["source"]["kind"], requests()), (&json!("youtube"), 1), "{fetched}");
        assert_eq!(fetched["title"], format!("The sermon {ID}"));

        let again = app.post("/api/videos", &link).await;
        assert_eq!((again.status.as_u16(), requests()), (200, 1), "{}", again.text());
        let batch = app.post("/api/videos/batch", &json!({ "urls": [ID] })).await.json();
        assert_eq!(
            (&batch["accepted"], &batch["items"][0]["existing"]["video_id"]),
            (&json!(1), &json!(ID)),
            "{batch}"
        );

        // Worse captions do not replace it, but the 24 hours still start over.
        clock.advance(TimeDelta::hours(25));
        *app.youtube.captions.lock().expect("a lock") = ("In Acts chapter 2".to_owned(), true);
        let kept = saved(&app, &app.post("/api/videos", &link).await).await;
        assert_eq!((&kept["counts"]["John"], requests()), (&json!(1), 2), "manual captions stay");
        assert_eq!(app.post("/api/videos", &link).await.status, 200, "fetched again within a day");

        clock.advance(TimeDelta::hours(25));
        let longer = format!("{CAPTIONS}\n3\n00:00:09,000 --> 00:00:12,000\nAnd Mark chapter 4.\n");
        *app.youtube.captions.lock().expect("a lock") = (longer, false);
        let replaced = saved(&app, &app.post("/api/videos", &link).await).await;
        assert_eq!(replaced["counts"]["Mark"], 1, "more words replace fewer");
        let audit = app.store.audit(10).await.expect("the audit");
        assert!(audit.iter().all(|entry| entry.actor == "public" && entry.detail["address"] == "0.0.0.0"), "{audit:?}");
        assert_eq!(audit.iter().filter(|entry| entry.action == "video.replace").count(), 2, "{audit:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_admin_pasted_stays_when_a_visitor_sends_the_link() {
    let app = TestApp::new().await;
    let pasted = saved(&app, &post_as_admin(&app, "/api/videos", &paste("In Mark chapter 4", "Mine")).await).await;
    let after = saved(&app, &app.post("/api/videos", &json!({ "url": ID })).await).await;
    assert_eq!((&after["title"], &after["counts"]), (&pasted["title"], &pasted["counts"]));
    assert_eq!(after["source"]["kind"], "paste");
    assert_eq!(after["channel"], "Grace Church", "an empty field was filled");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_shows_the_sermon_that_is_there() {
    let app = TestApp::new().await;
    saved(&app, &app.post("/api/videos", &paste("In John chapter 3", "First")).await).await;
    let form = "transcript=nothing+but+lies&title=Hacked&url=sErm0n_Tst1";
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("accept", "text/html")];
    let sent = app.send(request("POST", "/analyze", &headers, form)).await;
    assert_eq!((sent.status.as_u16(), sent.header("location")), (303, "/video/sErm0n_Tst1?added=existing"));
    let page = app.browse(sent.header("location")).await.text();
    assert!(page.contains("This sermon is already stored and was not changed"), "{page}");
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")];
    let legacy = app.send(request("POST", "/analyze", &headers, form)).await;
    assert_eq!((legacy.status.as_u16(), &legacy.json()["redirect_url"]), (200, &json!("/video/sErm0n_Tst1")));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_admin_sees_who_replaced_a_sermon_and_may_reanalyze_it() {
    let app = TestApp::new().await;
    saved(&app, &app.post("/api/videos", &paste("nothing but lies", "Pasted")).await).await;
    saved(&app, &app.post("/api/videos", &json!({ "url": ID })).await).await;
    let page = app.browse(&format!("/video/{ID}")).await.text();
    assert!(!page.contains("Replaced by") && !page.contains("0.0.0.0") && !page.contains("Reanalyze"), "{page}");
    let session = logged_in(&app).await;
    let page = app.send(request("GET", &format!("/video/{ID}"), &[("cookie", &session)], "")).await.text();
    assert!(page.contains("Replaced by a fetch from YouTube on ") && page.contains("a visitor at 0.0.0.0"), "{page}");
    assert!(page.contains(&format!("href=\"/video/{ID}/history\"")), "{page}");
    assert!(!page.contains("Reanalyze"), "the current version has analyzed it, so nothing would change");

    let refused = app.send(request("POST", &format!("/video/{ID}/reanalyze"), &[("accept", "text/html")], "")).await;
    assert_eq!((refused.status.as_u16(), refused.header("location")), (303, "/login?next=%2Fbackup"));
    let bearer = format!("Bearer {TOKEN}");
    let headers = [("authorization", bearer.as_str()), ("accept", "text/html")];
    let done = app.send(request("POST", &format!("/video/{ID}/reanalyze"), &headers, "")).await;
    assert_eq!(done.header("location"), format!("/video/{ID}?reanalysis=current"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_of_a_closed_service_replaces_with_the_token() {
    let mut settings = TestSettings::default();
    settings.http.submissions = Submissions::Admin;
    let app = TestApp::with(settings).await;
    saved(&app, &post_as_admin(&app, "/api/videos", &paste("In John chapter 3", "First")).await).await;
    let second = saved(&app, &post_as_admin(&app, "/api/videos", &paste("In Mark chapter 4", "Second")).await).await;
    assert_eq!(second["title"], "Second");
    let refused = Request::post("/api/videos").header("content-type", "application/json");
    let refused = refused.body(Body::from(paste("lies", "Hacked").to_string())).expect("a request");
    app.send(refused).await.problem(401, "unauthorized");
    assert!(app.store.video(&VideoId::parse(ID).expect("an id")).await.expect("a read").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_cannot_replace_a_sermon_during_an_outage_either() {
    let postgres = Postgres::new();
    let settings = TestSettings {
        database: Some(postgres.database()),
        connect_timeout: Some(Duration::from_secs(1)),
        workers: 1,
        ..TestSettings::default()
    };
    let app = TestApp::with(settings).await;
    let path = format!("/api/video/{ID}");
    let original = saved(&app, &app.post("/api/videos", &paste("In John chapter 3", "First")).await).await;
    let seq = app.store.state().await.expect("a state").seq;
    assert!(app.exporter.wait_for(seq, Duration::from_secs(10)).await, "exported");
    postgres.stop();
    let spooled = app.post("/api/videos", &paste("nothing but lies", "Hacked")).await;
    assert_eq!(spooled.json()["stored"], "spool", "{}", spooled.text());
    let during = app.get(&path).await;
    assert_eq!((during.header("x-mannameter-source"), during.json()), ("export", original.clone()));

    postgres.start();
    for _ in 0..200 {
        if app.saver.spool().refresh().await.files == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(app.saver.spool().status().files, 0, "replayed");
    assert_eq!(app.get(&path).await.json(), original);
    let versions = app.get(&format!("{path}/history")).await.json()["versions"].clone();
    assert_eq!((&versions[0]["title"], &versions[0]["reason"]), (&json!("Hacked"), &json!("superseded")), "{versions}");
}

//! Correcting the meter, on both databases.

use mannameter::{
    clock::{Clock as _, SystemClock},
    domain::{Document, VideoId},
    store::{SavePolicy, SaveRequest},
};
use scripture_detector::{analyze, transcript};
use serde_json::{Value, json};

use super::{ID, browse, captions, current, on_both, post_form, send};
use crate::{
    http::admin::logged_in,
    support::app::{TOKEN, TestApp},
};

const PATH: &str = "/api/video/sErm0n_Tst1/corrections";

const SERMON: &str = "1\n00:00:01,000 --> 00:00:05,000\nTurn with me to John chapter 5 verse 24.\n\n\
     2\n00:00:05,000 --> 00:00:09,000\nAnd then to Romans chapter 8.\n\n\
     3\n00:00:09,000 --> 00:00:14,000\nPaul wrote to a young pastor in his second letter, at the beginning.\n";

/// Saves a sermon that the meter analyzed, with its transcript.
async fn add(app: &TestApp, text: &str) {
    let analysis = analyze(&transcript::read(text.as_bytes()).expect("captions")).expect("few mentions");
    let base = json!({ "title": "T", "channel": "Grace", "processed_at": SystemClock.now().to_rfc3339() });
    let save = SaveRequest {
        save_id: SystemClock.new_id(),
        document: Document::from_legacy(ID, base).expect("a document").with_analysis(analysis),
        transcript: Some(captions(text)),
        policy: SavePolicy::Replace,
        actor: "worker".into(),
        at: SystemClock.now(),
    };
    app.saver.save(save).await.expect("a save");
}

async fn correct(app: &TestApp, body: &Value) -> Value {
    let response = send(app, TOKEN, "POST", PATH, body).await;
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()
}

/// Returns the passages and classes of the references.
fn references(document: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let references = document["references"].as_array().expect("references");
    references.iter().map(|reference| (text(&reference["osis"]), text(&reference["class"]))).collect()
}

/// Returns the place of a reference, as the body of a correction.
fn at(document: &Value, osis: &str, verdict: &str, passage: &Value) -> Value {
    let references = document["references"].as_array().expect("references");
    let found = references.iter().find(|reference| reference["osis"] == osis).expect("the reference");
    json!({ "verdict": verdict, "passage": passage, "start_char": found["start_char"], "end_char": found["end_char"] })
}

#[tokio::test]
async fn counts_lists_and_sums_follow_corrections_and_the_measured_values_stay() {
    on_both(async |app| {
        add(&app, SERMON).await;
        let measured = current(&app, ID).await;
        assert_eq!(references(&measured).len(), 2, "{measured}");
        let wrong = correct(&app, &at(&measured, "John.5.24", "wrong", &Value::Null)).await;
        assert_eq!((&wrong["counts"]["John"], &wrong["stats"]["scripture_references"]), (&json!(0), &json!(1)));
        assert_eq!(
            wrong["stats"]["false_positives"].as_u64(),
            measured["stats"]["false_positives"].as_u64().map(|n| n + 1)
        );
        assert_eq!(wrong["stats"]["total_matches"], measured["stats"]["total_matches"]);
        assert_eq!(wrong["positions"]["John"]["valid"], json!([]));
        assert_eq!(wrong["as_measured"]["counts"], measured["counts"]);

        let other = correct(&app, &at(&wrong, "Rom.8", "passage", &json!("Rom 8:28"))).await;
        assert_eq!(references(&other), [("Rom.8.28".to_owned(), "confirmed".to_owned())]);
        assert_eq!(other["references"][0]["start_seconds"], 5.0);
        let added =
            json!({ "verdict": "added", "quote": "in his SECOND letter at the beginning", "passage": "2 Tim 3" });
        let added = correct(&app, &added).await;
        assert_eq!(references(&added)[1], ("2Tim.3".to_owned(), "confirmed".to_owned()));
        assert_eq!((&added["references"][1]["start_seconds"], &added["counts"]["2 Timothy"]), (&json!(9.0), &json!(1)));
        assert_eq!(
            (&added["stats"]["scripture_references"], &added["as_measured"]["references"]),
            (&json!(2), &measured["references"])
        );

        let list = app.get("/api/videos").await.json();
        assert_eq!(list["videos"][0]["manna"], 2);
        let books = app.get("/api/books").await.json();
        let manna = |book: &str| {
            books.as_array().expect("books").iter().find(|found| found["name"] == book).expect("a book")["manna"]
                .clone()
        };
        assert_eq!([manna("John"), manna("Romans"), manna("2 Timothy")], [json!(0), json!(1), json!(1)]);
        assert!(app.browse("/passage/Rom.8.28").await.text().contains("/video/sErm0n_Tst1"));
        let page = app.browse("/video/sErm0n_Tst1").await.text();
        assert!(page.contains("as measured: 2 confirmed, 0 suspect") && page.contains("is not a reference"), "{page}");

        let corrections = app.get(PATH).await.json();
        let ids: Vec<_> =
            corrections["corrections"].as_array().expect("a list").iter().map(|one| one["id"].clone()).collect();
        for id in ids {
            let path = format!("{PATH}/{}", id.as_str().expect("an ID"));
            assert_eq!(send(&app, TOKEN, "DELETE", &path, &Value::Null).await.status, 200);
            send(&app, TOKEN, "DELETE", &path, &Value::Null).await.problem(404, "no_such_correction");
        }
        let mut restored = current(&app, ID).await;
        restored.as_object_mut().expect("an object").shift_remove("corrections");
        assert_eq!(restored, measured, "without its corrections, the sermon is as measured");
        let audit = app.store.audit(10).await.expect("the audit");
        assert_eq!(audit.iter().filter(|entry| entry.action == "video.correct").count(), 6);
    })
    .await;
}

#[tokio::test]
async fn corrections_follow_their_words_into_another_transcript_and_wait_if_they_are_gone() {
    on_both(async |app| {
        add(&app, SERMON).await;
        let measured = current(&app, ID).await;
        correct(&app, &at(&measured, "John.5.24", "wrong", &Value::Null)).await;
        let added =
            json!({ "verdict": "added", "quote": "in his second letter at the beginning", "passage": "2 Tim 3" });
        correct(&app, &added).await;

        let longer = SERMON.replace("Turn with me to", "Good morning. Please turn with me to");
        add(&app, &longer).await;
        let moved = current(&app, ID).await;
        assert_eq!(references(&moved).iter().map(|found| found.0.as_str()).collect::<Vec<_>>(), ["Rom.8", "2Tim.3"]);
        let applied = |document: &Value| -> Vec<bool> {
            let corrections = document["corrections"].as_array().expect("a list");
            corrections.iter().map(|one| one["applied"].as_bool().expect("a flag")).collect()
        };
        assert_eq!(applied(&moved), [true, true]);

        add(&app, &SERMON.replace("in his second letter, at the beginning", "whom he loved")).await;
        let gone = current(&app, ID).await;
        assert_eq!(references(&gone).iter().map(|found| found.0.as_str()).collect::<Vec<_>>(), ["Rom.8"]);
        assert_eq!(applied(&gone), [true, false]);
        assert_eq!(app.get(PATH).await.json()["corrections"][1]["applied"], false);
        assert!(app.browse("/video/sErm0n_Tst1").await.text().contains("not applied"));
        add(&app, SERMON).await;
        assert_eq!(applied(&current(&app, ID).await), [true, true], "the words are there again");
    })
    .await;
}

#[tokio::test]
async fn the_latest_correction_of_the_same_words_wins() {
    on_both(async |app| {
        add(&app, SERMON).await;
        let measured = current(&app, ID).await;
        let place = at(&measured, "Rom.8", "passage", &json!("Romans 9"));
        let second = correct(&app, &place).await;
        let third = correct(&app, &at(&second, "Rom.9", "passage", &json!("Romans 10"))).await;
        assert_eq!(references(&third)[1].0, "Rom.10");
        assert_eq!(third["counts"]["Romans"], 1);
        assert_eq!(
            (&third["corrections"][0]["applied"], &third["corrections"][1]["applied"]),
            (&json!(false), &json!(true))
        );
        let path = format!("{PATH}/{}", third["corrections"][1]["id"].as_str().expect("an ID"));
        let back = send(&app, TOKEN, "DELETE", &path, &Value::Null).await.json();
        assert_eq!(references(&back)[1].0, "Rom.9", "the earlier one is in effect again");
    })
    .await;
}

#[tokio::test]
async fn mistakes_are_explained_and_change_nothing() {
    on_both(async |app| {
        add(&app, SERMON).await;
        let measured = current(&app, ID).await;
        let added = |quote: &str, passage: &str| json!({ "verdict": "added", "quote": quote, "passage": passage });
        for (body, code, message) in [
            (json!({ "verdict": "maybe" }), "invalid_field", "verdict: \"maybe\" is not a verdict"),
            (json!({ "verdict": "wrong", "reason": "x" }), "invalid_field", "reason"),
            (json!({ "verdict": "wrong" }), "invalid_field", "send either `quote`, or"),
            (added("in his second letter", "Hezekiah 3"), "invalid_field", "is not a passage"),
            (added("in his second letter", ""), "invalid_correction", "the passage is missing"),
            (added("in his third letter", "2 Tim 3"), "invalid_correction", "are not in the transcript"),
            (added("to", "2 Tim 3"), "invalid_correction", "occur 3 times in the transcript"),
            (
                json!({ "verdict": "right", "start_char": 0, "end_char": 4 }),
                "invalid_correction",
                "no reference at 0–4",
            ),
        ] {
            let problem = send(&app, TOKEN, "POST", PATH, &body).await.problem(422, code);
            assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(message)), "{problem}");
        }
        assert_eq!(current(&app, ID).await, measured);
        assert!(app.store.history(&VideoId::parse(ID).expect("an ID")).await.expect("the history").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_sermon_without_its_transcript_can_be_corrected_but_nothing_can_be_added() {
    on_both(async |app| {
        let analysis = analyze(&transcript::read(SERMON.as_bytes()).expect("captions")).expect("few mentions");
        let base = Document::from_legacy(ID, json!({ "title": "T" })).expect("a document");
        app.save(&base.with_analysis(analysis)).await;
        let measured = current(&app, ID).await;
        let wrong = correct(&app, &at(&measured, "John.5.24", "wrong", &Value::Null)).await;
        assert_eq!(references(&wrong).len(), 1);
        let added = json!({ "verdict": "added", "quote": "in his second letter", "passage": "2 Tim 3" });
        let problem = send(&app, TOKEN, "POST", PATH, &added).await.problem(422, "invalid_correction");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("is not stored")), "{problem}");
    })
    .await;
}

#[tokio::test]
async fn an_editor_corrects_with_forms() {
    on_both(async |app| {
        add(&app, SERMON).await;
        let cookie = logged_in(&app).await;
        let page = browse(&app, &cookie, "/video/sErm0n_Tst1").await.text();
        let start = page.find("/video/sErm0n_Tst1/correct?start_char=").expect("a link");
        let link = page[start..].split('"').next().expect("a link").replace("&amp;", "&");
        assert!(!app.browse("/video/sErm0n_Tst1").await.text().contains("/correct"), "not for visitors");
        let form = browse(&app, &cookie, &link).await.text();
        assert!(form.contains("<mark>John chapter 5 verse 24</mark>"), "{form}");
        let place = link.split_once('?').expect("a query").1;
        let place: Vec<(String, String)> = url::form_urlencoded::parse(place.as_bytes()).into_owned().collect();
        let fields = |verdict: &str, passage: &str| -> Vec<(String, String)> {
            let more =
                [("verdict", verdict), ("passage", passage)].map(|(name, value)| (name.to_owned(), value.to_owned()));
            place.iter().cloned().chain(more).collect()
        };
        let post = async |fields: Vec<(String, String)>| {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            post_form(&app, &cookie, "/video/sErm0n_Tst1/correct", &fields).await
        };
        let mistake = post(fields("passage", "Hezekiah 5:25")).await;
        assert_eq!(mistake.status, 422);
        assert!(mistake.text().contains("is not a passage") && mistake.text().contains("value=\"Hezekiah 5:25\""));
        let saved = post(fields("passage", "John 5:25")).await;
        assert_eq!(saved.header("location"), "/video/sErm0n_Tst1?edit=corrected#corrections");
        let page = browse(&app, &cookie, "/video/sErm0n_Tst1").await.text();
        assert!(page.contains("cites John 5:25") && page.contains("Measured: John 5:24, confirmed."), "{page}");
        let start = page.find("/video/sErm0n_Tst1/corrections/").expect("a form");
        let remove = page[start..].split('"').next().expect("an address");
        let back = post_form(&app, &cookie, remove, &[]).await;
        assert_eq!(back.header("location"), "/video/sErm0n_Tst1?edit=taken-back#references");
        assert_eq!(references(&current(&app, ID).await)[0].0, "John.5.24");
    })
    .await;
}

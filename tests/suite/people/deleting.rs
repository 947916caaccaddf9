//! Deleting and restoring sermons, and their history, on pages and on the command line.

use mannameter::domain::VideoId;
use serde_json::{Value, json};

use super::{ID, add, browse, on_both, post_form, send, token};
use crate::{
    http::admin::logged_in,
    support::{
        app::TOKEN,
        program::{failed, run, succeeded},
    },
};

#[tokio::test]
async fn the_admin_deletes_a_sermon_and_restores_it_from_its_page() {
    on_both(async |app| {
        add(&app, ID, "The <Sower>").await;
        let cookie = logged_in(&app).await;
        let page = "/video/sErm0n_Tst1";
        assert!(browse(&app, &cookie, page).await.text().contains("/video/sErm0n_Tst1/delete"));
        let question = browse(&app, &cookie, "/video/sErm0n_Tst1/delete").await.text();
        assert!(question.contains("The &#60;Sower&#62;") && question.contains("Delete sermon"), "{question}");
        assert_eq!(app.browse(page).await.status, 200, "asking deletes nothing");
        for _ in 0..2 {
            let deleted = post_form(&app, &cookie, "/video/sErm0n_Tst1/delete", &[]).await;
            assert_eq!((deleted.status.as_u16(), deleted.header("location")), (303, page));
        }
        let audit = app.store.audit(1).await.expect("the audit");
        assert_eq!((audit[0].action.as_str(), audit[0].subject.as_str()), ("video.delete", ID));
        assert_eq!(
            (&audit[0].detail["title"], &audit[0].detail["channel"]),
            (&json!("The <Sower>"), &json!("Grace Church"))
        );
        assert!(browse(&app, &cookie, "/audit").await.text().contains("The &#60;Sower&#62;"));

        let visitor = app.browse(page).await;
        assert!(visitor.status == 404 && !visitor.text().contains("Sower"), "visitors learn nothing");
        assert_eq!(app.browse("/video/sErm0n_Tst1/history").await.status, 404);
        let offer = browse(&app, &cookie, page).await.text();
        assert!(offer.contains("This sermon was deleted") && offer.contains("The &#60;Sower&#62;"), "{offer}");
        let start = offer.find("/video/sErm0n_Tst1/history/").expect("a form");
        let restore = offer[start..].split('"').next().expect("an address").to_owned();
        let restored = post_form(&app, &cookie, &restore, &[]).await;
        assert_eq!(restored.header("location"), "/video/sErm0n_Tst1?edit=restored", "{}", restored.text());
        assert_eq!(app.browse(page).await.status, 200);
        assert_eq!(browse(&app, &cookie, "/video/n0_such_ser").await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn the_history_page_says_what_changed_and_restores_a_version() {
    on_both(async |app| {
        add(&app, ID, "First").await;
        for title in ["Second", "Third"] {
            send(&app, TOKEN, "PATCH", "/api/video/sErm0n_Tst1", &json!({ "title": title })).await;
        }
        let page = app.browse("/video/sErm0n_Tst1/history").await.text();
        assert!(page.contains("Title: “First” → “Second”") && page.contains("Title: “Second” → “Third”"), "{page}");
        assert!(!page.contains("Restore this version"), "visitors only read it");
        let cookie = logged_in(&app).await;
        let page = browse(&app, &cookie, "/video/sErm0n_Tst1/history").await.text();
        let oldest = page.rfind("/restore\"").expect("a form");
        let start = page[..oldest].rfind("/video/").expect("an address");
        let address = &page[start..oldest + "/restore".len()];
        post_form(&app, &cookie, address, &[]).await;
        let id = VideoId::parse(ID).expect("an ID");
        let document = app.store.video(&id).await.expect("a response").expect("a sermon").document;
        let document: Value = serde_json::from_str(&document).expect("JSON");
        assert_eq!((&document["title"], &document["edited"]), (&json!("First"), &Value::Null));
    })
    .await;
}

#[tokio::test]
async fn a_token_that_may_edit_cannot_delete() {
    on_both(async |app| {
        add(&app, ID, "T").await;
        let (secret, _) = token(&app, "desk", &["edit"]).await;
        send(&app, &secret, "DELETE", "/api/video/sErm0n_Tst1", &Value::Null).await.problem(403, "insufficient_scope");
        let (admin, _) = token(&app, "boss", &["admin"]).await;
        assert_eq!(send(&app, &admin, "DELETE", "/api/video/sErm0n_Tst1", &Value::Null).await.status, 200);
        assert_eq!(app.store.audit(1).await.expect("the audit")[0].actor, "token:boss");
    })
    .await;
}

#[test]
fn sermons_are_listed_shown_and_deleted_on_the_command_line() {
    let data = tempfile::tempdir().expect("a directory");
    let data = data.path();
    succeeded(&run(data, &["demo", "--sermons", "5", "--until", "2025-11-30"]));
    let list: Vec<Value> = serde_json::from_str(&succeeded(&run(data, &["list", "--format", "json"]))).expect("JSON");
    assert_eq!(list.len(), 5);
    let (id, church) = (list[0]["video_id"].as_str().expect("an ID"), list[0]["channel"].as_str().expect("a church"));
    let text = succeeded(&run(data, &["list", "--limit", "2", "--sort", "title"]));
    assert!(text.contains("PREACHED") && text.contains("2 of 5 shown"), "{text}");
    let filtered = succeeded(&run(data, &["list", "--church", church, "--format", "json"]));
    let filtered: Vec<Value> = serde_json::from_str(&filtered).expect("JSON");
    assert!(!filtered.is_empty() && filtered.iter().all(|sermon| sermon["channel"] == church));
    let dates = |arguments: &[&str]| -> Vec<String> {
        let arguments = [&["list", "--format", "json", "--sort", "oldest"][..], arguments].concat();
        let list: Vec<Value> = serde_json::from_str(&succeeded(&run(data, &arguments))).expect("JSON");
        list.iter().map(|sermon| sermon["published_at"].as_str().expect("a date").to_owned()).collect()
    };
    let all = dates(&[]);
    assert!(all.is_sorted() && all[1] < all[3], "{all:?}");
    let between: Vec<_> = all.iter().filter(|date| (&all[1]..=&all[3]).contains(date)).cloned().collect();
    assert_eq!(dates(&["--from", &all[1], "--to", &all[3]]), between);
    assert_eq!((dates(&["--from", "2026-01-01"]), dates(&["--undated"])), (Vec::new(), Vec::new()));
    for (arguments, message) in [
        (&["list", "--from", "May 31"][..], "not a date: write it like 2026-05-31"),
        (&["list", "--from", "2026-05-31", "--undated"], "cannot be used with"),
        (&["list", "--sort", "size"], "not an order"),
    ] {
        let wrong = run(data, arguments);
        assert!(!wrong.status.success() && String::from_utf8_lossy(&wrong.stderr).contains(message), "{arguments:?}");
    }

    let shown = succeeded(&run(data, &["show", id]));
    assert!(shown.contains(church) && shown.contains("confirmed"), "{shown}");
    let json: Value = serde_json::from_str(&succeeded(&run(data, &["show", id, "--format", "json"]))).expect("JSON");
    assert_eq!(json["video_id"], id);
    let deleted = succeeded(&run(data, &["delete", id]));
    assert!(deleted.contains("Deleted “") && deleted.contains("Exported 4 videos"), "{deleted}");
    assert!(failed(&run(data, &["show", id])).contains("it is deleted"));
    assert!(failed(&run(data, &["delete", id])).contains("there is no sermon"));
    let command = deleted.split("mannameter history ").nth(1).expect("what to do").lines().next().expect("a line");
    let arguments: Vec<_> = std::iter::once("history").chain(command.split_whitespace()).collect();
    succeeded(&run(data, &arguments));
    assert!(succeeded(&run(data, &["show", id])).contains(church));
}

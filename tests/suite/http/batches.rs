//! Adding many sermons at once: links, files and ZIP archives, through the API and the page.

use std::io::{Cursor, Write as _};

use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    http::submissions::multipart,
    support::{
        app::{TestApp, TestSettings},
        postgres::Postgres,
    },
};

const BATCH: &str = "/api/videos/batch";

/// Packs files into an archive.
fn archive<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(name, SimpleFileOptions::default()).expect("an entry");
        writer.write_all(content).expect("its content");
    }
    writer.finish().expect("an archive").into_inner()
}

/// Returns the number of jobs in the queue, whatever their state.
async fn jobs(app: &TestApp) -> usize {
    let page = app.store.jobs(&mannameter::store::JobQuery { limit: 200, ..Default::default() }).await;
    page.expect("a page").jobs.len()
}

#[tokio::test]
async fn files_archives_and_links_become_sermons_named_after_their_files_on_both_databases() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = TestApp::with(TestSettings { database, ..TestSettings::default() }).await;
        let zip = archive([
            ("may/The Vine.txt", &b"Turn with me to John chapter 15 this morning."[..]),
            ("cover.pdf", b"%PDF-1.7"),
        ]);
        let response = app
            .send(multipart(
                BATCH,
                &[
                    ("links", None, b"# June\nhttps://youtu.be/sErm0n_Tst1\n\nhttps://example.com/\n"),
                    ("files", Some("The Sower.txt"), b"Turn with me to Matthew chapter 13 this morning."),
                    ("files", Some("all.zip"), &zip),
                    ("channel", None, b"Grace Church"),
                    ("files", Some(""), b""),
                ],
            ))
            .await;
        assert_eq!(response.status, 202, "{}", response.text());
        let result = response.json();
        assert_eq!((&result["accepted"], &result["rejected"]), (&json!(3), &json!(2)), "{result}");
        let names: Vec<_> =
            result["items"].as_array().expect("items").iter().map(|item| (&item["url"], &item["file"])).collect();
        let (none, text) = (Value::Null, |text: &str| json!(text));
        let (first, second) = (text("https://youtu.be/sErm0n_Tst1"), text("https://example.com/"));
        let files = [text("The Sower.txt"), text("The Vine.txt"), text("cover.pdf")];
        assert_eq!(
            names,
            [(&first, &none), (&second, &none), (&none, &files[0]), (&none, &files[1]), (&none, &files[2])]
        );
        let reason = result["items"][4]["error"]["detail"].as_str().expect("a reason");
        assert!(reason.contains("PDF"), "{reason}");
        for (item, title) in [(2, "The Sower"), (3, "The Vine")] {
            let job = &result["items"][item]["job"];
            assert_eq!(job["title"], title);
            let job = app.wait_for_job(&format!("/api/jobs/{}", job["id"].as_str().expect("an ID"))).await;
            let document = app.get(&format!("/api/video/{}", job["video_id"].as_str().expect("an ID"))).await.json();
            assert_eq!((&document["title"], &document["channel"]), (&json!(title), &json!("Grace Church")), "{job}");
        }
    }
}

#[tokio::test]
async fn a_zip_bomb_too_many_files_and_a_damaged_archive_are_refused_and_nothing_is_queued() {
    let app = TestApp::new().await;
    let sermon = b"Turn with me to John chapter 3 this morning.";
    let megabyte = vec![b' '; 1_000_000];
    let names: Vec<_> = (0..=1_000).map(|number| format!("{number}.txt")).collect();
    let bomb = archive(names.iter().take(201).map(|name| (name.as_str(), megabyte.as_slice())));
    assert!(bomb.len() < 1_000_000, "{} bytes", bomb.len());
    let many = archive(names.iter().map(|name| (name.as_str(), &sermon[..])));
    for (bytes, reason) in [
        (bomb.as_slice(), "unpacks to more than 200 MB"),
        (&many, "has 1001 entries"),
        (&many[..many.len() / 2], "it is damaged"),
    ] {
        let parts = [("files", Some("first.txt"), &sermon[..]), ("files", Some("x.zip"), bytes)];
        let problem = app.send(multipart(BATCH, &parts)).await.problem(422, "invalid_field");
        assert!(problem["detail"].as_str().expect("a reason").contains(reason), "{problem}");
        assert_eq!(jobs(&app).await, 0);
    }
    let huge = vec![b'x'; 64_000_001];
    app.send(multipart(BATCH, &[("files", Some("huge.txt"), &huge)])).await.problem(413, "too_large");
    app.send(multipart(BATCH, &[("links", None, b" \n# nothing")])).await.problem(422, "invalid_field");
    assert_eq!(jobs(&app).await, 0);
}

#[tokio::test]
async fn the_page_shows_what_was_added_or_the_form_with_the_reason() {
    let app = TestApp::new().await;
    let form = app.browse("/add").await.text();
    assert!(form.contains("multiple") && form.contains("name=\"links\""), "{form}");
    let added =
        app.send(multipart("/add", &[("links", None, b"sErm0n_Tst1\nsErm0n_Tst2\nhttps://example.com/")])).await;
    let html = added.text();
    assert_eq!(added.status, 200, "{html}");
    assert!(html.contains("2 sermons are in the queue") && html.contains("Not added: 1"), "{html}");
    assert!(html.contains("<dt>https://example.com/</dt>") && html.contains("href=\"/jobs\""), "{html}");

    let links = "sErm0n_Tst1\n".repeat(10_000);
    let refused = app.send(multipart("/add", &[("links", None, links.as_bytes())])).await;
    let html = refused.text();
    assert_eq!(refused.status, 422);
    assert!(html.contains("Got 10000 links: send at most 500 at once.") && html.contains("name=\"files\""), "{html}");
    assert_eq!(html.matches("sErm0n_Tst1").count(), 10_000, "what was typed is still there");

    let file: [(_, _, &[u8]); 3] = [
        ("files", Some("a.txt"), b"In John chapter 3"),
        ("speaker", None, b"Ann Lee"),
        ("published_at", None, b"last May"),
    ];
    let refused = app.send(multipart("/add", &file)).await;
    let html = refused.text();
    assert_eq!(refused.status, 422);
    assert!(html.contains("value=\"Ann Lee\"") && html.contains("value=\"last May\""), "{html}");
    let date = html.find("name=\"published_at\"").expect("the field");
    assert!(html[date..].find("Not a date: write it like 2026-05-31").is_some_and(|at| at < 300), "{html}");
    assert_eq!(html.matches("aria-invalid").count(), 1, "{html}");
    assert_eq!(jobs(&app).await, 2);
}

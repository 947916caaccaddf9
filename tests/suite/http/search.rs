//! Finding churches, books, passages and words.

use axum::{body::Body, http::Request};
use serde_json::json;

use crate::{
    support::app::{TestApp, TestResponse, TestSettings},
    support::postgres::Postgres,
};

const SOWER: &str = "1\n00:00:01,000 --> 00:00:05,000\nTurn with me to Romans chapter 8 verse 28.\n\n\
    2\n00:01:05,500 --> 00:01:09,000\nA mustard seed is <b>small</b>, and it grows.\n\n\
    3\n00:02:00,000 --> 00:02:09,000\nRead on with me in Romans chapter 8 verses 20 to 30.\n";

/// Starts a service with three sermons, one of them without a church.
async fn filled(database: Option<String>) -> TestApp {
    let app = TestApp::with(TestSettings { database, ..TestSettings::default() }).await;
    for (title, channel, transcript, link) in [
        ("The sower", "Grace & Truth Church", SOWER, "https://youtu.be/sErm0n_Tst1"),
        (
            "On love",
            "grace, truth church",
            "Turn to John chapter 3 verse 16, and to Romans chapter 8.",
            "https://youtu.be/sErm0n_Tst2",
        ),
        ("<script>alert(1)</script>", "", "The book of Obadiah, and a seed of doubt.", "https://youtu.be/sErm0n_Tst3"),
    ] {
        let sermon = json!({
            "transcript": transcript, "title": title, "channel": channel, "url": link, "published_at": "2026-05-31",
        });
        let response = app.post("/api/videos", &sermon).await;
        assert_eq!(response.status, 202, "{}", response.text());
        let job = app.wait_for_job(response.header("location")).await;
        assert_eq!(job["state"], "done", "{job}");
    }
    app
}

fn assert_redirect(response: &TestResponse, location: &str) {
    assert_eq!((response.status.as_u16(), response.header("location")), (303, location));
}

async fn page(app: &TestApp, path: &str) -> String {
    let response = app.browse(path).await;
    assert_eq!(response.status, 200, "{path}: {}", response.text());
    response.text()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_church_has_its_own_page() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = filled(database).await;
        let churches = app.get("/api/churches").await.json();
        assert_eq!(churches.as_array().expect("a list").len(), 2, "{churches}");
        let first = page(&app, "/church/grace-truth-church").await;
        let one = if first.contains("Grace &#38; Truth Church") { "The sower" } else { "On love" };
        assert!(
            first.contains(one)
                && first.contains("class=\"level-3\" href=\"/book/Rom\"")
                && first.contains("May 31, 2026"),
            "{first}"
        );
        assert_redirect(&app.get("/church?name=Grace%20%26%20Truth%20Church").await, "/church/grace-truth-church");
        let unknown = page(&app, "/church/unnamed").await;
        assert!(unknown.contains("Unknown church") && !unknown.contains("<script>alert"), "{unknown}");
        for path in ["/church/nowhere", "/church/%00", "/church/..%2f..", "/church?name=nobody"] {
            let response = app.browse(path).await;
            assert_eq!(response.status, 404, "{path}");
            assert!(response.text().contains("No such church"), "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_book_can_be_found_by_each_of_its_names() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = filled(database).await;
        let romans = page(&app, "/book/Rom").await;
        assert!(romans.contains("aria-label=\"Chapter 8: 3\"") && romans.contains("Chapter 16: 0"), "{romans}");
        assert!(romans.contains("href=\"/passage/Rom.8.28\"") && romans.contains("The sower"), "{romans}");
        assert!(romans.contains("https://www.youtube.com/watch?v=sErm0n_Tst1&#38;t=1s"), "{romans}");
        for name in ["romans", "Romans", "ROM", "rom"] {
            assert_redirect(&app.get(&format!("/book/{name}")).await, "/book/Rom");
        }
        assert_redirect(&app.get("/book/1%20corinthians").await, "/book/1Cor");
        assert_redirect(&app.get("/book/Rom.8").await, "/passage/Rom.8");
        assert!(page(&app, "/book/Rev").await.contains("No sermon cites Revelation yet"));
        assert!(page(&app, "/book/Rom?page=7").await.contains("past the end of the list"));
        for name in ["Enoch", "%00", "%3Cscript%3E", "x'%20or%201=1"] {
            let response = app.browse(&format!("/book/{name}")).await;
            assert_eq!((response.status.as_u16(), response.text().contains("No such book")), (404, true), "{name}");
        }
        assert_eq!(app.get("/book/Rom?page=0").await.status, 400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passage_lists_the_sermons_that_cite_it_with_times() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = filled(database).await;
        let verse = page(&app, "/passage/Rom.8.28").await;
        assert!(
            verse.contains("The sower") && !verse.contains("On love"),
            "citing the chapter is not citing the verse: {verse}"
        );
        assert!(verse.contains("cited twice") && verse.contains("t=1s") && verse.contains("t=120s"), "{verse}");
        assert!(verse.contains("Romans 8:20–30"), "{verse}");
        assert!(verse.contains("/passage/Rom.8.27") && verse.contains("/passage/Rom.8.29"), "{verse}");
        assert!(verse.contains("biblegateway.com/passage/?search=Romans+8%3A28"), "{verse}");
        let chapter = page(&app, "/passage/Rom.8").await;
        assert!(chapter.contains("The sower") && chapter.contains("On love"), "{chapter}");
        assert!(page(&app, "/passage/Rom.9.1").await.contains("No sermon cites Romans 9:1 yet"));
        assert_redirect(&app.get("/passage/rom%208:28").await, "/passage/Rom.8.28");
        assert_redirect(&app.get("/passage/Rom").await, "/book/Rom");
        for text in ["Rom.8.99", "nothing", "%00", "Rom.8.28-Rom.8.20"] {
            let response = app.browse(&format!("/passage/{text}")).await;
            assert_eq!((response.status.as_u16(), response.text().contains("No such passage")), (404, true), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_search_redirects_to_passages_and_finds_words_with_times() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = filled(database).await;
        for typed in ["Rom+8:28", "Romans+8.28", "romans+8+28", "+rom.8.28+"] {
            assert_redirect(&app.get(&format!("/search?q={typed}")).await, "/passage/Rom.8.28");
        }
        assert_redirect(&app.get("/search?q=1+john+4+8").await, "/passage/1John.4.8");
        let found = page(&app, "/search?q=mustard+SEEDS").await;
        assert!(found.contains("<mark>mustard</mark>") && found.contains("<mark>seed</mark>"), "{found}");
        assert!(found.contains("t=65s") && found.contains("1 sermon found"), "{found}");
        assert!(page(&app, "/search?q=seed").await.contains("2 sermons found"));
        assert!(page(&app, "/search?q=truth").await.contains("href=\"/church/grace-truth-church\""));
        assert!(page(&app, "/search?q=obadiah").await.contains("href=\"/book/Obad\""));
        assert!(page(&app, "/search").await.contains("Search all sermons"));
        let hostile = page(&app, "/search?q=%22%3E%3Cscript%3E%20OR%20NEAR(%20*%20%00%20'%20--").await;
        assert!(
            hostile.contains("No sermon contains all of these words") && !hostile.contains("\"><script>"),
            "{hostile}"
        );

        let response = app.get("/api/search?q=mustard+seed").await.json();
        let excerpt = &response["sermons"][0]["excerpts"][0];
        assert_eq!(
            (&response["total"], &response["passage"], &excerpt["seconds"]),
            (&json!(1), &json!(null), &json!(65.5))
        );
        assert_eq!(excerpt["pieces"][1], json!({ "text": "mustard", "matched": true }), "{response}");
        assert_eq!(app.get("/api/search?q=ps+23").await.json()["passage"], "Ps.23");
        assert_eq!(app.get("/api/search?q=a&offset=-1").await.status, 400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_can_be_filtered() {
    let app = filled(None).await;
    let all = app.get("/api/stats").await.json();
    assert_eq!(
        (&all["current"]["sermons"], &all["current"]["churches"], &all["previous"]),
        (&json!(3), &json!(2), &json!(null))
    );
    let may = app.get("/api/stats?from=2026-05-01&to=2026-05-31&church=grace-truth-church").await.json();
    assert_eq!(
        (&may["current"]["sermons"], &may["previous"]["sermons"], &may["trend_step"]),
        (&json!(1), &json!(0), &json!("day"))
    );
    let books = app.get("/api/books?from=2026-05-01").await.json();
    let romans = json!({ "osis": "Rom", "name": "Romans", "manna": 3, "deuterocanonical": 0 });
    assert_eq!(books[44], romans, "{books}");
    for query in ["days=0", "days=x", "from=soon", "days=7&from=2026-05-01"] {
        assert_eq!(app.get(&format!("/api/stats?{query}")).await.status, 400, "{query}");
    }
    app.get("/api/stats?church=nowhere").await.problem(404, "no_such_church");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_sent_again_only_after_something_has_changed() {
    let app = filled(None).await;
    let get = async |path: &str, tag: &str, cookie: &str| {
        let request = Request::get(path).header("if-none-match", tag).header("cookie", cookie).body(Body::empty());
        app.send(request.expect("a request")).await
    };
    let listed = app.get("/api/videos?limit=1").await.json();
    let sermon = format!("/video/{}", listed["videos"][0]["video_id"].as_str().expect("a sermon"));
    let paths = ["/church/unnamed", "/book/Rom", "/passage/Rom.8.28", "/search?q=seed", &sermon];
    for path in paths {
        let first = app.browse(path).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.len() > 60, "{path} has a tag");
        let again = get(path, &tag, "").await;
        assert_eq!((again.status.as_u16(), again.body.len(), again.header("etag")), (304, 0, tag.as_str()), "{path}");
        assert_eq!(again.header("vary"), "Cookie");
        assert_eq!(get(path, &tag, "theme=dark").await.status, 200, "{path} in another theme");
        let other = paths[(paths.iter().position(|it| it == &path).expect("it is there") + 1) % paths.len()];
        assert_eq!(get(other, &tag, "").await.status, 200, "another page");
        app.post(
            "/api/videos",
            &json!({ "transcript": format!("New text for {path}."), "title": path, "channel": "" }),
        )
        .await;
        for _ in 0..200 {
            if get(path, &tag, "").await.status == 200 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        assert_eq!(get(path, &tag, "").await.status, 200, "{path} after a write");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_unreachable_pages_say_what_to_do() {
    let postgres = Postgres::new();
    let app = filled(Some(postgres.database())).await;
    postgres.stop();
    for path in ["/church/unnamed", "/book/Rom", "/passage/Rom.8.28", "/search?q=seed"] {
        let response = app.browse(path).await;
        assert_eq!((response.status.as_u16(), response.header("retry-after")), (503, "5"), "{path}");
        let text = response.text();
        assert!(text.contains("The database is unreachable") && text.contains("nothing was lost"), "{path}: {text}");
        assert_eq!(response.header("etag"), "", "{path}");
    }
    app.get("/api/search?q=seed").await.problem(503, "database_unavailable");
}

//! Sermons that are not in English, what they count as, and that the label and the list of references agree.

use chrono::NaiveDate;
use mannameter::{
    demo::DemoGenerator,
    domain::{Canon, Document, VideoId},
    http::HttpSettings,
};
use scripture_detector::{analyze, transcript};
use serde_json::json;

use crate::support::app::{TestApp, TestSettings};

const PORTUGUESE: &str = "Abram comigo a palavra de Deus no evangelho de João capítulo três, porque Deus amou o mundo de \
    tal maneira que deu o seu filho, e nós precisamos entender o que isso significa para a nossa vida. ";

const ENGLISH: &str = "Turn with me to the book of Romans, chapter 8, because we are going to see what Paul is saying \
    about the love of God and that nothing can separate us from it. ";

/// Saves a sermon with this transcript.
async fn save(app: &TestApp, id: &str, text: &str) {
    let analysis = analyze(&transcript::read(text.as_bytes()).expect("a transcript")).expect("few mentions");
    let document = Document::empty(VideoId::parse(id).expect("an id")).with_analysis(analysis);
    app.save(&Document { title: id.to_owned(), channel: "Grace".to_owned(), ..document }).await;
}

#[tokio::test]
async fn a_sermon_in_portuguese_has_a_reason_in_place_of_numbers() {
    let reason = "not measured: this is Portuguese";
    let app = TestApp::new().await;
    save(&app, "portuguese_", &PORTUGUESE.repeat(30)).await;
    save(&app, "english_001", &ENGLISH.repeat(30)).await;

    let page = app.browse("/video/portuguese_").await.text();
    assert!(page.contains(&format!("<p class=\"amount unmeasured\"><b>{reason}</b></p>")), "{page}");
    assert!(page.contains("<h3>Not measured: this is Portuguese</h3>"), "{page}");
    assert!(!page.contains("<b>Manna*</b>") && !page.contains("class=\"badge confirmed\""), "{page}");
    let label = app.get("/video/portuguese_/label.svg").await.text();
    assert!(label.contains(">not measured</text>") && label.contains(">this is Portuguese</text>"), "{label}");
    assert!(label.contains("MannaMeter only understands English") && !label.contains("Manna*"), "{label}");
    assert_eq!(app.get("/video/portuguese_/card.png").await.status, 200);

    let document = app.get("/api/video/portuguese_").await.json();
    assert_eq!((&document["language"], &document["warnings"][0]["code"]), (&json!("pt"), &json!("not_english")));
    assert_eq!(document["warnings"][0]["detail"], reason);
    let list = app.get("/api/videos?sort=title").await.json();
    assert_eq!((&list["videos"][1]["manna"], &list["videos"][1]["not_measured"]), (&json!(null), &json!(reason)));
    let stats = app.get("/api/stats").await.json();
    assert_eq!((&stats["current"]["sermons"], &stats["current"]["manna"]), (&json!(1), &list["videos"][0]["manna"]));
    let csv = app.get("/export.csv").await.text();
    assert!(csv.contains(&format!(",pt,,,,,,,{reason},,\r\n")), "{csv}");
    let home = app.browse("/").await.text();
    assert!(home.contains(reason), "{home}");
}

#[tokio::test]
async fn a_sermon_in_two_languages_is_measured_and_says_so() {
    let app = TestApp::new().await;
    save(&app, "two_tongues", &format!("{ENGLISH}{PORTUGUESE}").repeat(20)).await;
    for path in ["/video/two_tongues", "/video/two_tongues/label.svg"] {
        let text = app.browse(path).await.text();
        assert!(text.contains("arts of this are Portuguese") && text.contains("Manna"), "{path}: {text}");
    }
    let list = app.get("/api/videos").await.json();
    assert!(list["videos"][0]["manna"].as_i64().is_some_and(|manna| manna > 0), "{list}");
}

#[tokio::test]
async fn times_that_were_not_understood_are_shown_on_the_page() {
    let app = TestApp::new().await;
    let text = "at 1h02m03s turn to Hosea 2:3\nat 1h02m09s chapter 2\nat 1h02m12s verse 3\n";
    save(&app, "odd_times_1", text).await;
    let page = app.browse("/video/odd_times_1").await.text();
    assert!(page.contains("look like times that could not be read"), "{page}");
    let document = app.get("/api/video/odd_times_1").await.json();
    assert_eq!(document["warnings"][0]["code"], "times_not_understood");
}

/// Returns the number on a line of the label.
fn on_label(page: &str, name: &str) -> usize {
    let line = page.split_once(&format!("<dt>{name}</dt><dd>"));
    line.map_or(0, |(_, rest)| rest.split('<').next().and_then(|number| number.parse().ok()).expect("a number"))
}

#[tokio::test]
async fn the_list_of_300_sermons_adds_up_to_their_labels() {
    let app = TestApp::new().await;
    let mut generator = DemoGenerator::new(7, NaiveDate::from_ymd_opt(2026, 5, 31).expect("a date"));
    let mut contextual = 0;
    for number in 0..300 {
        let document = generator.sermon(number).document;
        app.save(&document).await;
        let page = app.browse(&format!("/video/{}", document.video_id)).await.text();
        for (name, class) in [
            ("Confirmed", "confirmed"),
            ("Suspect", "suspect"),
            ("From context", "contextual"),
            ("Deuterocanonical", "deuterocanonical"),
            ("Withdrawn", "withdrawn"),
        ] {
            let listed = page.matches(&format!("<span class=\"badge {class}\">")).count();
            assert_eq!(listed, on_label(&page, name), "{name} of {}", document.title);
        }
        contextual += on_label(&page, "From context");
    }
    assert!(contextual > 300, "{contextual}");
}

#[tokio::test]
async fn a_withdrawn_slip_and_a_deuterocanonical_book_have_their_own_badges() {
    let app = TestApp::new().await;
    save(&app, "own_badges1", "Read Sirach 3:5. Then turn to Mark 4, sorry, Luke 4. Look at verse 18.").await;
    let page = app.browse("/video/own_badges1").await.text();
    for (name, class, number) in [
        ("Confirmed", "confirmed", 1),
        ("From context", "contextual", 1),
        ("Deuterocanonical", "deuterocanonical", 1),
        ("Withdrawn", "withdrawn", 1),
    ] {
        assert_eq!(page.matches(&format!("<span class=\"badge {class}\">")).count(), number, "{page}");
        assert_eq!(on_label(&page, name), number, "{page}");
    }
}

#[tokio::test]
async fn in_a_larger_canon_a_deuterocanonical_reference_is_manna_and_a_line_in_the_smaller_one() {
    let text = "A reading from the book of Sirach 3:5. And turn to Luke 4:18. Then 4 Maccabees 5:2.";
    for (canon, confirmed, deuterocanonical) in
        [(Canon::Protestant, 1, 2), (Canon::Catholic, 2, 1), (Canon::Orthodox, 2, 1)]
    {
        let settings = TestSettings::default();
        let http = HttpSettings { canon, ..settings.http };
        let app = TestApp::with(TestSettings { http, ..settings }).await;
        save(&app, "a_homily_01", text).await;
        let page = app.browse("/video/a_homily_01").await.text();
        let svg = app.get("/video/a_homily_01/label.svg").await.text();
        for (name, class, number) in
            [("Confirmed", "confirmed", confirmed), ("Deuterocanonical", "deuterocanonical", deuterocanonical)]
        {
            assert_eq!(page.matches(&format!("<span class=\"badge {class}\">")).count(), number, "{canon}: {page}");
            assert_eq!(on_label(&page, name), number, "{canon}: {page}");
            let line = svg.split_once(&format!(">{name}</text>")).map(|(_, rest)| rest);
            assert!(line.is_some_and(|rest| rest.contains(&format!(">{number}</text>"))), "{canon}: {svg}");
        }
        assert!(page.contains(&format!("{confirmed} confirmed Bible reference")), "{canon}: {page}");
        // The document is the same in every canon.
        let document = app.get("/api/video/a_homily_01").await.json();
        assert_eq!(document["stats"]["deuterocanonical"], 2);
        assert_eq!(document["stats"]["scripture_references"], 1);
        assert!(document["counts"].get("Sirach").is_none());
    }
}

#[tokio::test]
async fn a_reference_in_another_numbering_is_marked() {
    let app = TestApp::new().await;
    save(&app, "renumbered1", "Turn to Malachi 3 verse 20 in the Catholic numbering. Then turn to Luke 4:18.").await;
    let page = app.browse("/video/renumbered1").await.text();
    assert_eq!(page.matches("<span class=\"badge numbering\">other numbering</span>").count(), 1, "{page}");
    assert!(page.contains(">Malachi 4:2</a>") && page.contains("the speaker follows the Hebrew"), "{page}");
}

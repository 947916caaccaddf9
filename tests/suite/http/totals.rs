//! The numbers on all pages add up in every canon, even for documents that count more references than they list.

use std::collections::BTreeMap;

use mannameter::{
    demo::DemoGenerator,
    domain::{Book, Canon, Document},
    http::HttpSettings,
};
use serde_json::{Value, json};

use crate::{
    http::admin::request,
    support::app::{TOKEN, TestApp, TestSettings},
    support::postgres::Postgres,
};

/// What precedes the manna on every label.
const AMOUNT: &str = r#"<p class="amount"><b>Manna*</b> <b>"#;

/// What is before the number of references on the label of a book outside the canon.
const OTHER_AMOUNT: &str = r#"<p class="amount"><b>References*</b> <b>"#;

/// Returns documents of every kind, with the confirmed references to each book that they stand for.
fn documents() -> Vec<(Document, BTreeMap<&'static str, u64>)> {
    let place =
        |start: u32, context: &str| json!({"start": start, "context": context, "text": "t", "matched_pattern": "in"});
    let reference = |osis: &str, book: &str, kind: &str, class: &str| {
        json!({
            "osis": osis, "book": book, "chapter": 3, "verse": null, "end_chapter": null, "end_verse": null, "kind": kind,
            "class": class, "start_seconds": 1.0, "start_char": 0, "end_char": 4, "text": "t", "context": "c",
            "evidence": [], "repaired": false, "anchor": null,
        })
    };
    let invented = [
        ("counts_only", json!({"counts": {"Luke": 3, "Mark": 0, "Psalm": 2}}), vec![("Luke", 3), ("Psalms", 2)]),
        (
            "lost_places",
            json!({
                "counts": {"John": 4}, "suspect_counts": {"Job": 2},
                "positions": {"John": {"valid": [place(1, "John 3:16"), null], "suspect": []}},
            }),
            vec![("John", 4)],
        ),
        (
            "all_places",
            json!({"counts": {"Ruth": 1}, "positions": {"Ruth": {"valid": [place(5, "in Ruth 1")]}}}),
            vec![("Ruth", 1)],
        ),
        ("places_only", json!({"positions": {"Acts": {"valid": [place(5, "in Acts 2"), null]}}}), vec![("Acts", 2)]),
        (
            "ours",
            json!({
                "counts": {"John": 1},
                "references": [
                    reference("John.3", "John", "explicit", "confirmed"), reference("John.3", "John", "contextual", "confirmed"),
                    reference("Mark.3", "Mark", "explicit", "suspect"),
                ],
            }),
            vec![("John", 1)],
        ),
        (
            "a_homily",
            json!({
                "counts": {"John": 1},
                "references": [
                    reference("John.3", "John", "explicit", "confirmed"), reference("Sir.3", "Sirach", "explicit", "confirmed"),
                    reference("Sir.3", "Sirach", "contextual", "confirmed"), reference("Tob.3", "Tobit", "book", "confirmed"),
                    reference("1Esd.3", "1 Esdras", "explicit", "confirmed"), reference("Wis.3", "Wisdom", "explicit", "suspect"),
                    reference("4Macc.3", "4 Maccabees", "explicit", "confirmed"),
                ],
            }),
            vec![("John", 1), ("Sirach", 1), ("Tobit", 1), ("1 Esdras", 1), ("4 Maccabees", 1)],
        ),
        (
            "old_homily",
            json!({"counts": {"Tobit": 2, "Luke": 1}, "positions": {"Judith": {"valid": [place(5, "in Judith 9")]}}}),
            vec![("Luke", 1), ("Tobit", 2), ("Judith", 1)],
        ),
        ("large_counts", json!({"counts": {"Luke": 1_000_000}}), vec![("Luke", 1_000_000)]),
    ];
    let mut documents = Vec::new();
    for (id, value, counts) in invented {
        let total = sum(&counts.iter().copied().collect(), |book| !book.is_deuterocanonical());
        let mut value = value;
        value["title"] = json!(id);
        value["channel"] = json!(if id.len() > 10 { "Grace" } else { "Hope" });
        value["processed_at"] = json!("2026-05-31T10:00:00Z");
        value["stats"] = json!({"scripture_references": total, "total_matches": total});
        let document = Document::from_legacy(id, value).expect("a document");
        documents.push((document.clone().with_references_from_contexts(), counts.iter().copied().collect()));
        // The same document as it was stored before contexts were read.
        let copy = Document { video_id: format!("{id}2").parse().expect("an ID"), ..document };
        documents.push((copy, counts.into_iter().collect()));
    }
    let mut generator = DemoGenerator::new(3, "2026-05-31".parse().expect("a date"));
    for number in 0..20 {
        let document = Document { channel: "Grace".to_owned(), ..generator.sermon(number).document };
        let counts = document.counts.iter().filter(|(_, count)| **count > 0);
        let counts = counts.map(|(name, count)| (book(name).name(), *count)).collect();
        documents.push((document, counts));
    }
    documents
}

fn book(name: &str) -> Book {
    Book::from_name(name).expect("a book")
}

/// Adds up the references to some of the books.
fn sum(counts: &BTreeMap<&str, u64>, keep: impl Fn(Book) -> bool) -> u64 {
    counts.iter().filter(|(name, _)| keep(book(name))).map(|(_, count)| count).sum()
}

/// Returns the number in the first element of a page that has this class, without thousands separators.
fn number_after(page: &str, mark: &str) -> u64 {
    let rest = page.split(mark).nth(1).unwrap_or_else(|| panic!("{mark} in the page"));
    let rest = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
    let digits: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(|c| *c != ',').collect();
    digits.parse().expect("a number")
}

/// Returns the number on the line `Deuterocanonical` of the label, or 0 without the line.
fn deuterocanonical(page: &str) -> u64 {
    let mark = "<dt>Deuterocanonical</dt><dd>";
    if page.contains(mark) { number_after(page, mark) } else { 0 }
}

/// Returns a column of a row of the CSV, read from the end: the first cells may contain commas.
fn cell(line: &str, from_end: usize) -> u64 {
    let cell = line.rsplit(',').nth(from_end).expect("a cell");
    cell.parse().unwrap_or_else(|error| panic!("{cell:?} in {line}: {error}"))
}

#[tokio::test]
async fn dashboard_church_book_api_csv_and_label_agree_in_every_canon() {
    let documents = documents();
    for database in [None, Some(Postgres::shared().database())] {
        for canon in Canon::ALL {
            let settings = TestSettings { database: database.clone(), ..TestSettings::default() };
            let http = HttpSettings { canon, ..settings.http };
            let app = TestApp::with(TestSettings { http, ..settings }).await;
            for (document, _) in &documents {
                app.save(document).await;
            }
            check(&app, canon, &documents).await;
        }
    }
}

/// Asks as the admin.
async fn ask(app: &TestApp, path: &str, body: Value) -> Value {
    let bearer = format!("Bearer {TOKEN}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let response = app.send(request("POST", path, &headers, body.to_string())).await;
    assert!(response.status.is_success(), "{path}: {}", response.text());
    response.json()
}

#[tokio::test]
async fn exports_are_the_same_in_every_canon_and_a_restored_backup_has_the_same_sums() {
    let documents = documents();
    let mut exports = Vec::new();
    for database in [None, Some(Postgres::shared().database())] {
        let settings = TestSettings { database, ..TestSettings::default() };
        let http = HttpSettings { canon: Canon::Catholic, ..settings.http };
        let app = TestApp::with(TestSettings { http, ..settings }).await;
        for (document, _) in &documents {
            app.save(document).await;
        }
        exports.push(app.get("/api/export/database").await.json()["videos"].clone());
        let backup = ask(&app, "/api/backup/create", json!({})).await["backup"]["name"].clone();
        for id in ["a_homily", "old_homily2"] {
            let document = Document::from_legacy(id, json!({"channel": "Hope", "counts": {"Sirach": 70}}));
            app.save(&document.expect("a document")).await;
        }
        let preview = format!("/api/backup/restore/preview/{}", backup.as_str().expect("a name"));
        let token = ask(&app, &preview, json!({})).await["plan_token"].clone();
        ask(&app, "/api/backup/restore", json!({ "name": backup, "confirm": backup, "plan_token": token })).await;
        check(&app, Canon::Catholic, &documents).await;
    }
    let app = TestApp::new().await;
    for (document, _) in &documents {
        app.save(document).await;
    }
    exports.push(app.get("/api/export/database").await.json()["videos"].clone());
    assert!(exports.iter().all(|export| *export == exports[2]));
}

/// Checks the numbers on every page of a service in one canon.
async fn check(app: &TestApp, canon: Canon, documents: &[(Document, BTreeMap<&'static str, u64>)]) {
    let mut by_book: BTreeMap<&str, u64> = BTreeMap::new();
    for (book, count) in documents.iter().flat_map(|(_, counts)| counts) {
        *by_book.entry(book).or_default() += count;
    }
    let total = sum(&by_book, |book| canon.contains(book));
    let outside = sum(&by_book, |book| !canon.contains(book));
    assert!(outside > 0, "every canon leaves out 4 Maccabees");

    let stats = app.get("/api/stats").await.json();
    assert_eq!((&stats["current"]["manna"], &stats["current"]["deuterocanonical"]), (&json!(total), &json!(outside)));
    let listed = ["books", "deuterocanonical_books"].map(|key| stats[key].as_array().expect("books").clone());
    let in_stats: BTreeMap<&str, u64> = listed.iter().flatten().filter_map(counted).collect();
    assert_eq!(in_stats, by_book);
    let books = app.get("/api/books").await.json();
    let column = |key: &str| books.as_array().expect("books").iter().filter_map(|book| book[key].as_u64()).sum::<u64>();
    assert_eq!((column("manna"), column("deuterocanonical")), (total, outside));
    let home = app.browse("/").await.text();
    assert_eq!((number_after(&home, AMOUNT), deuterocanonical(&home)), (total, outside));
    assert_eq!(number_after(&home, "<dt>Deuterocanonical</dt><dd><b>"), outside);

    let mut of_churches = 0;
    for church in ["grace", "hope"] {
        let stats = app.get(&format!("/api/stats?church={church}")).await.json();
        let books: u64 = stats["books"].as_array().expect("books").iter().filter_map(counted).map(|(_, n)| n).sum();
        assert_eq!(stats["current"]["manna"], json!(books), "{church}");
        let page = app.browse(&format!("/church/{church}")).await.text();
        assert_eq!(number_after(&page, AMOUNT), books);
        assert_eq!(json!(deuterocanonical(&page)), stats["current"]["deuterocanonical"], "{church}");
        of_churches += books;
    }
    assert_eq!(of_churches, total);

    for (name, count) in &by_book {
        let page = app.browse(&format!("/book/{}", book(name).osis())).await.text();
        let amount = if canon.contains(book(name)) { AMOUNT } else { OTHER_AMOUNT };
        assert_eq!(number_after(&page, amount), *count, "{name}");
        let list = app.get(&format!("/api/videos?book={}&limit=200", book(name).osis())).await.json();
        let citing = documents.iter().filter(|(_, counts)| counts.contains_key(name)).count();
        assert_eq!(list["total"], json!(citing), "{name}");
    }

    let csv = app.get("/export.csv").await.text();
    let list = app.get("/api/videos?limit=200").await.json();
    for (document, counts) in documents {
        let id = &document.video_id;
        let (manna, outside) = (sum(counts, |book| canon.contains(book)), sum(counts, |book| !canon.contains(book)));
        let line = csv.lines().find(|line| line.starts_with(&format!("{id},"))).expect("a line");
        for (name, count) in counts {
            assert_eq!(line.contains(&format!("{name} {count}")), canon.contains(book(name)), "{line}");
        }
        assert_eq!((cell(line, 8), cell(line, 3)), (manna, outside), "{line}");
        assert_eq!(document.manna(canon), manna, "{id}");
        let label = app.browse(&format!("/video/{id}")).await.text();
        assert_eq!((number_after(&label, AMOUNT), deuterocanonical(&label)), (manna, outside), "{id}");
        let row = list["videos"].as_array().expect("a list").iter().find(|row| row["video_id"] == json!(id));
        let row = row.expect("it is in the list");
        assert_eq!((&row["manna"], &row["deuterocanonical"]), (&json!(manna), &json!(outside)), "{id}");
    }
}

#[tokio::test]
async fn the_page_says_which_places_were_not_recorded() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = TestApp::with(TestSettings { database, ..TestSettings::default() }).await;
        for (document, _) in documents() {
            app.save(&document).await;
        }
        for (id, expected) in [
            ("counts_only", Some("The place in the sermon was not recorded</h3>")),
            ("large_counts", Some("The place in the sermon was not recorded</h3>")),
            ("lost_places2", Some("The place in the sermon was not recorded for 5 references.")),
            ("lost_places", Some("The place in the sermon was not recorded for 5 references.")),
            ("places_only", Some("The place in the sermon was not recorded for 1 reference.")),
            ("all_places", None),
            ("ours", None),
        ] {
            for view in ["", "?view=book"] {
                let page = app.browse(&format!("/video/{id}{view}")).await.text();
                match expected {
                    Some(expected) => assert!(page.contains(expected), "{id}: {page}"),
                    None => assert!(!page.contains("not recorded"), "{id}"),
                }
                assert!(!page.contains("No Bible references found"), "{id}");
            }
        }
    }
}

#[tokio::test]
async fn a_book_with_suspect_references_only_shows_their_number() {
    let app = TestApp::new().await;
    let confirmed = ["Genesis", "Exodus", "Ruth", "Job", "Mark", "Luke", "John", "Acts"].map(|book| (book, 2));
    let mut counts: BTreeMap<_, _> = confirmed.into();
    counts.insert("Romans", 1);
    let document = json!({
        "title": "T", "processed_at": "2026-05-31T10:00:00Z", "counts": counts,
        "suspect_counts": {"Judges": 3, "Romans": 4, "Mark": 5},
    });
    app.save(&Document::from_legacy("sUspects001", document).expect("a document")).await;
    let page = app.browse("/video/sUspects001").await.text();
    let books =
        page.split(r#"<h2 id="books">"#).nth(1).and_then(|rest| rest.split("</section>").next()).expect("books");
    let text: String = books.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text).collect();
    for expected in ["Mark2 + 5 suspect", "Romans 1 + 4 suspect", "Judges 3 suspect"] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
}

/// Returns a book and its number from `/api/stats`, unless it is zero.
fn counted(entry: &Value) -> Option<(&'static str, u64)> {
    let name = entry["book"].as_str().or_else(|| entry[0].as_str())?;
    let count = entry["manna"].as_u64().or_else(|| entry[1].as_u64())?;
    (count > 0).then(|| (Book::from_name(name).expect("a book").name(), count))
}

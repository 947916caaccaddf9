//! The numbers on all pages add up, even for documents that count more references than they list.

use std::collections::BTreeMap;

use mannameter::domain::{Book, Document};
use serde_json::{Value, json};

use crate::{
    support::app::{TestApp, TestSettings},
    support::postgres::Postgres,
};

/// What precedes the manna on every label.
const AMOUNT: &str = r#"<p class="amount"><b>Manna*</b> <b>"#;

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
        ("large_counts", json!({"counts": {"Luke": 1_000_000}}), vec![("Luke", 1_000_000)]),
    ];
    let mut documents = Vec::new();
    for (id, value, counts) in invented {
        let total: u64 = counts.iter().map(|(_, count)| count).sum();
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
    documents
}

/// Returns the number in the first element of a page that has this class, without thousands separators.
fn number_after(page: &str, mark: &str) -> u64 {
    let rest = page.split(mark).nth(1).unwrap_or_else(|| panic!("{mark} in the page"));
    let rest = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
    let digits: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(|c| *c != ',').collect();
    digits.parse().expect("a number")
}

#[tokio::test]
async fn dashboard_church_book_api_csv_and_label_agree() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = TestApp::with(TestSettings { database, ..TestSettings::default() }).await;
        let documents = documents();
        for (document, _) in &documents {
            app.save(document).await;
        }
        let mut by_book: BTreeMap<&str, u64> = BTreeMap::new();
        for (book, count) in documents.iter().flat_map(|(_, counts)| counts) {
            *by_book.entry(book).or_default() += count;
        }
        let total: u64 = by_book.values().sum();

        let stats = app.get("/api/stats").await.json();
        assert_eq!(stats["current"]["manna"], json!(total));
        let in_stats: BTreeMap<&str, u64> =
            stats["books"].as_array().expect("books").iter().filter_map(counted).collect();
        assert_eq!(in_stats, by_book);
        assert_eq!(number_after(&app.browse("/").await.text(), AMOUNT), total);

        let mut of_churches = 0;
        for church in ["grace", "hope"] {
            let stats = app.get(&format!("/api/stats?church={church}")).await.json();
            let books: u64 = stats["books"].as_array().expect("books").iter().filter_map(counted).map(|(_, n)| n).sum();
            assert_eq!(stats["current"]["manna"], json!(books), "{church}");
            assert_eq!(number_after(&app.browse(&format!("/church/{church}")).await.text(), AMOUNT), books);
            of_churches += books;
        }
        assert_eq!(of_churches, total);

        for (book, count) in &by_book {
            let page = app.browse(&format!("/book/{}", Book::from_name(book).expect("a book").osis())).await.text();
            assert_eq!(number_after(&page, AMOUNT), *count, "{book}");
            let list = app.get(&format!("/api/videos?book={book}&limit=200")).await.json();
            let citing = documents.iter().filter(|(_, counts)| counts.contains_key(book)).count();
            assert_eq!(list["total"], json!(citing), "{book}");
        }

        let csv = app.get("/export.csv").await.text();
        for (document, counts) in &documents {
            let line = csv.lines().find(|line| line.starts_with(&format!("{},", document.video_id))).expect("a line");
            for (book, count) in counts {
                assert!(line.contains(&format!("{book} {count}")), "{line}");
            }
            let sum: u64 = counts.values().sum();
            assert_eq!(document.manna(), sum, "{}", document.video_id);
            let label = app.browse(&format!("/video/{}", document.video_id)).await.text();
            assert_eq!(number_after(&label, AMOUNT), sum, "{}", document.video_id);
        }
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
            ("counts_only", Some("Where in the sermon was not recorded</h3>")),
            ("large_counts", Some("Where in the sermon was not recorded</h3>")),
            ("lost_places2", Some("Where in the sermon was not recorded for 5 references.")),
            ("lost_places", Some("Where in the sermon was not recorded for 5 references.")),
            ("places_only", Some("Where in the sermon was not recorded for 1 reference.")),
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

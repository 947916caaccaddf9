//! The sums and lists of each canon, compared with a plain count of the same documents. All canons read the same rows.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use mannameter::{
    domain::{Book, Canon, Class, Document},
    store::{DatabaseSettings, Period, StatsFilter, Store, VideoQuery, VideoSort, VideoSummary, connect},
};
use scripture_detector::Passage;

use crate::{
    store::harness::{Harness, at, contract, document, id, new_id, save},
    support::bench::patient_settings,
};

contract! {
    every_canon_adds_up_the_same_rows_after_every_kind_of_write,
    what_an_older_release_writes_is_counted_again,
    the_previous_release_finds_nothing_that_it_does_not_know,
    books_and_passages_of_the_deuterocanon_are_found,
    mentions_by_older_rules_are_rebuilt,
    a_greek_addition_is_found_under_both_names,
}

/// Returns a sermon that cites these passages, each as confirmed.
fn homily(id: &str, church: &str, date: &str, passages: &[&str], seconds: i64) -> Document {
    let mut document = document(id, &format!("Homily {id}"), seconds);
    document.published_at = Some(date.to_owned());
    church.clone_into(&mut document.channel);
    let model = document.references.as_ref().and_then(|references| references.first()).expect("a reference").clone();
    let references = passages.iter().map(|osis| {
        let passage: Passage = osis.parse().expect(osis);
        let mut reference = model.clone();
        (reference.osis, reference.book) = ((*osis).to_owned(), passage.book());
        (reference.chapter, reference.verse) = (passage.chapter(), passage.verse());
        reference
    });
    document.references = Some(references.collect());
    let is_manna = |osis: &&&str| {
        let passage: Passage = osis.parse().expect("a passage");
        !passage.in_own_book().unwrap_or(passage).book().is_deuterocanonical()
    };
    document.stats.scripture_references = passages.iter().filter(is_manna).count() as u64;
    document.stats.suspect_references = 0;
    document
}

/// Returns a store that reads the same database in another canon.
fn in_canon(harness: &Harness, canon: Canon) -> Arc<dyn Store> {
    connect(&DatabaseSettings { canon, ..patient_settings(&harness.url) }).expect("a store")
}

/// Returns the confirmed references of these documents by book, as a plain count.
fn count<'a>(documents: impl IntoIterator<Item = &'a Document>, keep: impl Fn(Book) -> bool) -> BTreeMap<Book, i64> {
    let mut books = BTreeMap::new();
    for reference in documents.into_iter().flat_map(|document| document.references.iter().flatten()) {
        let book = reference.counted_book();
        if reference.class == Class::Confirmed && keep(book) {
            *books.entry(book).or_default() += 1;
        }
    }
    books
}

fn manna(document: &Document, canon: Canon) -> i64 {
    count([document], |book| canon.contains(book)).values().sum()
}

/// Checks the sums of every canon, period and church, and the order of every list.
async fn check(harness: &Harness, documents: &BTreeMap<String, Document>, context: &str) {
    for canon in Canon::ALL {
        let store = in_canon(harness, canon);
        for (first, last) in [("0001-01-01", "9999-12-31"), ("2026-02-01", "2026-02-28"), ("2026-01-31", "2026-03-01")]
        {
            for church in [None, Some(("grace", "Grace")), Some(("hope", "Hope"))] {
                check_sums(&*store, canon, documents, (first, last), church, context).await;
            }
        }
        check_lists(&*store, canon, documents, context).await;
        store.close().await;
    }
}

async fn check_sums(
    store: &dyn Store,
    canon: Canon,
    documents: &BTreeMap<String, Document>,
    (first, last): (&str, &str),
    church: Option<(&str, &str)>,
    context: &str,
) {
    let context = format!("{context}, {canon}, {first}, {church:?}");
    let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
    let period = if first < "1000" { Period::AllTime } else { Period::Days { first: day(first), last: day(last) } };
    let filter = StatsFilter { period, church: church.map(|(slug, _)| slug.to_owned()) };
    let Some(found) = store.stats(&filter, 3).await.expect("the query succeeds") else {
        assert!(!documents.values().any(|document| Some(document.channel.as_str()) == church.map(|(_, name)| name)));
        return;
    };
    let is_in = |document: &&Document| {
        let date = document.published_at.as_deref().expect("a date");
        (first..=last).contains(&date) && church.is_none_or(|(_, name)| name == document.channel)
    };
    let mut included: Vec<_> = documents.values().filter(is_in).collect();
    let in_books = count(included.iter().copied(), |book| canon.contains(book));
    let outside = count(included.iter().copied(), |book| !canon.contains(book));

    assert_eq!(found.canon, canon, "{context}");
    assert_eq!(found.position.store, found.position.stats, "{context}");
    assert_eq!(found.books.iter().map(|(book, _)| *book).collect::<Vec<_>>(), canon.books().collect::<Vec<_>>());
    let cited: BTreeMap<_, _> = found.books.iter().copied().filter(|(_, manna)| *manna > 0).collect();
    assert_eq!(cited, in_books, "{context}");
    assert_eq!(found.deuterocanonical_books.iter().copied().collect::<BTreeMap<_, _>>(), outside, "{context}");
    let current = found.current;
    assert_eq!(current.sermons, i64::try_from(included.len()).expect("small"), "{context}");
    assert_eq!(current.manna, in_books.values().sum::<i64>(), "{context}");
    assert_eq!(current.deuterocanonical, outside.values().sum::<i64>(), "{context}");
    assert_eq!(usize::try_from(current.books), Ok(canon.count_books(in_books.keys().copied())), "{context}");
    assert_eq!(found.trend.iter().map(|point| point.manna).sum::<i64>(), current.manna, "{context}");
    included.sort_by_key(|one| std::cmp::Reverse((manna(one, canon), one.video_id.clone())));
    let best: Vec<_> = included.iter().take(3).map(|one| &one.video_id).collect();
    assert_eq!(found.top_sermons.iter().map(|one| &one.video_id).collect::<Vec<_>>(), best, "{context}");
    if let (Period::AllTime, Some((slug, name))) = (period, church) {
        let church = store.church(slug).await.expect("the query succeeds").expect("the church exists");
        assert_eq!((church.name.as_str(), church.manna), (name, current.manna), "{context}");
    }
    if church.is_none() {
        for top in &found.top_churches {
            let of_church = included.iter().copied().filter(|document| document.channel == top.name);
            let sum: i64 = of_church.map(|document| manna(document, canon)).sum();
            assert_eq!(top.manna, sum, "{context}: {}", top.name);
        }
    }
}

async fn check_lists(store: &dyn Store, canon: Canon, documents: &BTreeMap<String, Document>, context: &str) {
    let numbers = |one: &VideoSummary| {
        let document = &documents[one.video_id.as_str()];
        assert_eq!(one.manna, Some(manna(document, canon)), "{context}, {canon}: {}", one.video_id);
        let outside: i64 = count([document], |book| !canon.contains(book)).values().sum();
        assert_eq!(one.deuterocanonical, Some(outside), "{context}, {canon}: {}", one.video_id);
    };
    let mut expected: Vec<_> = documents.values().collect();
    expected.sort_by_key(|one| std::cmp::Reverse((manna(one, canon), one.video_id.clone())));
    let (mut listed, mut cursor) = (Vec::new(), None);
    loop {
        let query = VideoQuery { sort: VideoSort::Manna, limit: 2, cursor, ..VideoQuery::default() };
        let page = store.videos(&query).await.expect("the query succeeds").expect("a page");
        page.videos.iter().for_each(numbers);
        listed.extend(page.videos.into_iter().map(|one| one.video_id));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(listed.iter().collect::<Vec<_>>(), expected.iter().map(|one| &one.video_id).collect::<Vec<_>>());
    let all = store.all_time_stats().await.expect("the query succeeds");
    let outside: i64 = all.deuterocanonical_books.iter().map(|(_, count)| count).sum();
    let expected: i64 = documents.values().map(|document| manna(document, canon)).sum();
    assert_eq!((all.manna, all.books.iter().map(|(_, count)| count).sum::<i64>()), (expected, expected), "{context}");
    assert_eq!(expected + outside, count(documents.values(), |_| true).values().sum::<i64>(), "{context}");
    let churches = store.churches(10).await.expect("the query succeeds");
    assert_eq!(churches.iter().map(|church| church.manna).sum::<i64>(), expected, "{context}, {canon}");
}

/// Sermons that differ in their order by manna from canon to canon.
fn homilies() -> Vec<Document> {
    vec![
        homily("a", "Grace", "2026-02-01", &["John.3.16", "Sir.3.5", "Sir.3.6", "Tob.4.15", "1Macc.2"], 1),
        homily("b", "Grace", "2026-02-28", &["John.3.16", "John.3.17", "4Macc.5.2", "2Esd.7"], 1),
        homily("c", "Hope", "2026-01-31", &["AddPs.1.3", "3Macc.2.1", "PrMan.1.8", "John.1.1", "Wis.3.1"], 1),
        homily("d", "Hope", "2025-01-15", &["Rom.8.28", "Rom.8.29", "Rom.8.30"], 1),
        homily("e", "Hope", "2026-03-01", &["Bar.3.9", "EpJer.1.4", "Sus.1.22"], 1),
        homily("g", "Grace", "2026-02-10", &["Dan.13.22", "Dan.3.57-Dan.3.88", "Dan.3.25", "Esth.14.3"], 1),
    ]
}

async fn save_all(harness: &Harness) -> BTreeMap<String, Document> {
    let mut documents = BTreeMap::new();
    for document in homilies() {
        harness.store.save(&save(document.clone())).await.expect("the save succeeds");
        documents.insert(document.video_id.to_string(), document);
    }
    documents
}

async fn every_canon_adds_up_the_same_rows_after_every_kind_of_write(harness: Harness) {
    let mut documents = save_all(&harness).await;
    check(&harness, &documents, "saved").await;
    let moved = homily("a", "Hope", "2026-02-20", &["Sir.3.5", "Jdt.9"], 2);
    harness.store.save(&save(moved.clone())).await.expect("the save succeeds");
    documents.insert("a".to_owned(), moved);
    check(&harness, &documents, "changed").await;
    harness.store.delete_video(&id("c"), new_id(), "admin", at(9)).await.expect("the deletion succeeds");
    documents.remove("c");
    check(&harness, &documents, "deleted").await;
    harness.run("update stats_state set seq = -1 where id = 1").await;
    assert!(harness.store.catch_up_stats().await.expect("catching up succeeds"));
    check(&harness, &documents, "rebuilt").await;
    assert!(!in_canon(&harness, Canon::Orthodox).catch_up_stats().await.expect("the query succeeds"));
}

async fn what_an_older_release_writes_is_counted_again(harness: Harness) {
    let mut documents = save_all(&harness).await;
    // The previous release replaces one sermon and deletes another. It knows neither the class nor the tables of
    // deuterocanonical books.
    let document = homily("b", "Grace", "2026-02-28", &["John.3.16", "John.3.17", "Sir.1.1"], 2);
    let text = document.to_json().replace('\'', "''");
    harness
        .run(&format!(
            "update store_state set seq = seq + 2;
            update videos set document = '{text}', seq = (select seq from store_state) where video_id = 'b';
            delete from mentions where video_id in ('b', 'c');
            delete from sermon_stats where video_id = 'c';
            delete from videos where video_id = 'c';
            update store_state set count = count - 1;
            update stats_state set seq = seq + 2"
        ))
        .await;
    documents.insert("b".to_owned(), document);
    documents.remove("c");
    let behind = harness.store.stats_position().await.expect("a position");
    assert!(behind.mentions < behind.store.1, "{behind:?}");
    // A save in between does not hide that.
    let saved = homily("f", "Grace", "2026-02-03", &["Wis.1.1"], 1);
    harness.store.save(&save(saved.clone())).await.expect("the save succeeds");
    documents.insert("f".to_owned(), saved);

    assert!(harness.store.catch_up_stats().await.expect("catching up succeeds"));
    check(&harness, &documents, "caught up").await;
    let position = harness.store.stats_position().await.expect("a position");
    assert_eq!(position.mentions, position.store.1);
    assert!(!harness.store.catch_up_stats().await.expect("the query succeeds"), "nothing is left to do");
}

async fn the_previous_release_finds_nothing_that_it_does_not_know(harness: Harness) {
    save_all(&harness).await;
    // What that release adds up, and what its dashboard cannot read.
    let unknown = "select count(*) from mentions where class = 'confirmed' and book >= 66";
    assert_eq!(harness.query(unknown).await, 0);
    assert_eq!(harness.query("select count(*) from period_book_stats where book >= 66").await, 0);
    assert!(harness.query("select count(*) from mentions where class = 'deuterocanonical'").await > 10);
}

async fn books_and_passages_of_the_deuterocanon_are_found(harness: Harness) {
    save_all(&harness).await;
    let sirach = Book::from_osis("Sir").expect("a book");
    for canon in Canon::ALL {
        let store = in_canon(&harness, canon);
        let stats = store.book_stats(sirach, 5).await.expect("the query succeeds");
        assert_eq!((stats.manna, stats.citations, stats.chapters[2]), (2, 2, (3, 2)), "{canon}");
        assert_eq!(stats.churches.iter().map(|church| church.manna).collect::<Vec<_>>(), [2]);
        let citing = store.sermons_citing_book(sirach, 0, 5).await.expect("the query succeeds");
        assert_eq!((citing.total, citing.sermons[0].citations, citing.sermons[0].places.len()), (1, 2, 2));
        let verse: Passage = "Tob.4.15".parse().expect("a passage");
        let citing = store.sermons_citing(verse, 0, 5).await.expect("the query succeeds");
        assert_eq!(citing.sermons.iter().map(|one| one.sermon.video_id.as_str()).collect::<Vec<_>>(), ["a"]);
        assert_eq!(citing.sermons[0].places[0].passage, Some(verse));
        let query = VideoQuery { book: Some(sirach), limit: 5, ..VideoQuery::default() };
        assert_eq!(store.videos(&query).await.expect("the query succeeds").expect("a page").total, 1);
    }
    let other = homily("f", "Grace", "2026-02-03", &["Tob.4.15"], 1);
    harness.store.save(&save(other)).await.expect("the save succeeds");
    let related = harness.store.related_sermons(&id("f"), 5).await.expect("the query succeeds");
    assert_eq!(related.len(), 1);
    assert_eq!((related[0].sermon.video_id.as_str(), related[0].shared[0].english()), ("a", "Tobit 4:15".to_owned()));
}

async fn a_greek_addition_is_found_under_both_names(harness: Harness) {
    save_all(&harness).await;
    let citing = async |osis: &str| {
        let found = harness.store.sermons_citing(osis.parse().expect(osis), 0, 5).await.expect("the query succeeds");
        let mut ids: Vec<_> = found.sermons.iter().map(|one| one.sermon.video_id.to_string()).collect();
        ids.sort_unstable();
        ids.join(" ")
    };
    assert_eq!((citing("Dan.13.22").await, citing("Sus.1.22").await), ("e g".to_owned(), "e g".to_owned()));
    assert_eq!((citing("Dan.3.60").await, citing("PrAzar.1.38").await), ("g".to_owned(), "g".to_owned()));
    assert_eq!((citing("Dan.3.25").await, citing("Dan.12.1").await), ("g".to_owned(), String::new()));
    let susanna = Book::from_osis("Sus").expect("a book");
    let stats = harness.store.book_stats(susanna, 5).await.expect("the query succeeds");
    assert_eq!((stats.manna, stats.citations, stats.chapters), (2, 2, vec![(1, 2)]));
}

async fn mentions_by_older_rules_are_rebuilt(harness: Harness) {
    let documents = save_all(&harness).await;
    harness
        .run(
            "delete from mentions where class = 'deuterocanonical';
            delete from period_deuterocanonical_stats;
            update sermon_stats set deuterocanonical = 0, catholic = 0, orthodox = 0;
            update stats_state set mentions_version = 1, mentions_seq = -1",
        )
        .await;
    assert!(harness.store.catch_up_stats().await.expect("catching up succeeds"));
    check(&harness, &documents, "rebuilt").await;
}

//! Lists, filters, all-time statistics, and mentions.

use mannameter::{
    domain::{Book, Document, Engine},
    store::{
        InvalidCursor, Preached, RepairRequest,
        SaveOutcome::{Created, KeptNewer, Unchanged, Updated},
        SavePolicy::{KeepNewer, Replace},
        SaveRequest, VideoQuery, VideoSort,
    },
};

use crate::store::harness::{Harness, at, contract, document, id, new_id, save, transcript};

contract! {
    paging_returns_every_sermon_once_in_each_order_even_with_ties,
    a_cursor_from_another_order_is_refused,
    the_filter_requires_all_words_and_matches_wildcards_literally,
    filters_apply_to_the_list_and_its_total,
    sermons_are_found_by_the_day_they_were_preached_or_by_its_absence,
    all_time_stats_count_sermons_churches_and_confirmed_references,
    every_kind_of_write_updates_the_all_time_stats,
    stale_all_time_stats_are_rebuilt_by_the_next_write,
    sermons_analyzed_by_another_engine_are_listed_if_they_have_a_transcript,
    mentions_of_a_legacy_document_come_from_its_positions,
    a_dropped_table_of_mentions_is_rebuilt,
}

fn query() -> VideoQuery {
    VideoQuery { limit: 100, ..VideoQuery::default() }
}

async fn ids(harness: &Harness, query: &VideoQuery) -> Vec<String> {
    let page = harness.store.videos(query).await.expect("the query succeeds").expect("a page");
    assert_eq!(usize::try_from(page.total), Ok(page.videos.len()));
    page.videos.into_iter().map(|video| video.video_id.to_string()).collect()
}

async fn paging_returns_every_sermon_once_in_each_order_even_with_ties(harness: Harness) {
    for number in 0..23 {
        let mut document = document(&format!("{}-{number}", ["a", "B", "c"][number % 3]), ["x", "Y"][number % 2], 0);
        document.processed_at = at(i64::try_from(number / 5).expect("small")).to_rfc3339();
        ["One", "two", "Three"][number % 3].clone_into(&mut document.channel);
        document.stats.scripture_references = u64::try_from(number / 6).expect("small");
        harness.store.save(&save(document)).await.expect("the save succeeds");
    }
    for sort in [VideoSort::Newest, VideoSort::Oldest, VideoSort::Manna, VideoSort::Title, VideoSort::Channel] {
        let whole =
            harness.store.videos(&VideoQuery { sort, ..query() }).await.expect("the query succeeds").expect("a page");
        assert_eq!((whole.total, whole.videos.len(), whole.next_cursor.as_ref()), (23, 23, None));
        let in_order = |a: &mannameter::store::VideoSummary, b: &mannameter::store::VideoSummary| match sort {
            VideoSort::Newest => (a.processed_at, &a.video_id) > (b.processed_at, &b.video_id),
            VideoSort::Oldest => (a.processed_at, &a.video_id) < (b.processed_at, &b.video_id),
            VideoSort::Manna => (a.manna, &a.video_id) > (b.manna, &b.video_id),
            VideoSort::Title => (a.title.to_lowercase(), &a.video_id) < (b.title.to_lowercase(), &b.video_id),
            VideoSort::Channel => {
                (a.channel.to_lowercase(), a.title.to_lowercase(), &a.video_id)
                    < (b.channel.to_lowercase(), b.title.to_lowercase(), &b.video_id)
            }
        };
        assert!(whole.videos.is_sorted_by(in_order), "{sort:?}");

        let (mut paged, mut cursor) = (Vec::new(), None);
        loop {
            let page = VideoQuery { sort, cursor, limit: 4, ..VideoQuery::default() };
            let page = harness.store.videos(&page).await.expect("the query succeeds").expect("a page");
            assert_eq!(page.total, 23);
            paged.extend(page.videos);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(paged, whole.videos, "{sort:?}");
    }
}

async fn a_cursor_from_another_order_is_refused(harness: Harness) {
    for number in 0..3 {
        harness.store.save(&save(document(&format!("v{number}"), "T", 0))).await.expect("the save succeeds");
    }
    let page =
        harness.store.videos(&VideoQuery { limit: 1, ..VideoQuery::default() }).await.expect("the query succeeds");
    let cursor = page.expect("a page").next_cursor;
    assert!(cursor.is_some());
    let other = VideoQuery { sort: VideoSort::Manna, cursor, ..query() };
    assert_eq!(harness.store.videos(&other).await.expect("the query succeeds"), Err(InvalidCursor));
    let invented = VideoQuery { cursor: Some("x' or 1=1 --".to_owned()), ..query() };
    assert_eq!(harness.store.videos(&invented).await.expect("the query succeeds"), Err(InvalidCursor));
}

async fn the_filter_requires_all_words_and_matches_wildcards_literally(harness: Harness) {
    for (id, title) in [("a", "100% Grace"), ("b", "1000 graces"), ("c", "snake_case"), ("d", r"snakeXcase \o/")] {
        let mut document = document(id, title, 0);
        if id == "a" {
            let reference = &mut document.references.as_mut().expect("references")[1];
            reference.book = Book::from_osis("Ps").expect("a book");
            "Ps.23.1-Ps.23.4".clone_into(&mut reference.osis);
        }
        harness.store.save(&save(document)).await.expect("the save succeeds");
    }
    for (search, found) in [
        ("grace", "a b c d"), // the church's name
        ("GRACES", "b"),
        ("100%", "a"),
        ("e_c", "c"),
        (r"\o/", "d"),
        ("case snake", "c d"),
        ("john 5:24", "a b c d"),
        ("John.5.24", "a b c d"),
        ("john 5:25", ""),
        ("psalm 23:1-4", "a"),
        ("Psalms 23:1-4", "a"),
        ("100% snake", ""),
        ("  ", "a b c d"),
        ("nul\0", ""),
        ("'; drop table videos; --", ""),
    ] {
        let query = VideoQuery { search: Some(search.to_owned()), sort: VideoSort::Oldest, ..query() };
        assert_eq!(ids(&harness, &query).await.join(" "), found, "{search:?}");
    }
}

async fn filters_apply_to_the_list_and_its_total(harness: Harness) {
    for (id, channel, seconds) in [("a", "Grace", 0), ("b", "Hope", 10), ("c", "Grace", 20)] {
        let document = Document { channel: channel.to_owned(), ..document(id, "T", seconds) };
        harness.store.save(&save(document)).await.expect("the save succeeds");
    }
    let book = |name| Some(Book::from_name(name).expect("a book"));
    let channel = VideoQuery { channel: Some("Grace".to_owned()), ..query() };
    assert_eq!(ids(&harness, &channel).await, ["c", "a"]);
    let time = VideoQuery { added_from: Some(at(10)), added_to: Some(at(20)), ..query() };
    assert_eq!(ids(&harness, &time).await, ["b"]);
    assert_eq!(ids(&harness, &VideoQuery { book: book("Isaiah"), ..query() }).await.len(), 3);
    assert_eq!(ids(&harness, &VideoQuery { book: book("Genesis"), ..query() }).await.len(), 0);
    let only_suspect = VideoQuery { book: book("Mark"), ..query() };
    assert_eq!(ids(&harness, &only_suspect).await.len(), 0);
    let all = VideoQuery { channel: Some("Hope".to_owned()), book: book("John"), search: Some("t".to_owned()), ..time };
    assert_eq!(ids(&harness, &all).await, ["b"]);
    let all_time = VideoQuery {
        added_from: Some(chrono::DateTime::<chrono::Utc>::MIN_UTC),
        added_to: Some(chrono::DateTime::<chrono::Utc>::MAX_UTC),
        ..query()
    };
    assert_eq!(ids(&harness, &all_time).await.len(), 3);
}

async fn sermons_are_found_by_the_day_they_were_preached_or_by_its_absence(harness: Harness) {
    for (id, published_at) in [
        ("a", Some("2026-05-30")),
        ("b", Some("2026-05-31T23:30:00-05:00")),
        ("c", Some("2026-06-01")),
        ("d", None),
        ("e", Some("last May")),
    ] {
        let document = Document { published_at: published_at.map(str::to_owned), ..document(id, "T", 0) };
        harness.store.save(&save(document)).await.expect("the save succeeds");
    }
    let day = |day| chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").ok();
    for (preached, found) in [
        (Preached::Any, "a b c d e"),
        (Preached::Between(day("2026-05-31"), day("2026-05-31")), "b"),
        (Preached::Between(None, day("2026-05-31")), "a b"),
        (Preached::Between(day("2026-05-31"), None), "b c"),
        (Preached::Between(day("2026-06-02"), day("2026-05-01")), ""),
        (Preached::Undated, "d e"),
    ] {
        let query = VideoQuery { preached, sort: VideoSort::Oldest, ..query() };
        assert_eq!(ids(&harness, &query).await.join(" "), found, "{preached:?}");
        let page = harness.store.videos(&VideoQuery::default()).await.expect("the query succeeds").expect("a page");
        assert_eq!(page.total, 5);
    }
}

async fn all_time_stats_count_sermons_churches_and_confirmed_references(harness: Harness) {
    assert_eq!(harness.store.all_time_stats().await.expect("the query succeeds").sermons, 0);
    for (id, channel) in [("a", "Grace"), ("b", "Hope"), ("c", "Grace"), ("d", "")] {
        let document = Document { channel: channel.to_owned(), ..document(id, "T", 0) };
        harness.store.save(&save(document)).await.expect("the save succeeds");
    }
    let stats = harness.store.all_time_stats().await.expect("the query succeeds");
    assert_eq!((stats.sermons, stats.churches, stats.manna), (4, 2, 8));
    let books: Vec<_> = stats.books.iter().map(|(book, count)| (book.name(), *count)).collect();
    assert_eq!(books, [("Isaiah", 4), ("John", 4)]);
}

/// Sermons, churches, manna, and manna in Isaiah and John.
type Sums = (i64, i64, i64, Vec<i64>);

/// Counts what the statistics should be, without using the store.
async fn expected_stats(harness: &Harness) -> Sums {
    let mut books = Vec::new();
    for query in [
        "select count(*) from mentions where class = 'confirmed' and kind <> 'contextual' and book = 22",
        "select count(*) from mentions where class = 'confirmed' and kind <> 'contextual' and book = 42",
    ] {
        books.push(harness.query(query).await);
    }
    books.retain(|count| *count > 0);
    (
        harness.query("select count(*) from videos").await,
        harness.query("select count(distinct nullif(channel, '')) from videos").await,
        harness.query("select cast(coalesce(sum(manna), 0) as bigint) from videos").await,
        books,
    )
}

async fn stored_stats(harness: &Harness) -> Sums {
    let stats = harness.store.all_time_stats().await.expect("the query succeeds");
    (stats.sermons, stats.churches, stats.manna, stats.books.into_iter().map(|(_, count)| count).collect())
}

async fn assert_current(harness: &Harness, context: &str) {
    let position = harness.store.stats_position().await.expect("the query succeeds");
    assert_eq!(position.store, position.stats, "{context}");
    assert_eq!(stored_stats(harness).await, expected_stats(harness).await, "{context}");
}

async fn every_kind_of_write_updates_the_all_time_stats(harness: Harness) {
    let write = async |id: &str, channel: &str, isaiahs: usize, policy, at: i64| {
        let mut document = Document { channel: channel.to_owned(), ..document(id, "T", at) };
        document.stats.scripture_references = u64::try_from(isaiahs).expect("small");
        let references = document.references.as_mut().expect("it has references");
        let isaiah = references.iter().find(|one| one.book.name() == "Isaiah").expect("one of Isaiah").clone();
        references.extend(vec![isaiah; isaiahs]);
        let saved = harness.store.save(&SaveRequest { policy, ..save(document) }).await.expect("the save succeeds");
        assert_current(&harness, &format!("after {id} in {channel:?}")).await;
        saved.outcome
    };
    assert_eq!(write("a", "Grace", 1, Replace, 5).await, Created);
    assert_eq!(write("b", "Grace", 4, Replace, 5).await, Created);
    assert_eq!(write("c", "", 2, Replace, 5).await, Created);
    assert_eq!(write("a", "Grace", 3, Replace, 6).await, Updated);
    assert_eq!(write("a", "Hope", 3, Replace, 7).await, Updated);
    assert_eq!(write("a", "Hope", 3, Replace, 7).await, Unchanged);
    assert_eq!(write("a", "Older", 9, KeepNewer, 1).await, KeptNewer);
    assert_eq!(write("c", "Last", 0, Replace, 8).await, Updated);
    for (id, left) in [("b", 2), ("a", 1), ("c", 0)] {
        harness
            .store
            .delete_video(&crate::store::harness::id(id), new_id(), "admin", at(9))
            .await
            .expect("the deletion succeeds");
        assert_current(&harness, &format!("without {id}")).await;
        assert_eq!(stored_stats(&harness).await.0, left);
    }
    assert_eq!(stored_stats(&harness).await, (0, 0, 0, Vec::new()));
}

async fn stale_all_time_stats_are_rebuilt_by_the_next_write(harness: Harness) {
    for id in ["a", "b"] {
        harness.store.save(&save(document(id, "T", 0))).await.expect("the save succeeds");
    }
    // A writer that does not know about the statistics deletes a sermon's mentions and takes a write number.
    harness.run("delete from mentions where video_id = 'a'; update store_state set seq = seq + 1").await;
    assert_ne!(stored_stats(&harness).await, expected_stats(&harness).await);
    harness.store.save(&save(document("c", "T", 0))).await.expect("the save succeeds");
    assert_current(&harness, "after a write").await;
    // The write number is the same, but in another epoch, as after a restore.
    harness.run("update store_state set epoch = epoch + 1; delete from mentions where video_id = 'b'").await;
    assert!(harness.store.catch_up_stats().await.expect("catching up succeeds"));
    assert_current(&harness, "after catching up").await;
}

async fn sermons_analyzed_by_another_engine_are_listed_if_they_have_a_transcript(harness: Harness) {
    let engine = |name: &str, version: &str| Engine { name: name.to_owned(), version: version.to_owned() };
    for (id, engine, has_transcript) in [
        ("now", Some(engine("mannameter-detector", "2")), true),
        ("older", Some(engine("mannameter-detector", "1")), true),
        ("other", Some(engine("regex", "2")), true),
        ("none", None, true),
        ("no_captions", None, false),
    ] {
        let document = Document { engine, ..document(id, "T", 0) };
        let transcript = has_transcript.then(|| transcript("words"));
        harness.store.save(&SaveRequest { transcript, ..save(document) }).await.expect("the save succeeds");
    }
    let found = harness.store.analyzed_by_other_engines("mannameter-detector", "2").await.expect("the query succeeds");
    assert_eq!(found, [id("none"), id("older"), id("other")]);
    let found = harness.store.without_engine_and_transcript().await.expect("the query succeeds");
    assert_eq!(found, [id("no_captions")]);
}

async fn mentions_of_a_legacy_document_come_from_its_positions(harness: Harness) {
    let value = serde_json::json!({
        "title": "Old", "channel": "C", "processed_at": "2025-12-05 11:28:13.897205",
        "stats": {"total_matches": 4, "scripture_references": 2, "suspect_references": 1},
        "counts": {"Psalm": 1, "Job": 1},
        "positions": {
            "Psalm": {"valid": [{"start": 7, "context": "c", "text": "t", "matched_pattern": "in"}]},
            "Job": {"valid": [{"start": 7.5}], "suspect": [{"start": null}], "false_positive": [{"start": 1}]},
            "Unknown Book": {"valid": [{"start": 7}]},
        },
    });
    let legacy = Document::from_legacy("DBTEST456", value).expect("a legacy document");
    harness.store.save(&save(legacy)).await.expect("the save succeeds");
    let stats = harness.store.all_time_stats().await.expect("the query succeeds");
    let books: Vec<_> = stats.books.iter().map(|(book, count)| (book.name(), *count)).collect();
    assert_eq!((stats.manna, books), (2, vec![("Job", 1), ("Psalms", 1)]));
    assert_eq!(
        harness.query("select count(*) from mentions where class = 'suspect' and start_seconds is null").await,
        1
    );
}

async fn a_dropped_table_of_mentions_is_rebuilt(harness: Harness) {
    for number in 0..45 {
        harness.store.save(&save(document(&format!("v{number}"), "T", 0))).await.expect("the save succeeds");
    }
    let (sums, state) = (stored_stats(&harness).await, harness.checked_state().await);
    let mentions = "select coalesce(sum(book), 0) from mentions where class = 'confirmed'";
    let before = harness.query(mentions).await;
    harness.run("drop table mentions").await;
    let request =
        RepairRequest { expected: None, epoch: state.epoch + 1, audit_id: new_id(), actor: "cli".into(), at: at(1) };
    let report = harness.store.repair(&request).await.expect("the repair succeeds");
    assert_eq!(report.created_tables, ["mentions"]);
    assert_eq!(harness.query(mentions).await, before);
    assert_eq!(stored_stats(&harness).await, sums);
    assert_eq!(harness.checked_state().await, report.state);
    assert_eq!((report.state.count, report.state.digest), (state.count, state.digest));
}

//! Databases with an older schema are migrated, and everything in them can still be read.

use mannameter::{
    domain::{Canon, CollectionDigest, Document, JobState, Sha256, StepName, StepState, VideoId},
    search::WordQuery,
    store::{Period, RestoreState, StatsFilter, Store},
};
use serde_json::json;

use super::copy_of_fixture;
use crate::store::harness::{Harness, at, contract, document, id, store_at};

contract! {
    everything_in_a_database_with_schema_10_is_read_after_the_migration,
    statistics_and_search_index_are_built_for_a_database_that_has_none,
}

async fn found(store: &dyn Store, words: &str) -> Vec<String> {
    let page = store.search(&WordQuery::parse(words), 0, 10).await.expect("the query succeeds");
    page.hits.into_iter().map(|hit| hit.sermon.video_id.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fixture_is_migrated_and_read() {
    let (_directory, data) = copy_of_fixture();
    let url = format!("sqlite://{}", data.join("instance/mannameter.db").display());
    let harness = Harness::on(store_at(&url));
    let store = &harness.store;
    assert_eq!(store.migrate().await.expect("the migration succeeds")[0], "0011_standard names");
    store.ready().await.expect("no table is missing");

    let state = harness.checked_state().await;
    assert_eq!((state.seq, state.count), (6, 2));
    let wall = store.video(&id("8TYJrxeN1Pl")).await.expect("the query succeeds").expect("a sermon");
    assert_eq!(wall.seq, 6);
    assert!(wall.document.contains("\"title\":\"The Wall\""), "{}", wall.document);
    let captions = store.transcript(&id("8TYJrxeN1Pl")).await.expect("the query succeeds").expect("captions");
    assert!(captions.body.starts_with(b"1\n00:00:01,500 --> "), "{captions:?}");

    let history = store.history(&id("8TYJrxeN1Pl")).await.expect("the history");
    assert_eq!(history.iter().map(|entry| entry.reason.as_str()).collect::<Vec<_>>(), ["restore", "update"]);
    let deleted = store.history(&id("TCOuyBbIVkH")).await.expect("the history");
    assert_eq!((deleted.len(), deleted[0].reason.as_str()), (1, "delete"));

    let audit = store.audit(10).await.expect("the audit log");
    let actions: Vec<_> = audit.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["backup.restore", "backup.restore", "video.delete"]);
    assert!(audit[0].detail["message"].as_str().expect("a message").contains("is restored"), "{:?}", audit[0]);
    let restores = store.restores(10).await.expect("the restores");
    assert_eq!((restores.len(), restores[0].state, restores[0].after.as_ref()), (1, RestoreState::Done, Some(&state)));

    let tasks = store.maintenance().await.expect("the tasks");
    assert_eq!(tasks.iter().map(|entry| entry.task.as_str()).collect::<Vec<_>>(), ["backup", "drill", "scrub"]);
    let sums = store.all_time_stats().await.expect("the statistics");
    assert_eq!((sums.sermons, sums.churches, sums.manna), (2, 2, 3));
    assert_eq!(found(&**store, "shepherd").await, ["CKyEfNrOHU4"]);
    assert_eq!(found(&**store, "\"set a guard\"").await, ["8TYJrxeN1Pl"]);
}

/// A database with an older schema, filled without the store.
struct OldDatabase {
    harness: Harness,
    digest: CollectionDigest,
    seq: i64,
}

impl OldDatabase {
    async fn new(harness: Harness, schema: i64) -> Self {
        harness.migrate_to(schema).await;
        Self { harness, digest: CollectionDigest::default(), seq: 0 }
    }

    /// Returns a literal for a UUID.
    fn uuid(&self, number: u8) -> String {
        let hex = format!("{number:032x}");
        if self.harness.is_sqlite() { format!("x'{hex}'") } else { format!("'{hex}'") }
    }

    /// Inserts a sermon with its mentions of Isaiah and John, as a save did.
    async fn insert_sermon(&mut self, document: &Document) {
        let (id, text) = (&document.video_id, document.to_json().replace('\'', "''"));
        let sha256 = Sha256::digest(document.to_json().as_bytes());
        self.digest.add(id, &sha256);
        self.seq += 1;
        let (seq, digest) = (self.seq, self.digest);
        let (title, channel, manna) = (&document.title, &document.channel, document.manna(Canon::Protestant));
        let published_at = document.published_at.as_deref().expect("a date");
        let statements = format!(
            "insert into videos
                (video_id, sha256, seq, save_id, updated_at, title, title_key, channel, channel_key, channel_url,
                location, processed_at, published_at, transcript_length, manna, suspect, search, document)
            values ('{id}', '{sha256}', {seq}, {save_id}, '{now}', '{title}', '{title}', '{channel}', '{channel}', '',
                '', '{now}', '{published_at}', 1, {manna}, 0, '{title}', '{text}');
            insert into mentions (video_id, ordinal, book, chapter, osis, kind, class)
            values ('{id}', 0, 42, 5, 'John.5.24', 'explicit', 'confirmed'),
                ('{id}', 1, 22, 53, 'Isa.53', 'explicit', 'confirmed');
            update store_state set seq = {seq}, count = count + 1, digest = '{digest}'",
            save_id = self.uuid(u8::try_from(seq).expect("few sermons")),
            now = at(0).to_rfc3339(),
        );
        self.harness.run(&statements).await;
    }
}

fn sermon(id: &str, church: &str) -> Document {
    Document { channel: church.to_owned(), ..document(id, &format!("Sermon {id}"), 0) }
}

async fn everything_in_a_database_with_schema_10_is_read_after_the_migration(harness: Harness) {
    let mut old = OldDatabase::new(harness, 10).await;
    old.insert_sermon(&sermon("a", "Grace")).await;
    let [first, second, third, fourth] = [11, 12, 13, 14].map(|number| old.uuid(number));
    let now = at(0).to_rfc3339();
    let words_column = if old.harness.is_sqlite() { "title, words" } else { "words" };
    let words = if old.harness.is_sqlite() {
        "'sermon a', 'manna in the desert'"
    } else {
        "to_tsvector('simple', 'manna desert')"
    };
    let rowid = if old.harness.is_sqlite() { "rowid" } else { "id" };
    let sha256 = Sha256::digest(b"");
    let steps = json!([{"name": "analyse", "state": "done", "at": now}]);
    let error = json!({"type": "about:blank", "status": 500, "code": "internal", "title": "internal error", "detail": "it broke"});
    let mend = json!({"repaired": {"made_tables": ["mentions"]}, "words": "say \"words\": here"}).to_string();
    let statements = format!(
        "update totals set epoch = (select epoch from store_state), seq = 1, channels = 1, manna = 2;
        update insight_state set epoch = (select epoch from store_state), seq = 1;
        insert into churches (key, slug, name) values ('{grace}', 'grace', 'Grace');
        insert into sermons (video_id, church_id, day, manna) values ('a', 1, 20251102, 2);
        insert into bucket_sums (church_id, bucket, sermons, manna)
        values (0, 0, 1, 2), (1, 0, 1, 2), (0, 202511, 1, 2), (1, 202511, 1, 2), (0, 20251102, 1, 2),
            (1, 20251102, 1, 2);
        insert into bucket_books (church_id, bucket, book, manna)
        values (0, 0, 42, 1), (1, 0, 42, 1), (0, 0, 22, 1), (1, 0, 22, 1);
        update spoken_state set epoch = (select epoch from store_state), seq = 1, version = 1;
        insert into spoken (video_id, document_sha256) select video_id, sha256 from videos;
        insert into spoken_words ({rowid}, {words_column}) values (1, {words});
        insert into upkeep (task, due_at, started_at, finished_at, outcome, words, ok_at)
        values ('backup', '{now}', '{now}', '{now}', 'ok', 'two sermons', '{now}');
        insert into restores (id, state, backup, file_sha256, actor, place, started_at, updated_at)
        values ({first}, 'returned', 'b.json.b64', '{sha256}', 'admin', 'here', '{now}', '{now}');
        insert into audit (id, at, actor, action, subject, detail)
        values ({second}, '{now}', 'cli', 'database.mend', 'mentions', '{mend}'),
            ({third}, '{now}', 'admin', 'video.bring_back', 'a', '{{}}');
        insert into jobs
            (id, video_id, dedupe_key, state, attempt, lost_leases, steps, logs, error, created_at, updated_at)
        values ({fourth}, 'a', 'a', 'failed', 1, 0, '{steps}', '[]', '{error}', '{now}', '{now}')",
        grace = Sha256::digest(b"Grace"),
    );
    old.harness.run(&statements).await;

    let store = &old.harness.store;
    assert_eq!(store.migrate().await.expect("the migration succeeds")[0], "0011_standard names");
    store.ready().await.expect("no table is missing");
    assert_eq!(old.harness.checked_state().await.seq, 1);

    let position = store.stats_position().await.expect("the query succeeds");
    assert_eq!(position.store, position.stats);
    let filter = StatsFilter { period: Period::AllTime, church: Some("grace".to_owned()) };
    let stats = store.stats(&filter, 5).await.expect("the query succeeds").expect("the church");
    assert_eq!((stats.current.sermons, stats.current.manna, stats.current.books), (1, 2, 2));
    assert_eq!(stats.trend.iter().map(|point| point.sermons).collect::<Vec<_>>(), [1]);
    assert_eq!(found(&**store, "desert").await, ["a"]);
    assert_eq!(store.catch_up_search_index().await.expect("the query succeeds"), 1, "the source of the document");

    let tasks = store.maintenance().await.expect("the tasks");
    assert_eq!((tasks[0].ok, tasks[0].message.as_deref()), (Some(true), Some("two sermons")));
    let restores = store.restores(5).await.expect("the restores");
    assert_eq!((restores[0].state, restores[0].backup.as_str()), (RestoreState::Reverted, "b.json.b64"));
    let audit = store.audit(5).await.expect("the audit log");
    assert_eq!((audit[0].action.as_str(), audit[1].action.as_str()), ("video.restore_version", "database.repair"));
    assert_eq!(audit[1].detail["message"], "say \"words\": here");
    assert_eq!(old.harness.query("select count(*) from restores where instance = 'here'").await, 1);

    let job = store.job(uuid::Uuid::from_u128(14)).await.expect("the query succeeds").expect("a job");
    assert_eq!(
        (job.state, job.steps[0].name, job.steps[0].state),
        (JobState::Failed, StepName::Analyze, StepState::Done)
    );
    let error = job.error.expect("an error");
    assert_eq!((error.code.as_str(), error.detail.as_str()), ("internal", "it broke"));
}

async fn statistics_and_search_index_are_built_for_a_database_that_has_none(harness: Harness) {
    let mut old = OldDatabase::new(harness, 6).await;
    for (id, church) in [("a", "Grace"), ("b", "Hope"), ("c", "Hope")] {
        old.insert_sermon(&sermon(id, church)).await;
    }
    let store = &old.harness.store;
    let ran = store.migrate().await.expect("the migration succeeds");
    assert_eq!(ran[..2], ["0007_insight", "0008_spoken"]);
    old.harness.checked_state().await;

    let position = store.stats_position().await.expect("the query succeeds");
    assert_eq!(position.store, position.stats);
    let stats = store.all_time_stats().await.expect("the query succeeds");
    assert_eq!((stats.sermons, stats.churches, stats.manna), (3, 2, 6));
    let hope = store.church("hope").await.expect("the query succeeds").expect("a church");
    assert_eq!((hope.sermons, hope.manna), (2, 4));
    assert_eq!(store.catch_up_search_index().await.expect("catching up succeeds"), 3);
    assert_eq!(found(&**store, "sermon").await.len(), 3);
    let ids: Vec<VideoId> = ["a", "b", "c"].map(id).into();
    for id in &ids {
        assert!(store.video(id).await.expect("the query succeeds").is_some(), "{id}");
    }
}

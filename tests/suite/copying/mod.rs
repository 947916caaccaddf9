//! `mannameter copy`: a whole database into another one, in every direction.

mod killed;
mod refused;

use std::{
    process::Output,
    sync::{Arc, OnceLock},
};

use serde_json::Value;

use crate::support::{
    instance::{Database, Instance},
    postgres::Postgres,
    program::{Server, succeeded},
};

/// What is copied of each table, apart from values whose text differs between the databases.
const COPIED: [&str; 9] = [
    "select video_id, sha256, seq, document, submitted_by, title, title_key, channel, manna, suspect, search
    from videos order by video_id",
    "select video_id, format, language, sha256 from transcripts order by video_id",
    "select video_id, sha256, seq, replaced_by_seq, reason, actor, transcript_sha256, document, title, manna
    from video_history order by id",
    "select video_id, sha256, format from orphan_transcripts order by id",
    "select key, slug, name from churches order by id",
    "select video_id, state, attempt, logs from jobs order by id",
    "select actor, action, subject, detail from audit where action <> 'database.copy' order by id",
    "select state, backup, actor, before_seq, after_seq, after_digest, added from restores order by id",
    "select source, state, sermons, problems from adoptions order by source",
];

/// What is rebuilt from the copied rows.
const REBUILT: [&str; 3] = [
    "select video_id, ordinal, book, chapter, verse, osis, kind, class, citations from mentions order by video_id, ordinal",
    "select period, sum(sermons) as sermons, sum(manna) as manna from period_stats group by period order by period",
    "select video_id, document_sha256, transcript_sha256 from search_documents order by video_id",
];

/// Returns an empty instance with a database in the `PostgreSQL` cluster that these tests share.
fn on_postgres() -> Instance {
    static CLUSTER: OnceLock<Arc<Postgres>> = OnceLock::new();
    Instance::with(Database::new(CLUSTER.get_or_init(|| Arc::new(Postgres::new()))))
}

/// Returns a source and an empty target for every direction.
fn directions() -> [(Instance, Instance); 4] {
    [
        (Instance::new(), on_postgres()),
        (on_postgres(), Instance::new()),
        (Instance::new(), Instance::new()),
        (on_postgres(), on_postgres()),
    ]
}

fn copy(from: &Instance, to: &Instance) -> Output {
    copy_urls(to, &from.url(), &to.url())
}

/// Runs the command with these URLs.
fn copy_urls(instance: &Instance, from: &str, to: &str) -> Output {
    // Neither URL is that of the configured database.
    let mut command = instance.command();
    command.env_remove("DATABASE_URL").env("DATA_DIR", instance.outside().join("unused"));
    command.args(["copy", "--from", from, "--to", to]).output().expect("the binary runs")
}

/// Returns the epoch, last write and digest.
fn state(instance: &Instance) -> Value {
    instance.rows("select epoch, seq, count, digest from store_state").remove(0)
}

/// Fills a source with sermons, old versions, transcripts, audit entries, a restore, a job and an adoption.
fn fill(instance: &Instance) {
    succeeded(&instance.run(&["demo", "--sermons", "30", "--until", "2026-05-31"]));
    succeeded(&instance.save("sAved000001", "First title"));
    succeeded(&instance.run(&["backup", "create"]));
    succeeded(&instance.save("sAved000001", "Second title"));
    succeeded(&instance.save("sAved000002", "Removed by the restore"));
    succeeded(&instance.run(&["backup", "restore", "--index", "1", "--yes"]));
    let versions = succeeded(&instance.run(&["history", "sAved000001"]));
    assert!(versions.contains("Second title"), "{versions}");
    // A restore leaves the search index to the background.
    succeeded(&instance.run(&["migrate"]));
    let id = |digits: &str| if instance.is_sqlite() { format!("x'{digits}'") } else { format!("'{digits}'::uuid") };
    let at = "'2026-01-02T03:04:05.678901+00:00'";
    instance.execute(&format!(
        "insert into jobs (id, video_id, dedupe_key, state, attempt, lost_leases, steps, logs, created_at, updated_at)
        values ({}, 'wAiting0001', 'k', 'queued', 0, 0, '[]', '[\"a line\"]', {at}, {at})",
        id("0195d3a27a3b7c4d8e9f000102030405")
    ));
    instance.execute(&format!(
        "insert into adoptions (source, state, sermons, unreadable, problems, started_at, finished_at)
        values ('an old file', 'done', 7, 0, '[]', {at}, {at})"
    ));
}

#[test]
fn everything_is_copied_in_every_direction_and_the_source_is_as_before() {
    for (source, target) in directions() {
        fill(&source);
        let before: Vec<_> = COPIED.map(|query| source.rows(query)).into();
        let state_before = state(&source);
        let said = succeeded(&copy(&source, &target));
        let digest = state_before["digest"].as_str().expect("a digest");
        for expected in ["31 sermons", "31 transcripts", "1 job", "1 restore record", "1 adoption record", digest] {
            assert!(said.contains(expected), "{expected} in {said}");
        }
        for (query, rows) in COPIED.iter().zip(&before) {
            assert!(!rows.is_empty() || query.contains("orphan"), "{query}");
            assert_eq!(&source.rows(query), rows, "the source was changed: {query}");
            assert_eq!(&target.rows(query), rows, "{query}");
        }
        for query in REBUILT {
            assert_eq!(target.rows(query), source.rows(query), "{query}");
        }
        let (source_state, target_state) = (state(&source), state(&target));
        assert_eq!(source_state, state_before);
        assert_ne!(target_state["epoch"], source_state["epoch"], "they are different databases");
        for key in ["seq", "count", "digest"] {
            assert_eq!(target_state[key], source_state[key], "{key}");
        }
        assert!(!target.outside().join("unused").exists(), "no data directory is needed");
        works(&target);
    }
}

/// Checks that a copied database can be used: search, statistics, captions, history and saving.
fn works(target: &Instance) {
    let server = Server::start(target.server());
    let stats = server.curl("/api/stats", &[]).json();
    assert_eq!(stats["current"]["sermons"], 31);
    let found = server.curl("/api/search?q=sower", &[]).json();
    assert!(found.to_string().contains("sAved000001"), "{found}");
    server.terminate();
    let said = succeeded(&target.run(&["reanalyze", "sAved000001"]));
    assert!(said.contains("Reanalyzed 1 sermon"), "{said}");
    let versions = succeeded(&target.run(&["history", "sAved000001"]));
    assert!(versions.contains("First title") && versions.contains("Second title"), "{versions}");
    succeeded(&target.save("sAved000009", "Saved after the copy"));
    assert!(succeeded(&target.run(&["doctor"])).contains("All checks passed"));
}

#[test]
fn the_result_is_available_as_json() {
    let (source, target) = (Instance::new(), on_postgres());
    succeeded(&source.run(&["demo", "--sermons", "3"]));
    let (from, to) = (source.url(), target.url());
    let mut command = target.command();
    let output = command.args(["copy", "--from", &from, "--to", &to, "--json"]).output().expect("the binary runs");
    let report: Value = serde_json::from_str(&succeeded(&output)).expect("JSON");
    assert_eq!(report["to"]["state"]["digest"], state(&source)["digest"]);
    assert_eq!(report["to"]["tables"][0]["rows"], 3, "{report:#}");
    assert_eq!(report["later_writes"], 0);
}

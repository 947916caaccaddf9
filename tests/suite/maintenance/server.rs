//! Maintenance and integrity as the web service and the built binary report them.

use std::{fs, path::Path, process::Stdio, time::Duration};

use axum::{body::Body, http::Request};
use serde_json::Value;
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::support::{
    app::{TOKEN, TestApp, TestSettings},
    bench::document,
    postgres::Postgres,
    program::{Server, mannameter, succeeded},
};

const LOGIN: &str = "authorization: Bearer the-admin-token-of-the-tests";

async fn admin(app: &TestApp, path: &str) -> crate::support::app::TestResponse {
    let request = Request::get(path).header("authorization", format!("Bearer {TOKEN}"));
    app.send(request.body(Body::empty()).expect("a request")).await
}

/// Runs statements on the database directly.
async fn execute_directly(app: &TestApp, postgres: Option<&str>, statements: &'static str) {
    if let Some(url) = postgres {
        let mut connection = PgConnection::connect(url).await.expect("a connection");
        sqlx::raw_sql(statements).execute(&mut connection).await.expect("the statements");
    } else {
        let url = format!("sqlite://{}", app.data_dir.sqlite_database().display());
        let mut connection = SqliteConnection::connect(&url).await.expect("a connection");
        sqlx::raw_sql(statements).execute(&mut connection).await.expect("the statements");
    }
}

#[test]
fn every_line_that_a_restore_logs_in_a_drill_says_that_it_is_a_drill() {
    let data = tempfile::tempdir().expect("a directory");
    succeeded(&mannameter(data.path()).args(["demo", "--sermons", "3"]).output().expect("the binary runs"));
    succeeded(&mannameter(data.path()).args(["backup", "create"]).output().expect("the binary runs"));
    for filter in ["warn", "info"] {
        let mut command = mannameter(data.path());
        let output = command.arg("drill").env("RUST_LOG", filter).output().expect("the binary runs");
        succeeded(&output);
        let log = String::from_utf8_lossy(&output.stderr);
        let restores: Vec<_> = log.lines().filter(|line| line.contains("restore=")).collect();
        assert!(restores.len() >= 2, "{log}");
        assert!(restores.iter().all(|line| line.contains("restore_drill{backup=database_backup_")), "{restores:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn integrity_problems_are_shown_to_everybody_and_the_maintenance_status_to_the_admin() {
    for database in [None, Some(Postgres::shared().database())] {
        let app = TestApp::with(TestSettings { database: database.clone(), ..TestSettings::default() }).await;
        app.save(&document("a", "one")).await;
        app.integrity.check().await.expect("a check");
        let ready = app.get("/readyz").await;
        assert_eq!(ready.status, 200, "{}", ready.text());
        assert_eq!(ready.json()["integrity"]["problem"], Value::Null);
        assert_eq!(ready.json()["maintenance"][0]["task"], "backup");
        assert!(!app.browse("/").await.text().contains("modified outside MannaMeter"));

        app.maintenance.tick().await.expect("a check");
        let failed = app.maintenance.run_drill(std::sync::Arc::new(())).await;
        failed.expect_err("there is no backup");
        let stats = admin(&app, "/api/backup/stats").await.json();
        assert_eq!((&stats["damaged"], &stats["maintenance"][1]["ok"]), (&0.into(), &false.into()), "{stats:#}");
        let page = admin(&app, "/backup").await.text();
        assert!(page.contains("Scheduled restore drill") && page.contains("there is no verified backup"), "{page}");

        execute_directly(&app, database.as_deref(), "delete from mentions; delete from videos").await;
        app.integrity.check().await.expect("a check");
        let ready = app.get("/readyz").await;
        assert_eq!((ready.status.as_u16(), &ready.json()["status"]), (503, &"not_ready".into()));
        let problem = ready.json()["integrity"]["problem"].to_string();
        assert!(problem.contains("it has 0 sermons but should have 1"), "{problem}");
        let page = app.browse("/").await.text();
        assert!(page.contains("The database was modified outside MannaMeter: it has 0 sermons"), "{page}");
    }
}

/// Imports three sermons and creates a backup.
fn import_and_back_up(data: &Path) {
    let file = data.with_extension("json");
    let sermons = (0..3).map(|number| {
        format!(r#""v{number}":{{"title":"t","processed_at":"2026-01-01T00:00:00Z","stats":{{}},"counts":{{}},"suspect_counts":{{}},"positions":{{}}}}"#)
    });
    fs::write(&file, format!("{{{}}}", sermons.collect::<Vec<_>>().join(","))).expect("written");
    succeeded(&mannameter(data).args(["import", &file.to_string_lossy()]).output().expect("it runs"));
    succeeded(&mannameter(data).args(["backup", "create"]).output().expect("it runs"));
}

#[test]
fn the_drill_command_reports_its_result_and_leftovers_of_a_killed_drill_are_removed_at_the_next_start() {
    let directory = tempfile::tempdir().expect("a directory");
    let postgres = Postgres::shared().database();
    for url in [None, Some(&postgres)] {
        let data = directory.path().join(if url.is_some() { "with-postgres" } else { "with-sqlite" });
        let command = || {
            let mut command = mannameter(&data);
            if let Some(url) = url {
                command.env("DATABASE_URL", url);
            }
            command
        };
        let file = directory.path().join("sermons.json");
        let sermon = r#"{"v1":{"title":"t","processed_at":"2026-01-01T00:00:00Z","stats":{},"counts":{},"suspect_counts":{},"positions":{}}}"#;
        fs::write(&file, sermon).expect("written");
        succeeded(&command().args(["import", &file.to_string_lossy()]).output().expect("it runs"));
        succeeded(&command().args(["backup", "create"]).output().expect("it runs"));
        let said = succeeded(&command().args(["drill"]).output().expect("it runs"));
        assert!(said.contains("The restore drill succeeded") && said.contains("verified 1 sermon in "), "{said}");
        let stats = succeeded(&command().args(["backup", "stats"]).output().expect("it runs"));
        assert!(stats.contains("restore drill: succeeded on"), "{stats}");
        let doctor = succeeded(&command().args(["doctor"]).output().expect("it runs"));
        assert!(
            doctor.contains("restore drill: succeeded on")
                && doctor.contains("the database has everything that was written to it"),
            "{doctor}"
        );

        let left = || {
            let entries = fs::read_dir(&data).expect("a directory");
            let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
            let mut left = names.filter(|name| name.starts_with(".drill-")).count();
            if url.is_some() {
                let name = postgres.rsplit('/').next().expect("a name");
                let schemas = "select count(*) from pg_namespace where nspname like 'mannameter\\_drill%'";
                left += Postgres::shared().psql(name, schemas).parse::<usize>().expect("a number");
            }
            left
        };
        let mut was_left = 0;
        for kill in 1..14 {
            let mut child =
                command().arg("drill").stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
            std::thread::sleep(Duration::from_millis(25) * kill);
            let _ = child.kill();
            child.wait().expect("its exit status");
            was_left += usize::from(left() > 0);
        }
        assert!(was_left > 0, "no kill came during the drill");
        let server = Server::start(command());
        for _ in 0..100 {
            if left() == 0 {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(left(), 0, "the next start removes the leftovers");
        assert_eq!(server.curl("/readyz", &[]).json()["database"]["sermons"], 1);
        server.terminate();
        assert_eq!(
            succeeded(&command().args(["backup", "verify", "--all"]).output().expect("it runs")).lines().count(),
            1
        );
    }
}

#[test]
fn a_new_database_next_to_backups_is_filled_only_on_request() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("data");
    import_and_back_up(&data);
    fs::remove_dir_all(data.join("instance")).expect("the database is removed");
    let server = Server::start(mannameter(&data));
    let ready = server.curl("/readyz", &[]).json();
    assert!(
        ready["integrity"]["uninitialized"].as_str().expect("a message").contains("this database is new"),
        "{ready:#}"
    );
    assert_eq!(ready["database"]["sermons"], 0, "it is not filled automatically");
    let page = server.curl("/", &["-H", "accept: text/html"]).text();
    assert!(page.contains("This database is new"), "{page}");
    server.terminate();

    let mut command = mannameter(&data);
    command.env("SEED_FROM_BACKUP", "true");
    let server = Server::start(command);
    let ready = server.curl("/readyz", &[]).json();
    assert_eq!(
        (&ready["database"]["sermons"], &ready["integrity"]["uninitialized"]),
        (&3.into(), &Value::Null),
        "{ready:#}"
    );
    let deleted = server.curl("/api/video/v1", &["-X", "DELETE", "-H", LOGIN]);
    assert!((200..300).contains(&deleted.status));
    server.terminate();
    // The database is now in use, so the setting has no effect.
    let mut command = mannameter(&data);
    command.env("SEED_FROM_BACKUP", "true");
    let server = Server::start(command);
    assert_eq!(server.curl("/readyz", &[]).json()["database"]["sermons"], 2);
    server.terminate();
}

//! The built program through pgbouncer: adoption, saves, backups, restores, drills.

use std::{sync::Arc, thread::sleep, time::Duration};

use serde_json::json;

use crate::{
    adoption::{CREATE_POSTGRES, insert, row},
    support::{
        instance::{Database, Instance},
        pgbouncer::PgBouncer,
        postgres::Postgres,
        program::{Server, succeeded},
    },
};

#[test]
fn adoption_saves_backups_restores_and_drills_work_through_pgbouncer() {
    let postgres = Arc::new(Postgres::new());
    let pgbouncer = PgBouncer::start(&postgres);
    let instance = Instance::with(Database::new(&postgres));
    instance.execute(CREATE_POSTGRES);
    insert(&instance, &(1..=9).map(|day| row(&format!("old_Sermon{day}"), "Old", day)).collect::<Vec<_>>());
    let command = || {
        let mut command = instance.command();
        command.env("DATABASE_URL", pgbouncer.url(&instance.url()));
        command
    };
    let run = |arguments: &[&str]| succeeded(&command().args(arguments).output().expect("the binary runs"));

    let servers = [Server::start(command()), Server::start(command())];
    let count = || instance.rows("select count from store_state")[0]["count"].clone();
    for _ in 0..100 {
        if count() == 9 {
            break;
        }
        sleep(Duration::from_millis(100));
    }
    assert_eq!(count(), 9, "the old sermons are adopted");
    for number in 0..6 {
        let body = json!({
            "transcript": "Turn with me to John chapter 5 verse 24.", "title": format!("Sermon {number}"),
            "url": format!("https://youtu.be/neW_Sermon{number}"),
        });
        let server = &servers[number % 2];
        let headers = ["-H", "content-type: application/json", "-d", &body.to_string()];
        let accepted = server.curl("/api/videos", &headers);
        assert_eq!(accepted.status, 202, "{}", accepted.text());
        let job = server.finished_job(accepted.header("location").expect("a job"));
        assert_eq!((&job["state"], &job["stored"]), (&json!("done"), &json!("database")), "{job}");
        let ready = server.curl("/readyz", &[]).json();
        assert_eq!((&ready["database"]["ok"], &ready["saves"]["ok"]), (&json!(true), &json!(true)), "{ready}");
    }
    let running = servers[0].curl("/readyz", &[]).json();
    assert_eq!(running["instances"].as_array().map(Vec::len), Some(2), "{running}");

    let created = run(&["backup", "create", "--json"]);
    let created: serde_json::Value = serde_json::from_str(&created).expect("JSON");
    let name = created["name"].as_str().expect("a name").to_owned();
    instance.save("neW_Sermon9", "After the backup");
    run(&["backup", "restore", &name, "--yes"]);
    assert_eq!(count(), 15);
    let drill = run(&["drill"]);
    assert!(drill.contains("The restore drill succeeded"), "{drill}");
    let doctor = run(&["doctor"]);
    assert!(doctor.contains("through a pooler in transaction mode"), "{doctor}");
    assert!(doctor.contains("2 running servers"), "{doctor}");
    run(&["selftest"]);
    for server in servers {
        assert!(server.terminate().0, "it stops gracefully");
    }
    assert!(instance.rows("select id from instances").is_empty(), "they are gone");
}

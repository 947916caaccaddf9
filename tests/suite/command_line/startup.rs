//! How the program starts, and what it prints if it cannot start.

use std::{fs, time::Duration};

use serde_json::json;

use super::data_dir;
use crate::support::{
    postgres::Postgres,
    program::{Server, failed, mannameter, run},
};

#[test]
fn every_failed_start_prints_one_line_that_says_what_to_do() {
    let data = data_dir();
    let not_a_directory = data.path().join("file");
    fs::write(&not_a_directory, "x").expect("a file is written");
    let output = failed(&run(&not_a_directory, &["serve"]));
    assert!(output.contains("DATA_DIR"), "{output}");

    let output = failed(&run(data.path(), &["serve", "--database-url", "mysql://h/d"]));
    assert!(output.contains("postgres://") && output.contains("sqlite://"), "{output}");

    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port().to_string();
    let output = failed(&run(data.path(), &["serve", "--port", &port]));
    assert!(output.contains(&port) && output.contains("--port"), "{output}");

    let unreachable = ["migrate", "--database-url", "postgres://nobody:hush@127.0.0.1:1/none"];
    let output = failed(&run(data.path(), &unreachable));
    assert!(output.contains("not available") && !output.contains("hush"), "{output}");

    let invalid =
        [("--rotating-proxy", "ftp://u:hush@p", "ROTATING_PROXY"), ("--proxy-list", "u:hush@p,::", "PROXY_LIST")];
    for (flag, value, setting) in invalid {
        let output = failed(&run(data.path(), &["serve", flag, value]));
        assert!(output.contains(setting) && !output.contains("hush"), "{output}");
    }

    let output = failed(&run(data.path(), &["analyze", "no-such-file.srt"]));
    assert!(output.contains("no-such-file.srt"), "{output}");
}

#[test]
fn a_server_without_its_database_is_live_but_not_ready_and_recovers_when_it_is_back() {
    let data = data_dir();
    let postgres = Postgres::new();
    let database = postgres.database();
    postgres.stop();
    let mut command = mannameter(data.path());
    command.env("DATABASE_URL", database);
    let server = Server::start(command);
    assert_eq!(server.curl("/healthz", &[]).status, 200);
    assert_eq!(server.curl("/readyz", &[]).status, 503);
    let response = server.curl("/api/videos", &[]);
    assert_eq!(response.status, 503);
    assert!(
        response.header("content-type").is_some_and(|kind| kind.starts_with("application/problem+json")),
        "{}",
        response.head
    );
    assert!(response.header("retry-after").is_some());
    postgres.start();
    let ready = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        server.curl("/readyz", &[]).status == 200
    });
    assert!(ready, "the server is ready again: {}", server.curl("/readyz", &[]).text());
    assert_eq!(server.curl("/api/videos", &[]).json()["videos"], json!([]));
}

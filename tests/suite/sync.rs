//! `mannameter sync` on both databases: it pulls everything, is idempotent, and changes nothing if a response is
//! truncated or invalid.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    path::Path,
    process::Output,
};

use crate::support::postgres::Postgres;
use crate::support::program::{Server, failed, mannameter, run, succeeded};
use serde_json::{Value, json};
use tempfile::TempDir;

fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory for the test")
}

/// Returns a document in the format of the previous system.
fn sermon(title: &str, day: u32) -> Value {
    json!({
        "title": title, "channel": "C", "channel_url": "", "location": "", "transcript_length": 5,
        "processed_at": format!("2025-12-{day:02} 11:09:41"),
        "stats": {"total_matches": 1, "scripture_references": 1, "suspect_references": 0, "false_positives": 0},
        "counts": {"Luke": 1}, "suspect_counts": {}, "positions": {"Luke": {"valid": [{"start": 1}]}},
    })
}

fn import(data: &Path, documents: &Value) {
    let file = data.join("in.json");
    fs::create_dir_all(data).expect("a directory");
    fs::write(&file, documents.to_string()).expect("written");
    succeeded(&run(data, &["import", file.to_str().expect("UTF-8")]));
}

/// The installation that pulls, on SQLite or on the given database.
struct Local {
    data: TempDir,
    database: Option<String>,
}

impl Local {
    fn command(&self, arguments: &[&str]) -> Output {
        let mut command = mannameter(self.data.path());
        if let Some(url) = &self.database {
            command.env("DATABASE_URL", url);
        }
        command.args(arguments).output().expect("the binary runs")
    }

    fn sync(&self, url: &str) -> Output {
        self.command(&["sync", url])
    }

    fn titles(&self) -> Vec<(String, String)> {
        let json = fs::read(self.data.path().join("results.json")).expect("the export");
        let documents: serde_json::Map<String, Value> = serde_json::from_slice(&json).expect("JSON");
        let title = |value: &Value| value["title"].as_str().expect("a title").to_owned();
        documents.iter().map(|(id, document)| (id.clone(), title(document))).collect()
    }

    /// Returns the export manifest, which changes with every write.
    fn state(&self) -> String {
        fs::read_to_string(self.data.path().join("results.manifest.json")).expect("the manifest")
    }
}

fn pull_everything(database: Option<String>) {
    let remote = directory();
    let documents =
        json!({"newerRemote": sermon("Remote", 9), "newerLocal1": sermon("Old", 1), "onlyRemote1": sermon("Only", 3)});
    import(remote.path(), &documents);
    let local = Local { data: directory(), database };
    let file = local.data.path().join("in.json");
    let documents =
        json!({"newerRemote": sermon("Local", 2), "newerLocal1": sermon("New", 8), "onlyLocal01": sermon("Mine", 1)});
    fs::write(&file, documents.to_string()).expect("written");
    succeeded(&local.command(&["import", file.to_str().expect("UTF-8")]));

    let server = Server::start(mannameter(remote.path()));
    let output = succeeded(&local.sync(&format!("{}/", server.base)));
    assert!(output.contains("1 created, 1 updated, 0 unchanged, 1 skipped"), "{output}");
    let expected =
        [("newerLocal1", "New"), ("newerRemote", "Remote"), ("onlyLocal01", "Mine"), ("onlyRemote1", "Only")];
    assert_eq!(local.titles(), expected.map(|(id, title)| (id.to_owned(), title.to_owned())));
    // The older versions are in the history.
    for (id, title) in [("newerRemote", "Local"), ("newerLocal1", "Old")] {
        let history = succeeded(&local.command(&["history", id]));
        assert!(history.contains(title), "{history}");
    }

    let before = local.state();
    let output = succeeded(&local.sync(&server.base));
    assert!(
        output.contains("0 created, 0 updated, 3 unchanged, 0 skipped")
            || output.contains("0 created, 0 updated, 2 unchanged, 1 skipped"),
        "{output}"
    );
    assert_eq!(local.state(), before, "a second sync changes nothing");
    let leftovers: Vec<_> = fs::read_dir(local.data.path())
        .expect("a directory")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .filter(|name| name.contains("tmp"))
        .collect();
    assert_eq!(leftovers, Vec::<String>::new());
    server.kill();
}

#[test]
fn everything_is_pulled_from_another_server_and_newer_versions_win_on_sqlite() {
    pull_everything(None);
}

#[test]
fn everything_is_pulled_from_another_server_and_newer_versions_win_on_postgres() {
    pull_everything(Some(Postgres::shared().database()));
}

/// Starts a server that responds to one path with these bytes and to others with 404. Returns its URL.
fn serve(path: &'static str, response: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.expect("a connection");
            let mut request = Vec::new();
            let mut buffer = [0; 1024];
            while !request.ends_with(b"\r\n\r\n") {
                match connection.read(&mut buffer).expect("a request") {
                    0 => break,
                    read => request.extend_from_slice(&buffer[..read]),
                }
            }
            let is_path = request.starts_with(format!("GET {path} ").as_bytes());
            let not_found = &b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"[..];
            // Fails if the client has closed the connection.
            let _ = connection.write_all(if is_path { &response } else { not_found });
        }
    });
    format!("http://{address}")
}

fn http(headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n{headers}\r\n{body}")
        .into_bytes()
}

#[test]
fn everything_is_pulled_from_the_previous_system() {
    let local = Local { data: directory(), database: None };
    // The previous system's framework sorts keys alphabetically.
    let body = json!({"count": 1, "success": true, "videos": {"EMERGENCY789": sermon("Eleven keys", 6)}}).to_string();
    let url = serve("/api/export/database", http("", &body));
    let output = succeeded(&local.sync(&url));
    assert!(output.contains("1 created, 0 updated"), "{output}");
    assert_eq!(local.titles(), [("EMERGENCY789".to_owned(), "Eleven keys".to_owned())]);
}

#[test]
fn a_truncated_or_invalid_response_changes_nothing() {
    let local = Local { data: directory(), database: None };
    import(local.data.path(), &json!({"a": sermon("Mine", 1)}));
    let (before, titles) = (local.state(), local.titles());
    let good = json!({"a": sermon("Theirs", 9), "b": sermon("More", 9)}).to_string();
    let cut = &good[..good.len() - 40];
    let wrong_tag = format!("ETag: \"{}\"\r\n", "0".repeat(64));
    let length = format!("Content-Length: {}\r\n", good.len());
    let cases: [(&str, &'static str, Vec<u8>); 7] = [
        ("truncated JSON", "/results.json", http("", cut)),
        ("truncated body", "/results.json", http(&length, cut)),
        ("wrong checksum", "/results.json", http(&wrong_tag, &good)),
        ("invalid documents", "/results.json", http("", r#"{"a":{"name":1,"processed_at":"never"}}"#)),
        ("web page", "/results.json", http("", "<html></html>")),
        ("wrong count", "/api/export/database", http("", &format!(r#"{{"success":true,"count":3,"videos":{good}}}"#))),
        ("no MannaMeter", "/else", http("", &good)),
    ];
    for (case, path, response) in cases {
        let error = failed(&local.sync(&serve(path, response)));
        assert!(error.contains("nothing was changed"), "{case}: {error}");
        assert_eq!((local.state(), local.titles()), (before.clone(), titles.clone()), "{case}");
    }
    assert!(failed(&local.sync("http://127.0.0.1:1")).contains("nothing was changed"));
}

//! `mannameter sync`: everything of another server comes over, on both databases; twice is the same as once, and what is not
//! whole changes nothing.

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

/// A document in the shape of the system before ours.
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

/// A place that pulls, on SQLite or on this database.
struct Here {
    data: TempDir,
    database: Option<String>,
}

impl Here {
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

    /// Everything in the data directory that may tell whether something was written.
    fn state(&self) -> String {
        fs::read_to_string(self.data.path().join("results.manifest.json")).expect("the manifest")
    }
}

fn pulls_everything(database: Option<String>) {
    let there = directory();
    import(
        there.path(),
        &json!({"newerThere1": sermon("There", 9), "newerHere01": sermon("Old", 1), "onlyThere01": sermon("Only", 3)}),
    );
    let here = Here { data: directory(), database };
    let file = here.data.path().join("in.json");
    fs::write(
        &file,
        json!({"newerThere1": sermon("Here", 2), "newerHere01": sermon("New", 8), "onlyHere001": sermon("Mine", 1)})
            .to_string(),
    )
    .expect("written");
    succeeded(&here.command(&["import", file.to_str().expect("UTF-8")]));

    let server = Server::start(mannameter(there.path()));
    let said = succeeded(&here.sync(&format!("{}/", server.base)));
    assert!(said.contains("1 added, 1 updated, 0 the same, 1 kept as they are here"), "{said}");
    let wanted = [("newerHere01", "New"), ("newerThere1", "There"), ("onlyHere001", "Mine"), ("onlyThere01", "Only")];
    assert_eq!(here.titles(), wanted.map(|(id, title)| (id.to_owned(), title.to_owned())));
    // The versions that did not win are in the history.
    for (id, title) in [("newerThere1", "Here"), ("newerHere01", "Old")] {
        let history = succeeded(&here.command(&["history", id]));
        assert!(history.contains(title), "{history}");
    }

    let before = here.state();
    let said = succeeded(&here.sync(&server.base));
    assert!(
        said.contains("0 added, 0 updated, 3 the same, 0 kept")
            || said.contains("0 added, 0 updated, 2 the same, 1 kept"),
        "{said}"
    );
    assert_eq!(here.state(), before, "a second time changes nothing");
    let leftovers: Vec<_> = fs::read_dir(here.data.path())
        .expect("a directory")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .filter(|name| name.contains("tmp"))
        .collect();
    assert_eq!(leftovers, Vec::<String>::new());
    server.kill();
}

#[test]
fn everything_of_another_server_comes_over_and_what_is_newer_wins_on_sqlite() {
    pulls_everything(None);
}

#[test]
fn everything_of_another_server_comes_over_and_what_is_newer_wins_on_postgres() {
    pulls_everything(Some(Postgres::shared().database()));
}

/// A server that answers one path with these bytes, and any other with 404; gives its address.
fn answering(path: &'static str, answer: Vec<u8>) -> String {
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
            let asked = request.starts_with(format!("GET {path} ").as_bytes());
            let not_found = &b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"[..];
            // Whoever has heard enough may be gone.
            let _ = connection.write_all(if asked { &answer } else { not_found });
        }
    });
    format!("http://{address}")
}

fn http(headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n{headers}\r\n{body}")
        .into_bytes()
}

#[test]
fn the_system_before_ours_is_pulled_as_well() {
    let here = Here { data: directory(), database: None };
    // As its framework writes it: keys in the order of the alphabet.
    let body = json!({"count": 1, "success": true, "videos": {"EMERGENCY789": sermon("Eleven keys", 6)}}).to_string();
    let url = answering("/api/export/database", http("", &body));
    let said = succeeded(&here.sync(&url));
    assert!(said.contains("1 added, 0 updated"), "{said}");
    assert_eq!(here.titles(), [("EMERGENCY789".to_owned(), "Eleven keys".to_owned())]);
}

#[test]
fn what_is_not_whole_or_no_collection_changes_nothing() {
    let here = Here { data: directory(), database: None };
    import(here.data.path(), &json!({"a": sermon("Mine", 1)}));
    let (before, titles) = (here.state(), here.titles());
    let good = json!({"a": sermon("Theirs", 9), "b": sermon("More", 9)}).to_string();
    let cut = &good[..good.len() - 40];
    let wrong_tag = format!("ETag: \"{}\"\r\n", "0".repeat(64));
    let length = format!("Content-Length: {}\r\n", good.len());
    let cases: [(&str, &'static str, Vec<u8>); 7] = [
        ("cut short", "/results.json", http("", cut)),
        ("broken off", "/results.json", http(&length, cut)),
        ("another checksum", "/results.json", http(&wrong_tag, &good)),
        ("no sermons", "/results.json", http("", r#"{"a":{"name":1,"processed_at":"never"}}"#)),
        ("a web page", "/results.json", http("", "<html></html>")),
        (
            "fewer than it says",
            "/api/export/database",
            http("", &format!(r#"{{"success":true,"count":3,"videos":{good}}}"#)),
        ),
        ("nothing", "/else", http("", &good)),
    ];
    for (what, path, answer) in cases {
        let error = failed(&here.sync(&answering(path, answer)));
        assert!(error.contains("nothing was changed"), "{what}: {error}");
        assert_eq!((here.state(), here.titles()), (before.clone(), titles.clone()), "{what}");
    }
    assert!(failed(&here.sync("http://127.0.0.1:1")).contains("nothing was changed"));
}

//! Edits and corrections survive everything that happens to a sermon: reanalyzing, adding it again, export, import,
//! backup, restore, sync and copy, on both databases.

use std::{path::Path, process::Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    postgres::Postgres,
    program::{Server, mannameter, succeeded},
};

const SERMON: &str = "1\n00:00:01,000 --> 00:00:05,000\nTurn with me to John chapter 5 verse 24.\n\n\
     2\n00:00:05,000 --> 00:00:09,000\nAnd then to Romans chapter 8.\n\n\
     3\n00:00:09,000 --> 00:00:14,000\nPaul wrote to a young pastor in his second letter, third chapter.\n";

/// An installation of its own.
struct Installation {
    data: TempDir,
    database: Option<String>,
}

impl Installation {
    fn new(database: Option<String>) -> Self {
        Self { data: tempfile::tempdir().expect("a directory"), database }
    }

    fn path(&self) -> &Path {
        self.data.path()
    }

    fn try_run(&self, arguments: &[&str]) -> Output {
        let mut command = mannameter(self.path());
        if let Some(url) = &self.database {
            command.env("DATABASE_URL", url);
        }
        command.args(arguments).output().expect("the binary runs")
    }

    fn run(&self, arguments: &[&str]) -> String {
        succeeded(&self.try_run(arguments))
    }

    fn server(&self) -> Server {
        let mut command = mannameter(self.path());
        if let Some(url) = &self.database {
            command.env("DATABASE_URL", url);
        }
        command.env("ADMIN_TOKEN", "the admin token of the tests");
        Server::start(command)
    }

    /// Returns the URL of the database.
    fn url(&self) -> String {
        let sqlite = || format!("sqlite://{}", self.path().join("instance/mannameter.db").display());
        self.database.clone().unwrap_or_else(sqlite)
    }

    fn document(&self, id: &str) -> Value {
        serde_json::from_str(&self.run(&["show", id, "--format", "json"])).expect("JSON")
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.to_str().expect("UTF-8").to_owned()
    }
}

/// What people decided about the sermon, which must never change.
fn decisions(document: &Value) -> Value {
    let osis: Vec<_> =
        document["references"].as_array().expect("references").iter().map(|found| found["osis"].clone()).collect();
    let corrections: Vec<_> = document["corrections"]
        .as_array()
        .expect("corrections")
        .iter()
        .map(|one| json!([one["id"], one["verdict"], one["osis"], one["applied"], one["by"]]))
        .collect();
    // `original` is what the latest fetch or submission says.
    let edits = document["edited"].as_object().expect("edits").iter();
    let edited: Vec<_> = edits.map(|(field, edit)| json!([field, edit["value"], edit["at"], edit["by"]])).collect();
    json!({
        "title": document["title"], "speaker": document["speaker"], "edited": edited, "osis": osis,
        "corrections": corrections, "manna": document["stats"]["scripture_references"], "counts": document["counts"],
    })
}

fn edits_and_corrections_survive(databases: [Option<String>; 4]) {
    let [first, second, third, fourth] = databases.map(Installation::new);
    let file = first.file("sermon.srt", SERMON);
    first.run(&["analyze", &file, "--title", "Wk 3 FINAL"]);
    let list: Value = serde_json::from_str(&first.run(&["list", "--format", "json"])).expect("JSON");
    let id = list[0]["video_id"].as_str().expect("an ID").to_owned();
    let unedited = std::fs::read_to_string(first.path().join("results.json")).expect("the export");
    first.run(&["edit", &id, "--title", "The Sower", "--speaker", "Ann Lee", "--location", ""]);

    let server = first.server();
    let post = |body: &Value| {
        let arguments = [
            "-X",
            "POST",
            "-H",
            "Authorization: Bearer the admin token of the tests",
            "-H",
            "Content-Type: application/json",
            "--data",
            &body.to_string(),
        ]
        .map(str::to_owned);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let response = server.curl(&format!("/api/video/{id}/corrections"), &arguments);
        assert_eq!(response.json()["video_id"], id.as_str(), "{}", response.text());
    };
    let john = first.document(&id)["references"][0].clone();
    post(&json!({ "verdict": "wrong", "start_char": john["start_char"], "end_char": john["end_char"] }));
    post(&json!({ "verdict": "added", "quote": "second letter third chapter", "passage": "2 Tim 3" }));
    server.terminate();

    let decided = decisions(&first.document(&id));
    assert_eq!((&decided["osis"], &decided["counts"]["2 Timothy"]), (&json!(["Rom.8", "2Tim.3"]), &json!(1)));
    let check = |installation: &Installation, after: &str| {
        assert_eq!(decisions(&installation.document(&id)), decided, "after {after}");
    };

    first.run(&["reanalyze", &id]);
    check(&first, "reanalyzing");
    first.run(&["analyze", &file, "--title", "Wk 3 FINAL (again)"]);
    check(&first, "adding it again");
    assert_eq!(first.document(&id)["edited"]["title"]["value"], "The Sower");

    first.run(&["backup", "create"]);
    let backup = first.run(&["backup", "list", "--json"]);
    let backup: Value = serde_json::from_str(&backup).expect("JSON");
    let name = backup["backups"].as_array().or_else(|| backup.as_array()).expect("backups")[0]["name"].clone();
    let name = name.as_str().expect("a name").to_owned();
    first.run(&["edit", &id, "--title", "Another"]);
    first.run(&["backup", "restore", "--name", &name, "--yes"]);
    check(&first, "restoring a backup");
    first.run(&["reanalyze", &id]);
    check(&first, "reanalyzing a restored sermon");

    first.run(&["export"]);
    let export = first.path().join("results.json");
    second.run(&["import", export.to_str().expect("UTF-8")]);
    check(&second, "export and import");
    let old = second.file("old.json", &unedited);
    second.run(&["import", &old]);
    check(&second, "importing the version without edits");
    second.run(&["import", "--force", &old]);
    check(&second, "importing the version without edits by force");

    let old = third.file("old.json", &unedited);
    third.run(&["import", &old]);
    let server = first.server();
    third.run(&["sync", &server.base]);
    check(&third, "sync into a server that has the version without edits");
    third.run(&["sync", &server.base]);
    check(&third, "a second sync");
    server.terminate();

    std::fs::create_dir_all(fourth.path().join("instance")).expect("a directory");
    fourth.run(&["copy", "--from", &first.url(), "--to", &fourth.url()]);
    check(&fourth, "a copy into another database");
    fourth.run(&["reanalyze", &id]);
    check(&fourth, "reanalyzing a copied sermon");
}

#[test]
fn edits_and_corrections_survive_everything_on_sqlite() {
    edits_and_corrections_survive([None, None, None, None]);
}

#[test]
fn edits_and_corrections_survive_everything_on_postgres() {
    edits_and_corrections_survive([(); 4].map(|()| Some(Postgres::shared().database())));
}

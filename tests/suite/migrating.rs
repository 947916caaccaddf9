//! Runs every shell command in `docs/MIGRATING.md` against local servers and directories in place of the real ones.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::Path,
    process::Command,
    thread,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::support::{
    postgres::Postgres,
    program::{mannameter, shell, succeeded},
};

/// The features in `<!-- requires: ... -->` that this build has. A block that requires another one is not run.
const FEATURES: [&str; 2] = ["adopt", "copy"];

/// A fenced block of commands.
#[derive(Debug)]
struct Block {
    language: String,
    requires: Option<String>,
    commands: String,
}

/// Returns the fenced blocks on a page.
fn blocks(page: &str) -> Vec<Block> {
    let (mut blocks, mut open, mut requires) = (Vec::new(), None::<Block>, None);
    for line in page.lines().map(str::trim_start) {
        let comment = line.strip_prefix("<!-- requires: ").and_then(|rest| rest.strip_suffix(" -->"));
        match (line.strip_prefix("```"), open.take()) {
            (Some(language), None) => {
                let requires = requires.take();
                open = Some(Block { language: language.to_owned(), requires, commands: String::new() });
            }
            (Some(_), Some(block)) => blocks.push(block),
            (None, Some(mut block)) => {
                block.commands.push_str(line);
                block.commands.push('\n');
                open = Some(block);
            }
            (None, None) => requires = comment.map(str::to_owned).or(requires),
        }
    }
    blocks
}

fn page() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/MIGRATING.md")).expect("the page")
}

fn sermon(title: &str) -> Value {
    json!({
        "title": title, "channel": "Grace", "channel_url": "", "location": "", "transcript_length": 9,
        "processed_at": "2025-12-05T11:28:13.897205", "stats": {"scripture_references": 1, "suspect_references": 0,
        "false_positives": 0, "total_matches": 1}, "counts": {"John": 1}, "suspect_counts": {}, "positions": {},
    })
}

/// Returns the previous system's table with one sermon.
fn old_table(id: &str) -> String {
    format!(
        "create table video (id integer primary key, video_id varchar(20) unique not null, title text not null, \
         channel text not null, channel_url text, location text, transcript_length integer, processed_at timestamp, \
         stats_scripture_references integer, stats_suspect_references integer, stats_false_positives integer, \
         stats_total_matches integer, counts_data text, suspect_counts_data text, positions_data text, logs_data text); \
         insert into video values (1, '{id}', 'From the table', 'Grace', '', '', 9, '2025-12-06 10:00:00', 1, 0, 0, 1, \
         '{{\"John\": 1}}', '{{}}', '{{}}', '[]')"
    )
}

/// Creates the prototype's directory: its export, its database and its backups.
fn create_old_folder(folder: &Path) {
    for directory in ["backups", "instance"] {
        fs::create_dir_all(folder.join(directory)).expect("a directory");
    }
    let write = |name: &str, documents: Value| {
        fs::write(folder.join(name), STANDARD.encode(documents.to_string())).expect("written");
    };
    write("results.json.b64", json!({"exported001": sermon("In the export")}));
    write("backups/pre_migration_20251206_114652.json.b64", json!({"migrated001": sermon("Before the migration")}));
    write("backups/EMERGENCY_SAVE_20251206_110941_emergency01.json.b64", json!({"emergency01": sermon("Emergency")}));
    let mut sqlite = Command::new("sqlite3");
    let status = sqlite.arg(folder.join("instance/mannameter.db")).arg(old_table("in_table_01")).status();
    let status = status.expect("sqlite3 must be installed for this test; on Debian: apt install sqlite3");
    assert!(status.success());
}

/// Serves what the old service and GitHub Pages serve until the test ends. Returns the address.
fn serve_old_files() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut lines = BufReader::new(stream.try_clone().expect("a second handle")).lines();
            let request = lines.next().expect("a line").expect("text");
            while lines.next().is_some_and(|line| !line.expect("text").is_empty()) {}
            let body = match request.split(' ').nth(1) {
                Some("/api/export/database") => {
                    json!({"count": 1, "success": true, "videos": {"on_render_1": sermon("On Render")}})
                }
                Some("/MannaMeter/results.json") => json!({"published01": sermon("On GitHub Pages")}),
                Some("/readyz") => json!({"ready": true}),
                _ => panic!("{request} is not served"),
            };
            let body = body.to_string();
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
                .expect("the response is sent");
        }
    });
    address
}

/// Returns the content of every file below a directory.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(contents(&path));
        } else {
            files.insert(path.display().to_string(), fs::read(&path).expect("a file"));
        }
    }
    files
}

/// Returns the IDs in the export of a data directory.
fn exported(data: &Path) -> Vec<String> {
    let export = fs::read(data.join("results.json")).expect("an export");
    let export: Value = serde_json::from_slice(&export).expect("JSON");
    export.as_object().expect("an object").keys().cloned().collect()
}

#[test]
fn every_command_works() {
    let scratch = tempfile::tempdir().expect("a directory");
    let root = scratch.path();
    let old_folder = root.join("old-folder");
    create_old_folder(&old_folder);
    let before = contents(&old_folder);
    let (server, postgres) = (serve_old_files(), Postgres::shared());
    let [render, target] = [postgres.database(), postgres.database()];
    postgres.psql(render.rsplit('/').next().expect("a name"), &old_table("in_table_02"));

    let mut skipped = Vec::new();
    for block in blocks(&page()).into_iter().filter(|block| block.language == "sh") {
        if let Some(feature) = block.requires.as_deref().filter(|feature| !FEATURES.contains(feature)) {
            skipped.push(feature.to_owned());
            continue;
        }
        let database = if block.requires.as_deref() == Some("copy") { &target } else { &render };
        let commands = block
            .commands
            .replace("https://your-service.onrender.com", &server)
            .replace("https://your-name.github.io", &server)
            .replace("postgres://user:password@host/name", database);
        succeeded(&shell(&commands).current_dir(root).output().expect("sh runs"));
    }
    assert_eq!(contents(&old_folder), before, "the old folder was changed");
    assert_eq!(exported(&root.join("safe-copy")), ["on_render_1"]);
    let mut expected = vec!["emergency01", "exported001", "migrated001", "published01"];
    if !skipped.iter().any(|feature| feature == "adopt") {
        expected.insert(2, "in_table_01");
    }
    assert_eq!(exported(&root.join("sermons")), expected);
    let copied = "select string_agg(video_id, ',' order by video_id) from videos";
    assert_eq!(postgres.psql(target.rsplit('/').next().expect("a name"), copied), expected.join(","));
    assert!(root.join("checkout/MannaMeter/video/published01.html").is_file());
}

#[test]
fn every_step_is_shown_for_powershell_too() {
    let blocks = blocks(&page());
    assert!(blocks.len() > 15);
    for pair in blocks.chunks(2) {
        let languages: Vec<_> = pair.iter().map(|block| block.language.as_str()).collect();
        assert_eq!(languages, ["sh", "powershell"], "{pair:?}");
        let programs = |block: &Block| block.commands.matches("mannameter ").count();
        assert_eq!(programs(&pair[0]), programs(&pair[1]), "{pair:?}");
    }
}

#[test]
fn features_that_this_build_has_are_tested() {
    let help = |arguments: &[&str]| mannameter(Path::new("unused")).args(arguments).output().expect("the binary runs");
    let help = String::from_utf8_lossy(&help(&["--help"]).stdout).into_owned();
    for (feature, mark) in [("adopt", "ADOPT_OLD_DATABASE"), ("copy", "\n  copy ")] {
        let has_it = help.contains(mark);
        assert_eq!(FEATURES.contains(&feature), has_it, "list {feature} in FEATURES, so that its commands are run");
    }
}

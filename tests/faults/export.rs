//! The export: read during saves, damaged, surrounded by leftovers, and with a database that has lost its rows.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::{
    client::{Sent, get, together, until, until_up_to_date},
    support::{
        instance::{Instance, video_id},
        ledger::{Ledger, check_export, names},
        program::{Server, succeeded},
    },
};

/// Creates an instance with this many sermons, and its ledger.
fn instance_with(sermons: usize) -> (Instance, Ledger) {
    let (instance, mut ledger) = (Instance::new(), Ledger::default());
    for number in 0..sermons {
        let (id, title) = (video_id('a', number), format!("sermon {number}"));
        succeeded(&instance.save(&id, &title));
        ledger.acknowledge(&id, &title);
    }
    ledger.check(&instance);
    (instance, ledger)
}

/// Reads the export repeatedly until told to stop, and returns how many times it did.
fn read_repeatedly(data: &Path, base: &str, stop: &AtomicBool) -> usize {
    let (mut reads, mut most) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        let plain = fs::read(data.join("results.json")).expect("results.json always exists");
        let b64 = fs::read(data.join("results.json.b64")).expect("results.json.b64 always exists");
        let b64 = STANDARD.decode(b64.trim_ascii_end()).expect("standard base64");
        let served = get(base, "/results.json").expect("a response").body;
        let count = |json: &[u8]| serde_json::from_slice::<BTreeMap<String, Value>>(json).expect("valid JSON").len();
        let counts = [count(&plain), count(&b64), count(&served)];
        assert!(counts[2] >= most, "nothing is deleted, so an export never shrinks: {counts:?} after {most}");
        most = counts[2];
        reads += 1;
    }
    reads
}

#[test]
fn readers_always_see_a_valid_export_while_hundreds_of_sermons_are_saved() {
    let instance = Instance::new();
    let mut command = instance.server();
    command.env("WORKERS", "4").env("TOKIO_WORKER_THREADS", "2");
    let server = Server::start(command);
    until_up_to_date(&server.base);
    let stop = AtomicBool::new(false);
    let (mut sent, reads) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| read_repeatedly(instance.data(), &server.base, &stop));
        let submit = |client: usize, number: usize, sent: &mut Sent| {
            sent.send(&server.base, &video_id('a', client * 1000 + number), &format!("{client}-{number}"));
        };
        let mut sent = together(4, 75, submit);
        assert_eq!((sent.refused, sent.wait_for_jobs(&server).len()), (0, 0));
        stop.store(true, Ordering::Relaxed);
        (sent, reader.join().expect("the reader saw only complete files"))
    });
    until_up_to_date(&server.base);
    assert_eq!(sent.ledger.check(&instance).titles.len(), 300);
    println!("{reads} reads during 300 saves");
    assert!(reads > 10);
    sent.accepted.clear();
}

#[test]
fn a_damaged_or_incomplete_export_is_rewritten_by_the_next_start_or_command() {
    let (instance, ledger) = instance_with(2);
    let file = |name: &str| instance.data().join(name);
    let flip = |name: &str| {
        let mut bytes = fs::read(file(name)).expect("the file");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(file(name), bytes).expect("written");
    };
    let cut = |name: &str| {
        let bytes = fs::read(file(name)).expect("the file");
        fs::write(file(name), &bytes[..bytes.len() / 3]).expect("written");
    };
    let remove = |name: &str| fs::remove_file(file(name)).expect("the file exists");
    let damages: [(&str, &dyn Fn()); 8] = [
        ("results.json missing", &|| remove("results.json")),
        ("results.json.b64 missing", &|| remove("results.json.b64")),
        ("manifest missing", &|| remove("results.manifest.json")),
        ("results.json truncated", &|| cut("results.json")),
        ("results.json.b64 truncated", &|| cut("results.json.b64")),
        ("a bit of results.json flipped", &|| flip("results.json")),
        ("manifest truncated", &|| cut("results.manifest.json")),
        ("all three missing", &|| {
            ["results.json", "results.json.b64", "results.manifest.json"].into_iter().for_each(remove);
        }),
    ];
    for (what, damage) in damages {
        println!("{what}");
        // Safety backups are hard links to the export, so damaging a file in place damages them too.
        fs::remove_dir_all(file("backups")).expect("the backups");
        damage();
        let server = Server::start(instance.server());
        until_up_to_date(&server.base);
        server.kill();
        check_export(instance.data());
        damage();
        succeeded(&instance.run(&["export"]));
        check_export(instance.data());
    }
    fs::remove_dir_all(file("backups")).expect("the backups");
    fs::create_dir(file("backups")).expect("a directory");
    ledger.check(&instance);
}

#[test]
fn leftovers_of_every_kind_are_removed_and_unrelated_files_stay() {
    let (instance, ledger) = instance_with(1);
    let unfinished = "instance/mannameter.db.0123456789abcdef.new";
    let leftovers =
        [".mannameter-tmp-1-0", "backups/.mannameter-tmp-99999999-7", unfinished, &format!("{unfinished}-journal")]
            .map(str::to_owned);
    let foreign =
        ["notes.txt", "backups/database_backup.old", "instance/mannameter.db.new", ".hidden", "results.json~"];
    for name in leftovers.iter().map(String::as_str).chain(foreign) {
        fs::write(instance.data().join(name), "leftover").expect("written");
    }
    fs::create_dir(instance.data().join(".mannameter-tmp-2-0")).expect("a directory");
    let server = Server::start(instance.server());
    until_up_to_date(&server.base);
    server.kill();
    for name in &leftovers {
        assert!(!instance.data().join(name).exists(), "{name} was left");
    }
    for name in foreign {
        assert!(instance.data().join(name).exists(), "{name} must not be removed");
    }
    fs::remove_file(instance.data().join("instance/mannameter.db.new")).expect("the file exists");
    fs::remove_dir(instance.data().join(".mannameter-tmp-2-0")).expect("a directory of that name must not be removed");
    ledger.check(&instance);
}

/// Asserts that a server whose database has lost its rows leaves the export unchanged and reports `message`. If a title is
/// given, sends a sermon first.
fn assert_export_is_held(instance: &Instance, title: Option<&str>, message: &str) {
    let before = fs::read(instance.data().join("results.json")).expect("the export");
    let server = Server::start(instance.server());
    if let Some(title) = title {
        Sent::default().send(&server.base, &video_id('n', 1), title);
    }
    until("the server reports the problem", Duration::from_secs(20), || {
        let ready = get(&server.base, "/readyz").expect("a response");
        ready.status == 503 && ready.text().contains(message)
    });
    let output = instance.run(&["export"]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && error.contains(message), "{error}");
    server.kill();
    assert!(
        fs::read(instance.data().join("results.json")).expect("the export") == before,
        "the good export is unchanged"
    );
    check_export(instance.data());
}

#[test]
fn a_database_emptied_outside_the_program_does_not_empty_the_export() {
    let (instance, _) = instance_with(3);
    instance.execute("pragma foreign_keys = off; delete from mentions; delete from transcripts; delete from videos");
    // The next save notices the loss.
    assert_export_is_held(&instance, Some("the next"), "data is damaged");
}

#[test]
fn a_new_database_in_place_of_the_old_one_does_not_empty_the_export() {
    let (instance, ledger) = instance_with(3);
    let instance_dir = instance.data().join("instance");
    let aside = instance.outside().join("aside");
    fs::rename(&instance_dir, &aside).expect("moved");
    assert_export_is_held(&instance, None, "the last export has 3 sermons, but the database has 0");
    assert!(
        names(instance.data()).iter().any(|name| name.ends_with(".suspect")),
        "the new export has the suffix .suspect"
    );

    fs::remove_dir_all(&instance_dir).expect("the new database");
    fs::rename(&aside, &instance_dir).expect("moved back");
    let server = Server::start(instance.server());
    until_up_to_date(&server.base);
    succeeded(&instance.run(&["export"]));
    server.kill();
    ledger.check(&instance);
    assert!(!names(instance.data()).iter().any(|name| name.ends_with(".suspect")), "the suspect export is removed");
}

#[test]
fn a_database_with_a_newer_schema_is_not_damaged() {
    let (instance, ledger) = instance_with(2);
    instance.execute(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
        values (9999, 'from the future', true, x'00', 0)",
    );
    let output = instance.save(&video_id('a', 9), "older program, newer schema");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!error.contains("panicked"), "{error}");
    let mut ledger = ledger;
    if output.status.success() {
        // The previous release must work on the next schema, because two instances overlap during a deployment.
        ledger.acknowledge(&video_id('a', 9), "older program, newer schema");
    }
    ledger.check(&instance);
}

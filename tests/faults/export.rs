//! The export: read all the while, found damaged, beside leftovers, and with a database that has lost its rows.

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
    client::{Sent, get, together, until, until_in_step},
    support::ledger::{Ledger, check_export, names},
    support::place::{Place, video_id},
    support::program::{Server, succeeded},
};

/// A place with so many sermons, and the ledger of them.
fn place_with(sermons: usize) -> (Place, Ledger) {
    let (place, mut ledger) = (Place::new(), Ledger::default());
    for number in 0..sermons {
        let (id, title) = (video_id('a', number), format!("sermon {number}"));
        succeeded(&place.save(&id, &title));
        ledger.acknowledge(&id, &title);
    }
    ledger.check(&place);
    (place, ledger)
}

/// Reads the export again and again until told to stop; gives how often.
fn read_all_the_while(data: &Path, base: &str, stop: &AtomicBool) -> usize {
    let (mut reads, mut most) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        let plain = fs::read(data.join("results.json")).expect("results.json is always there");
        let b64 = fs::read(data.join("results.json.b64")).expect("results.json.b64 is always there");
        let b64 = STANDARD.decode(b64.trim_ascii_end()).expect("standard base64");
        let answered = get(base, "/results.json").expect("an answer").body;
        let count = |json: &[u8]| serde_json::from_slice::<BTreeMap<String, Value>>(json).expect("valid JSON").len();
        let counts = [count(&plain), count(&b64), count(&answered)];
        assert!(counts[2] >= most, "nothing is deleted, so an export never shrinks: {counts:?} after {most}");
        most = counts[2];
        reads += 1;
    }
    reads
}

#[test]
fn a_reader_always_sees_valid_json_while_hundreds_of_sermons_come_in() {
    let place = Place::new();
    let mut several = place.server();
    several.env("WORKERS", "4").env("TOKIO_WORKER_THREADS", "2");
    let server = Server::start(several);
    until_in_step(&server.base);
    let stop = AtomicBool::new(false);
    let (mut sent, reads) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| read_all_the_while(place.data(), &server.base, &stop));
        let submit = |client: usize, number: usize, sent: &mut Sent| {
            sent.send(&server.base, &video_id('a', client * 1000 + number), &format!("{client}-{number}"));
        };
        let mut sent = together(4, 75, submit);
        assert_eq!((sent.refused, sent.settle(&server).len()), (0, 0));
        stop.store(true, Ordering::Relaxed);
        (sent, reader.join().expect("the reader saw only whole files"))
    });
    until_in_step(&server.base);
    assert_eq!(sent.ledger.check(&place).titles.len(), 300);
    println!("{reads} reads during 300 saves");
    assert!(reads > 10);
    sent.accepted.clear();
}

#[test]
fn a_damaged_or_half_export_is_written_anew_by_whoever_comes_next() {
    let (place, ledger) = place_with(2);
    let file = |name: &str| place.data().join(name);
    let flip = |name: &str| {
        let mut bytes = fs::read(file(name)).expect("the file");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(file(name), bytes).expect("it is written");
    };
    let cut = |name: &str| {
        let bytes = fs::read(file(name)).expect("the file");
        fs::write(file(name), &bytes[..bytes.len() / 3]).expect("it is written");
    };
    let remove = |name: &str| fs::remove_file(file(name)).expect("it is there");
    let damages: [(&str, &dyn Fn()); 8] = [
        ("no plain file", &|| remove("results.json")),
        ("no base64", &|| remove("results.json.b64")),
        ("no manifest", &|| remove("results.manifest.json")),
        ("a plain file that was cut", &|| cut("results.json")),
        ("base64 that was cut", &|| cut("results.json.b64")),
        ("a flipped bit", &|| flip("results.json")),
        ("a manifest that is none", &|| cut("results.manifest.json")),
        ("nothing", &|| ["results.json", "results.json.b64", "results.manifest.json"].into_iter().for_each(remove)),
    ];
    for (what, damage) in damages {
        println!("{what}");
        // The safety backups are links to the files: what is written into a file here is written into them.
        fs::remove_dir_all(file("backups")).expect("the backups");
        damage();
        let server = Server::start(place.server());
        until_in_step(&server.base);
        server.kill();
        check_export(place.data());
        damage();
        succeeded(&place.run(&["export"]));
        check_export(place.data());
    }
    fs::remove_dir_all(file("backups")).expect("the backups");
    fs::create_dir(file("backups")).expect("a directory");
    ledger.check(&place);
}

#[test]
fn leftovers_of_every_kind_are_cleared_up_and_files_of_others_stay() {
    let (place, ledger) = place_with(1);
    let unborn = "instance/mannameter.db.0123456789abcdef.new";
    let leftovers = [".mannameter-tmp-1-0", "backups/.mannameter-tmp-99999999-7", unborn, &format!("{unborn}-journal")]
        .map(str::to_owned);
    let foreign =
        ["notes.txt", "backups/database_backup.old", "instance/mannameter.db.new", ".hidden", "results.json~"];
    for name in leftovers.iter().map(String::as_str).chain(foreign) {
        fs::write(place.data().join(name), "left behind").expect("it is written");
    }
    fs::create_dir(place.data().join(".mannameter-tmp-2-0")).expect("a directory");
    let server = Server::start(place.server());
    until_in_step(&server.base);
    server.kill();
    for name in &leftovers {
        assert!(!place.data().join(name).exists(), "{name} was left");
    }
    for name in foreign {
        assert!(place.data().join(name).exists(), "{name} is not ours to remove");
    }
    fs::remove_file(place.data().join("instance/mannameter.db.new")).expect("it is there");
    fs::remove_dir(place.data().join(".mannameter-tmp-2-0")).expect("a directory of that name is not ours to remove");
    ledger.check(&place);
}

/// Checks that a server on a database that has lost its rows leaves the export alone and says so; a sermon is sent
/// to it if there is one to send.
fn the_export_is_held(place: &Place, sermon: Option<&str>, words: &str) {
    let before = fs::read(place.data().join("results.json")).expect("the export");
    let server = Server::start(place.server());
    if let Some(title) = sermon {
        Sent::default().send(&server.base, &video_id('n', 1), title);
    }
    until("the server says that something is wrong", Duration::from_secs(20), || {
        let ready = get(&server.base, "/readyz").expect("an answer");
        ready.status == 503 && ready.text().contains(words)
    });
    let ended = place.run(&["export"]);
    let error = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(!ended.status.success() && error.contains(words), "{error}");
    server.kill();
    assert!(fs::read(place.data().join("results.json")).expect("the export") == before, "the good export is untouched");
    check_export(place.data());
}

#[test]
fn a_database_that_is_emptied_behind_our_back_does_not_empty_the_export() {
    let (place, _) = place_with(3);
    place.execute("pragma foreign_keys = off; delete from mentions; delete from transcripts; delete from videos");
    // What is written next shows it.
    the_export_is_held(&place, Some("the next"), "data is damaged");
}

#[test]
fn a_new_database_in_the_place_of_the_old_does_not_empty_the_export() {
    let (place, ledger) = place_with(3);
    let instance = place.data().join("instance");
    let aside = place.outside().join("aside");
    fs::rename(&instance, &aside).expect("it is moved");
    the_export_is_held(&place, None, "the last export has 3 videos, the database has 0");
    assert!(names(place.data()).iter().any(|name| name.ends_with(".suspect")), "the new one is beside it");

    fs::remove_dir_all(&instance).expect("the new database");
    fs::rename(&aside, &instance).expect("the old one is back");
    let server = Server::start(place.server());
    until_in_step(&server.base);
    succeeded(&place.run(&["export"]));
    server.kill();
    ledger.check(&place);
    assert!(!names(place.data()).iter().any(|name| name.ends_with(".suspect")), "what was suspect is gone");
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_as_it_is() {
    let (place, ledger) = place_with(2);
    place.execute(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
        values (9999, 'from the future', true, x'00', 0)",
    );
    let output = place.save(&video_id('a', 9), "older program, newer schema");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!error.contains("panicked"), "{error}");
    let mut ledger = ledger;
    if output.status.success() {
        // The previous release works on the next schema: two instances overlap during a deploy.
        ledger.acknowledge(&video_id('a', 9), "older program, newer schema");
    }
    ledger.check(&place);
}

//! The disk under the data directory: full, read-only, without power.

use std::{fs, sync::Arc, time::Duration};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use crate::{
    client::{Sent, burst, get, until, until_in_step},
    mount::Mount,
    seed,
    support::ledger::check_export,
    support::place::{Database, Place, video_id},
    support::postgres::Postgres,
    support::program::{Server, failed, succeeded},
};

#[test]
fn a_server_whose_disk_is_full_refuses_goes_on_reading_and_writes_again_when_there_is_room() {
    let mount = Mount::tmpfs(24);
    let place = Place::at(&mount.path().join("data"));
    let server = Server::start(place.server());
    let mut sent = Sent::default();
    for number in 0..5 {
        sent.send(&server.base, &video_id('a', number), &format!("before {number}"));
    }
    assert_eq!(sent.settle(&server).len(), 0);
    until_in_step(&server.base);

    let ballast = mount.fill();
    let mut lost = 0;
    for number in 0..30 {
        sent.send(&server.base, &video_id('b', number), &format!("full {number}"));
        check_export(place.data());
        let read = get(&server.base, &format!("/api/video/{}", video_id('a', number % 5))).expect("an answer");
        assert_eq!(read.status, 200, "{}", read.text());
        lost = sent.refused;
    }
    assert!(lost > 0, "it was full");

    fs::remove_file(ballast).expect("there is room again");
    // Those that were taken while there was room for their job are done, or have failed and say why.
    println!("{} sermons were refused, {} were taken and failed", lost, sent.settle(&server).len());
    sent.send(&server.base, &video_id('z', 1), "after it");
    assert_eq!((sent.accepted.len(), sent.settle(&server).len()), (1, 0), "it writes again, without a new start");
    until_in_step(&server.base);
    sent.ledger.check(&place);
}

#[test]
fn safety_backups_of_former_exports_never_fill_a_small_disk() {
    let mount = Mount::tmpfs(32);
    let place = Place::at(&mount.path().join("data"));
    let server = Server::start(place.server());
    let mut sent = Sent::default();
    for number in 0..150 {
        sent.send(&server.base, &video_id('a', number), &format!("sermon {number}"));
        if number % 5 == 0 {
            // So that each export is one that the next safety backup keeps.
            until_in_step(&server.base);
        }
    }
    assert_eq!((sent.settle(&server).len(), sent.refused), (0, 0), "there was room for each");
    until_in_step(&server.base);
    let ballast = mount.fill();
    sent.send(&server.base, &video_id('b', 0), "full");
    fs::remove_file(ballast).expect("there is room again");
    until_in_step(&server.base);
    sent.settle(&server);
    until_in_step(&server.base);
    sent.ledger.check(&place);
}

#[test]
fn an_export_without_room_leaves_the_last_good_one_and_says_why() {
    let (mount, database) = (Mount::tmpfs(2), Database::new(&Arc::new(Postgres::new())));
    let place = Place::with_data(&mount.path().join("data"), database);
    let mut sent = Sent::default();
    succeeded(&place.save(&video_id('a', 1), "one"));
    sent.ledger.acknowledge(&video_id('a', 1), "one");
    let good = fs::read(place.data().join("results.json")).expect("the export");
    let ballast = mount.fill();

    let said = failed(&place.run(&["export"]));
    assert!(said.contains("No space left"), "{said}");
    assert_eq!(fs::read(place.data().join("results.json")).expect("the export"), good);
    check_export(place.data());

    fs::remove_file(ballast).expect("there is room again");
    succeeded(&place.run(&["export"]));
    sent.ledger.check(&place);
}

#[test]
fn a_data_directory_that_turns_read_only_stops_the_export_and_not_the_saves() {
    let (mount, database) = (Mount::tmpfs(8), Database::new(&Arc::new(Postgres::new())));
    let place = Place::with_data(&mount.path().join("data"), database);
    let server = Server::start(place.server());
    let mut sent = Sent::default();
    sent.send(&server.base, &video_id('a', 1), "one");
    assert_eq!(sent.settle(&server).len(), 0);
    until_in_step(&server.base);

    mount.remount("ro");
    sent.send(&server.base, &video_id('a', 2), "two");
    assert_eq!(sent.settle(&server).len(), 0, "the database takes it");
    until("the server says that it cannot export", Duration::from_secs(20), || {
        let ready = get(&server.base, "/readyz").expect("an answer");
        ready.status == 503 && ready.text().contains("Read-only")
    });
    check_export(place.data());

    mount.remount("rw");
    until_in_step(&server.base);
    sent.ledger.check(&place);
    server.kill();

    mount.remount("ro");
    let said = failed(&place.run(&["serve", "--port", "0"]));
    assert!(said.contains("Read-only") && said.contains("DATA_DIR"), "{said}");
    mount.remount("rw");
}

#[test]
fn what_was_acknowledged_before_the_power_was_cut_is_there_after_it() {
    let seed = seed();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mount = Mount::ext4(96);
    let place = Place::at(&mount.path().join("data"));
    let mut all = Sent::default();
    for round in 0..3 {
        let server = Server::start(place.server());
        let (base, pause) = (server.base.clone(), Duration::from_millis(random.random_range(100..1500)));
        let submit = |client: usize, number: usize, sent: &mut Sent| {
            sent.send(&base, &video_id('a', client * 100 + number % 7), &format!("{round}-{client}-{number}"));
        };
        let (sent, ()) = burst(3, 30, submit, || {
            std::thread::sleep(pause);
            mount.cut_power();
        });
        server.kill();
        all.merge(sent);
        mount.restore_power();
    }
    let server = Server::start(place.server());
    println!("{} sermons were taken, {} refused", all.accepted.len(), all.refused);
    assert_eq!(all.settle(&server).len(), 0, "every sermon that was taken is done");
    until_in_step(&server.base);
    all.ledger.check(&place);
    server.kill();
}

#[test]
fn an_export_that_was_said_to_be_written_survives_the_power_being_cut_at_once() {
    let mount = Mount::ext4(32);
    let place = Place::at(&mount.path().join("data"));
    let mut sent = Sent::default();
    for title in ["one", "two", "six"] {
        succeeded(&place.save(&video_id('a', 1), title));
        sent.ledger.acknowledge(&video_id('a', 1), title);
        mount.cut_power();
        mount.restore_power();
        // Before anything could be repaired.
        let found = sent.ledger.check(&place);
        assert_eq!(found.titles[&video_id('a', 1)], title);
    }
}

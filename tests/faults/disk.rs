//! Failures of the disk under the data directory: full, read-only, power cut.

use std::{fs, sync::Arc, time::Duration};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use crate::{
    client::{Sent, burst, get, until, until_up_to_date},
    mount::Mount,
    seed,
    support::{
        instance::{Database, Instance, video_id},
        ledger::check_export,
        postgres::Postgres,
        program::{Server, succeeded},
    },
};

#[test]
fn a_server_on_a_full_disk_keeps_serving_reads_and_writes_again_when_there_is_space() {
    let mount = Mount::tmpfs(24);
    let instance = Instance::at(&mount.path().join("data"));
    let server = Server::start(instance.server());
    let mut sent = Sent::default();
    for number in 0..5 {
        sent.send(&server.base, &video_id('a', number), &format!("before {number}"));
    }
    assert_eq!(sent.wait_for_jobs(&server).len(), 0);
    until_up_to_date(&server.base);

    let ballast = mount.fill();
    let mut refused = 0;
    for number in 0..30 {
        sent.send(&server.base, &video_id('b', number), &format!("full {number}"));
        check_export(instance.data());
        let read = get(&server.base, &format!("/api/video/{}", video_id('a', number % 5))).expect("a response");
        assert_eq!(read.status, 200, "{}", read.text());
        refused = sent.refused;
    }
    assert!(refused > 0, "the disk was full");

    fs::remove_file(ballast).expect("the ballast is removed");
    // Accepted sermons whose jobs still fit on the disk are done or have failed with an error.
    println!("{refused} sermons refused, {} accepted but failed", sent.wait_for_jobs(&server).len());
    sent.send(&server.base, &video_id('z', 1), "after the fault");
    assert_eq!(
        (sent.accepted.len(), sent.wait_for_jobs(&server).len()),
        (1, 0),
        "the server writes again without a restart"
    );
    until_up_to_date(&server.base);
    sent.ledger.check(&instance);
}

#[test]
fn safety_backups_of_old_exports_never_fill_a_small_disk() {
    let mount = Mount::tmpfs(32);
    let instance = Instance::at(&mount.path().join("data"));
    let server = Server::start(instance.server());
    let mut sent = Sent::default();
    for number in 0..150 {
        sent.send(&server.base, &video_id('a', number), &format!("sermon {number}"));
        if number % 5 == 0 {
            // Let each export finish, so that the next safety backup links to it.
            until_up_to_date(&server.base);
        }
    }
    assert_eq!((sent.wait_for_jobs(&server).len(), sent.refused), (0, 0), "there was space for every sermon");
    until_up_to_date(&server.base);
    let ballast = mount.fill();
    sent.send(&server.base, &video_id('b', 0), "full");
    fs::remove_file(ballast).expect("the ballast is removed");
    until_up_to_date(&server.base);
    sent.wait_for_jobs(&server);
    until_up_to_date(&server.base);
    sent.ledger.check(&instance);
}

#[test]
fn an_export_without_disk_space_reports_the_error_and_leaves_the_last_good_one() {
    let (mount, database) = (Mount::tmpfs(2), Database::new(&Arc::new(Postgres::new())));
    let instance = Instance::with_data(&mount.path().join("data"), database);
    let mut sent = Sent::default();
    succeeded(&instance.save(&video_id('a', 1), "one"));
    sent.ledger.acknowledge(&video_id('a', 1), "one");
    let good = fs::read(instance.data().join("results.json")).expect("the export");
    let ballast = mount.fill();

    let output = instance.run(&["export"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("No space left"), "{said}");
    assert_eq!(fs::read(instance.data().join("results.json")).expect("the export"), good);
    check_export(instance.data());

    fs::remove_file(ballast).expect("the ballast is removed");
    succeeded(&instance.run(&["export"]));
    sent.ledger.check(&instance);
}

#[test]
fn a_read_only_data_directory_stops_exports_but_not_saves() {
    let (mount, database) = (Mount::tmpfs(8), Database::new(&Arc::new(Postgres::new())));
    let instance = Instance::with_data(&mount.path().join("data"), database);
    let server = Server::start(instance.server());
    let mut sent = Sent::default();
    sent.send(&server.base, &video_id('a', 1), "one");
    assert_eq!(sent.wait_for_jobs(&server).len(), 0);
    until_up_to_date(&server.base);

    mount.remount("ro");
    sent.send(&server.base, &video_id('a', 2), "two");
    assert_eq!(sent.wait_for_jobs(&server).len(), 0, "the sermon is saved in the database");
    until("the server reports that it cannot export", Duration::from_secs(20), || {
        let ready = get(&server.base, "/readyz").expect("a response");
        ready.status == 503 && ready.text().contains("Read-only")
    });
    check_export(instance.data());

    mount.remount("rw");
    until_up_to_date(&server.base);
    sent.ledger.check(&instance);
}

#[test]
fn sermons_acknowledged_before_a_power_cut_survive_it() {
    let seed = seed();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mount = Mount::ext4(96);
    let instance = Instance::at(&mount.path().join("data"));
    let mut all = Sent::default();
    for round in 0..3 {
        let server = Server::start(instance.server());
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
    let server = Server::start(instance.server());
    println!("{} sermons accepted, {} refused", all.accepted.len(), all.refused);
    assert_eq!(all.wait_for_jobs(&server).len(), 0, "every accepted sermon is done");
    until_up_to_date(&server.base);
    all.ledger.check(&instance);
    server.kill();
}

#[test]
fn a_reported_export_survives_an_immediate_power_cut() {
    let mount = Mount::ext4(32);
    let instance = Instance::at(&mount.path().join("data"));
    let mut sent = Sent::default();
    for title in ["one", "two", "six"] {
        succeeded(&instance.save(&video_id('a', 1), title));
        sent.ledger.acknowledge(&video_id('a', 1), title);
        mount.cut_power();
        mount.restore_power();
        // Check before the program has a chance to repair anything.
        let found = sent.ledger.check(&instance);
        assert_eq!(found.titles[&video_id('a', 1)], title);
    }
}

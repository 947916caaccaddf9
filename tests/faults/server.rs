//! The running server: killed and stopped in the middle, many writers at once, clients that go away, a disk that fails.

use std::{collections::BTreeSet, io::Write as _, process::Command, sync::Arc, time::Duration};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::Value;

use crate::{
    client::{Sent, burst, connect, get, sermon, together, until_in_step},
    seed,
    strace::surround_alike,
    support::place::{Database, Place, video_id},
    support::postgres::Postgres,
    support::program::{Server, succeeded},
};

/// Kills a server in the middle of a burst, again and again; then everything that it took is there.
fn killed_in_a_burst(place: &Place) {
    let seed = seed();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut all = Sent::default();
    for round in 0..4 {
        let server = Server::start(place.server());
        let (base, pause) = (server.base.clone(), Duration::from_millis(random.random_range(20..700)));
        let submit = |client: usize, number: usize, sent: &mut Sent| {
            // Some sermons are sent again and again, most once.
            let id = if number.is_multiple_of(3) {
                video_id('s', client)
            } else {
                video_id('a', round * 1000 + client * 100 + number)
            };
            sent.send(&base, &id, &format!("{round}-{client}-{number}"));
        };
        let (sent, ()) = burst(4, 12, submit, || {
            std::thread::sleep(pause);
            server.kill();
        });
        all.merge(sent);
    }
    assert!(all.accepted.len() > 10, "the server took some: {}", all.accepted.len());
    let server = Server::start(place.server());
    assert_eq!(all.settle(&server), Vec::<Value>::new(), "every sermon that was taken is done");
    until_in_step(&server.base);
    let found = all.ledger.check(place);
    println!(
        "{} acknowledged, {} videos, {} in the history",
        all.ledger.acknowledged(),
        found.titles.len(),
        found.history.len()
    );
    server.terminate();
}

#[test]
fn a_server_that_is_killed_in_a_burst_keeps_every_sermon_that_it_took_on_sqlite() {
    killed_in_a_burst(&Place::new());
}

#[test]
fn a_server_that_is_killed_in_a_burst_keeps_every_sermon_that_it_took_on_postgres() {
    killed_in_a_burst(&Place::with(Database::new(&Arc::new(Postgres::new()))));
}

#[test]
fn fifty_writers_on_one_video_from_two_processes_all_find_their_version_kept() {
    let (place, id) = (Place::new(), video_id('a', 1));
    let server = Server::start(place.server());
    let submit = |client: usize, number: usize, sent: &mut Sent| {
        if client.is_multiple_of(2) {
            sent.send(&server.base, &id, &format!("server-{client}-{number}"));
        } else {
            let title = format!("command-{client}-{number}");
            sent.ledger.submit(&id, &title);
            succeeded(&place.save(&id, &title));
            sent.ledger.acknowledge(&id, &title);
        }
    };
    let mut sent = together(10, 5, submit);
    assert_eq!((sent.refused, sent.settle(&server)), (0, Vec::<Value>::new()));
    until_in_step(&server.base);
    let found = sent.ledger.check(&place);
    assert_eq!(
        (sent.ledger.acknowledged(), found.history.len()),
        (50, 49),
        "one is there, the others are in the history"
    );
}

#[test]
fn fifty_writers_on_one_video_through_two_servers_all_find_their_version_kept() {
    let database = Database::new(&Arc::new(Postgres::new()));
    let (places, id) = ([Place::with(database.clone()), Place::with(database)], video_id('a', 1));
    let servers = places.each_ref().map(|place| Server::start(place.server()));
    let submit = |client: usize, number: usize, sent: &mut Sent| {
        sent.send(&servers[client % 2].base, &id, &format!("{client}-{number}"));
    };
    let mut sent = together(10, 5, submit);
    assert_eq!((sent.refused, sent.settle(&servers[0])), (0, Vec::<Value>::new()));
    for (server, place) in servers.iter().zip(&places) {
        until_in_step(&server.base);
        let found = sent.ledger.check(place);
        assert_eq!((sent.ledger.acknowledged(), found.history.len()), (50, 49));
    }
}

#[test]
fn the_same_sermon_sent_many_times_at_once_is_one_job() {
    let (place, id) = (Place::new(), video_id('a', 1));
    let mut waiting = place.server();
    waiting.env("WORKERS", "0");
    let server = Server::start(waiting);
    let submit = |_, _, sent: &mut Sent| sent.send(&server.base, &id, "one");
    let mut sent = together(8, 5, submit);
    let jobs: BTreeSet<_> = sent.accepted.iter().map(|accepted| accepted.job.clone()).collect();
    assert_eq!((sent.accepted.len(), jobs.len()), (40, 1));
    server.kill();

    let server = Server::start(place.server());
    assert_eq!(sent.settle(&server).len(), 0);
    until_in_step(&server.base);
    let found = sent.ledger.check(&place);
    assert_eq!((found.titles.len(), found.history.len()), (1, 0), "it was done once");
}

#[test]
fn a_client_that_hangs_up_leaves_a_whole_sermon_or_none() {
    let place = Place::new();
    let server = Server::start(place.server());
    let mut sent = Sent::default();
    for number in 0..30 {
        let (id, title) = (video_id('h', number), format!("hung up {number}"));
        sent.ledger.submit(&id, &title);
        let body = sermon(&id, &title).to_string();
        let whole = format!(
            "POST /api/videos HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        // From a few bytes to everything; the connection is closed at once.
        let some = whole.len() * (number + 1) / 30;
        connect(&server.base)
            .and_then(|mut connection| connection.write_all(&whole.as_bytes()[..some]))
            .expect("it listens");
    }
    sent.send(&server.base, &video_id('a', 1), "after them");
    assert_eq!(sent.settle(&server).len(), 0, "the server goes on");
    until_in_step(&server.base);
    let found = sent.ledger.check(&place);
    println!("{} of 30 sermons whose sender went away were whole", found.titles.len() - 1);
}

#[test]
fn a_server_that_is_told_to_stop_in_a_burst_ends_well_and_what_it_took_is_done_later() {
    let place = Place::new();
    let server = Server::start(place.server());
    let base = server.base.clone();
    let submit = |client: usize, number: usize, sent: &mut Sent| {
        sent.send(&base, &video_id('a', client * 100 + number), &format!("{client}-{number}"));
    };
    let (mut sent, (ended_well, took)) = burst(4, 40, submit, || {
        std::thread::sleep(Duration::from_millis(400));
        server.terminate()
    });
    assert!(ended_well && took < Duration::from_secs(20), "{took:?}");
    assert!(!sent.accepted.is_empty());
    // What was saved before the end is in the export already.
    sent.ledger.check(&place);
    let server = Server::start(place.server());
    assert_eq!(sent.settle(&server).len(), 0);
    until_in_step(&server.base);
    sent.ledger.check(&place);
}

/// A server whose calls on a file of its fail for a while, and which then goes on as if nothing had been.
fn a_disk_that_fails_for_a_while(inject: &str, file: &str) {
    let place = Place::new();
    succeeded(&place.save(&video_id('f', 0), "first"));
    let plain = place.server();
    let log = place.outside().join("strace");
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--mount-proc", "--kill-child", "strace", "-f", "-qq", "-o"]).arg(&log);
    command.arg("-P").arg(place.data().join(file)).args(["-e", inject]).arg(plain.get_program());
    surround_alike(&mut command, &plain);
    let server = Server::start(command);
    let mut sent = Sent::default();
    sent.ledger.acknowledge(&video_id('f', 0), "first");
    let mut failed = 0;
    for number in 0..20 {
        sent.send(&server.base, &video_id('a', number), &format!("sermon {number}"));
        failed += sent.settle(&server).len();
    }
    let injected = std::fs::read_to_string(&log).expect("the log of strace").matches("(INJECTED)").count();
    println!(
        "{inject} on {file}: {injected} calls failed, {failed} jobs failed, {} sermons were refused",
        sent.refused
    );
    assert!(injected > 0, "the fault came");
    sent.send(&server.base, &video_id('z', 1), "after it");
    assert_eq!(
        (sent.accepted.len(), sent.settle(&server).len()),
        (1, 0),
        "the server writes again, without a new start"
    );
    until_in_step(&server.base);
    sent.ledger.check(&place);
    assert_eq!(get(&server.base, "/readyz").expect("an answer").status, 200);
    server.kill();
}

#[test]
fn a_server_whose_disk_fails_to_sync_for_a_while_writes_again_by_itself() {
    a_disk_that_fails_for_a_while("inject=fsync:error=EIO:when=8..14", "instance/mannameter.db-wal");
}

#[test]
fn a_server_whose_export_directory_fails_for_a_while_exports_again_by_itself() {
    a_disk_that_fails_for_a_while("inject=fsync:error=EIO:when=2..4", "");
}

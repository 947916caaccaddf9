//! A running server: killed and stopped under load, many concurrent writers, clients that disconnect, a failing disk.

use std::{collections::BTreeSet, io::Write as _, process::Command, sync::Arc, time::Duration};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::Value;

use crate::{
    client::{Sent, burst, get, sermon, together, until_up_to_date},
    seed,
    strace::copy_environment,
    support::{
        connections::connect,
        instance::{Database, Instance, video_id},
        postgres::Postgres,
        program::{Server, succeeded},
    },
};

/// Kills a server under load several times, and checks that every accepted sermon is saved.
fn kill_under_load(instance: &Instance) {
    let seed = seed();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut all = Sent::default();
    for round in 0..4 {
        let server = Server::start(instance.server());
        let (base, pause) = (server.base.clone(), Duration::from_millis(random.random_range(20..700)));
        let submit = |client: usize, number: usize, sent: &mut Sent| {
            // Most sermons are sent once; some are sent repeatedly.
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
    assert!(all.accepted.len() > 10, "the server accepted some: {}", all.accepted.len());
    let server = Server::start(instance.server());
    assert_eq!(all.wait_for_jobs(&server), Vec::<Value>::new(), "every accepted sermon is done");
    until_up_to_date(&server.base);
    let found = all.ledger.check(instance);
    println!(
        "{} acknowledged, {} sermons, {} in the history",
        all.ledger.acknowledged(),
        found.titles.len(),
        found.history.len()
    );
    server.terminate();
}

#[test]
fn a_server_killed_under_load_loses_no_accepted_sermon_on_sqlite() {
    kill_under_load(&Instance::new());
}

#[test]
fn a_server_killed_under_load_loses_no_accepted_sermon_on_postgres() {
    kill_under_load(&Instance::with(Database::new(&Arc::new(Postgres::new()))));
}

#[test]
fn every_version_from_fifty_writers_in_two_processes_is_kept() {
    let (instance, id) = (Instance::new(), video_id('a', 1));
    let server = Server::start(instance.server());
    let submit = |client: usize, number: usize, sent: &mut Sent| {
        if client.is_multiple_of(2) {
            sent.send(&server.base, &id, &format!("server-{client}-{number}"));
        } else {
            let title = format!("command-{client}-{number}");
            sent.ledger.submit(&id, &title);
            succeeded(&instance.save(&id, &title));
            sent.ledger.acknowledge(&id, &title);
        }
    };
    let mut sent = together(10, 5, submit);
    assert_eq!((sent.refused, sent.wait_for_jobs(&server)), (0, Vec::<Value>::new()));
    until_up_to_date(&server.base);
    let found = sent.ledger.check(&instance);
    assert_eq!(
        (sent.ledger.acknowledged(), found.history.len()),
        (50, 49),
        "one is current, the others are in the history"
    );
}

#[test]
fn every_version_from_fifty_writers_through_two_servers_is_kept() {
    let database = Database::new(&Arc::new(Postgres::new()));
    let (instances, id) = ([Instance::with(database.clone()), Instance::with(database)], video_id('a', 1));
    let servers = instances.each_ref().map(|instance| Server::start(instance.server()));
    let submit = |client: usize, number: usize, sent: &mut Sent| {
        sent.send(&servers[client % 2].base, &id, &format!("{client}-{number}"));
    };
    let mut sent = together(10, 5, submit);
    assert_eq!((sent.refused, sent.wait_for_jobs(&servers[0])), (0, Vec::<Value>::new()));
    for (server, instance) in servers.iter().zip(&instances) {
        until_up_to_date(&server.base);
        let found = sent.ledger.check(instance);
        assert_eq!((sent.ledger.acknowledged(), found.history.len()), (50, 49));
    }
}

#[test]
fn the_same_sermon_sent_many_times_at_once_becomes_one_job() {
    let (instance, id) = (Instance::new(), video_id('a', 1));
    let mut command = instance.server();
    command.env("WORKERS", "0");
    let server = Server::start(command);
    let submit = |_, _, sent: &mut Sent| sent.send(&server.base, &id, "one");
    let mut sent = together(8, 5, submit);
    let jobs: BTreeSet<_> = sent.accepted.iter().map(|accepted| accepted.job.clone()).collect();
    assert_eq!((sent.accepted.len(), jobs.len()), (40, 1));
    server.kill();

    let server = Server::start(instance.server());
    assert_eq!(sent.wait_for_jobs(&server).len(), 0);
    until_up_to_date(&server.base);
    let found = sent.ledger.check(&instance);
    assert_eq!((found.titles.len(), found.history.len()), (1, 0), "the job ran once");
}

#[test]
fn a_client_that_disconnects_leaves_a_complete_sermon_or_none() {
    let instance = Instance::new();
    let server = Server::start(instance.server());
    let mut sent = Sent::default();
    for number in 0..30 {
        let (id, title) = (video_id('h', number), format!("disconnected {number}"));
        sent.ledger.submit(&id, &title);
        let body = sermon(&id, &title).to_string();
        let whole = format!(
            "POST /api/videos HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        // Send a part of the request, anywhere from a few bytes to all of it, and disconnect immediately.
        let length = whole.len() * (number + 1) / 30;
        connect(&server.base)
            .and_then(|mut connection| connection.write_all(&whole.as_bytes()[..length]))
            .expect("the server listens");
    }
    sent.send(&server.base, &video_id('a', 1), "afterwards");
    assert_eq!(sent.wait_for_jobs(&server).len(), 0, "the server still works");
    until_up_to_date(&server.base);
    let found = sent.ledger.check(&instance);
    println!("{} of 30 sermons from disconnected clients were complete", found.titles.len() - 1);
}

#[test]
fn a_server_stopped_under_load_shuts_down_cleanly_and_accepted_jobs_are_done_after_the_next_start() {
    let instance = Instance::new();
    let server = Server::start(instance.server());
    let base = server.base.clone();
    let submit = |client: usize, number: usize, sent: &mut Sent| {
        sent.send(&base, &video_id('a', client * 100 + number), &format!("{client}-{number}"));
    };
    let (mut sent, (clean_exit, took)) = burst(4, 40, submit, || {
        std::thread::sleep(Duration::from_millis(400));
        server.terminate()
    });
    assert!(clean_exit && took < Duration::from_secs(20), "{took:?}");
    assert!(!sent.accepted.is_empty());
    // Everything that was saved before the shutdown has already been exported.
    sent.ledger.check(&instance);
    let server = Server::start(instance.server());
    assert_eq!(sent.wait_for_jobs(&server).len(), 0);
    until_up_to_date(&server.base);
    sent.ledger.check(&instance);
}

/// Makes a server's calls on a file fail for a while, and checks that it recovers without a restart.
fn fail_calls_for_a_while(inject: &str, file: &str) {
    let instance = Instance::new();
    succeeded(&instance.save(&video_id('f', 0), "first"));
    let plain = instance.server();
    let log = instance.outside().join("strace");
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--mount-proc", "--kill-child", "strace", "-f", "-qq", "-o"]).arg(&log);
    command.arg("-P").arg(instance.data().join(file)).args(["-e", inject]).arg(plain.get_program());
    copy_environment(&mut command, &plain);
    let server = Server::start(command);
    let mut sent = Sent::default();
    sent.ledger.acknowledge(&video_id('f', 0), "first");
    let mut failed = 0;
    for number in 0..20 {
        sent.send(&server.base, &video_id('a', number), &format!("sermon {number}"));
        failed += sent.wait_for_jobs(&server).len();
    }
    let injected = std::fs::read_to_string(&log).expect("strace's log").matches("(INJECTED)").count();
    println!(
        "{inject} on {file}: {injected} calls failed, {failed} jobs failed, {} sermons were refused",
        sent.refused
    );
    assert!(injected > 0, "calls failed");
    sent.send(&server.base, &video_id('z', 1), "after the fault");
    assert_eq!(
        (sent.accepted.len(), sent.wait_for_jobs(&server).len()),
        (1, 0),
        "the server writes again without a restart"
    );
    until_up_to_date(&server.base);
    sent.ledger.check(&instance);
    assert_eq!(get(&server.base, "/readyz").expect("a response").status, 200);
    server.kill();
}

#[test]
fn a_server_whose_disk_temporarily_fails_to_sync_recovers_without_a_restart() {
    fail_calls_for_a_while("inject=fsync:error=EIO:when=8..14", "instance/mannameter.db-wal");
}

#[test]
fn a_server_whose_export_directory_temporarily_fails_recovers_without_a_restart() {
    fail_calls_for_a_while("inject=fsync:error=EIO:when=2..4", "");
}

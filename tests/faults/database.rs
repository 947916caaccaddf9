//! Failures of `PostgreSQL` under a running server: killed, frozen, disconnected at a COMMIT, out of connections,
//! read-only.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;

use crate::{
    client::{Sent, burst, get, post, sermon, together, until_up_to_date},
    support::{
        instance::{Database, Instance, video_id},
        postgres::Postgres,
        program::Server,
        proxy::{Cut, Proxy},
    },
};

/// Starts a server on its own cluster.
fn start() -> (Arc<Postgres>, Instance, Server) {
    let postgres = Arc::new(Postgres::new());
    let instance = Instance::with(Database::new(&postgres));
    let server = Server::start(instance.server());
    until_up_to_date(&server.base);
    (postgres, instance, server)
}

/// Returns a function that sends sermons, each with its own ID that starts with `letter`.
fn sermons(base: &str, letter: char) -> impl Fn(usize, usize, &mut Sent) + Sync {
    move |client, number, sent| {
        sent.send(base, &video_id(letter, client * 1000 + number), &format!("{letter}-{client}-{number}"));
    }
}

/// Asserts that the server saves and exports another sermon, and that nothing acknowledged is lost.
fn assert_continues(server: &Server, instance: &Instance, sent: &mut Sent) {
    until_up_to_date(&server.base);
    sent.wait_for_jobs(server);
    sent.send(&server.base, &video_id('z', 1), "after the fault");
    assert_eq!(
        (sent.accepted.len(), sent.wait_for_jobs(server).len()),
        (1, 0),
        "the server recovers without a restart"
    );
    until_up_to_date(&server.base);
    sent.ledger.check(instance);
}

/// Sends a sermon while the database fails, and asserts that it is acknowledged and spooled.
fn assert_spooled(server: &Server, sent: &mut Sent, title: &str) {
    let id = video_id('b', 1);
    sent.ledger.submit(&id, title);
    let answer = post(&server.base, "/api/videos", &sermon(&id, title)).expect("a response");
    assert_eq!((answer.status, &answer.json()["stored"]), (202, &"spool".into()), "{}", answer.text());
    sent.ledger.acknowledge(&id, title);
}

#[test]
fn nothing_acknowledged_is_lost_when_postgres_is_killed_under_load() {
    let (postgres, instance, server) = start();
    let mut all = Sent::default();
    for (round, letter) in ['a', 'b'].into_iter().enumerate() {
        let (sent, ()) = burst(4, 40, sermons(&server.base, letter), || {
            std::thread::sleep(Duration::from_millis(150 + 200 * round as u64));
            postgres.kill();
        });
        all.merge(sent);
        postgres.start();
    }
    let accepted = all.accepted.len();
    assert!(accepted > 4);
    assert_continues(&server, &instance, &mut all);
    println!("{accepted} sermons accepted, {} refused, {} acknowledged", all.refused, all.ledger.acknowledged());
}

#[test]
fn a_frozen_postgres_is_given_up_in_time_and_used_again_afterwards() {
    let (postgres, instance, server) = start();
    let mut sent = together(2, 5, sermons(&server.base, 'a'));
    postgres.freeze();
    let started = Instant::now();
    assert_spooled(&server, &mut sent, "frozen");
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    assert_eq!(get(&server.base, "/healthz").expect("a response").status, 200, "the server stays alive");
    postgres.thaw();
    assert_continues(&server, &instance, &mut sent);
}

/// Runs a server behind a proxy that cuts connections at a COMMIT.
fn cut_connections_at_commit(cut: Cut) {
    let runtime = Runtime::new().expect("a runtime for the proxy");
    let postgres = Arc::new(Postgres::new());
    let proxy = runtime.block_on(Proxy::start(postgres.port(), cut));
    let instance = Instance::with(Database::new(&postgres));
    let mut command = instance.server();
    let url = command.get_envs().find_map(|(name, value)| (name == "DATABASE_URL").then_some(value)).flatten();
    let url = url.expect("its address").to_str().expect("UTF-8").to_owned();
    command.env("DATABASE_URL", url.replace(&postgres.port().to_string(), &proxy.port.to_string()));
    let server = Server::start(command);
    until_up_to_date(&server.base);

    let mut all = Sent::default();
    for round in 0..6 {
        proxy.cut_next(3);
        let submit = |client: usize, number: usize, sent: &mut Sent| {
            sent.send(&server.base, &video_id('a', client), &format!("{round}-{client}-{number}"));
        };
        all.merge(together(3, 3, submit));
        let _ = all.wait_for_jobs(&server);
    }
    assert_eq!(proxy.cuts_left(), 0, "every cut happened");
    println!("{} acknowledged, {} refused", all.ledger.acknowledged(), all.refused);
    assert_continues(&server, &instance, &mut all);
}

#[test]
fn nothing_is_lost_when_the_connection_is_cut_before_the_response_to_a_commit() {
    cut_connections_at_commit(Cut::After);
}

#[test]
fn nothing_is_acknowledged_in_error_when_the_connection_is_cut_before_a_commit_arrives() {
    cut_connections_at_commit(Cut::Before);
}

#[test]
fn sermons_are_spooled_while_postgres_has_no_connections_left() {
    let postgres = Arc::new(Postgres::new());
    let instance = Instance::with(Database::new(&postgres));
    let name = instance.rows("select current_database() as name")[0]["name"].as_str().expect("a name").to_owned();
    postgres.psql("postgres", "create role app login");
    postgres.psql("postgres", &format!("alter database {name} owner to app"));
    let mut command = instance.server();
    command.env("DATABASE_URL", format!("postgres://app@127.0.0.1:{}/{name}", postgres.port()));
    let server = Server::start(command);
    let mut sent = together(2, 5, sermons(&server.base, 'a'));
    sent.wait_for_jobs(&server);

    postgres.psql("postgres", "alter role app connection limit 0");
    postgres.psql("postgres", "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'");
    assert_spooled(&server, &mut sent, "too many");
    assert_eq!(get(&server.base, "/readyz").expect("a response").status, 503);

    postgres.psql("postgres", "alter role app connection limit -1");
    assert_continues(&server, &instance, &mut sent);
}

#[test]
fn while_postgres_is_read_only_sermons_can_be_read_and_new_ones_are_spooled() {
    let (postgres, instance, server) = start();
    let mut sent = together(2, 5, sermons(&server.base, 'a'));
    sent.wait_for_jobs(&server);
    let name = instance.rows("select current_database() as name")[0]["name"].as_str().expect("a name").to_owned();
    let set_read_only = |value: &str| {
        postgres.psql("postgres", &format!("alter database {name} set default_transaction_read_only = {value}"));
        postgres.psql(
            "postgres",
            &format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"),
        );
    };
    set_read_only("on");
    assert_spooled(&server, &mut sent, "read-only");
    let read = get(&server.base, &format!("/api/video/{}", video_id('a', 0))).expect("a response");
    assert_eq!(read.status, 200, "{}", read.text());
    set_read_only("off");
    assert_continues(&server, &instance, &mut sent);
}

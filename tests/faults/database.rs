//! `PostgreSQL` under the running server: killed, frozen, cut at a COMMIT, without connections, read-only.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;

use crate::{
    client::{Sent, burst, get, post, sermon, together, until_in_step},
    support::place::{Database, Place, video_id},
    support::postgres::Postgres,
    support::program::Server,
    support::proxy::{Cut, Proxy},
};

/// A server on a cluster of its own.
fn start() -> (Arc<Postgres>, Place, Server) {
    let postgres = Arc::new(Postgres::new());
    let place = Place::with(Database::new(&postgres));
    let server = Server::start(place.server());
    until_in_step(&server.base);
    (postgres, place, server)
}

/// Sends sermons of a kind, each under its own id.
fn sermons(base: &str, letter: char) -> impl Fn(usize, usize, &mut Sent) + Sync {
    move |client, number, sent| {
        sent.send(base, &video_id(letter, client * 1000 + number), &format!("{letter}-{client}-{number}"));
    }
}

/// Checks that the server takes, keeps and exports a sermon, and that nothing that was acknowledged is lost.
fn goes_on(server: &Server, place: &Place, sent: &mut Sent) {
    until_in_step(&server.base);
    sent.settle(server);
    sent.send(&server.base, &video_id('z', 1), "after it");
    assert_eq!((sent.accepted.len(), sent.settle(server).len()), (1, 0), "the server goes on by itself");
    until_in_step(&server.base);
    sent.ledger.check(place);
}

/// Sends a sermon that the database cannot take: it is acknowledged, and waits in the spool.
fn spooled(server: &Server, sent: &mut Sent, title: &str) {
    let id = video_id('b', 1);
    sent.ledger.submit(&id, title);
    let answer = post(&server.base, "/api/videos", &sermon(&id, title)).expect("an answer");
    assert_eq!((answer.status, &answer.json()["stored"]), (202, &"spool".into()), "{}", answer.text());
    sent.ledger.acknowledge(&id, title);
}

#[test]
fn a_postgres_that_is_killed_in_a_burst_has_all_that_was_acknowledged() {
    let (postgres, place, server) = start();
    let mut all = Sent::default();
    for (round, letter) in ['a', 'b'].into_iter().enumerate() {
        let (sent, ()) = burst(4, 40, sermons(&server.base, letter), || {
            std::thread::sleep(Duration::from_millis(150 + 200 * round as u64));
            postgres.kill();
        });
        all.merge(sent);
        postgres.start();
    }
    let taken = all.accepted.len();
    assert!(taken > 4);
    goes_on(&server, &place, &mut all);
    println!("{taken} sermons were taken, {} refused, {} are acknowledged", all.refused, all.ledger.acknowledged());
}

#[test]
fn a_postgres_that_is_frozen_is_given_up_in_time_and_used_again() {
    let (postgres, place, server) = start();
    let mut sent = together(2, 5, sermons(&server.base, 'a'));
    postgres.freeze();
    let begun = Instant::now();
    spooled(&server, &mut sent, "frozen");
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    assert_eq!(get(&server.base, "/healthz").expect("an answer").status, 200, "it is alive all the while");
    postgres.thaw();
    goes_on(&server, &place, &mut sent);
}

/// A server behind a proxy that cuts connections at a COMMIT.
fn cut_at_commits(cut: Cut) {
    let runtime = Runtime::new().expect("a runtime for the proxy");
    let postgres = Arc::new(Postgres::new());
    let proxy = runtime.block_on(Proxy::before(postgres.port(), cut));
    let place = Place::with(Database::new(&postgres));
    let mut command = place.server();
    let url = command.get_envs().find_map(|(name, value)| (name == "DATABASE_URL").then_some(value)).flatten();
    let url = url.expect("its address").to_str().expect("UTF-8").to_owned();
    command.env("DATABASE_URL", url.replace(&postgres.port().to_string(), &proxy.port.to_string()));
    let server = Server::start(command);
    until_in_step(&server.base);

    let mut all = Sent::default();
    for round in 0..6 {
        proxy.cut_next(3);
        let submit = |client: usize, number: usize, sent: &mut Sent| {
            sent.send(&server.base, &video_id('a', client), &format!("{round}-{client}-{number}"));
        };
        all.merge(together(3, 3, submit));
        let _ = all.settle(&server);
    }
    assert_eq!(proxy.cuts_left(), 0, "it was cut");
    println!("{} acknowledged, {} refused", all.ledger.acknowledged(), all.refused);
    goes_on(&server, &place, &mut all);
}

#[test]
fn a_connection_that_is_cut_after_commit_was_sent_and_before_its_answer_loses_nothing() {
    cut_at_commits(Cut::After);
}

#[test]
fn a_connection_that_is_cut_before_commit_arrives_acknowledges_nothing_that_is_not_there() {
    cut_at_commits(Cut::Before);
}

#[test]
fn a_postgres_without_connections_left_is_said_to_be_away_and_its_sermons_wait_in_the_spool() {
    let postgres = Arc::new(Postgres::new());
    let place = Place::with(Database::new(&postgres));
    let name = place.rows("select current_database() as name")[0]["name"].as_str().expect("a name").to_owned();
    postgres.psql("postgres", "create role app login");
    postgres.psql("postgres", &format!("alter database {name} owner to app"));
    let mut command = place.server();
    command.env("DATABASE_URL", format!("postgres://app@127.0.0.1:{}/{name}", postgres.port()));
    let server = Server::start(command);
    let mut sent = together(2, 5, sermons(&server.base, 'a'));
    sent.settle(&server);

    postgres.psql("postgres", "alter role app connection limit 0");
    postgres.psql("postgres", "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'");
    spooled(&server, &mut sent, "too many");
    assert_eq!(get(&server.base, "/readyz").expect("an answer").status, 503);

    postgres.psql("postgres", "alter role app connection limit -1");
    goes_on(&server, &place, &mut sent);
}

#[test]
fn a_postgres_that_turns_read_only_is_read_and_its_sermons_wait_in_the_spool() {
    let (postgres, place, server) = start();
    let mut sent = together(2, 5, sermons(&server.base, 'a'));
    sent.settle(&server);
    let name = place.rows("select current_database() as name")[0]["name"].as_str().expect("a name").to_owned();
    let turn = |value: &str| {
        postgres.psql("postgres", &format!("alter database {name} set default_transaction_read_only = {value}"));
        postgres.psql(
            "postgres",
            &format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"),
        );
    };
    turn("on");
    spooled(&server, &mut sent, "read-only");
    let read = get(&server.base, &format!("/api/video/{}", video_id('a', 0))).expect("an answer");
    assert_eq!(read.status, 200, "{}", read.text());
    turn("off");
    goes_on(&server, &place, &mut sent);
}

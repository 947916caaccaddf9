//! Clients that open many connections, or that never read what they asked for.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Command,
    time::{Duration, Instant},
};

use mannameter::domain::Document;
use serde_json::json;

use super::{MEGABYTE, Memory, on_both_databases, save_request, with_store};
use crate::support::{
    connections::{connect, open_idle, raise_descriptor_limit, start_reading},
    instance::Instance,
    program::Server,
};

on_both_databases! {
    slow_readers_of_exports_delay_neither_others_nor_the_shutdown,
}

/// Open connections of one address in the tests of that limit.
const PER_ADDRESS: usize = 20;

/// How long the server may take to end: open requests have 20 seconds.
const MAX_SHUTDOWN: Duration = Duration::from_secs(30);

/// Saves documents that do not fit into the buffers of a connection.
fn save_large(instance: &Instance, ids: &[&str]) {
    with_store(instance, async |store| {
        for id in ids {
            let large = json!({ "title": "Large", "extra": "x".repeat(4 * MEGABYTE) });
            let document = Document::from_legacy(id, large).expect("a document");
            store.save(&save_request(document)).await.expect("a save");
        }
    });
}

/// Opens clients that read the beginning of the whole collection and then nothing.
fn slow_readers(server: &Server) -> Vec<TcpStream> {
    (0..4).map(|_| start_reading(&server.base, "/api/export/database").expect("a response")).collect()
}

fn slow_readers_of_exports_delay_neither_others_nor_the_shutdown(instance: &Instance) {
    save_large(instance, &["large_one__", "large_two__", "large_three"]);
    let server = Server::start(instance.server());
    let is_exported = || server.curl("/readyz", &[]).json()["export_up_to_date"] == true;
    for attempt in 0.. {
        if is_exported() {
            break;
        }
        assert!(attempt < 300, "not exported");
        std::thread::sleep(Duration::from_millis(100));
    }
    let mut readers = slow_readers(&server);
    // From now on, the export file is older than the database, so the other clients read the database.
    let lock = File::create(instance.data().join(".export.lock")).expect("the lock file");
    lock.lock().expect("the lock");
    save_large(instance, &["large_four_"]);
    readers.extend(slow_readers(&server));

    let start = Instant::now();
    let sent = json!({ "transcript": "Turn to John 3:16.", "title": "Saved" }).to_string();
    let sent = server.curl("/api/videos", &["--json", &sent]);
    let job = server.finished_job(sent.header("location").expect("a job"));
    assert_eq!((&job["state"], &job["stored"]), (&json!("done"), &json!("database")), "{job}");
    let listed = server.curl("/api/videos", &[]);
    assert_eq!((listed.status, &listed.json()["total"]), (200, &json!(5)));
    assert!(start.elapsed() < Duration::from_secs(10), "it took {:?}", start.elapsed());
    drop(lock);

    let (succeeded, time) = server.terminate();
    assert!(succeeded && time < MAX_SHUTDOWN, "success: {succeeded}, after {time:?}");
    drop(readers);
}

/// Returns how long it takes until the first page is complete.
fn first_page_time(server: &Server) -> Duration {
    let start = Instant::now();
    let mut connection = connect(&server.base).expect("a connection");
    connection.write_all(b"GET / HTTP/1.0\r\n\r\n").expect("a request");
    let mut page = Vec::new();
    connection.read_to_end(&mut page).expect("a response");
    assert!(page.starts_with(b"HTTP/1.0 200"), "{}", String::from_utf8_lossy(&page));
    start.elapsed()
}

/// Returns the median time of the first page of two servers. The requests alternate, so that both are slowed down
/// alike on a busy machine.
fn median_first_page_times(servers: [&Server; 2]) -> [Duration; 2] {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..25 {
        for (times, server) in times.iter_mut().zip(servers) {
            times.push(first_page_time(server));
        }
    }
    times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    })
}

#[test]
fn five_thousand_idle_connections_leave_the_first_page_fast() {
    raise_descriptor_limit();
    let (instance, yardstick) = (Instance::new(), Instance::new());
    let server = Server::start(with_limit(&instance, 9_000));
    let yardstick = Server::start(yardstick.server());
    median_first_page_times([&server, &yardstick]);
    let memory = Memory::of(&server);
    let connections = open_idle(&server.base, 5_000).expect("connections");
    let [time, without] = median_first_page_times([&server, &yardstick]);
    let descriptors = fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("the server is running").count();
    assert!(descriptors > 5_000, "the connections are open: {descriptors}");
    assert!(
        time < Duration::from_millis(100).max(without * 3),
        "{without:?} without the connections, {time:?} with them"
    );
    memory.assert_grew_at_most(128 * MEGABYTE);
    drop(connections);
}

/// Returns a command that serves an instance with this limit on the connections of one address.
fn with_limit(instance: &Instance, limit: usize) -> Command {
    let mut command = instance.server();
    command.env("CONNECTIONS_PER_ADDRESS", limit.to_string());
    command
}

/// Opens connections whose requests never end: the head of every other one, and the body of the rest.
fn slow_senders(server: &Server, count: usize) -> Vec<TcpStream> {
    (0..count)
        .map(|number| {
            let mut connection = connect(&server.base).expect("a connection");
            let begun: &[u8] = if number.is_multiple_of(2) {
                b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
            } else {
                b"POST /api/videos HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4000000\r\n\r\n{"
            };
            connection.write_all(begun).expect("the beginning is sent");
            connection
        })
        .collect()
}

/// Sends one more byte on each connection.
fn continue_slowly(connections: &mut [TcpStream]) {
    for connection in connections {
        connection.write_all(b" ").expect("the connection is open");
    }
}

/// Returns the beginning of what a new connection receives without having sent anything.
fn greeting(server: &Server) -> String {
    let mut connection = connect(&server.base).expect("a connection");
    connection.set_read_timeout(Some(Duration::from_millis(500))).expect("a timeout");
    let mut received = Vec::new();
    // Ends with an error if nothing arrives.
    let _ = connection.read_to_end(&mut received);
    String::from_utf8(received).expect("text")
}

#[test]
fn slow_senders_at_one_address_leave_the_connections_of_others_alone() {
    let instance = Instance::new();
    let server = Server::start(with_limit(&instance, PER_ADDRESS));
    let mut senders = slow_senders(&server, PER_ADDRESS);
    continue_slowly(&mut senders);
    let refusal = greeting(&server);
    assert!(refusal.starts_with("HTTP/1.1 429 ") && refusal.contains("Too many open connections"), "{refusal:?}");
    for _ in 0..PER_ADDRESS {
        assert_eq!(server.curl("/healthz", &["--interface", "127.0.0.2"]).status, 200, "another address is served");
    }
    continue_slowly(&mut senders);

    senders.truncate(PER_ADDRESS / 2);
    // The server notices the end of the other connections in its own time.
    let is_served = || greeting(&server).is_empty();
    assert!((0..60).any(|_| is_served()), "closed connections still count");
    assert_eq!(server.curl("/healthz", &[]).status, 200);
}

#[test]
fn a_trusted_proxy_may_have_any_number_of_connections() {
    let instance = Instance::new();
    let mut command = with_limit(&instance, PER_ADDRESS);
    command.env("TRUSTED_PROXIES", "1");
    let server = Server::start(command);
    let senders = slow_senders(&server, 2 * PER_ADDRESS);
    assert_eq!(server.curl("/healthz", &[]).status, 200);
    drop(senders);
}

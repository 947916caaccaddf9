//! Clients that open many connections, or that never read what they asked for.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    net::TcpStream,
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
    let server = Server::start(instance.server());
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

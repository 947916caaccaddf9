//! Clients that send sermons, record each response, and tolerate a server that dies.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicBool, Ordering},
    thread::Scope,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{
    connections::connect,
    instance::link,
    ledger::Ledger,
    program::{CurlResponse, Server},
};

/// A sermon that the server has queued.
#[derive(Debug, Clone)]
pub(crate) struct Accepted {
    pub(crate) job: String,
    id: String,
    title: String,
}

/// What was sent and what was accepted.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) ledger: Ledger,
    pub(crate) accepted: Vec<Accepted>,
    /// Number of responses other than 202, plus requests without a response.
    pub(crate) refused: usize,
}

impl Sent {
    /// Sends a sermon and records the response.
    pub(crate) fn send(&mut self, base: &str, id: &str, title: &str) {
        self.ledger.submit(id, title);
        match post(base, "/api/videos", &sermon(id, title)) {
            Ok(answer) if answer.status == 202 => {
                let job = answer.header("location").expect("the job's address").to_owned();
                self.accepted.push(Accepted { job, id: id.to_owned(), title: title.to_owned() });
            }
            _ => self.refused += 1,
        }
    }

    /// Adds what another client has sent.
    pub(crate) fn merge(&mut self, other: Self) {
        self.ledger.merge(other.ledger);
        self.accepted.extend(other.accepted);
        self.refused += other.refused;
    }

    /// Waits for every accepted job, records those that are done as acknowledged, and returns the errors of the others.
    pub(crate) fn wait_for_jobs(&mut self, server: &Server) -> Vec<Value> {
        let mut failed = Vec::new();
        for Accepted { job, id, title } in self.accepted.drain(..) {
            let job = server.finished_job(&job);
            if job["state"] == "done" {
                self.ledger.acknowledge(&id, &title);
                // The current version may be a later one.
                let current = server.curl(&format!("/api/video/{id}"), &[]);
                if current.status == 200 && current.json()["title"] == title {
                    self.ledger.acknowledge_document(&current.body);
                }
            } else {
                assert!(job["error"]["status"].is_u64(), "a failed job has an error: {job:#}");
                failed.push(job["error"].clone());
            }
        }
        failed
    }
}

/// Returns the request body for a sermon.
pub(crate) fn sermon(id: &str, title: &str) -> Value {
    let transcript =
        "Please open your Bible to John 3:16. Paul writes of it in Romans 5 verse 8, and so does Isaiah 53.";
    json!({"transcript": transcript, "title": title, "channel": "Grace Church", "url": link(id)})
}

/// Sends JSON; fails if the response is incomplete.
pub(crate) fn post(base: &str, path: &str, body: &Value) -> io::Result<CurlResponse> {
    let body = body.to_string();
    let mut connection = connect(base)?;
    write!(
        connection,
        "POST {path} HTTP/1.0\r\nContent-Type: application/json\r\nAuthorization: Bearer the-admin-token-of-the-tests\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    answer(connection)
}

/// Sends a GET request; fails if the response is incomplete.
pub(crate) fn get(base: &str, path: &str) -> io::Result<CurlResponse> {
    let mut connection = connect(base)?;
    write!(connection, "GET {path} HTTP/1.0\r\n\r\n")?;
    answer(connection)
}

/// Sends a request with these header lines, each ending with `\r\n`; fails if the response is incomplete.
pub(crate) fn exchange(base: &str, method_and_path: &str, headers: &str, body: &[u8]) -> io::Result<CurlResponse> {
    let mut connection = connect(base)?;
    write!(connection, "{method_and_path} HTTP/1.0\r\n{headers}Content-Length: {}\r\n\r\n", body.len())?;
    connection.write_all(body)?;
    answer(connection)
}

fn answer(mut connection: TcpStream) -> io::Result<CurlResponse> {
    let mut bytes = Vec::new();
    connection.read_to_end(&mut bytes)?;
    let answer = bytes.windows(4).any(|end| end == b"\r\n\r\n").then(|| CurlResponse::parse(&bytes));
    let answer = answer.ok_or(io::ErrorKind::UnexpectedEof)?;
    let length = answer.header("content-length").and_then(|length| length.parse().ok());
    if length.is_some_and(|length: usize| length != answer.body.len()) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(answer)
}

/// Runs `clients` clients at the same time; each sends `each` sermons.
pub(crate) fn together(clients: usize, each: usize, submit: impl Fn(usize, usize, &mut Sent) + Sync) -> Sent {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| spawn(scope, clients, each, &submit, &stop)())
}

/// Like [`together`], but stops the clients when `meanwhile`, which runs at the same time, returns.
pub(crate) fn burst<T>(
    clients: usize,
    each: usize,
    submit: impl Fn(usize, usize, &mut Sent) + Sync,
    meanwhile: impl FnOnce() -> T,
) -> (Sent, T) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let sent = spawn(scope, clients, each, &submit, &stop);
        let done = meanwhile();
        stop.store(true, Ordering::Relaxed);
        (sent(), done)
    })
}

/// Starts the clients and returns a function that waits for them.
fn spawn<'scope, F: Fn(usize, usize, &mut Sent) + Sync>(
    scope: &'scope Scope<'scope, '_>,
    clients: usize,
    each: usize,
    submit: &'scope F,
    stop: &'scope AtomicBool,
) -> impl FnOnce() -> Sent + use<'scope, F> {
    let client = move |client: usize| {
        move || {
            let mut sent = Sent::default();
            for number in (0..each).take_while(|_| !stop.load(Ordering::Relaxed)) {
                submit(client, number, &mut sent);
            }
            sent
        }
    };
    let clients: Vec<_> = (0..clients).map(|number| scope.spawn(client(number))).collect();
    move || {
        let mut all = Sent::default();
        for client in clients {
            all.merge(client.join().expect("the client does not panic"));
        }
        all
    }
}

/// Waits until a condition holds.
pub(crate) fn until(what: &str, time: Duration, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + time;
    while !holds() {
        assert!(Instant::now() < deadline, "timed out after {time:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Waits until a server reports that it is ready, its spool is empty, and its export is up to date.
pub(crate) fn until_up_to_date(base: &str) {
    let time = Duration::from_secs(60);
    let deadline = Instant::now() + time;
    loop {
        let status = match get(base, "/readyz") {
            Ok(answer) => {
                let ready = answer.json();
                if answer.status == 200 && ready["export_up_to_date"] == true && ready["spool"]["files"] == 0 {
                    return;
                }
                ready.to_string()
            }
            Err(error) => error.to_string(),
        };
        assert!(Instant::now() < deadline, "not up to date after {time:?}: {status}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

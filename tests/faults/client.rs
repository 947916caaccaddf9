//! Clients that send sermons, remember each answer, and never mind when the server dies.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicBool, Ordering},
    thread::Scope,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    support::ledger::Ledger,
    support::place::link,
    support::program::{Answer, Server},
};

/// A sermon that the server has taken into its queue.
#[derive(Debug, Clone)]
pub(crate) struct Accepted {
    pub(crate) job: String,
    id: String,
    title: String,
}

/// What was sent, and what was taken.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) ledger: Ledger,
    pub(crate) accepted: Vec<Accepted>,
    /// Answers other than 202, and requests without an answer.
    pub(crate) refused: usize,
}

impl Sent {
    /// Sends a sermon and notes the answer.
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

    /// Takes in what another client sent.
    pub(crate) fn merge(&mut self, other: Self) {
        self.ledger.merge(other.ledger);
        self.accepted.extend(other.accepted);
        self.refused += other.refused;
    }

    /// Waits until every job that was accepted has ended, notes those that are done as acknowledged, and gives the
    /// errors of the others.
    pub(crate) fn settle(&mut self, server: &Server) -> Vec<Value> {
        let mut failed = Vec::new();
        for Accepted { job, id, title } in self.accepted.drain(..) {
            let job = server.job_ended(&job);
            if job["state"] == "done" {
                self.ledger.acknowledge(&id, &title);
                // What is shown now may be a later version.
                let shown = server.curl(&format!("/api/video/{id}"), &[]);
                if shown.status == 200 && shown.json()["title"] == title {
                    self.ledger.acknowledge_document(&shown.body);
                }
            } else {
                assert!(job["error"]["status"].is_u64(), "a job that failed says why: {job:#}");
                failed.push(job["error"].clone());
            }
        }
        failed
    }
}

/// What is sent for a sermon.
pub(crate) fn sermon(id: &str, title: &str) -> Value {
    let transcript =
        "Please open your Bible to John 3:16. Paul writes of it in Romans 5 verse 8, and so does Isaiah 53.";
    json!({"transcript": transcript, "title": title, "channel": "Grace Church", "url": link(id)})
}

/// Sends JSON; an error when there was no whole answer.
pub(crate) fn post(base: &str, path: &str, body: &Value) -> io::Result<Answer> {
    let body = body.to_string();
    let mut connection = connect(base)?;
    write!(
        connection,
        "POST {path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    answer(connection)
}

/// Asks for something; an error when there was no whole answer.
pub(crate) fn get(base: &str, path: &str) -> io::Result<Answer> {
    let mut connection = connect(base)?;
    write!(connection, "GET {path} HTTP/1.0\r\n\r\n")?;
    answer(connection)
}

/// A connection to a server.
pub(crate) fn connect(base: &str) -> io::Result<TcpStream> {
    let connection = TcpStream::connect(base.trim_start_matches("http://"))?;
    connection.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok(connection)
}

fn answer(mut connection: TcpStream) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    connection.read_to_end(&mut bytes)?;
    let answer = bytes.windows(4).any(|end| end == b"\r\n\r\n").then(|| Answer::parse(&bytes));
    let answer = answer.ok_or(io::ErrorKind::UnexpectedEof)?;
    let length = answer.header("content-length").and_then(|length| length.parse().ok());
    if length.is_some_and(|length: usize| length != answer.body.len()) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(answer)
}

/// Clients that send at the same time, each so many sermons, to the last.
pub(crate) fn together(clients: usize, each: usize, submit: impl Fn(usize, usize, &mut Sent) + Sync) -> Sent {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| spawn(scope, clients, each, &submit, &stop)())
}

/// The same, until `meanwhile`, which runs beside them, has ended.
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

/// Starts the clients; what is given waits for them.
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
            all.merge(client.join().expect("a client does not break down"));
        }
        all
    }
}

/// Waits until a condition holds.
pub(crate) fn until(what: &str, time: Duration, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + time;
    while !holds() {
        assert!(Instant::now() < deadline, "not within {time:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Waits until a server says that the database answers, that nothing waits in the spool, and that the export is in step.
pub(crate) fn until_in_step(base: &str) {
    let time = Duration::from_secs(60);
    let deadline = Instant::now() + time;
    loop {
        let said = match get(base, "/readyz") {
            Ok(answer) => {
                let ready = answer.json();
                if answer.status == 200 && ready["export_in_step"] == true && ready["spool"]["files"] == 0 {
                    return;
                }
                ready.to_string()
            }
            Err(error) => error.to_string(),
        };
        assert!(Instant::now() < deadline, "not ready with its export in step within {time:?}; it says: {said}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

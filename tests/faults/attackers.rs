//! Strangers who attack a server while it works: slow readers, idle connections, huge searches, wrong tokens,
//! other people's sermons, hostile documents, control characters, and long transcripts.

use std::{
    collections::BTreeMap,
    fs, io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

use crate::{
    client::exchange,
    support::{
        connections::{open_idle, start_reading},
        instance::{link, video_id},
        ledger::Ledger,
        program::{CurlResponse, Server},
    },
};

/// What each attacker does again and again. Fails if the server is not running.
const ATTACKS: [fn(&mut Attacker) -> io::Result<()>; 9] = [
    Attacker::read_exports_slowly,
    Attacker::open_idle_connections,
    Attacker::search_for_long_texts,
    Attacker::guess_the_token,
    Attacker::replace_a_sermon,
    Attacker::upload_hostile_documents,
    Attacker::submit_control_characters,
    Attacker::submit_a_long_transcript,
    Attacker::send_malformed_requests,
];

/// Pause of an attacker after each attack.
const PAUSE: Duration = Duration::from_millis(20);
/// How long slow readers and idle connections stay open.
const HOLD: Duration = Duration::from_secs(2);
/// Number of idle connections at the same time.
const IDLE: usize = 500;
/// Pause between two measurements.
const PROBE_PAUSE: Duration = Duration::from_millis(25);
/// Number of different sermons that each kind of submission adds. Later submissions find them stored.
const SERMONS: u32 = 8;
/// Size of a long transcript, in bytes: the maximum.
const LONG: usize = 5_000_000;
/// How long the server may take to finish everything that attackers submitted.
const JOBS_TIMEOUT: Duration = Duration::from_secs(600);

/// The server that is attacked. It changes when the server is restarted.
#[derive(Debug, Clone)]
struct Target {
    base: String,
    pid: u32,
}

impl Target {
    fn new(server: &Server) -> Self {
        Self { base: server.base.clone(), pid: server.pid() }
    }
}

#[derive(Debug)]
struct Shared {
    target: Mutex<Target>,
    stop: AtomicBool,
    /// The sermon that attackers try to replace.
    victim: String,
}

impl Shared {
    fn target(&self) -> Target {
        self.target.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Waits, but not longer than the attack lasts.
    fn hold(&self, time: Duration) {
        let deadline = Instant::now() + time;
        while Instant::now() < deadline && !self.stopped() {
            std::thread::sleep(PROBE_PAUSE);
        }
    }
}

/// What attackers did, and what was measured meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Versions that may be stored because an attacker submitted them.
    pub(crate) ledger: Ledger,
    /// Number of responses with each status.
    pub(crate) statuses: BTreeMap<u16, usize>,
    /// Largest resident memory of the server, in bytes.
    pub(crate) peak_memory: usize,
    /// Jobs that attackers caused.
    jobs: Vec<String>,
    /// Times that `/healthz` took.
    latencies: Vec<Duration>,
}

impl Findings {
    /// Adds other findings.
    pub(crate) fn merge(&mut self, other: Self) {
        self.ledger.merge(other.ledger);
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.peak_memory = self.peak_memory.max(other.peak_memory);
        self.jobs.extend(other.jobs);
        self.latencies.extend(other.latencies);
    }

    /// Returns the number of measurements of `/healthz`, and their 99th percentile.
    pub(crate) fn latency(&mut self) -> (usize, Duration) {
        self.latencies.sort_unstable();
        let count = self.latencies.len();
        (count, self.latencies.get(count * 99 / 100).copied().unwrap_or_default())
    }

    /// Waits until every job of an attacker has ended, so that nothing changes afterwards.
    pub(crate) fn wait_for_jobs(&mut self, server: &Server) {
        let deadline = Instant::now() + JOBS_TIMEOUT;
        for job in self.jobs.drain(..) {
            while !matches!(server.curl(&job, &[]).json()["state"].as_str(), Some("done" | "failed")) {
                assert!(Instant::now() < deadline, "{job} of an attacker has not ended");
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }
}

/// Attackers in threads of their own.
pub(crate) struct Attack {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<Findings>>,
}

impl Attack {
    /// Starts all attackers, and the measurements. `victim` is the ID of a stored sermon that must stay as it is.
    pub(crate) fn start(server: &Server, victim: &str, random: &mut StdRng) -> Self {
        let shared = Arc::new(Shared {
            target: Mutex::new(Target::new(server)),
            stop: AtomicBool::new(false),
            victim: victim.to_owned(),
        });
        let mut threads = vec![std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || measure(&shared)
        })];
        for attack in ATTACKS {
            let random = StdRng::seed_from_u64(random.random());
            let mut attacker = Attacker { shared: Arc::clone(&shared), random, findings: Findings::default() };
            threads.push(std::thread::spawn(move || {
                while !attacker.shared.stopped() {
                    // The server may be stopped at any time; that is not the attacker's concern.
                    let _ = attack(&mut attacker);
                    attacker.shared.hold(PAUSE);
                }
                attacker.findings
            }));
        }
        Self { shared, threads }
    }

    /// Attacks another server from now on.
    pub(crate) fn aim_at(&self, server: &Server) {
        *self.shared.target.lock().unwrap_or_else(PoisonError::into_inner) = Target::new(server);
    }

    /// Ends the attack.
    pub(crate) fn stop(self) -> Findings {
        self.shared.stop.store(true, Ordering::Relaxed);
        let mut all = Findings::default();
        for thread in self.threads {
            all.merge(thread.join().expect("an attacker does not panic"));
        }
        all
    }
}

/// Measures how long `/healthz` takes and how much memory the server uses.
fn measure(shared: &Shared) -> Findings {
    let mut findings = Findings::default();
    while !shared.stopped() {
        let (target, start) = (shared.target(), Instant::now());
        // A server that is stopped in the meantime does not respond.
        if exchange(&target.base, "GET /healthz", "", b"").is_ok_and(|response| response.status == 200) {
            findings.latencies.push(start.elapsed());
        }
        findings.peak_memory = findings.peak_memory.max(resident_bytes(target.pid).unwrap_or_default());
        shared.hold(PROBE_PAUSE);
    }
    findings
}

/// Returns the largest resident memory of a process so far; `None` if it has ended.
fn resident_bytes(pid: u32) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse::<usize>().ok().map(|kilobytes| kilobytes * 1024)
}

struct Attacker {
    shared: Arc<Shared>,
    random: StdRng,
    findings: Findings,
}

impl Attacker {
    /// Sends a request from a random address, and checks that the server does not fail.
    fn send(&mut self, method_and_path: &str, headers: &str, body: &[u8]) -> io::Result<CurlResponse> {
        let address = if self.random.random() {
            std::net::IpAddr::from(self.random.random::<[u8; 4]>())
        } else {
            std::net::IpAddr::from(self.random.random::<[u8; 16]>())
        };
        let headers = format!("X-Forwarded-For: {address}\r\n{headers}");
        let response = exchange(&self.shared.target().base, method_and_path, &headers, body)?;
        *self.findings.statuses.entry(response.status).or_default() += 1;
        assert_ne!(response.status, 500, "{method_and_path}: {}", response.text());
        Ok(response)
    }

    /// Submits a sermon. `title` is what the server makes of the title in `body`.
    fn submit(&mut self, id: &str, title: &str, body: &Value) -> io::Result<()> {
        self.findings.ledger.submit(id, title);
        let body = body.to_string();
        let response = self.send("POST /api/videos", "Content-Type: application/json\r\n", body.as_bytes())?;
        self.findings.jobs.extend(response.header("location").map(str::to_owned));
        Ok(())
    }

    fn random_id(&mut self, letter: char) -> String {
        video_id(letter, self.random.random_range(0..SERMONS) as usize)
    }

    fn read_exports_slowly(&mut self) -> io::Result<()> {
        let base = self.shared.target().base;
        let paths = ["/api/export/database", "/results.json", "/api/export/database", "/export.csv"];
        let _readers: Vec<_> = paths.into_iter().map(|path| start_reading(&base, path)).collect::<io::Result<_>>()?;
        self.shared.hold(HOLD);
        Ok(())
    }

    fn open_idle_connections(&mut self) -> io::Result<()> {
        let _connections = open_idle(&self.shared.target().base, IDLE)?;
        self.shared.hold(HOLD);
        Ok(())
    }

    fn search_for_long_texts(&mut self) -> io::Result<()> {
        let query =
            ["a+b+", "%22in+the+", "%00%FF", "John+3+", "*)(%25_", "%F0%9F%90%91"][self.random.random_range(0..6)];
        let query = query.repeat(self.random.random_range(1..500));
        let offset = self.random.random_range(0..3000);
        let path = ["/search", "/api/search"][self.random.random_range(0..2)];
        self.send(&format!("GET {path}?q={query}&offset={offset}"), "", b"").map(drop)
    }

    fn guess_the_token(&mut self) -> io::Result<()> {
        let token = hex::encode(self.random.random::<[u8; 16]>());
        let victim = self.shared.victim.clone();
        for route in ["POST /api/backup/create".to_owned(), format!("DELETE /api/video/{victim}")] {
            let response = self.send(&route, &format!("Authorization: Bearer {token}\r\n"), b"")?;
            assert!(response.status >= 400, "{route} was allowed with a wrong token: {}", response.text());
        }
        Ok(())
    }

    /// Submits other words for a stored sermon. The ledger does not have the title, so it must not be stored.
    fn replace_a_sermon(&mut self) -> io::Result<()> {
        let victim = self.shared.victim.clone();
        let body = json!({"url": link(&victim), "title": "Replaced", "channel": "Attackers",
            "transcript": format!("Nothing is in Genesis {}.", self.random.random_range(1..50))});
        let response =
            self.send("POST /api/videos", "Content-Type: application/json\r\n", body.to_string().as_bytes())?;
        self.findings.jobs.extend(response.header("location").map(str::to_owned));
        self.send(&format!("GET /api/video/{victim}/history"), "", b"").map(drop)
    }

    /// Uploads files, as the admin, that would do harm if they were trusted.
    fn upload_hostile_documents(&mut self) -> io::Result<()> {
        let hostile = [
            json!({"poison_id__": {"title": "Poison", "counts": {"John": i64::MAX, "Mark": i64::MAX}}}).to_string(),
            json!({"poison_id__": {"title": "Poison", "duration_seconds": 1e12}}).to_string(),
            format!("{{\"poison_id__\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000)),
            json!({"../../etc/passwd": {"title": "Poison"}}).to_string(),
            " ".repeat(4_000_000),
        ];
        let body = &hostile[self.random.random_range(0..hostile.len())];
        let headers =
            "Content-Type: application/octet-stream\r\nAuthorization: Bearer the-admin-token-of-the-tests\r\n";
        let response = self.send("POST /api/backup/upload?name=hostile", headers, body.as_bytes())?;
        assert!(response.status >= 400, "a hostile file was accepted: {}", response.text());
        Ok(())
    }

    fn submit_control_characters(&mut self) -> io::Result<()> {
        let id = self.random_id('c');
        let body = json!({"url": link(&id), "title": format!("{id}\u{1b}[2J\u{0}\u{9b}31m\u{ffff}"), "channel": "\u{1b}c",
            "transcript": "1\n99999999:00:00,000 --> 99999999:00:09,000\n\u{7}Turn to John\u{1b}[1m 3:16.\n"});
        self.submit(&id, &format!("{id} [2J 31m"), &body)?;
        for page in ["", "/label.svg", "/card.png"] {
            self.send(&format!("GET /video/{id}{page}"), "", b"")?;
        }
        Ok(())
    }

    fn submit_a_long_transcript(&mut self) -> io::Result<()> {
        let id = self.random_id('l');
        let word = |_| match self.random.random_range(0..20_000_u32) {
            word @ 0..200 => format!("John {}:{}", word % 22, word % 31),
            word => format!("word{word}"),
        };
        let mut transcript = (0..LONG / 8).map(word).collect::<Vec<_>>().join(" ");
        transcript.truncate(LONG);
        let title = format!("long {id}");
        self.submit(&id, &title, &json!({"url": link(&id), "title": title, "transcript": transcript}))?;
        self.shared.hold(HOLD);
        Ok(())
    }

    fn send_malformed_requests(&mut self) -> io::Result<()> {
        let length = self.random.random_range(0..100_000);
        let garbage: Vec<u8> = (0..length).map(|_| self.random.random()).collect();
        let kind =
            ["application/json", "multipart/form-data; boundary=x", "text/plain"][self.random.random_range(0..3)];
        self.send("POST /api/videos", &format!("Content-Type: {kind}\r\n"), &garbage)?;
        let nested = format!("{{\"url\": {}{}}}", "[".repeat(length), "]".repeat(length));
        self.send("POST /api/videos", "Content-Type: application/json\r\n", nested.as_bytes())?;
        let path = hex::encode(&garbage[..length.min(4_000)]);
        self.send(&format!("GET /video/{path}"), "", b"").map(drop)
    }
}

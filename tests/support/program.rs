//! Runs the built program the way users do.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

/// The environment variables that the program reads.
const SETTINGS: &[&str] = &[
    "DATABASE_URL",
    "DATABASE_POOLER",
    "DATA_DIR",
    "PERSISTENT_DISK_PATH",
    "HOST",
    "PORT",
    "ADMIN_TOKEN",
    "INSECURE_ADMIN_TOKEN",
    "PUBLIC_URL",
    "BASE_PATH",
    "SUBMISSIONS",
    "SUBMISSIONS_PER_MINUTE",
    "CONNECTIONS_PER_ADDRESS",
    "TRUSTED_PROXIES",
    "SEARCH_ENGINES",
    "CANON",
    "WORKERS",
    "YOUTUBE_BASE_URL",
    "YOUTUBE_CLIENTS",
    "YOUTUBE_API_KEY",
    "ROTATING_PROXY",
    "PROXY_LIST",
    "CHURCH_CHANNELS",
    "LOG_FORMAT",
    "RUST_LOG",
    "BACKUP_EVERY_HOURS",
    "DRILL_EVERY_HOURS",
    "SCRUB_EVERY_HOURS",
    "CLEANUP_EVERY_HOURS",
    "CHECK_EVERY_MINUTES",
    "SEED_FROM_BACKUP",
    "ADOPT_OLD_DATABASE",
    "NO_COLOR",
    "RUST_BACKTRACE",
];

/// Creates a command for the program, without the settings from the tests' own environment.
pub(crate) fn mannameter(data_dir: &Path) -> Command {
    let mut command = without_settings(Command::new(env!("CARGO_BIN_EXE_mannameter")));
    command.env("DATA_DIR", data_dir).env("ADMIN_TOKEN", "the-admin-token-of-the-tests").env("NO_COLOR", "1");
    command
}

/// Creates a command for a shell that finds the program on its `PATH`, without the settings in the environment of the tests.
pub(crate) fn shell(commands: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_mannameter"));
    let directory = program.parent().expect("the program is in a directory");
    let mut command = without_settings(Command::new("sh"));
    command.args(["-euc", &format!("PATH='{}':$PATH\n{commands}", directory.display())]);
    command
}

fn without_settings(mut command: Command) -> Command {
    for name in SETTINGS {
        command.env_remove(name);
    }
    command
}

/// Runs a command and waits until it ends.
pub(crate) fn run<A: AsRef<OsStr>>(data_dir: &Path, arguments: &[A]) -> Output {
    mannameter(data_dir).args(arguments).stdin(Stdio::null()).output().expect("the binary runs")
}

/// Returns the standard output of a command. Panics with both outputs if the command failed.
pub(crate) fn succeeded(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n-- out\n{out}\n-- err\n{err}", output.status);
    out.into_owned()
}

/// Returns the single line that a failed command printed to standard error. Panics if the command succeeded.
pub(crate) fn failed(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!output.status.success(), "it succeeded\n-- out\n{out}\n-- err\n{err}");
    assert_eq!(err.trim_end().lines().count(), 1, "the error must be a single line: {err}");
    err.trim_end().to_owned()
}

/// A running server. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// `http://127.0.0.1:port`.
    pub(crate) base: String,
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Starts a server on a free port and waits until it is ready.
    #[expect(
        clippy::zombie_processes,
        reason = "a server that exits early is waited for here, a running one when it is dropped"
    )]
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .args(["serve", "--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut printed = String::new();
        loop {
            let mut line = String::new();
            let read = stdout.read_line(&mut line).expect("its output is text");
            assert!(read > 0, "the server exited: {:?}; it printed: {printed}", child.wait());
            if let Some((_, base)) = line.trim_end().split_once("open ") {
                return Self { child, base: base.to_owned(), _stdout: stdout };
            }
            printed.push_str(&line);
        }
    }

    /// Kills the server with SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("the server is running");
        self.child.wait().expect("the server exits");
    }

    /// Returns the process ID.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Stops the server with SIGTERM. Returns whether it exited successfully, and how long that took.
    pub(crate) fn terminate(mut self) -> (bool, Duration) {
        let start = Instant::now();
        let status = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill runs");
        assert!(status.success());
        let exit = self.child.wait().expect("the server exits");
        (exit.success(), start.elapsed())
    }

    /// Sends a request with curl.
    pub(crate) fn curl(&self, path: &str, arguments: &[&str]) -> CurlResponse {
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--max-time", "60", "--include"])
            .args(arguments)
            .arg(format!("{}{path}", self.base))
            .output()
            .expect("curl runs");
        assert!(output.status.success(), "curl {path}: {}", String::from_utf8_lossy(&output.stderr));
        CurlResponse::parse(&output.stdout)
    }

    /// Waits until a job has ended, and returns it.
    pub(crate) fn finished_job(&self, job_url: &str) -> Value {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let job = self.curl(job_url, &[]).json();
            if matches!(job["state"].as_str(), Some("done" | "failed")) {
                return job;
            }
            assert!(Instant::now() < deadline, "the job has not ended: {job:#}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A response received by curl.
#[derive(Debug)]
pub(crate) struct CurlResponse {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The status line and the headers.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl CurlResponse {
    /// Parses the output of `curl --include`.
    pub(crate) fn parse(mut bytes: &[u8]) -> Self {
        loop {
            let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            bytes = &bytes[end + 4..];
            let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
            // `100 Continue` precedes the actual response.
            if status >= 200 {
                return Self { status, head, body: bytes.to_vec() };
            }
        }
    }

    /// Returns the value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Returns the body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Parses the body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

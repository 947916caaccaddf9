//! A throwaway PostgreSQL cluster in the temporary directory, with `fsync` left on.
//!
//! PostgreSQL refuses to run as root, so as root it runs as the `postgres` user. A shell script supervises the server.
//! When this process ends, for whatever reason, the pipe to the script closes, and the script stops the server and
//! deletes its files.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// Supervises the server. Reads one command per line and replies with one line. Stops the server when its input ends.
const SUPERVISOR: &str = r#"
running=
start() {
    "$bin/postgres" -D "$dir/data" -p "$port" -k "$dir" -c listen_addresses=127.0.0.1 -c max_connections=200 \
        -c shared_buffers=32MB >>"$dir/log" 2>&1 </dev/null &
    running=$!
    tries=0
    until "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
        tries=$((tries + 1))
        if [ $tries -gt 300 ] || ! kill -0 $running 2>/dev/null; then echo "failed: $(tail -n 3 "$dir/log")"; return; fi
        sleep 0.05
    done
    echo ok
}
processes() { ps -o pid= --ppid "$running"; echo "$running"; }
end() {
    if [ -n "$running" ]; then
        kill -CONT $(processes) 2>/dev/null
        kill "$1" "$running" 2>/dev/null
        wait "$running" 2>/dev/null
        running=
    fi
}
trap '' INT TERM HUP
while read -r command; do
    case $command in
        start) start ;;
        stop) end -INT; echo ok ;;
        kill) end -QUIT; echo ok ;;
        freeze) kill -STOP $(processes); echo ok ;;
        thaw) kill -CONT $(processes); echo ok ;;
    esac
done
end -QUIT
rm -rf "$dir"
"#;

/// A running cluster.
#[derive(Debug)]
pub(crate) struct Postgres {
    port: u16,
    supervisor: Mutex<Supervisor>,
    databases: AtomicU32,
    bin: PathBuf,
}

/// The shell that runs [`SUPERVISOR`].
#[derive(Debug)]
struct Supervisor {
    commands: ChildStdin,
    replies: BufReader<ChildStdout>,
    _shell: Child,
}

impl Postgres {
    /// Returns the cluster shared by all tests of this binary. They must leave it running.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Self::new)
    }

    /// Starts a new cluster, for tests that stop, freeze or kill it.
    pub(crate) fn new() -> Self {
        let bin = binaries();
        let user = rustix::process::geteuid().is_root().then(postgres_user);
        let dir = tempfile::Builder::new().prefix("mannameter-postgres-").tempdir().expect("a directory").keep();
        if let Some((uid, gid)) = user {
            std::os::unix::fs::chown(&dir, Some(uid), Some(gid)).expect("a directory that is the user postgres's");
        }
        let run = |program: &Path| {
            let mut command = Command::new(program);
            command.current_dir(&dir).env_remove("LC_ALL").env("LANG", "C.UTF-8");
            if let Some((uid, gid)) = user {
                command.uid(uid).gid(gid);
            }
            command
        };
        let made = run(&bin.join("initdb"))
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "-D"])
            .arg(dir.join("data"))
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));

        let port = free_port();
        let mut shell = run(Path::new("/bin/sh"))
            .args(["-c", SUPERVISOR])
            .env("bin", &bin)
            .env("dir", &dir)
            .env("port", port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("/bin/sh runs");
        let supervisor = Supervisor {
            commands: shell.stdin.take().expect("a pipe to the shell"),
            replies: BufReader::new(shell.stdout.take().expect("a pipe from the shell")),
            _shell: shell,
        };
        let postgres = Self { port, supervisor: Mutex::new(supervisor), databases: AtomicU32::new(0), bin };
        postgres.start();
        postgres
    }

    /// Creates an empty database and returns its URL. It has the collation of a natural language, as in most
    /// installations.
    pub(crate) fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.psql(
            "postgres",
            &format!("create database {name} template template0 locale_provider icu icu_locale 'en-US'"),
        );
        self.url(&name)
    }

    /// Returns the URL of a database.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Returns the port that it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Runs a statement with psql and returns its output.
    pub(crate) fn psql(&self, database: &str, statement: &str) -> String {
        let done = Command::new(self.bin.join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement, &self.url(database)])
            .output()
            .expect("psql runs");
        assert!(done.status.success(), "psql {statement:?} failed: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    /// Starts the server.
    pub(crate) fn start(&self) {
        self.send("start");
    }

    /// Shuts the server down and closes its connections.
    pub(crate) fn stop(&self) {
        self.send("stop");
    }

    /// Stops the server as a crash would. The next start performs crash recovery.
    pub(crate) fn kill(&self) {
        self.send("kill");
    }

    /// Suspends all processes: connections stay open, but nothing responds.
    pub(crate) fn freeze(&self) {
        self.send("freeze");
    }

    /// Resumes after [`Postgres::freeze`].
    pub(crate) fn thaw(&self) {
        self.send("thaw");
    }

    fn send(&self, command: &str) {
        let mut supervisor = self.supervisor.lock().expect("no other command panicked");
        writeln!(supervisor.commands, "{command}").expect("the shell reads");
        let mut reply = String::new();
        supervisor.replies.read_line(&mut reply).expect("the shell replies");
        assert_eq!(reply.trim(), "ok", "PostgreSQL did not {command}");
    }
}

/// Returns the directory with the binaries of the newest installed PostgreSQL.
fn binaries() -> PathBuf {
    let version = |path: &Path| path.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut found: Vec<_> = debian.flatten().map(|entry| entry.path().join("bin")).collect();
    found.sort_by_key(|path| std::cmp::Reverse(version(path)));
    let on_path = Command::new("sh").args(["-c", "command -v initdb"]).output().expect("sh runs").stdout;
    found.extend(Path::new(String::from_utf8_lossy(&on_path).trim()).parent().map(Path::to_path_buf));
    found.into_iter().find(|bin| bin.join("initdb").is_file() && bin.join("postgres").is_file()).expect(
        "PostgreSQL 15 or newer (its server: initdb and postgres) must be installed for this test; on Debian: \
         apt install postgresql",
    )
}

/// Returns the user and group that PostgreSQL runs as when this process is root.
pub(super) fn postgres_user() -> (u32, u32) {
    let users = std::fs::read_to_string("/etc/passwd").expect("/etc/passwd");
    let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    fields
        .filter(|fields| fields.first() == Some(&"postgres"))
        .find_map(|fields| Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?)))
        .expect("as root, this test needs a user `postgres`; it comes with the package postgresql")
}

/// Returns a free port.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

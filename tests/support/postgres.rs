//! A throwaway PostgreSQL: a cluster of our own under the temporary directory, with `fsync` left on.
//!
//! `PostgreSQL` refuses to run as root, so as root it runs as the user `postgres`. A small shell holds it and stops it
//! (and removes its files) when this process ends in whatever way, for then the pipe between them closes.

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

/// Holds the server: takes a word a line, answers a line to each, and ends everything with its input.
const KEEPER: &str = r#"
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
everybody() { ps -o pid= --ppid "$running"; echo "$running"; }
end() {
    if [ -n "$running" ]; then
        kill -CONT $(everybody) 2>/dev/null
        kill "$1" "$running" 2>/dev/null
        wait "$running" 2>/dev/null
        running=
    fi
}
trap '' INT TERM HUP
while read -r word; do
    case $word in
        start) start ;;
        stop) end -INT; echo ok ;;
        kill) end -QUIT; echo ok ;;
        freeze) kill -STOP $(everybody); echo ok ;;
        thaw) kill -CONT $(everybody); echo ok ;;
    esac
done
end -QUIT
rm -rf "$dir"
"#;

/// A running cluster.
#[derive(Debug)]
pub(crate) struct Postgres {
    port: u16,
    saver: Mutex<Saver>,
    databases: AtomicU32,
    bin: PathBuf,
}

/// The shell that holds the server.
#[derive(Debug)]
struct Saver {
    words: ChildStdin,
    answers: BufReader<ChildStdout>,
    _shell: Child,
}

impl Postgres {
    /// The cluster of this test binary, for tests that leave it running.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Self::new)
    }

    /// A cluster of the caller's own, for tests that stop, freeze or kill it.
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
            .args(["-c", KEEPER])
            .env("bin", &bin)
            .env("dir", &dir)
            .env("port", port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("/bin/sh runs");
        let saver = Saver {
            words: shell.stdin.take().expect("a pipe to the shell"),
            answers: BufReader::new(shell.stdout.take().expect("a pipe from the shell")),
            _shell: shell,
        };
        let postgres = Self { port, saver: Mutex::new(saver), databases: AtomicU32::new(0), bin };
        postgres.start();
        postgres
    }

    /// Makes an empty database and gives its address. Its collation is that of a language, as in most installations.
    pub(crate) fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.psql(
            "postgres",
            &format!("create database {name} template template0 locale_provider icu icu_locale 'en-US'"),
        );
        self.url(&name)
    }

    /// The address of a database.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The port at which it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Runs a statement, as from outside.
    pub(crate) fn psql(&self, database: &str, statement: &str) -> String {
        let done = Command::new(self.bin.join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement, &self.url(database)])
            .output()
            .expect("psql runs");
        assert!(done.status.success(), "psql {statement:?} failed: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    /// Starts it (again).
    pub(crate) fn start(&self) {
        self.tell("start");
    }

    /// Stops it in order; connections are cut.
    pub(crate) fn stop(&self) {
        self.tell("stop");
    }

    /// Stops it as a crash would; the next start recovers.
    pub(crate) fn kill(&self) {
        self.tell("kill");
    }

    /// Stops all its processes where they are: connections stay and nothing answers.
    pub(crate) fn freeze(&self) {
        self.tell("freeze");
    }

    /// Lets it go on after [`Postgres::freeze`].
    pub(crate) fn thaw(&self) {
        self.tell("thaw");
    }

    fn tell(&self, word: &str) {
        let mut saver = self.saver.lock().expect("nobody panicked while telling");
        writeln!(saver.words, "{word}").expect("the shell listens");
        let mut answer = String::new();
        saver.answers.read_line(&mut answer).expect("the shell answers");
        assert_eq!(answer.trim(), "ok", "PostgreSQL did not {word}");
    }
}

/// Where the newest PostgreSQL of this machine is.
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

/// The user and group as which PostgreSQL runs when we are root.
fn postgres_user() -> (u32, u32) {
    let users = std::fs::read_to_string("/etc/passwd").expect("/etc/passwd");
    let fields = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    fields
        .filter(|fields| fields.first() == Some(&"postgres"))
        .find_map(|fields| Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?)))
        .expect("as root, this test needs a user `postgres`; it comes with the package postgresql")
}

/// A port that nobody listens at.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

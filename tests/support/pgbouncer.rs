//! pgbouncer in transaction mode, in front of a test's PostgreSQL.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::{fs::chown, process::CommandExt as _},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::postgres::{Postgres, postgres_user};

/// Number of connections to the server for each database.
pub(crate) const SERVERS: u16 = 3;

/// Stops pgbouncer when its input ends, which is when the test does.
const SUPERVISOR: &str = r#"
pgbouncer -q "$1" >"$2" 2>&1 </dev/null &
read -r _
kill $!
wait
"#;

/// A running pgbouncer. Stops when dropped.
#[derive(Debug)]
pub(crate) struct PgBouncer {
    port: u16,
    postgres: u16,
    shell: Child,
    _directory: TempDir,
}

impl PgBouncer {
    /// Starts pgbouncer with the default settings, except that it has few connections to the server.
    pub(crate) fn start(postgres: &Postgres) -> Self {
        Self::with(postgres, "")
    }

    /// Starts pgbouncer with more settings.
    pub(crate) fn with(postgres: &Postgres, settings: &str) -> Self {
        let directory = tempfile::Builder::new().prefix("mannameter-pgbouncer-").tempdir().expect("a directory");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let (config, users) = (directory.path().join("pgbouncer.ini"), directory.path().join("users"));
        fs::write(&users, "\"postgres\" \"\"\n").expect("a file");
        let server = postgres.port();
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={server}\n\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = trust\nauth_file = {}\npool_mode = transaction\n\
             default_pool_size = {SERVERS}\nmax_client_conn = 300\n{settings}\n",
            users.display()
        );
        fs::write(&config, text).expect("a file");
        let log = directory.path().join("log");
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SUPERVISOR, "sh"]).arg(&config).arg(&log).stdin(Stdio::piped());
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        // It refuses to run as root.
        if rustix::process::geteuid().is_root() {
            let (uid, gid) = postgres_user();
            for path in [directory.path(), &config, &users] {
                chown(path, Some(uid), Some(gid)).expect("files that are the user's");
            }
            command.uid(uid).gid(gid);
        }
        let shell = command.spawn().expect("/bin/sh runs");
        let bouncer = Self { port, postgres: server, shell, _directory: directory };
        bouncer.wait_until_it_listens(&log);
        bouncer
    }

    /// Returns the URL of a database through pgbouncer.
    pub(crate) fn url(&self, direct: &str) -> String {
        direct.replace(&format!(":{}/", self.postgres), &format!(":{}/", self.port))
    }

    fn wait_until_it_listens(&self, log: &Path) {
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let log = || fs::read_to_string(log).unwrap_or_default();
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "pgbouncer must be installed for this test; on Debian: apt install pgbouncer; {}",
                log()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

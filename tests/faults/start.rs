//! A server that starts while the disk of its data directory is full or read-only.

use std::{fs, sync::Arc, time::Duration};

use serde_json::{Value, json};

use crate::{
    client::{Sent, get, post, sermon, until, until_up_to_date},
    mount::Mount,
    support::{
        instance::{Database, Instance, video_id},
        postgres::Postgres,
        program::Server,
    },
};

/// The two ways in which a disk cannot be written, with what the system says about each.
#[derive(Debug, Clone, Copy)]
enum Disk {
    Full,
    ReadOnly,
}

impl Disk {
    const ALL: [Self; 2] = [Self::Full, Self::ReadOnly];

    fn message(self) -> &'static str {
        match self {
            Self::Full => "No space left on device",
            Self::ReadOnly => "Read-only file system",
        }
    }

    fn fail(self, mount: &Mount) {
        match self {
            Self::Full => drop(mount.fill()),
            Self::ReadOnly => mount.remount("ro"),
        }
    }

    fn repair(self, mount: &Mount) {
        match self {
            Self::Full => fs::remove_file(mount.path().join("ballast")).expect("the ballast is removed"),
            Self::ReadOnly => mount.remount("rw"),
        }
    }
}

/// Saves two sermons, and stops.
fn prepare(instance: &Instance, sent: &mut Sent) {
    let server = Server::start(instance.server());
    for number in [1, 2] {
        sent.send(&server.base, &video_id('a', number), &format!("before {number}"));
    }
    assert_eq!(sent.wait_for_jobs(&server), Vec::<Value>::new());
    until_up_to_date(&server.base);
    server.terminate();
}

/// Starts a server on a disk that cannot be written. Checks that it says so, and that sermons can be read.
fn start_degraded(instance: &Instance, disk: Disk) -> Server {
    let log = instance.outside().join("log");
    let mut command = instance.command();
    command.env("RUST_LOG", "info").stderr(fs::File::create(&log).expect("a file for the log"));
    let server = Server::start(command);
    let logged = fs::read_to_string(&log).expect("the log");
    assert!(logged.contains("starting although the data directory cannot be written"), "{logged}");
    let ready = get(&server.base, "/readyz").expect("a response");
    let reported = ready.json();
    assert_eq!((ready.status, &reported["data_dir"]["ok"]), (503, &json!(false)), "{reported}");
    assert!(reported["data_dir"]["error"].to_string().contains(disk.message()), "{reported}");
    let data = instance.data().display().to_string();
    assert!(!reported.to_string().contains(&data), "the paths of the server are not public: {reported}");
    let page = get(&server.base, "/").expect("a response");
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("data directory cannot be written"), "{}", page.text());
    for path in [format!("/api/video/{}", video_id('a', 1)), format!("/video/{}", video_id('a', 2))] {
        let response = get(&server.base, &path).expect("a response");
        assert!(response.status == 200 && response.text().contains("before"), "{path}: {}", response.text());
    }
    assert_eq!(get(&server.base, "/api/videos").expect("a response").json()["total"], 2);
    let doctor = instance.run(&["doctor"]);
    let said = String::from_utf8_lossy(&doctor.stdout);
    assert!(!doctor.status.success() && said.contains(disk.message()), "{said}");
    server
}

/// Repairs the disk, and checks that the same server then works without restrictions.
fn recover(instance: &Instance, server: &Server, disk: Disk, mount: &Mount, mut sent: Sent) {
    disk.repair(mount);
    until("the server is ready", Duration::from_secs(60), || {
        get(&server.base, "/readyz").expect("a response").status == 200
    });
    assert!(!get(&server.base, "/").expect("a response").text().contains("cannot be written"));
    sent.send(&server.base, &video_id('z', 1), "after");
    assert_eq!((sent.accepted.len(), sent.wait_for_jobs(server)), (1, Vec::new()));
    until_up_to_date(&server.base);
    sent.ledger.check(instance);
}

#[test]
fn a_server_with_postgres_that_starts_on_a_bad_disk_saves_and_recovers() {
    let postgres = Arc::new(Postgres::new());
    for disk in Disk::ALL {
        let mount = Mount::tmpfs(8);
        let instance = Instance::with_data(&mount.path().join("data"), Database::new(&postgres));
        let mut sent = Sent::default();
        prepare(&instance, &mut sent);
        disk.fail(&mount);
        let server = start_degraded(&instance, disk);
        sent.send(&server.base, &video_id('b', 1), "meanwhile");
        assert_eq!((sent.accepted.len(), sent.wait_for_jobs(&server)), (1, Vec::new()), "{disk:?}");
        recover(&instance, &server, disk, &mount, sent);
    }
}

#[test]
fn a_server_with_sqlite_that_starts_on_a_bad_disk_serves_reads_returns_results_and_recovers() {
    for disk in Disk::ALL {
        let mount = Mount::tmpfs(8);
        let instance = Instance::at(&mount.path().join("data"));
        let mut sent = Sent::default();
        prepare(&instance, &mut sent);
        disk.fail(&mount);
        let server = start_degraded(&instance, disk);
        let id = video_id('b', 1);
        let response = post(&server.base, "/api/videos", &sermon(&id, "in the response")).expect("a response");
        assert_eq!(response.status, 507, "{disk:?}: {}", response.text());
        assert_eq!(response.json()["document"]["title"], "in the response");
        recover(&instance, &server, disk, &mount, sent);
    }
}

#[test]
fn a_first_start_on_a_read_only_disk_needs_no_stored_admin_token_and_creates_the_directory_later() {
    let mount = Mount::tmpfs(8);
    let instance = Instance::at(&mount.path().join("data"));
    mount.remount("ro");
    let mut command = instance.server();
    command.env_remove("ADMIN_TOKEN");
    let server = Server::start(command);
    assert_eq!(get(&server.base, "/healthz").expect("a response").status, 200);
    assert!(!instance.data().exists());
    mount.remount("rw");
    until_up_to_date(&server.base);
    assert!(instance.data().join("backups").is_dir());
}

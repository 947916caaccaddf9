//! Without a database: the spool, and the files of last resort.

use std::{fs, io::Write, path::Path, process::Stdio, time::Duration};

use serde_json::json;

use super::{SERMON, data_dir, export, export_with};
use crate::support::program::{Server, failed, mannameter, run, succeeded};

/// The URL of a database that is never reachable.
const UNREACHABLE: &str = "postgres://nobody@127.0.0.1:1/none";

#[test]
fn analyze_without_a_database_spools_the_sermon_and_the_next_analyze_saves_it() {
    let data = data_dir();
    let arguments = ["analyze", SERMON, "--title", "In the dark", "--database-url", UNREACHABLE];
    let output = succeeded(&run(data.path(), &arguments));
    assert!(output.contains("the database could not save it") && output.contains("EMERGENCY_SAVE_"), "{output}");
    assert!(!output.contains("SAVE COMPLETE"), "{output}");
    let file = data.path().join("another.txt");
    fs::write(&file, "please open to john 3:16 this morning").expect("a file is written");
    let output = succeeded(&run(data.path(), &["analyze", file.to_str().expect("UTF-8")]));
    assert!(output.contains("Saved 1 sermon from the spool"), "{output}");
    assert!(export(data.path()).to_string().contains("In the dark"));
}

#[test]
fn a_server_killed_with_a_spool_replays_it_after_a_restart() {
    let data = data_dir();
    let mut command = mannameter(data.path());
    command.env("DATABASE_URL", UNREACHABLE);
    let server = Server::start(command);
    for (number, reference) in ["john 3:16", "mark 4:3"].into_iter().enumerate() {
        let body = json!({"transcript": format!("please open to {reference}"), "title": format!("Sermon {number}")});
        let response = server.curl("/api/videos", &["-H", "content-type: application/json", "-d", &body.to_string()]);
        assert_eq!((response.status, &response.json()["stored"]), (202, &json!("spool")), "{}", response.text());
    }
    assert_eq!(server.curl("/readyz", &[]).json()["spool"]["files"], 2);
    server.kill();
    let server = Server::start(mannameter(data.path()));
    assert_eq!(export_with(data.path(), 2).as_object().expect("an object").len(), 2);
    assert_eq!(server.curl("/readyz", &[]).json()["spool"]["files"], 0);
}

#[test]
fn repeated_kills_during_a_replay_neither_lose_nor_duplicate_a_sermon() {
    const SERMONS: usize = 12;
    let data = data_dir();
    for number in 0..SERMONS {
        let file = data.path().join(format!("{number}.txt"));
        fs::write(&file, format!("sermon {number}: please open to john 3:{}", number + 1)).expect("a file is written");
        let arguments = ["analyze", file.to_str().expect("UTF-8"), "--database-url", UNREACHABLE];
        succeeded(&run(data.path(), &arguments));
    }
    // Each process gets a little further than the previous one.
    for round in 0..8 {
        let server = Server::start(mannameter(data.path()));
        std::thread::sleep(Duration::from_millis(7 * round));
        server.kill();
    }
    let server = Server::start(mannameter(data.path()));
    assert_eq!(export_with(data.path(), SERMONS).as_object().expect("an object").len(), SERMONS);
    let ready = (0..100).map(|_| {
        std::thread::sleep(Duration::from_millis(50));
        server.curl("/readyz", &[]).json()
    });
    let ready = ready.into_iter().find(|ready| ready["spool"]["files"] == 0).expect("the spool is empty");
    assert_eq!((&ready["spool"]["damaged"], &ready["database"]["seq"]), (&json!(0), &json!(SERMONS)), "{ready}");
    let entries = fs::read_dir(data.path().join("backups")).expect("a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let left: Vec<_> = names.filter(|name| !name.to_string_lossy().starts_with("pre_write_")).collect();
    assert!(left.is_empty(), "no files are left: {left:?}");
}

#[test]
fn with_a_full_disk_the_sermon_is_returned_in_the_response_or_in_a_lost_video_file() {
    assert!(rustix::process::geteuid().is_root(), "this test mounts a small tmpfs: run it as root");
    let data = data_dir();
    let disk = Mount::tmpfs(&data.path().join("disk"), "256k");
    let mut command = mannameter(&disk.0);
    command.env("DATABASE_URL", UNREACHABLE);
    let server = Server::start(command);
    // Leaves less space than the sermon needs, but enough for the check that files can be written.
    let filler = disk.0.join("filler");
    let mut file = fs::File::create(&filler).expect("a file");
    while file.write_all(&[0; 4096]).is_ok() {}
    let length = fs::metadata(&filler).expect("its length").len() - 8192;
    file.set_len(length).expect("truncated");
    drop(file);
    let upload = format!("file=@{SERMON}");
    let response = server.curl("/api/videos", &["-F", &upload, "-F", "title=The Sower"]);
    assert_eq!(response.status, 507, "{}", response.text());
    assert_eq!(response.json()["document"]["title"], "The Sower");
    disk.remount("ro");
    let response = server.curl("/api/videos", &["-F", &upload, "-F", "title=On a read-only disk"]);
    assert_eq!((response.status, &response.json()["document"]["title"]), (507, &json!("On a read-only disk")));
    server.kill();
    disk.remount("rw");

    let current = data_dir();
    let mut command = mannameter(&disk.0);
    command
        .args(["analyze", SERMON, "--title", "The Sower", "--database-url", UNREACHABLE])
        .current_dir(current.path());
    command.env("RUST_LOG", "off");
    let output = command.stdin(Stdio::null()).output().expect("the binary runs");
    let output = failed(&output);
    let lost = fs::read_dir(current.path()).expect("a directory").next().expect("a file").expect("an entry").path();
    let name = lost.file_name().and_then(|name| name.to_str()).expect("UTF-8");
    assert!(
        name.starts_with("LOST_VIDEO_") && output.contains(name) && output.contains("mannameter import"),
        "{output}"
    );
    let left: Vec<_> = fs::read_dir(disk.0.join("backups")).expect("a directory").collect();
    assert!(left.is_empty(), "no partial files are left: {left:?}");

    let other = data_dir();
    let output = succeeded(&run(other.path(), &["import", lost.to_str().expect("UTF-8")]));
    assert!(output.contains("1 created"), "{output}");
}

/// A mounted file system. Unmounted when dropped.
struct Mount(std::path::PathBuf);

impl Mount {
    fn tmpfs(path: &Path, size: &str) -> Self {
        fs::create_dir(path).expect("a directory to mount on");
        let size = format!("size={size}");
        let mut mount = std::process::Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(path).status().expect("mount runs");
        assert!(mounted.success(), "could not mount a tmpfs");
        Self(path.to_owned())
    }

    fn remount(&self, mode: &str) {
        let options = format!("remount,{mode}");
        // Fails while a file is open for writing, as lock files sometimes are.
        let mounted = (0..600).any(|_| {
            let mut mount = std::process::Command::new("mount");
            let mounted = mount.args(["-o", &options]).arg(&self.0).stderr(Stdio::null()).status().expect("mount runs");
            if !mounted.success() {
                std::thread::sleep(Duration::from_millis(50));
            }
            mounted.success()
        });
        assert!(mounted, "could not remount it");
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Otherwise its parent directory cannot be removed.
        let _ = std::process::Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

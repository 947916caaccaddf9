//! A log that cannot be written: standard error is a full disk, a pipe that nobody reads, or closed.

use std::{
    fs::File,
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::json;

use super::on_both_databases;
use crate::support::{
    instance::{Instance, SERMON},
    program::{Server, shell, succeeded},
};

on_both_databases! {
    a_server_that_cannot_log_serves_saves_and_stops,
}

fn full() -> Stdio {
    File::options().write(true).open("/dev/full").expect("/dev/full").into()
}

/// Returns the writing end of a pipe whose reading end is closed.
fn dead_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

fn a_server_that_cannot_log_serves_saves_and_stops(instance: &Instance) {
    for (book, standard_error) in [("John", full()), ("Mark", dead_pipe())] {
        let mut command = instance.server();
        command.env("RUST_LOG", "debug").stderr(standard_error);
        let server = Server::start(command);
        assert_eq!(server.curl("/", &[]).status, 200);
        assert_eq!(server.curl("/video/none", &[]).status, 404);
        let sent = json!({ "transcript": format!("Turn to {book} chapter 3"), "title": book }).to_string();
        let sent = server.curl("/api/videos", &["--json", &sent]);
        let job = server.finished_job(sent.header("location").expect("a job"));
        assert_eq!(job["state"], "done", "{job}");
        let (succeeded, time) = server.terminate();
        assert!(succeeded && time < Duration::from_secs(10), "success: {succeeded}, after {time:?}");
    }
}

#[test]
fn commands_that_cannot_log_do_their_work_and_report_failures_by_their_exit_code() {
    let instance = Instance::new();
    let run = |arguments: &[&str], standard_error: Stdio| {
        let mut command: Command = instance.command();
        let command = command.args(arguments).env("RUST_LOG", "debug").stdin(Stdio::null()).stderr(standard_error);
        command.output().expect("the binary runs")
    };
    for standard_error in [full, dead_pipe] {
        succeeded(&run(&["migrate"], standard_error()));
        succeeded(&run(&["analyze", SERMON], standard_error()));
        succeeded(&run(&["doctor"], standard_error()));
        succeeded(&run(&["backup", "create"], standard_error()));
        // A panic would exit with 101.
        assert_eq!(run(&["history", "no_such_one"], standard_error()).status.code(), Some(1));
    }
}

#[test]
fn commands_run_with_closed_standard_streams_and_name_a_full_disk_of_their_output() {
    let instance = Instance::new();
    let data = instance.data().display();
    succeeded(&shell(&format!("mannameter --data-dir {data} migrate >&- 2>&- <&-")).output().expect("a shell"));
    let output = shell(&format!("mannameter --data-dir {data} doctor >/dev/full")).output().expect("a shell");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("No space left") && !error.contains("panicked"), "{error}");
}

//! Faults at a chosen system call: strace records the calls of a command once, then kills it or makes it fail at each.
//!
//! strace counts the calls of each thread by itself. So a call is named by what it is, the file that it is on, and its
//! number among those of its thread, and only calls on that file are counted. The command runs in a namespace of
//! processes of its own, where it has the same number each time, and so its temp files the same names.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use crate::support::place::Place;

/// The calls that change files or make them durable.
const CALLS: &str = "openat,write,pwrite64,fsync,fdatasync,ftruncate,rename,renameat,renameat2,link,linkat,unlink,\
                     unlinkat,flock,mkdir";

/// A system call on a file of ours.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Call {
    /// Which.
    pub(crate) name: String,
    /// On what, below the data directory; empty for the directory itself.
    pub(crate) file: String,
    /// The how many-th of its thread on that file, from 1.
    pub(crate) number: usize,
}

/// What happens at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The process is killed before the call is done.
    Kill,
    /// The call fails with this.
    Error(&'static str),
    /// This one and all later ones of its thread on that file fail with this.
    ErrorFromThen(&'static str),
}

/// Gives a command the settings and the directory of another one, which it is going to run.
pub(crate) fn surround_alike(command: &mut Command, other: &Command) {
    for (name, value) in other.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    if let Some(directory) = other.get_current_dir() {
        command.current_dir(directory);
    }
}

/// Runs a command under strace with what `options` ask for, and writes what happened to `log`.
fn strace(place: &Place, log: &Path, options: &[String], arguments: &[&str]) -> Output {
    let plain = place.command();
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--mount-proc", "strace", "-f", "-y", "-qq", "-s", "64", "-o"]).arg(log);
    command.args(options).arg(plain.get_program()).args(arguments).stdin(Stdio::null());
    surround_alike(&mut command, &plain);
    let output = command.output().expect("unshare runs: it comes with util-linux");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        log.exists() && !error.contains("unshare:"),
        "strace must be installed for this test, and it must run as root; on Debian: apt install strace: {error}"
    );
    output
}

/// The calls on files of ours that a command makes, in order, each once; and the log of all that it did.
pub(crate) fn record(place: &Place, arguments: &[&str]) -> (Vec<Call>, Vec<String>) {
    let log = place.outside().join("strace");
    let output = strace(place, &log, &["-e".to_owned(), format!("trace={CALLS}")], arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<String> =
        String::from_utf8_lossy(&fs::read(&log).expect("the log")).lines().map(str::to_owned).collect();
    let (mut numbers, mut seen, mut calls) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
    for line in &lines {
        let Some(event) = Event::parse(line, place.data()) else { continue };
        let number = numbers.entry((event.thread, event.call, event.file)).or_insert(0);
        *number += 1;
        let call = Call { name: event.call.to_owned(), file: event.file.to_owned(), number: *number };
        if event.changes && seen.insert(call.clone()) {
            calls.push(call);
        }
    }
    (calls, lines)
}

/// Runs a command and lets a fault happen at one of its calls; none if that call did not come.
pub(crate) fn inject(place: &Place, call: &Call, fault: Fault, arguments: &[&str]) -> Option<Output> {
    let log = place.outside().join("strace");
    let file = if call.file.is_empty() { place.data().to_owned() } else { place.data().join(&call.file) };
    let (name, number) = (&call.name, call.number);
    let inject = match fault {
        Fault::Kill => format!("inject={name}:signal=KILL:when={number}"),
        Fault::Error(errno) => format!("inject={name}:error={errno}:when={number}"),
        Fault::ErrorFromThen(errno) => format!("inject={name}:error={errno}:when={number}+"),
    };
    let options = [
        "-P".to_owned(),
        file.display().to_string(),
        "-e".to_owned(),
        format!("trace={name}"),
        "-e".to_owned(),
        inject,
    ];
    let output = strace(place, &log, &options, arguments);
    let happened = String::from_utf8_lossy(&fs::read(&log).expect("the log")).into_owned();
    let hit = match fault {
        // A log without an end: with -qq the end of a process is not told, so its last call has no answer.
        Fault::Kill => !output.status.success(),
        _ => happened.contains("(INJECTED)"),
    };
    hit.then_some(output)
}

/// A line of a log that tells of a call on a file of ours.
pub(crate) struct Event<'a> {
    thread: &'a str,
    /// Which call.
    pub(crate) call: &'a str,
    /// On what, below the data directory; empty for the directory itself.
    pub(crate) file: &'a str,
    /// The new name, of a call that gives one.
    pub(crate) second_file: Option<&'a str>,
    /// Whether it may make a file.
    pub(crate) creates: bool,
    /// Whether it may change something; reading does not.
    changes: bool,
}

impl<'a> Event<'a> {
    /// From a line of the log of [`record`].
    pub(crate) fn parse(line: &'a str, data: &Path) -> Option<Self> {
        let below = |path: &'a str| Some(path.strip_prefix(data.to_str()?)?.trim_start_matches('/'));
        let (thread, rest) = line.split_once(' ')?;
        let (call, arguments) = rest.trim_start().split_once('(')?;
        if !call.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let by_descriptor = matches!(call, "write" | "pwrite64" | "fsync" | "fdatasync" | "ftruncate" | "flock");
        let path = if by_descriptor {
            arguments.split_once('<')?.1.split_once('>')?.0
        } else {
            arguments.split_once('"')?.1.split_once('"')?.0
        };
        let second_file = if by_descriptor { None } else { arguments.split('"').nth(3).and_then(below) };
        let creates = arguments.contains("O_CREAT");
        let changes = call != "openat" || creates || arguments.contains("O_RDWR");
        Some(Self { thread, call, file: below(path)?, second_file, creates, changes })
    }
}

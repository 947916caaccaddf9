//! Faults at a chosen system call: strace records the calls of a command once, then kills the command or makes the call
//! fail at each of them.
//!
//! strace counts calls per thread. A call is therefore identified by its name, its file, and its number among the calls
//! that its thread makes on that file. The command runs in its own PID namespace, where it always has the same process
//! ID, so its temporary files always have the same names.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use crate::support::instance::Instance;

/// The calls that change files or make them durable.
const CALLS: &str = "openat,write,pwrite64,fsync,fdatasync,ftruncate,rename,renameat,renameat2,link,linkat,unlink,\
                     unlinkat,flock,mkdir";

/// A system call on a file in the data directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Call {
    /// Name of the call.
    pub(crate) name: String,
    /// The file, relative to the data directory; empty for the directory itself.
    pub(crate) file: String,
    /// Its number among the calls that its thread makes on that file, starting at 1.
    pub(crate) number: usize,
}

/// What to inject at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Kill the process before the call is executed.
    Kill,
    /// Make the call fail with this error.
    Error(&'static str),
    /// Make the call, and all later ones of its thread on that file, fail with this error.
    ErrorFromThenOn(&'static str),
}

/// Copies the environment and the working directory from one command to another.
pub(crate) fn copy_environment(command: &mut Command, other: &Command) {
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

/// Runs a command under strace with these options, and writes its trace to `log`.
fn strace(instance: &Instance, log: &Path, options: &[String], arguments: &[&str]) -> Output {
    let plain = instance.command();
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--mount-proc", "strace", "-f", "-y", "-qq", "-s", "64", "-o"]).arg(log);
    command.args(options).arg(plain.get_program()).args(arguments).stdin(Stdio::null());
    copy_environment(&mut command, &plain);
    let output = command.output().expect("unshare runs: it comes with util-linux");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        log.exists() && !error.contains("unshare:"),
        "strace must be installed for this test, and it must run as root; on Debian: apt install strace: {error}"
    );
    output
}

/// Runs a command and returns its calls on files in the data directory, in order and without duplicates, and its trace.
pub(crate) fn record(instance: &Instance, arguments: &[&str]) -> (Vec<Call>, Vec<String>) {
    let log = instance.outside().join("strace");
    let output = strace(instance, &log, &["-e".to_owned(), format!("trace={CALLS}")], arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<String> =
        String::from_utf8_lossy(&fs::read(&log).expect("the log")).lines().map(str::to_owned).collect();
    let (mut numbers, mut seen, mut calls) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
    for line in &lines {
        let Some(event) = Event::parse(line, instance.data()) else { continue };
        let number = numbers.entry((event.thread, event.call, event.file)).or_insert(0);
        *number += 1;
        let call = Call { name: event.call.to_owned(), file: event.file.to_owned(), number: *number };
        if event.changes && seen.insert(call.clone()) {
            calls.push(call);
        }
    }
    (calls, lines)
}

/// Runs a command and injects a fault at one of its calls. Returns `None` if the call did not happen.
pub(crate) fn inject(instance: &Instance, call: &Call, fault: Fault, arguments: &[&str]) -> Option<Output> {
    let log = instance.outside().join("strace");
    let file = if call.file.is_empty() { instance.data().to_owned() } else { instance.data().join(&call.file) };
    let (name, number) = (&call.name, call.number);
    let inject = match fault {
        Fault::Kill => format!("inject={name}:signal=KILL:when={number}"),
        Fault::Error(errno) => format!("inject={name}:error={errno}:when={number}"),
        Fault::ErrorFromThenOn(errno) => format!("inject={name}:error={errno}:when={number}+"),
    };
    let options = [
        "-P".to_owned(),
        file.display().to_string(),
        "-e".to_owned(),
        format!("trace={name}"),
        "-e".to_owned(),
        inject,
    ];
    let output = strace(instance, &log, &options, arguments);
    let trace = String::from_utf8_lossy(&fs::read(&log).expect("the log")).into_owned();
    let hit = match fault {
        // With -qq, the kill does not appear in the trace, but it does appear in the exit status.
        Fault::Kill => !output.status.success(),
        _ => trace.contains("(INJECTED)"),
    };
    hit.then_some(output)
}

/// A line of a trace with a call on a file in the data directory.
pub(crate) struct Event<'a> {
    thread: &'a str,
    /// Name of the call.
    pub(crate) call: &'a str,
    /// The file, relative to the data directory; empty for the directory itself.
    pub(crate) file: &'a str,
    /// The new name, for renames and links.
    pub(crate) second_file: Option<&'a str>,
    /// Whether the call may create the file.
    pub(crate) creates: bool,
    /// Whether the call may change something.
    changes: bool,
}

impl<'a> Event<'a> {
    /// Parses a line of a trace by [`record`].
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

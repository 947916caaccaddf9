//! `kill -9` in the middle of a copy: the target stays empty, and the next attempt succeeds.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;

use super::{COPIED, copy, directions, state};
use crate::support::{instance::Instance, program::succeeded};

/// Returns whether a copy has begun to write rows that are not committed yet.
fn is_writing(target: &Instance) -> bool {
    if target.is_sqlite() {
        let file = target.data().join("instance/mannameter.db");
        let output = Command::new("sqlite3").arg("-batch").arg(file).arg("begin immediate; rollback").output();
        return !output.expect("sqlite3 runs").status.success();
    }
    let writing = "select 1 as one from pg_stat_activity
        where datname = current_database() and backend_xid is not null and state <> 'idle'";
    !target.rows(writing).is_empty()
}

#[test]
fn a_killed_copy_leaves_the_target_empty_and_can_be_repeated() {
    for (source, target) in directions() {
        succeeded(&source.run(&["demo", "--sermons", "150"]));
        let before = state(&source);
        // The schema is not part of the copy.
        succeeded(&target.run(&["migrate"]));
        let mut command = target.command();
        command.args(["copy", "--from", &source.url(), "--to", &target.url()]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs");
        let deadline = Instant::now() + Duration::from_secs(60);
        while !is_writing(&target) {
            assert!(Instant::now() < deadline, "nothing is written");
            std::thread::sleep(Duration::from_millis(2));
        }
        // Some rows are written by then.
        std::thread::sleep(Duration::from_millis(100));
        child.kill().expect("it is running");
        assert!(!child.wait().expect("its exit status").success(), "it had finished already");

        assert_eq!(state(&source), before);
        assert_eq!(target.rows("select seq, count from store_state"), [json!({"seq": 0, "count": 0})]);
        assert!(target.rows("select 1 from videos").is_empty());
        succeeded(&copy(&source, &target));
        for query in COPIED {
            assert_eq!(target.rows(query), source.rows(query), "{query}");
        }
    }
}

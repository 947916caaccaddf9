//! `kill -9` in the middle of an adoption: the next start continues.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{both, insert, old_databases, old_table, row, sermons};
use crate::support::{
    instance::Instance,
    program::{Server, succeeded},
};

const SERMONS: usize = 600;

/// Starts the server and kills it as soon as it has adopted some sermons. Returns how many it had adopted by then.
fn start_and_kill(instance: &Instance) -> usize {
    let adopted = || instance.rows("select video_id from videos").len();
    let mut command = instance.server();
    command.args(["serve", "--port", "0"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the binary runs");
    let deadline = Instant::now() + Duration::from_secs(30);
    while adopted() < 5 {
        assert!(Instant::now() < deadline, "nothing is adopted");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("it is running");
    child.wait().expect("its exit status");
    adopted()
}

#[test]
fn a_killed_adoption_continues_and_one_instance_does_it() {
    for instance in both() {
        let rows: Vec<_> = (0..SERMONS).map(|number| row(&format!("old{number:08}"), "Old", 1)).collect();
        insert(&instance, &rows);
        let before = old_table(&instance);
        succeeded(&instance.run(&["migrate"]));
        let adopted = start_and_kill(&instance);
        assert!((5..SERMONS).contains(&adopted), "the kill did not come in the middle: {adopted} adopted");

        // Two instances continue, one of them after the dead instance's lease has expired.
        let servers = [Server::start(instance.server()), Server::start(instance.server())];
        for server in &servers {
            let old = old_databases(server);
            assert_eq!(old[0]["adopted"], json!({"sermons": SERMONS, "unreadable": 0, "problems": []}));
        }
        for server in servers {
            server.terminate();
        }
        assert_eq!(sermons(&instance).len(), SERMONS);
        assert!(instance.rows("select 1 from video_history").is_empty(), "no sermon was saved twice");
        assert_eq!(old_table(&instance), before);
        assert_eq!(instance.rows("select detail from audit where action = 'database.adopt'").len(), 2);
    }
}

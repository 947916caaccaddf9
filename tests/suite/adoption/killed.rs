//! `kill -9` in the middle of an adoption: the next start continues.

use std::{process::Stdio, time::Duration};

use serde_json::json;

use super::{both, insert, old_databases, old_table, row, sermons};
use crate::support::{
    instance::Instance,
    program::{Server, succeeded},
};

const SERMONS: usize = 600;

/// Starts the server and kills it after this time. Returns how many sermons were adopted by then.
fn start_and_kill(instance: &Instance, after: Duration) -> usize {
    let mut command = instance.server();
    command.args(["serve", "--port", "0"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the binary runs");
    std::thread::sleep(after);
    child.kill().expect("it is running");
    child.wait().expect("its exit status");
    instance.rows("select video_id from videos").len()
}

#[test]
fn a_killed_adoption_continues_and_one_instance_does_it() {
    for instance in both() {
        let rows: Vec<_> = (0..SERMONS).map(|number| row(&format!("old{number:08}"), "Old", 1)).collect();
        insert(&instance, &rows);
        let before = old_table(&instance);
        succeeded(&instance.run(&["migrate"]));
        let mut adopted = 0;
        let mut interrupted = false;
        for kill in 0..20 {
            adopted = start_and_kill(&instance, Duration::from_millis(150 + 50 * kill));
            interrupted |= (1..SERMONS).contains(&adopted);
            if interrupted {
                break;
            }
        }
        assert!(interrupted, "no kill came in the middle: {adopted} adopted");

        // Two instances continue, one of them after the lease of the dead one has ended.
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

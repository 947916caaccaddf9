//! `kill -9` in the middle of an adoption: the next start continues.

use std::{process::Stdio, time::Duration};

use serde_json::json;

use super::{both, insert, old_databases, old_table, row, sermons};
use crate::support::{
    instance::Instance,
    program::{Server, succeeded},
};

/// Number of old rows at first. If the kill comes after the end of the adoption, the test is repeated with more.
const SERMONS: usize = 600;

/// Starts the server and kills it as soon as it has adopted some sermons. Returns how many it had adopted by then.
fn start_and_kill(instance: &Instance) -> usize {
    let adopted = || instance.rows("select video_id from videos").len();
    let mut command = instance.server();
    command.args(["serve", "--port", "0"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the binary runs");
    while adopted() == 0 {
        assert_eq!(child.try_wait().expect("its status"), None, "it ended before it adopted anything");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("it is running");
    child.wait().expect("its exit status");
    adopted()
}

/// Fills the old table and kills a server that adopts it. Returns the number of rows, unless all were adopted.
fn kill_in_the_middle(instance: &Instance, count: usize) -> Option<usize> {
    let rows: Vec<_> = (0..count).map(|number| row(&format!("old{number:08}"), "Old", 1)).collect();
    insert(instance, &rows);
    succeeded(&instance.run(&["migrate"]));
    (start_and_kill(instance) < count).then_some(count)
}

#[test]
fn a_killed_adoption_continues_and_one_instance_does_it() {
    for which in 0..2 {
        let (instance, count) = (1..=16)
            .find_map(|factor| {
                let instance = both().into_iter().nth(which).expect("two databases");
                let count = kill_in_the_middle(&instance, factor * SERMONS)?;
                Some((instance, count))
            })
            .expect("a kill in the middle");
        let before = old_table(&instance);

        // Two instances continue, one of them after the dead instance's lease has expired.
        let servers = [Server::start(instance.server()), Server::start(instance.server())];
        for server in &servers {
            let old = old_databases(server);
            assert_eq!(old[0]["adopted"], json!({"sermons": count, "unreadable": 0, "problems": []}));
        }
        for server in servers {
            server.terminate();
        }
        assert_eq!(sermons(&instance).len(), count);
        assert!(instance.rows("select 1 from video_history").is_empty(), "no sermon was saved twice");
        assert_eq!(old_table(&instance), before);
        assert_eq!(instance.rows("select detail from audit where action = 'database.adopt'").len(), 2);
    }
}

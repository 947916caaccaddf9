//! The program is killed in the middle of a recovery: doing it again brings everything back.

use std::{process::Stdio, time::Duration};

use crate::{recover::both, recover::filled, recover::id, recover::is_done, support::program::succeeded};

/// How often it is killed, each time a little later.
const KILLS: u32 = 16;
const LATER: Duration = Duration::from_millis(30);

#[test]
fn a_recovery_that_is_killed_loses_nothing_and_can_be_done_again() {
    for place in both() {
        let ledger = filled(&place, 6);
        let cascade = if place.data().join("instance/mannameter.db").exists() { "" } else { " cascade" };
        let mut before = 0;
        for kill in 0..KILLS {
            place.execute(&format!("drop table videos{cascade}"));
            let mut command = place.command();
            command.args(["recover", "--apply"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().expect("the binary runs");
            std::thread::sleep(LATER * (kill + 1));
            // It may have ended already.
            let _ = child.kill();
            child.wait().expect("it has ended");
            let there = place.run(&["export"]).status.success() && place.rows("select video_id from videos").len() == 6;
            before += u32::from(!there);
            succeeded(&place.run(&["recover", "--apply"]));
            succeeded(&place.run(&["export"]));
            let found = ledger.check(&place);
            assert_eq!(found.titles.len(), 6, "kill {kill}");
            assert_eq!(found.titles[&id(5)], "sermon 5");
            is_done(&place);
        }
        assert!(before > 0, "it was never killed before its end");
    }
}

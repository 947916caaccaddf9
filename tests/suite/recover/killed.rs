//! Kills the program during a recovery. Running it again recovers everything.

use std::{process::Stdio, time::Duration};

use crate::{
    recover::{assert_recovered, both, id, save_sermons},
    support::program::succeeded,
};

/// Number of kills, each `STEP` later than the previous one.
const KILLS: u32 = 16;
const STEP: Duration = Duration::from_millis(30);

#[test]
fn a_killed_recovery_loses_nothing_and_can_be_run_again() {
    for instance in both() {
        let ledger = save_sermons(&instance, 6);
        let cascade = if instance.data().join("instance/mannameter.db").exists() { "" } else { " cascade" };
        let mut interrupted = 0;
        for kill in 0..KILLS {
            instance.execute(&format!("drop table videos{cascade}"));
            let mut command = instance.command();
            command.args(["recover", "--apply"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().expect("the binary runs");
            std::thread::sleep(STEP * (kill + 1));
            // It may have finished by now.
            let _ = child.kill();
            child.wait().expect("its exit status");
            let complete =
                instance.run(&["export"]).status.success() && instance.rows("select video_id from videos").len() == 6;
            interrupted += u32::from(!complete);
            succeeded(&instance.run(&["recover", "--apply"]));
            succeeded(&instance.run(&["export"]));
            let found = ledger.check(&instance);
            assert_eq!(found.titles.len(), 6, "kill {kill}");
            assert_eq!(found.titles[&id(5)], "sermon 5");
            assert_recovered(&instance);
        }
        assert!(interrupted > 0, "no kill came before the end");
    }
}

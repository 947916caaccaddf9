//! Databases that alter what is written to them: this is detected within the transaction and after the commit.

use mannameter::{
    safety::{backup::BackupError, restore::RestoreError},
    store::{RestoreState, StoreError},
};

use crate::{
    restore::helpers::restore,
    support::bench::{Bench, contract},
};

contract! {
    a_wrong_digest_within_the_transaction_rolls_everything_back,
    if_the_snapshot_fails_nothing_is_changed,
    sermons_lost_while_loading_are_noticed,
}

async fn a_wrong_digest_within_the_transaction_rolls_everything_back(bench: Bench) {
    bench.save("a", "First").await;
    bench.save("b", "Gone").await;
    let name = bench.backups.create().await.expect("a backup").name;
    bench.save("a", "Second").await;
    bench
        .store
        .delete_video(
            &crate::support::bench::id("b"),
            crate::store::harness::new_id(),
            "admin",
            chrono::DateTime::UNIX_EPOCH,
        )
        .await
        .expect("deleted");
    let before = bench.database().await;
    let history = bench.query_number("select count(*) from video_history").await;
    bench
        .execute(if bench.is_sqlite() {
            "create trigger spoil after insert on videos begin
                update videos set document = document || ' ' where video_id = new.video_id;
            end"
        } else {
            "create function spoil() returns trigger language plpgsql as
                $$ begin new.document = new.document || ' '; return new; end $$;
            create trigger spoil before insert on videos for each row execute function spoil()"
        })
        .await;
    let refused = restore(&bench, &name).await;
    assert!(matches!(refused, Err(RestoreError::RolledBack(_))), "{refused:?}");
    assert_eq!(bench.database().await, before);
    assert_eq!(bench.query_number("select count(*) from video_history").await, history);
    assert_eq!(bench.query_number("select count(*) from staged_videos").await, 0);
    let entry = bench.restores.list(1).await.expect("a list").remove(0);
    assert_eq!((entry.state, entry.after), (RestoreState::Failed, None));
    assert!(entry.note.is_some_and(|note| note.contains("nothing was changed")));

    bench.execute(if bench.is_sqlite() { "drop trigger spoil" } else { "drop trigger spoil on videos" }).await;
    restore(&bench, &name).await.expect("restored");
    assert_eq!(bench.database().await.0.len(), 2);
}

async fn if_the_snapshot_fails_nothing_is_changed(bench: Bench) {
    bench.save("a", "First").await;
    let name = bench.backups.create().await.expect("a backup").name;
    bench.save("a", "Second").await;
    // The current state is damaged, so it cannot be backed up.
    bench.execute("update videos set document = document || ' '").await;
    let history = bench.query_number("select count(*) from video_history").await;
    let refused = restore(&bench, &name).await;
    let corrupt = matches!(refused, Err(RestoreError::SnapshotFailed(BackupError::Store(StoreError::Corrupt(_)))));
    assert!(corrupt, "{refused:?}");
    assert_eq!(bench.query_number("select count(*) from videos where document like '%Second% '").await, 1);
    assert_eq!(bench.query_number("select count(*) from video_history").await, history);
    assert_eq!(bench.query_number("select count(*) from staged_videos").await, 0);
}

async fn sermons_lost_while_loading_are_noticed(bench: Bench) {
    bench.save("a", "First").await;
    bench.save("b", "Other").await;
    let name = bench.backups.create().await.expect("a backup").name;
    bench.save("a", "Second").await;
    let before = bench.database().await;
    bench
        .execute(if bench.is_sqlite() {
            "create trigger lose after insert on staged_videos begin
                delete from staged_videos where video_id = 'b';
            end"
        } else {
            "create function lose() returns trigger language plpgsql as
                $$ begin if new.video_id = 'b' then return null; end if; return new; end $$;
            create trigger lose before insert on staged_videos for each row execute function lose()"
        })
        .await;
    let refused = restore(&bench, &name).await;
    assert!(matches!(refused, Err(RestoreError::RolledBack(_))), "{refused:?}");
    assert_eq!(bench.database().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_done_by_the_commit_itself_is_noticed_and_the_previous_state_is_restored() {
    let bench = Bench::postgres();
    bench.save("a", "First").await;
    let name = bench.backups.create().await.expect("a backup").name;
    bench
        .store
        .delete_video(
            &crate::support::bench::id("a"),
            crate::store::harness::new_id(),
            "admin",
            chrono::DateTime::UNIX_EPOCH,
        )
        .await
        .expect("deleted");
    bench.save("b", "Second").await;
    let (before, _) = bench.database().await;
    // Runs once at the commit, after every check within the transaction.
    bench
        .execute(
            "create table spoil_once (x int);
            insert into spoil_once values (1);
            create function spoil() returns trigger language plpgsql as $$ begin
                if exists (select 1 from spoil_once) then
                    delete from spoil_once;
                    update videos set document = document || ' ' where video_id = new.video_id;
                end if;
                return null;
            end $$;
            create constraint trigger spoil after insert on videos deferrable initially deferred
                for each row execute function spoil()",
        )
        .await;
    let reverted = restore(&bench, &name).await;
    let Err(RestoreError::Reverted { snapshot, .. }) = reverted else { panic!("{reverted:?}") };
    assert_eq!(bench.database().await.0, before);
    let entries = bench.restores.list(2).await.expect("a list");
    assert_eq!((entries[1].state, entries[1].backup.as_str()), (RestoreState::Reverted, name.as_str()));
    assert_eq!((entries[0].state, entries[0].backup.as_str()), (RestoreState::Done, snapshot.as_str()));
}

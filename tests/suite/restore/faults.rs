//! A database that does not keep what it is given, found out in the transaction and after it.

use mannameter::{
    safety::{backup::BackupError, restore::RestoreError},
    store::{RestoreState, StoreError},
};

use crate::{
    restore::watching::restore,
    support::bench::{Bench, contract},
};

contract! {
    a_wrong_digest_within_the_transaction_rolls_everything_back,
    without_a_snapshot_nothing_is_changed,
    videos_that_got_lost_while_they_were_loaded_are_missed,
}

async fn a_wrong_digest_within_the_transaction_rolls_everything_back(bench: Bench) {
    bench.keep("a", "First").await;
    bench.keep("b", "Gone").await;
    let name = bench.backups.create().await.expect("a backup").name;
    bench.keep("a", "Second").await;
    bench
        .store
        .delete_video(&crate::support::bench::id("b"), "admin", chrono::DateTime::UNIX_EPOCH)
        .await
        .expect("deleted");
    let before = bench.database().await;
    let history = bench.ask("select count(*) from video_history").await;
    bench
        .run(if bench.is_sqlite() {
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
    assert_eq!(bench.ask("select count(*) from video_history").await, history);
    assert_eq!(bench.ask("select count(*) from staged_videos").await, 0);
    let entry = bench.restores.list(1).await.expect("a list").remove(0);
    assert_eq!((entry.state, entry.after), (RestoreState::Failed, None));
    assert!(entry.note.is_some_and(|note| note.contains("nothing was changed")));

    bench.run(if bench.is_sqlite() { "drop trigger spoil" } else { "drop trigger spoil on videos" }).await;
    restore(&bench, &name).await.expect("it is restored");
    assert_eq!(bench.database().await.0.len(), 2);
}

async fn without_a_snapshot_nothing_is_changed(bench: Bench) {
    bench.keep("a", "First").await;
    let name = bench.backups.create().await.expect("a backup").name;
    bench.keep("a", "Second").await;
    // What is there cannot be backed up: it is damaged.
    bench.run("update videos set document = document || ' '").await;
    let history = bench.ask("select count(*) from video_history").await;
    let refused = restore(&bench, &name).await;
    let corrupt = matches!(refused, Err(RestoreError::NoSnapshot(BackupError::Store(StoreError::Corrupt(_)))));
    assert!(corrupt, "{refused:?}");
    assert_eq!(bench.ask("select count(*) from videos where document like '%Second% '").await, 1);
    assert_eq!(bench.ask("select count(*) from video_history").await, history);
    assert_eq!(bench.ask("select count(*) from staged_videos").await, 0);
}

async fn videos_that_got_lost_while_they_were_loaded_are_missed(bench: Bench) {
    bench.keep("a", "First").await;
    bench.keep("b", "Other").await;
    let name = bench.backups.create().await.expect("a backup").name;
    bench.keep("a", "Second").await;
    let before = bench.database().await;
    bench
        .run(if bench.is_sqlite() {
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
async fn what_is_spoiled_by_the_commit_itself_is_found_and_the_state_before_comes_back() {
    let bench = Bench::postgres();
    bench.keep("a", "First").await;
    let name = bench.backups.create().await.expect("a backup").name;
    bench
        .store
        .delete_video(&crate::support::bench::id("a"), "admin", chrono::DateTime::UNIX_EPOCH)
        .await
        .expect("deleted");
    bench.keep("b", "Second").await;
    let (before, _) = bench.database().await;
    // Runs at the commit, behind every check of the transaction; once.
    bench
        .run(
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
    let returned = restore(&bench, &name).await;
    let Err(RestoreError::Returned { snapshot, .. }) = returned else { panic!("{returned:?}") };
    assert_eq!(bench.database().await.0, before);
    let entries = bench.restores.list(2).await.expect("a list");
    assert_eq!((entries[1].state, entries[1].backup.as_str()), (RestoreState::Returned, name.as_str()));
    assert_eq!((entries[0].state, entries[0].backup.as_str()), (RestoreState::Done, snapshot.as_str()));
}

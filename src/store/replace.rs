//! Replacing all videos by those that a restore has waiting: one transaction in which nobody else writes.

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use uuid::Uuid;

use super::{
    BeforeReplacing, Outcome, ReplaceError, Replacement, StoreError, StoreState, columns,
    stats::update as stats_update,
    read::video_id,
    sql::{Dialect, sql},
    sql_store::SqlStore,
    staging::{difference, move_staged},
    state::{state_of, take_state},
    totals,
};
use crate::domain::{CollectionDigest, Sha256};

impl<D: Dialect> SqlStore<D> {
    /// Replaces everything, and commits only if what is there then is what it had to be.
    pub(super) async fn replace(
        &self,
        replacement: &Replacement,
        hook: &mut dyn BeforeReplacing,
    ) -> Result<Outcome, ReplaceError> {
        let restore_id = replacement.restore_id;
        let at = columns::time(replacement.at);
        let mut transaction = self.begin_write().await?;
        for statement in [D::UNLIMITED_TIME, D::LOCK_EXCLUSIVE].into_iter().flatten() {
            sql::<D>(statement).execute(&mut transaction).await?;
        }
        let before = state_of::<D>(&mut transaction).await?;
        let seq = take_state::<D>(&mut transaction).await?.seq;
        claim::<D>(&mut transaction, restore_id, at).await?;
        let snapshot = hook.snapshot_of(&before).await.map_err(ReplaceError::Refused)?;

        let difference = difference::<D>(&mut transaction, restore_id).await?;
        archive::<D>(&mut transaction, replacement, seq).await?;
        remove::<D>(&mut transaction, restore_id).await?;
        move_staged::<D>(&mut transaction, replacement, seq).await?;

        let (count, digest) = counted::<D>(&mut transaction).await?;
        if (count, digest) != (replacement.count, replacement.digest) {
            transaction.rollback().await.map_err(StoreError::from)?;
            return Err(ReplaceError::Differs(format!(
                "{count} videos with the digest {digest} instead of {} with {}",
                replacement.count, replacement.digest
            )));
        }
        let outcome =
            Outcome { before, after: StoreState { epoch: replacement.epoch, seq, count, digest }, difference };
        totals::count_anew::<D>(&mut transaction, &outcome.after).await?;
        stats_update::count_anew::<D>(&mut transaction, &outcome.after).await?;
        note::<D>(&mut transaction, replacement, &outcome, &snapshot).await?;
        let kept = sql::<D>("select after_seq from restores where id = $1 and after_seq is not null");
        self.commit(transaction, kept.bind(restore_id)).await?;
        Ok(outcome)
    }
}

/// Makes sure that nobody declared the restore dead, and keeps them from it.
async fn claim<D: Dialect>(connection: &mut D::Connection, id: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
    let claimed = sql::<D>("update restores set updated_at = $2 where id = $1 and state = 'staging'")
        .bind(id)
        .bind(at)
        .execute(connection)
        .await?;
    if claimed == 1 { Ok(()) } else { Err(StoreError::Conflict("the restore was given up as dead".to_owned())) }
}

/// Copies every row that is going to be changed or removed to the history, with its transcript.
async fn archive<D: Dialect>(
    connection: &mut D::Connection,
    replacement: &Replacement,
    seq: i64,
) -> Result<(), StoreError> {
    sql::<D>(
        "insert into video_history
            (video_id, sha256, seq, save_id, saved_at, replaced_by_seq, reason, actor, replaced_at,
            transcript_format, transcript_language, transcript_sha256, transcript_at, transcript_body, document)
        select v.video_id, v.sha256, v.seq, v.save_id, v.updated_at, $2, 'restore', $3, $4,
            t.format, t.language, t.sha256, t.at, t.body, v.document
        from videos v
        left join transcripts t on t.video_id = v.video_id
        where not exists (
            select 1
            from staged_videos r
            where r.restore_id = $1 and r.video_id = v.video_id and r.sha256 = v.sha256)",
    )
    .bind(replacement.restore_id)
    .bind(seq)
    .bind(replacement.actor)
    .bind(columns::time(replacement.at))
    .execute(connection)
    .await
    .map(drop)
}

/// Deletes the videos that are not among those that wait.
async fn remove<D: Dialect>(connection: &mut D::Connection, id: Uuid) -> Result<(), StoreError> {
    for statement in [
        "delete from mentions where not exists (
            select 1 from staged_videos r where r.restore_id = $1 and r.video_id = mentions.video_id)",
        // Of a sermon that is there, it is in the history; one that is alone is kept as it is.
        "insert into orphan_transcripts (video_id, format, language, sha256, at, body, orphaned_at)
        select t.video_id, t.format, t.language, t.sha256, t.at, t.body, r.updated_at
        from transcripts t
        join restores r on r.id = $1
        where not exists (select 1 from videos v where v.video_id = t.video_id)
            and not exists (select 1 from staged_videos w where w.restore_id = $1 and w.video_id = t.video_id)",
        "delete from transcripts where not exists (
            select 1 from staged_videos r where r.restore_id = $1 and r.video_id = transcripts.video_id)",
        "delete from videos where not exists (
            select 1 from staged_videos r where r.restore_id = $1 and r.video_id = videos.video_id)",
    ] {
        sql::<D>(statement).bind(id).execute(connection).await?;
    }
    Ok(())
}

/// Number and digest of the videos, computed from their documents.
async fn counted<D: Dialect>(connection: &mut D::Connection) -> Result<(i64, CollectionDigest), StoreError> {
    let (mut count, mut digest) = (0, CollectionDigest::default());
    let mut rows = sql::<D>("select video_id, document from videos").fetch::<(String, String)>(connection)?;
    while let Some((id, document)) = rows.try_next().await? {
        digest.add(&video_id(&id)?, &Sha256::of(document.as_bytes()));
        count += 1;
    }
    Ok((count, digest))
}

/// Writes the new state, the line of the audit, and how the restore went.
async fn note<D: Dialect>(
    connection: &mut D::Connection,
    replacement: &Replacement,
    outcome: &Outcome,
    snapshot: &str,
) -> Result<(), StoreError> {
    let Outcome { before, after, difference } = outcome;
    let at = columns::time(replacement.at);
    sql::<D>("update store_state set epoch = $1, count = $2, digest = $3 where id = 1")
        .bind(after.epoch)
        .bind(after.count)
        .bind(after.digest.to_string())
        .execute(connection)
        .await?;
    sql::<D>(
        "update restores
        set state = 'committed', snapshot = $2, updated_at = $3,
            before_epoch = $4, before_seq = $5, before_count = $6, before_digest = $7,
            after_epoch = $8, after_seq = $9, after_count = $10, after_digest = $11,
            added = $12, changed = $13, removed = $14
        where id = $1",
    )
    .bind(replacement.restore_id)
    .bind(snapshot)
    .bind(at)
    .bind(before.epoch)
    .bind(before.seq)
    .bind(before.count)
    .bind(before.digest.to_string())
    .bind(after.epoch)
    .bind(after.seq)
    .bind(after.count)
    .bind(after.digest.to_string())
    .bind(difference.added)
    .bind(difference.changed)
    .bind(difference.removed)
    .execute(connection)
    .await?;
    let detail = serde_json::json!({
        "restore_id": replacement.restore_id, "snapshot": snapshot, "before": before, "after": after,
        "difference": difference,
    });
    sql::<D>(
        "insert into audit (id, at, actor, action, subject, detail)
        select $2, $3, $4, 'backup.restore', r.backup, $5
        from restores r
        where r.id = $1",
    )
    .bind(replacement.restore_id)
    .bind(replacement.audit_id)
    .bind(at)
    .bind(replacement.actor)
    .bind(detail.to_string())
    .execute(connection)
    .await
    .map(drop)
}

//! Replaces all sermons with the staged ones, in one transaction that excludes all other writers.

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use uuid::Uuid;

use super::{
    ReplaceError, ReplaceGuard, ReplaceOutcome, Replacement, StoreError, StoreState, columns,
    dialect::Dialect,
    mentions::advance_mentions,
    read::parse_id,
    sql::sql,
    sql_store::SqlStore,
    staging::{count_changes, move_staged},
    state::{next_state, read_state},
    stats,
};
use crate::domain::{CollectionDigest, Sha256};

impl<D: Dialect> SqlStore<D> {
    /// Replaces all sermons. Commits only if the resulting count and digest are as expected.
    pub(super) async fn replace(
        &self,
        replacement: &Replacement,
        guard: &mut dyn ReplaceGuard,
    ) -> Result<ReplaceOutcome, ReplaceError> {
        let restore_id = replacement.restore_id;
        let at = columns::db_time(replacement.at);
        let mut transaction = self.begin_exclusive().await?;
        let before = read_state::<D>(&mut transaction).await?;
        let seq = next_state::<D>(&mut transaction).await?.seq;
        claim::<D>(&mut transaction, restore_id, at).await?;
        let snapshot = guard.ensure_snapshot(&before).await.map_err(ReplaceError::Refused)?;

        let difference = count_changes::<D>(&mut transaction, restore_id).await?;
        archive::<D>(&mut transaction, replacement, seq).await?;
        remove::<D>(&mut transaction, restore_id).await?;
        move_staged::<D>(&mut transaction, replacement, seq).await?;

        let (count, digest) = compute_digest::<D>(&mut transaction).await?;
        if (count, digest) != (replacement.count, replacement.digest) {
            transaction.rollback().await.map_err(StoreError::from)?;
            return Err(ReplaceError::Mismatch(format!(
                "{count} sermons with the digest {digest} instead of {} with {}",
                replacement.count, replacement.digest
            )));
        }
        let outcome =
            ReplaceOutcome { before, after: StoreState { epoch: replacement.epoch, seq, count, digest }, difference };
        advance_mentions::<D>(&mut transaction, seq).await?;
        stats::rebuild::<D>(&mut transaction, &outcome.after).await?;
        record::<D>(&mut transaction, replacement, &outcome, &snapshot).await?;
        let written = sql::<D>("select after_seq from restores where id = $1 and after_seq is not null");
        self.commit(transaction, written.bind(restore_id)).await?;
        Ok(outcome)
    }
}

/// Locks the restore's row until the transaction ends, so that nobody can mark the restore as abandoned. Fails if it
/// has already been marked.
async fn claim<D: Dialect>(connection: &mut D::Connection, id: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
    let claimed = sql::<D>("update restores set updated_at = $2 where id = $1 and state = 'staging'")
        .bind(id)
        .bind(at)
        .execute(connection)
        .await?;
    if claimed == 1 { Ok(()) } else { Err(StoreError::Conflict("the restore has been declared abandoned".to_owned())) }
}

/// Copies every row that will be changed or removed to the history, with its transcript.
async fn archive<D: Dialect>(
    connection: &mut D::Connection,
    replacement: &Replacement,
    seq: i64,
) -> Result<(), StoreError> {
    sql::<D>(
        "insert into video_history
            (video_id, sha256, seq, save_id, saved_at, replaced_by_seq, reason, actor, replaced_at,
            transcript_format, transcript_language, transcript_sha256, transcript_at, transcript_body, document,
            title, processed_at, manna)
        select v.video_id, v.sha256, v.seq, v.save_id, v.updated_at, $2, 'restore', $3, $4,
            t.format, t.language, t.sha256, t.at, t.body, v.document, v.title, v.processed_at, v.manna
        from videos v
        left join transcripts t on t.video_id = v.video_id
        where not exists (
            select 1
            from staged_videos s
            where s.restore_id = $1 and s.video_id = v.video_id and s.sha256 = v.sha256)",
    )
    .bind(replacement.restore_id)
    .bind(seq)
    .bind(&*replacement.actor)
    .bind(columns::db_time(replacement.at))
    .execute(connection)
    .await
    .map(drop)
}

/// Deletes the sermons that are not staged.
async fn remove<D: Dialect>(connection: &mut D::Connection, id: Uuid) -> Result<(), StoreError> {
    for statement in [
        "delete from mentions where not exists (
            select 1 from staged_videos s where s.restore_id = $1 and s.video_id = mentions.video_id)",
        "delete from unmeasured_sermons where not exists (
            select 1 from staged_videos s where s.restore_id = $1 and s.video_id = unmeasured_sermons.video_id)",
        // The transcripts of existing sermons are now in the history. Transcripts without a sermon are moved to
        // `orphan_transcripts`.
        "insert into orphan_transcripts (video_id, format, language, sha256, at, body, orphaned_at)
        select t.video_id, t.format, t.language, t.sha256, t.at, t.body, r.updated_at
        from transcripts t
        join restores r on r.id = $1
        where not exists (select 1 from videos v where v.video_id = t.video_id)
            and not exists (select 1 from staged_videos s where s.restore_id = $1 and s.video_id = t.video_id)",
        "delete from transcripts where not exists (
            select 1 from staged_videos s where s.restore_id = $1 and s.video_id = transcripts.video_id)",
        "delete from videos where not exists (
            select 1 from staged_videos s where s.restore_id = $1 and s.video_id = videos.video_id)",
    ] {
        sql::<D>(statement).bind(id).execute(connection).await?;
    }
    Ok(())
}

/// Returns the count and digest of all sermons, computed from their documents.
async fn compute_digest<D: Dialect>(connection: &mut D::Connection) -> Result<(i64, CollectionDigest), StoreError> {
    let (mut count, mut digest) = (0, CollectionDigest::default());
    let mut rows = sql::<D>("select video_id, document from videos").fetch::<(String, String)>(connection)?;
    while let Some((id, document)) = rows.try_next().await? {
        digest.add(&parse_id(&id)?, &Sha256::digest(document.as_bytes()));
        count += 1;
    }
    Ok((count, digest))
}

/// Writes the new state, the result of the restore, and the audit entry.
async fn record<D: Dialect>(
    connection: &mut D::Connection,
    replacement: &Replacement,
    outcome: &ReplaceOutcome,
    snapshot: &str,
) -> Result<(), StoreError> {
    let ReplaceOutcome { before, after, difference } = outcome;
    let at = columns::db_time(replacement.at);
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
    .bind(&*replacement.actor)
    .bind(detail.to_string())
    .execute(connection)
    .await
    .map(drop)
}

//! Replacing all videos by those that a restore has waiting: one transaction in which nobody else writes.

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use uuid::Uuid;

use super::{
    BeforeReplacing, Outcome, ReplaceError, Replaced, Replacement, SavePolicy, SaveVideo, StoreError, StoreState,
    columns,
    insight::keep,
    mentions::put_mentions,
    read::video_id,
    save::{Version, put_row},
    sql::{Dialect, sql},
    sql_store::SqlStore,
    state::{state_of, take_state},
    totals,
};
use crate::domain::{CollectionDigest, Document, Sha256};

/// How many documents are in memory at once; each may have 8 MB.
const AT_ONCE: i64 = 8;

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
        put_staged::<D>(&mut transaction, replacement, seq).await?;

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
        keep::count_anew::<D>(&mut transaction, &outcome.after).await?;
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

/// How many videos are going to be added, changed and removed.
async fn difference<D: Dialect>(connection: &mut D::Connection, id: Uuid) -> Result<Replaced, StoreError> {
    let (added, changed, removed) = sql::<D>(
        "select
            (select count(*)
            from restore_videos r
            where r.restore_id = $1 and not exists (select 1 from videos v where v.video_id = r.video_id)),
            (select count(*)
            from restore_videos r
            join videos v on v.video_id = r.video_id
            where r.restore_id = $1 and v.sha256 <> r.sha256),
            (select count(*)
            from videos v
            where not exists (
                select 1 from restore_videos r where r.restore_id = $1 and r.video_id = v.video_id))",
    )
    .bind(id)
    .fetch_one::<(i64, i64, i64)>(connection)
    .await?;
    Ok(Replaced { added, changed, removed })
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
            from restore_videos r
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
            select 1 from restore_videos r where r.restore_id = $1 and r.video_id = mentions.video_id)",
        // Of a sermon that is there, it is in the history; one that is alone is kept as it is.
        "insert into orphan_transcripts (video_id, format, language, sha256, at, body, orphaned_at)
        select t.video_id, t.format, t.language, t.sha256, t.at, t.body, r.updated_at
        from transcripts t
        join restores r on r.id = $1
        where not exists (select 1 from videos v where v.video_id = t.video_id)
            and not exists (select 1 from restore_videos w where w.restore_id = $1 and w.video_id = t.video_id)",
        "delete from transcripts where not exists (
            select 1 from restore_videos r where r.restore_id = $1 and r.video_id = transcripts.video_id)",
        "delete from videos where not exists (
            select 1 from restore_videos r where r.restore_id = $1 and r.video_id = videos.video_id)",
    ] {
        sql::<D>(statement).bind(id).execute(connection).await?;
    }
    Ok(())
}

/// Writes those that wait and are not there; equal ones stay as they are.
async fn put_staged<D: Dialect>(
    connection: &mut D::Connection,
    replacement: &Replacement,
    seq: i64,
) -> Result<(), StoreError> {
    let mut last = String::new();
    loop {
        let rows: Vec<(String, String)> = sql::<D>(
            "select r.video_id, r.document
            from restore_videos r
            left join videos v on v.video_id = r.video_id
            where r.restore_id = $1 and r.video_id > $2 and (v.sha256 is null or v.sha256 <> r.sha256)
            order by r.video_id
            limit $3",
        )
        .bind(replacement.restore_id)
        .bind(last.as_str())
        .bind(AT_ONCE)
        .fetch_all(connection)
        .await?;
        let Some((id, _)) = rows.last() else { return Ok(()) };
        id.clone_into(&mut last);
        for (id, text) in rows {
            let document: Document = serde_json::from_str(&text)
                .map_err(|error| StoreError::Corrupt(format!("the document of {id}: {error}")))?;
            put_one::<D>(connection, replacement, seq, document, text).await?;
        }
    }
}

/// Writes one video, to the byte as its text is.
async fn put_one<D: Dialect>(
    connection: &mut D::Connection,
    replacement: &Replacement,
    seq: i64,
    document: Document,
    text: String,
) -> Result<(), StoreError> {
    let save = SaveVideo {
        save_id: replacement.restore_id,
        document,
        transcript: None,
        policy: SavePolicy::Replace,
        actor: replacement.actor,
        at: replacement.at,
    };
    let mut version = Version::of(&save);
    version.columns.sha256 = Sha256::of(text.as_bytes());
    version.columns.document = text;
    put_row::<D>(connection, &version, seq).await?;
    put_mentions::<D>(connection, version.id(), &version.mentions).await?;
    bring_back_transcript::<D>(connection, &version).await
}

/// Gives a version that the history knows the transcript that it had: that of its own entry, or of the next that has
/// one (an entry has none when the transcript stayed). Otherwise the one that is there stays.
async fn bring_back_transcript<D: Dialect>(
    connection: &mut D::Connection,
    version: &Version<'_>,
) -> Result<(), StoreError> {
    sql::<D>(
        "insert into transcripts (video_id, format, language, sha256, at, body)
        select h.video_id, h.transcript_format, h.transcript_language, h.transcript_sha256, h.transcript_at,
            h.transcript_body
        from video_history h
        where h.video_id = $1 and h.transcript_body is not null and h.replaced_by_seq >= (
            select max(same.replaced_by_seq)
            from video_history same
            where same.video_id = $1 and same.sha256 = $2)
        order by h.replaced_by_seq, h.id
        limit 1
        on conflict (video_id) do update set
            format = excluded.format, language = excluded.language, sha256 = excluded.sha256, at = excluded.at,
            body = excluded.body",
    )
    .bind(version.id().as_str())
    .bind(version.columns.sha256.to_string())
    .execute(connection)
    .await
    .map(drop)
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

//! Staging for restores: writes the new rows to separate tables, verifies them, moves them into `videos`, and cleans up.

use futures_util::TryStreamExt as _;
use uuid::Uuid;

use super::{
    ChangeCounts, Replacement, StagedVideo, StoreError, columns,
    dialect::Dialect,
    read::{parse_id, verify_document},
    save::ON_CONFLICT_UPDATE,
    sql::sql,
    sql_store::SqlStore,
};
use crate::domain::CollectionDigest;

impl<D: Dialect> SqlStore<D> {
    /// Inserts a batch of staged rows with one statement.
    pub(super) async fn write_staged(&self, restore_id: Uuid, videos: &[StagedVideo]) -> Result<(), StoreError> {
        let mut session = self.staging_writer().await?;
        let mut statement = sql::<D>("insert into staged_videos (restore_id, video_id, sha256, ");
        statement.push(columns::DERIVED_COLUMNS).push(", mentions, unmeasured_language, document) values ");
        for (index, video) in videos.iter().enumerate() {
            statement.push(if index == 0 { "(" } else { ", (" }).push_bind(restore_id);
            statement.push(", ").push_bind(video.video_id.as_str());
            statement.push(", ").push_bind(video.sha256.to_string());
            video.columns.push_to(&mut statement);
            statement.push(", ").push_bind(video.mentions.as_str());
            statement.push(", ").push_bind(video.columns.unmeasured_language.clone());
            statement.push(", ").push_bind(video.document.as_str()).push(")");
        }
        statement.execute(&mut session).await?;
        session.commit().await
    }

    /// Returns the count and digest of the staged rows, computed from their documents.
    pub(super) async fn digest_staged(&self, restore_id: Uuid) -> Result<(i64, CollectionDigest), StoreError> {
        let mut transaction = self.begin_long_snapshot().await?;
        let (mut count, mut digest) = (0, CollectionDigest::default());
        let mut rows = sql::<D>("select video_id, document, sha256 from staged_videos where restore_id = $1")
            .bind(restore_id)
            .fetch::<(String, String, String)>(&mut transaction)?;
        while let Some((id, document, sha256)) = self.with_deadline(rows.try_next()).await? {
            digest.add(&parse_id(&id)?, &verify_document(&id, &document, &sha256)?);
            count += 1;
        }
        Ok((count, digest))
    }

    /// Deletes the staged rows of restores that have ended.
    pub(super) async fn clean_up_staged(&self) -> Result<(), StoreError> {
        let mut transaction = self.begin_long_write().await?;
        for statement in [
            "delete from staged_videos where restore_id not in (select id from restores where state = 'staging')",
            "delete from staged_changes where restore_id not in (select id from restores where state = 'staging')",
        ] {
            sql::<D>(statement).execute(&mut transaction).await?;
        }
        Ok(transaction.commit().await?)
    }
}

/// Counts the sermons that the restore will add, change and remove, and lists the added and changed IDs in
/// `staged_changes`.
pub(super) async fn count_changes<D: Dialect>(
    connection: &mut D::Connection,
    id: Uuid,
) -> Result<ChangeCounts, StoreError> {
    let differing = sql::<D>(
        "insert into staged_changes (restore_id, video_id)
        select s.restore_id, s.video_id
        from staged_videos s
        where s.restore_id = $1
            and not exists (select 1 from videos v where v.video_id = s.video_id and v.sha256 = s.sha256)",
    )
    .bind(id)
    .execute(connection)
    .await?;
    let (changed, removed) = sql::<D>(
        "select
            (select count(*)
            from staged_changes c
            join videos v on v.video_id = c.video_id
            where c.restore_id = $1),
            (select count(*)
            from videos v
            where not exists (
                select 1 from staged_videos s where s.restore_id = $1 and s.video_id = v.video_id))",
    )
    .bind(id)
    .fetch_one::<(i64, i64)>(connection)
    .await?;
    let differing = i64::try_from(differing).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(ChangeCounts { added: differing - changed, changed, removed })
}

/// Moves the changed rows into `videos`, with their mentions and transcripts. Does not touch unchanged rows.
pub(super) async fn move_staged<D: Dialect>(
    connection: &mut D::Connection,
    replacement: &Replacement,
    seq: i64,
) -> Result<(), StoreError> {
    let mut rows = sql::<D>("insert into videos (video_id, sha256, seq, save_id, updated_at, ");
    rows.push(columns::DERIVED_COLUMNS).push(", document) select s.video_id, s.sha256, $2, $1, $3, ");
    rows.push(columns::DERIVED_COLUMNS).push(
        ", s.document
        from staged_changes c
        join staged_videos s on s.restore_id = c.restore_id and s.video_id = c.video_id
        where c.restore_id = $1
        order by c.video_id ",
    );
    rows.push(ON_CONFLICT_UPDATE);
    rows.bind(replacement.restore_id).bind(seq).bind(columns::db_time(replacement.at)).execute(connection).await?;

    for statement in [
        "delete from mentions
        where video_id in (select c.video_id from staged_changes c where c.restore_id = $1)",
        D::INSERT_STAGED_MENTIONS,
        "delete from unmeasured_sermons
        where video_id in (select c.video_id from staged_changes c where c.restore_id = $1)",
        "insert into unmeasured_sermons (video_id, language)
        select s.video_id, s.unmeasured_language
        from staged_changes c
        join staged_videos s on s.restore_id = c.restore_id and s.video_id = c.video_id
        where c.restore_id = $1 and s.unmeasured_language is not null",
    ] {
        sql::<D>(statement).bind(replacement.restore_id).execute(connection).await?;
    }
    restore_transcripts::<D>(connection, replacement.restore_id).await
}

/// Restores the transcript of each version that is in the history.
/// The transcript is in the version's own entry or, if that version did not change it, in the next entry that has one.
/// Without either, the current transcript stays.
async fn restore_transcripts<D: Dialect>(connection: &mut D::Connection, id: Uuid) -> Result<(), StoreError> {
    sql::<D>(
        "insert into transcripts (video_id, format, language, sha256, at, body)
        select h.video_id, h.transcript_format, h.transcript_language, h.transcript_sha256, h.transcript_at,
            h.transcript_body
        from staged_changes c
        join staged_videos s on s.restore_id = c.restore_id and s.video_id = c.video_id
        join video_history h on h.id = (
            select n.id
            from video_history n
            where n.video_id = s.video_id and n.transcript_body is not null and n.replaced_by_seq >= (
                select max(same.replaced_by_seq)
                from video_history same
                where same.video_id = s.video_id and same.sha256 = s.sha256)
            order by n.replaced_by_seq, n.id
            limit 1)
        where c.restore_id = $1
        on conflict (video_id) do update set
            format = excluded.format, language = excluded.language, sha256 = excluded.sha256, at = excluded.at,
            body = excluded.body",
    )
    .bind(id)
    .execute(connection)
    .await
    .map(drop)
}

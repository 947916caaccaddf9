//! Where a restore's videos wait: written as complete rows, summed, moved into place, and forgotten.

use futures_util::TryStreamExt as _;
use uuid::Uuid;

use super::{
    Replaced, Replacement, StagedVideo, StoreError, columns,
    read::{checked, video_id},
    save::OVER_WHAT_IS_THERE,
    sql::{Dialect, Sql, sql},
    sql_store::SqlStore,
};
use crate::domain::CollectionDigest;

impl<D: Dialect> SqlStore<D> {
    /// Writes complete rows, some with one statement.
    pub(super) async fn write_staged(&self, restore_id: Uuid, videos: &[StagedVideo]) -> Result<(), StoreError> {
        let mut connection = self.stager().await?;
        let mut statement = sql::<D>("insert into staged_videos (restore_id, video_id, sha256, ");
        statement.push(columns::DERIVED).push(", mentions, document) values ");
        for (index, video) in videos.iter().enumerate() {
            statement.push(if index == 0 { "(" } else { ", (" }).push_bind(restore_id);
            statement.push(", ").push_bind(video.video_id.as_str());
            statement.push(", ").push_bind(video.sha256.to_string());
            video.columns.push_to(&mut statement);
            statement.push(", ").push_bind(video.mentions.as_str());
            statement.push(", ").push_bind(video.document.as_str()).push(")");
        }
        statement.execute(&mut connection).await.map(drop)
    }

    /// Number and digest of those that wait, computed from their documents.
    pub(super) async fn sum_staged(&self, restore_id: Uuid) -> Result<(i64, CollectionDigest), StoreError> {
        let mut transaction = self.within(self.begin_snapshot()).await?;
        if let Some(unlimited) = D::UNLIMITED_TIME {
            self.within(sql::<D>(unlimited).execute(&mut transaction)).await?;
        }
        let (mut count, mut digest) = (0, CollectionDigest::default());
        let mut rows = sql::<D>("select video_id, document, sha256 from staged_videos where restore_id = $1")
            .bind(restore_id)
            .fetch::<(String, String, String)>(&mut transaction)?;
        while let Some((id, document, sha256)) = self.within(rows.try_next()).await? {
            digest.add(&video_id(&id)?, &checked(&id, &document, &sha256)?);
            count += 1;
        }
        Ok((count, digest))
    }

    /// Forgets what waits for restores that have ended.
    pub(super) async fn forget_staged(&self) -> Result<(), StoreError> {
        let mut transaction = self.within(self.begin_write()).await?;
        if let Some(unlimited) = D::UNLIMITED_TIME {
            sql::<D>(unlimited).execute(&mut transaction).await?;
        }
        for statement in [
            "delete from staged_videos where restore_id not in (select id from restores where state = 'staging')",
            "delete from staged_changes where restore_id not in (select id from restores where state = 'staging')",
            // Of the release before this one, which may have been killed.
            "delete from restore_videos where restore_id not in (select id from restores where state = 'staging')",
        ] {
            sql::<D>(statement).execute(&mut transaction).await?;
        }
        Ok(transaction.commit().await?)
    }
}

/// How many videos are going to be added, changed and removed; notes which are added or changed.
pub(super) async fn difference<D: Dialect>(connection: &mut D::Connection, id: Uuid) -> Result<Replaced, StoreError> {
    let differing = sql::<D>(
        "insert into staged_changes (restore_id, video_id)
        select r.restore_id, r.video_id
        from staged_videos r
        where r.restore_id = $1
            and not exists (select 1 from videos v where v.video_id = r.video_id and v.sha256 = r.sha256)",
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
                select 1 from staged_videos r where r.restore_id = $1 and r.video_id = v.video_id))",
    )
    .bind(id)
    .fetch_one::<(i64, i64)>(connection)
    .await?;
    let differing = i64::try_from(differing).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(Replaced { added: differing - changed, changed, removed })
}

/// Writes those that wait and are not there, with their mentions and transcripts; equal ones stay as they are.
pub(super) async fn move_staged<D: Dialect>(
    connection: &mut D::Connection,
    replacement: &Replacement,
    seq: i64,
) -> Result<(), StoreError> {
    let mut rows = sql::<D>("insert into videos (video_id, sha256, seq, save_id, updated_at, ");
    rows.push(columns::DERIVED).push(", document) select r.video_id, r.sha256, $2, $1, $3, ");
    rows.push(columns::DERIVED).push(
        ", r.document
        from staged_changes c
        join staged_videos r on r.restore_id = c.restore_id and r.video_id = c.video_id
        where c.restore_id = $1
        order by c.video_id ",
    );
    rows.push(OVER_WHAT_IS_THERE);
    rows.bind(replacement.restore_id).bind(seq).bind(columns::time(replacement.at)).execute(connection).await?;

    let mentions: [Sql<D>; 2] = [
        sql::<D>(
            "delete from mentions
            where video_id in (select c.video_id from staged_changes c where c.restore_id = $1)",
        ),
        sql::<D>(D::MOVE_STAGED_MENTIONS),
    ];
    for statement in mentions {
        statement.bind(replacement.restore_id).execute(connection).await?;
    }
    bring_back_transcripts::<D>(connection, replacement.restore_id).await
}

/// Gives each version that the history knows the transcript that it had: that of its own entry, or of the next that
/// has one (an entry has none when the transcript stayed). Otherwise the one that is there stays.
async fn bring_back_transcripts<D: Dialect>(connection: &mut D::Connection, id: Uuid) -> Result<(), StoreError> {
    sql::<D>(
        "insert into transcripts (video_id, format, language, sha256, at, body)
        select h.video_id, h.transcript_format, h.transcript_language, h.transcript_sha256, h.transcript_at,
            h.transcript_body
        from staged_changes c
        join staged_videos r on r.restore_id = c.restore_id and r.video_id = c.video_id
        join video_history h on h.id = (
            select n.id
            from video_history n
            where n.video_id = r.video_id and n.transcript_body is not null and n.replaced_by_seq >= (
                select max(same.replaced_by_seq)
                from video_history same
                where same.video_id = r.video_id and same.sha256 = r.sha256)
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

//! The restore repository.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::TryStreamExt as _;
use uuid::Uuid;

use super::{
    ChangeCounts, NewRestore, ReplaceError, ReplaceGuard, ReplaceOutcome, Replacement, RestoreEntry, RestoreRepository,
    RestoreState, StagedVideo, StoreError, StoreState, VideoOutline, columns,
    dialect::Dialect,
    read::{parse_id, parse_sha256},
    sql::sql,
    sql_store::SqlStore,
    state::read_state,
};
use crate::domain::CollectionDigest;

/// Selects the columns of [`RestoreRow`].
const SELECT_RESTORE: &str = "
    select id, state, backup, file_sha256, snapshot, undoes, actor, before_epoch, before_seq, before_count,
        before_digest, after_epoch, after_seq, after_count, after_digest, added, changed, removed, note, started_at,
        updated_at
    from restores";

/// A row of `restores`.
#[derive(sqlx::FromRow)]
struct RestoreRow {
    id: Uuid,
    state: String,
    backup: String,
    file_sha256: String,
    snapshot: Option<String>,
    undoes: Option<Uuid>,
    actor: String,
    before_epoch: Option<i64>,
    before_seq: Option<i64>,
    before_count: Option<i64>,
    before_digest: Option<String>,
    after_epoch: Option<i64>,
    after_seq: Option<i64>,
    after_count: Option<i64>,
    after_digest: Option<String>,
    added: Option<i64>,
    changed: Option<i64>,
    removed: Option<i64>,
    note: Option<String>,
    started_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<RestoreRow> for RestoreEntry {
    type Error = StoreError;

    fn try_from(row: RestoreRow) -> Result<Self, StoreError> {
        let state_from = |epoch, seq, count, digest: Option<String>| -> Result<Option<StoreState>, StoreError> {
            let (Some(epoch), Some(seq), Some(count), Some(digest)) = (epoch, seq, count, digest) else {
                return Ok(None);
            };
            let digest = CollectionDigest::parse(&digest).map_err(|error| StoreError::Corrupt(error.to_string()))?;
            Ok(Some(StoreState { epoch, seq, count, digest }))
        };
        let difference = match (row.added, row.changed, row.removed) {
            (Some(added), Some(changed), Some(removed)) => Some(ChangeCounts { added, changed, removed }),
            _ => None,
        };
        Ok(Self {
            id: row.id,
            state: parse_state(&row.state)?,
            backup: row.backup,
            file_sha256: parse_sha256(&row.file_sha256)?,
            snapshot: row.snapshot,
            undoes: row.undoes,
            actor: row.actor,
            before: state_from(row.before_epoch, row.before_seq, row.before_count, row.before_digest)?,
            after: state_from(row.after_epoch, row.after_seq, row.after_count, row.after_digest)?,
            difference,
            note: row.note,
            started_at: row.started_at,
            updated_at: row.updated_at,
        })
    }
}

/// The stored names of the states.
const STATE_NAMES: [(RestoreState, &str); 6] = [
    (RestoreState::Staging, "staging"),
    (RestoreState::Committed, "committed"),
    (RestoreState::Done, "done"),
    (RestoreState::Failed, "failed"),
    (RestoreState::Reverted, "reverted"),
    (RestoreState::Undone, "undone"),
];

fn parse_state(text: &str) -> Result<RestoreState, StoreError> {
    let entry = STATE_NAMES.into_iter().find(|(_, name)| *name == text);
    entry
        .map(|(state, _)| state)
        .ok_or_else(|| StoreError::Corrupt(format!("a restore has the unknown state {text:?}")))
}

fn state_name(state: RestoreState) -> &'static str {
    let entry = STATE_NAMES.into_iter().find(|(candidate, _)| *candidate == state);
    entry.map(|(_, name)| name).expect("every state has a name")
}

#[async_trait]
impl<D: Dialect> RestoreRepository for SqlStore<D> {
    #[tracing::instrument(skip_all)]
    async fn outline(&self) -> Result<(StoreState, Vec<VideoOutline>), StoreError> {
        let mut transaction = self.begin_long_snapshot().await?;
        let state = self.with_deadline(read_state::<D>(&mut transaction)).await?;
        let mut outlines = Vec::new();
        let mut rows =
            sql::<D>("select video_id, sha256, title from videos order by video_id")
                .fetch::<(String, String, String)>(&mut transaction)?;
        while let Some((id, sha256, title)) = self.with_deadline(rows.try_next()).await? {
            outlines.push(VideoOutline { video_id: parse_id(&id)?, sha256: parse_sha256(&sha256)?, title });
        }
        Ok((state, outlines))
    }

    #[tracing::instrument(skip_all)]
    async fn begin_restore(&self, restore: &NewRestore) -> Result<bool, StoreError> {
        self.with_deadline(async {
            let mut session = self.writer().await?;
            let now = self.time(&mut session).await?;
            let inserted = sql::<D>(
                "insert into restores (id, state, backup, file_sha256, undoes, actor, instance, started_at, updated_at)
                values ($1, 'staging', $2, $3, $4, $5, $6, $7, $8)
                on conflict do nothing",
            )
            .bind(restore.id)
            .bind(restore.backup.as_str())
            .bind(restore.file_sha256.to_string())
            .bind(restore.undoes)
            .bind(&*restore.actor)
            .bind(restore.instance.as_str())
            .bind(columns::db_time(restore.at))
            .bind(columns::db_time(now))
            .execute(&mut session)
            .await?;
            session.commit().await?;
            Ok(inserted == 1)
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn stage_videos(&self, restore_id: Uuid, videos: &[StagedVideo]) -> Result<(), StoreError> {
        if !videos.is_empty() {
            self.with_deadline(self.write_staged(restore_id, videos)).await?;
        }
        self.touch_restore(restore_id).await
    }

    #[tracing::instrument(skip_all)]
    async fn touch_restore(&self, restore_id: Uuid) -> Result<(), StoreError> {
        self.with_deadline(async {
            let mut session = self.writer().await?;
            let now = self.time(&mut session).await?;
            sql::<D>("update restores set updated_at = $2 where id = $1 and state = 'staging'")
                .bind(restore_id)
                .bind(columns::db_time(now))
                .execute(&mut session)
                .await?;
            session.commit().await
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn staged_digest(&self, restore_id: Uuid) -> Result<(i64, CollectionDigest), StoreError> {
        self.digest_staged(restore_id).await
    }

    #[tracing::instrument(skip_all)]
    async fn replace_all(
        &self,
        replacement: &Replacement,
        guard: &mut dyn ReplaceGuard,
    ) -> Result<ReplaceOutcome, ReplaceError> {
        self.replace(replacement, guard).await
    }

    #[tracing::instrument(skip_all)]
    async fn end_restore(
        &self,
        restore_id: Uuid,
        state: RestoreState,
        note: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.with_deadline(async {
            let end =
                sql::<D>("update restores set state = $2, note = coalesce($3, note), updated_at = $4 where id = $1")
                    .bind(restore_id)
                    .bind(state_name(state))
                    .bind(note.map(columns::without_nul))
                    .bind(columns::db_time(at));
            self.write(end).await
        })
        .await?;
        self.clean_up_staged().await
    }

    #[tracing::instrument(skip_all)]
    async fn fail_abandoned_restores(&self, instance: &str, silent_for: TimeDelta) -> Result<Vec<Uuid>, StoreError> {
        let ended = self
            .with_deadline(async {
                let mut session = self.writer().await?;
                let now = self.time(&mut session).await?;
                let ended: Vec<(Uuid,)> = sql::<D>(
                    "update restores
                    set state = 'failed', note = 'interrupted; nothing was changed', updated_at = $3
                    where state = 'staging' and (instance = $1 or updated_at < $2)
                    returning id",
                )
                .bind(instance)
                .bind(columns::db_time(now - silent_for))
                .bind(columns::db_time(now))
                .fetch_all(&mut session)
                .await?;
                session.commit().await?;
                Ok::<_, StoreError>(ended)
            })
            .await?;
        self.clean_up_staged().await?;
        Ok(ended.into_iter().map(|(id,)| id).collect())
    }

    #[tracing::instrument(skip_all)]
    async fn restores(&self, limit: u16) -> Result<Vec<RestoreEntry>, StoreError> {
        self.with_deadline(async {
            let mut connection = self.reader().await?;
            let mut query = sql::<D>(SELECT_RESTORE);
            query.push(" order by started_at desc, id desc limit ").push_bind(i64::from(limit));
            let rows: Vec<RestoreRow> = query.fetch_all(&mut connection).await?;
            rows.into_iter().map(RestoreEntry::try_from).collect()
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn restore_entry(&self, restore_id: Uuid) -> Result<Option<RestoreEntry>, StoreError> {
        self.with_deadline(async {
            let mut connection = self.reader().await?;
            let mut query = sql::<D>(SELECT_RESTORE);
            query.push(" where id = ").push_bind(restore_id);
            let row: Option<RestoreRow> = query.fetch_optional(&mut connection).await?;
            row.map(RestoreEntry::try_from).transpose()
        })
        .await
    }
}

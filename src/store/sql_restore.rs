//! The restore repository.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use uuid::Uuid;

use super::{
    BeforeReplacing, NewRestore, Outcome, ReplaceError, Replaced, Replacement, RestoreEntry, RestoreRepository,
    RestoreState, StagedVideo, StoreError, StoreState, VideoOutline, columns,
    read::{checksum, video_id},
    sql::{Dialect, sql},
    sql_store::SqlStore,
    state::state_of,
};
use crate::domain::CollectionDigest;

/// The columns of [`RestoreRow`].
const ENTRY: &str = "
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
        let state_of = |epoch, seq, count, digest: Option<String>| -> Result<Option<StoreState>, StoreError> {
            let (Some(epoch), Some(seq), Some(count), Some(digest)) = (epoch, seq, count, digest) else {
                return Ok(None);
            };
            let digest = CollectionDigest::parse(&digest).map_err(|error| StoreError::Corrupt(error.to_string()))?;
            Ok(Some(StoreState { epoch, seq, count, digest }))
        };
        let difference = match (row.added, row.changed, row.removed) {
            (Some(added), Some(changed), Some(removed)) => Some(Replaced { added, changed, removed }),
            _ => None,
        };
        Ok(Self {
            id: row.id,
            state: state(&row.state)?,
            backup: row.backup,
            file_sha256: checksum(&row.file_sha256)?,
            snapshot: row.snapshot,
            undoes: row.undoes,
            actor: row.actor,
            before: state_of(row.before_epoch, row.before_seq, row.before_count, row.before_digest)?,
            after: state_of(row.after_epoch, row.after_seq, row.after_count, row.after_digest)?,
            difference,
            note: row.note,
            started_at: row.started_at,
            updated_at: row.updated_at,
        })
    }
}

/// The states and how they are written.
const STATES: [(RestoreState, &str); 6] = [
    (RestoreState::Staging, "staging"),
    (RestoreState::Committed, "committed"),
    (RestoreState::Done, "done"),
    (RestoreState::Failed, "failed"),
    (RestoreState::Returned, "returned"),
    (RestoreState::Undone, "undone"),
];

fn state(text: &str) -> Result<RestoreState, StoreError> {
    let found = STATES.into_iter().find(|(_, name)| *name == text);
    found.map(|(state, _)| state).ok_or_else(|| StoreError::Corrupt(format!("a restore in the state {text:?}")))
}

fn name(state: RestoreState) -> &'static str {
    STATES.into_iter().find(|(found, _)| *found == state).map(|(_, name)| name).expect("every state has a name")
}

#[async_trait]
impl<D: Dialect> RestoreRepository for SqlStore<D> {
    async fn outline(&self) -> Result<(StoreState, Vec<VideoOutline>), StoreError> {
        let mut transaction = self.within(self.begin_snapshot()).await?;
        if let Some(unlimited) = D::UNLIMITED_TIME {
            self.within(sql::<D>(unlimited).execute(&mut transaction)).await?;
        }
        let state = self.within(state_of::<D>(&mut transaction)).await?;
        let mut outlines = Vec::new();
        let mut rows =
            sql::<D>("select video_id, sha256, title from videos order by video_id")
                .fetch::<(String, String, String)>(&mut transaction)?;
        while let Some((id, sha256, title)) = self.within(rows.try_next()).await? {
            outlines.push(VideoOutline { video_id: video_id(&id)?, sha256: checksum(&sha256)?, title });
        }
        Ok((state, outlines))
    }

    async fn begin_restore(&self, restore: &NewRestore) -> Result<bool, StoreError> {
        self.within(async {
            let mut connection = self.writer().await?;
            let written = sql::<D>(
                "insert into restores (id, state, backup, file_sha256, undoes, actor, place, started_at, updated_at)
                values ($1, 'staging', $2, $3, $4, $5, $6, $7, $7)
                on conflict do nothing",
            )
            .bind(restore.id)
            .bind(restore.backup.as_str())
            .bind(restore.file_sha256.to_string())
            .bind(restore.undoes)
            .bind(restore.actor)
            .bind(restore.place.as_str())
            .bind(columns::time(restore.at))
            .execute(&mut connection)
            .await?;
            Ok(written == 1)
        })
        .await
    }

    async fn stage(&self, restore_id: Uuid, videos: &[StagedVideo], at: DateTime<Utc>) -> Result<(), StoreError> {
        if !videos.is_empty() {
            self.within(self.write_staged(restore_id, videos)).await?;
        }
        self.touch_restore(restore_id, at).await
    }

    async fn touch_restore(&self, restore_id: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.within(async {
            let mut connection = self.writer().await?;
            sql::<D>("update restores set updated_at = $2 where id = $1 and state = 'staging'")
                .bind(restore_id)
                .bind(columns::time(at))
                .execute(&mut connection)
                .await
                .map(drop)
        })
        .await
    }

    async fn staged(&self, restore_id: Uuid) -> Result<(i64, CollectionDigest), StoreError> {
        self.sum_staged(restore_id).await
    }

    async fn replace_all(
        &self,
        replacement: &Replacement,
        before: &mut dyn BeforeReplacing,
    ) -> Result<Outcome, ReplaceError> {
        self.replace(replacement, before).await
    }

    async fn end_restore(
        &self,
        restore_id: Uuid,
        state: RestoreState,
        note: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.within(async {
            let mut connection = self.writer().await?;
            sql::<D>("update restores set state = $2, note = coalesce($3, note), updated_at = $4 where id = $1")
                .bind(restore_id)
                .bind(name(state))
                .bind(note.map(columns::text))
                .bind(columns::time(at))
                .execute(&mut connection)
                .await
        })
        .await?;
        self.forget_staged().await
    }

    async fn end_dead_restores(
        &self,
        place: &str,
        silent_since: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<Vec<Uuid>, StoreError> {
        let ended: Vec<(Uuid,)> = self
            .within(async {
                let mut connection = self.writer().await?;
                sql::<D>(
                    "update restores
                    set state = 'failed', note = 'it was broken off; nothing was changed', updated_at = $3
                    where state = 'staging' and (place = $1 or updated_at < $2)
                    returning id",
                )
                .bind(place)
                .bind(columns::time(silent_since))
                .bind(columns::time(at))
                .fetch_all(&mut connection)
                .await
            })
            .await?;
        self.forget_staged().await?;
        Ok(ended.into_iter().map(|(id,)| id).collect())
    }

    async fn restores(&self, limit: u16) -> Result<Vec<RestoreEntry>, StoreError> {
        self.within(async {
            let mut connection = self.reader().await?;
            let mut query = sql::<D>(ENTRY);
            query.push(" order by started_at desc, id desc limit ").push_bind(i64::from(limit));
            let rows: Vec<RestoreRow> = query.fetch_all(&mut connection).await?;
            rows.into_iter().map(RestoreEntry::try_from).collect()
        })
        .await
    }

    async fn restore_entry(&self, restore_id: Uuid) -> Result<Option<RestoreEntry>, StoreError> {
        self.within(async {
            let mut connection = self.reader().await?;
            let mut query = sql::<D>(ENTRY);
            query.push(" where id = ").push_bind(restore_id);
            let row: Option<RestoreRow> = query.fetch_optional(&mut connection).await?;
            row.map(RestoreEntry::try_from).transpose()
        })
        .await
    }
}

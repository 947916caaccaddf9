//! The repairing repository.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use sqlx::Transaction;
use uuid::Uuid;

use super::{
    Fingerprint, FoundVersion, HistoryOutline, RepairRequest, RepairRepository, RepairReport, SalvageSink, Salvaged, SalvagedRow,
    SnapshotError, StoreError, StoreState, columns,
    stats::update as stats_update,
    read::{checksum, video_id},
    search::update as search_index,
    sql::{Dialect, sql},
    sql_store::SqlStore,
    state::{state_of, take_state},
    tables, totals,
};
use crate::domain::{CollectionDigest, Sha256};

/// A row of `video_history` in short.
#[derive(sqlx::FromRow)]
struct OutlineRow {
    video_id: String,
    sha256: String,
    seq: i64,
    reason: String,
    replaced_by_seq: i64,
    replaced_at: DateTime<Utc>,
}

/// What the rows of `videos` come to, computed from their documents.
struct Counted {
    count: i64,
    digest: CollectionDigest,
    /// Ids of the rows whose stored checksum is another, with the right one.
    changed: Vec<(String, Sha256)>,
}

#[async_trait]
impl<D: Dialect> RepairRepository for SqlStore<D> {
    async fn missing_tables(&self) -> Result<Vec<String>, StoreError> {
        self.within(async { tables::missing::<D>(&mut *self.reader().await?).await }).await
    }

    async fn fingerprint(&self) -> Result<Fingerprint, StoreError> {
        let mut transaction = self.unhurried().await?;
        let state = self.within(state_of::<D>(&mut transaction)).await?;
        let (mut count, mut digest) = (0, CollectionDigest::default());
        let mut rows = sql::<D>("select video_id, sha256 from videos").fetch::<(String, String)>(&mut transaction)?;
        while let Some((id, sha256)) = self.within(rows.try_next()).await? {
            digest.add(&video_id(&id)?, &checksum(&sha256)?);
            count += 1;
        }
        Ok(Fingerprint { state, count, digest })
    }

    async fn salvage(&self, sink: &mut dyn SalvageSink) -> Result<Salvaged, SnapshotError> {
        self.adopt_schema().await?;
        let mut transaction = self.unhurried().await?;
        let missing_tables = self.within(tables::missing::<D>(&mut transaction)).await?;
        let is_there = |table: &str| !missing_tables.iter().any(|missing| missing == table);
        let mut salvaged = Salvaged::default();
        if is_there("store_state") {
            match self.within(state_of::<D>(&mut transaction)).await {
                Ok(state) => salvaged.state = Some(state),
                Err(error @ StoreError::Unavailable(_)) => return Err(error.into()),
                Err(error) => salvaged.problem = Some(format!("the state cannot be read: {error}")),
            }
        }
        if is_there("videos") {
            let query = "select video_id, sha256, seq, document from videos order by video_id";
            let mut rows = sql::<D>(query).fetch::<(String, String, i64, String)>(&mut transaction)?;
            loop {
                match self.within(rows.try_next()).await {
                    Ok(None) => break,
                    Ok(Some((id, recorded, seq, document))) => match video_id(&id) {
                        Ok(video_id) => {
                            let recorded = checksum(&recorded).ok();
                            sink.row(SalvagedRow { video_id, document, recorded, seq }).await?;
                        }
                        Err(error) => salvaged.problem = Some(error.to_string()),
                    },
                    Err(error @ StoreError::Unavailable(_)) => return Err(error.into()),
                    Err(error) => {
                        salvaged.problem = Some(format!("the rows cannot be read to their end: {error}"));
                        break;
                    }
                }
            }
        }
        salvaged.missing_tables = missing_tables;
        Ok(salvaged)
    }

    async fn history_outline(&self) -> Result<Vec<HistoryOutline>, StoreError> {
        let mut transaction = self.unhurried().await?;
        if self.within(tables::missing::<D>(&mut transaction)).await?.iter().any(|table| table == "video_history") {
            return Ok(Vec::new());
        }
        let mut outlines = Vec::new();
        let mut rows = sql::<D>(
            "select video_id, sha256, seq, reason, replaced_by_seq, replaced_at
            from video_history
            order by replaced_by_seq, id",
        )
        .fetch::<OutlineRow>(&mut transaction)?;
        while let Some(row) = self.within(rows.try_next()).await? {
            outlines.push(HistoryOutline {
                video_id: video_id(&row.video_id)?,
                sha256: checksum(&row.sha256)?,
                seq: row.seq,
                reason: row.reason,
                replaced_by_seq: row.replaced_by_seq,
                replaced_at: row.replaced_at,
            });
        }
        Ok(outlines)
    }

    async fn repair(&self, repair: &RepairRequest) -> Result<RepairReport, StoreError> {
        self.adopt_schema().await?;
        let repaired = self.mend_tables(repair).await?;
        if repaired.made_tables.iter().any(|table| table == "mentions") && repaired.state.count > 0 {
            self.write_mentions_anew().await?;
        }
        Ok(repaired)
    }

    async fn remember(
        &self,
        versions: &[FoundVersion],
        save_id: Uuid,
        actor: &'static str,
        at: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.begin_write().await?;
        let state = take_state::<D>(&mut transaction).await?;
        let mut remembered = 0;
        for version in versions {
            remembered += sql::<D>(
                "insert into video_history
                    (video_id, sha256, seq, save_id, saved_at, replaced_by_seq, reason, actor, replaced_at, document)
                select $1, $2, $3, $4, $5, $3, 'superseded', $6, $5, $7
                where not exists (select 1 from video_history h where h.video_id = $1 and h.sha256 = $2)
                    and not exists (select 1 from videos v where v.video_id = $1 and v.sha256 = $2)",
            )
            .bind(version.video_id.as_str())
            .bind(Sha256::of(version.document.as_bytes()).to_string())
            .bind(state.seq)
            .bind(save_id)
            .bind(columns::time(at))
            .bind(actor)
            .bind(version.document.as_str())
            .execute(&mut transaction)
            .await?;
        }
        if remembered == 0 {
            // Its position is given back.
            transaction.rollback().await?;
            return Ok(0);
        }
        totals::move_on::<D>(&mut transaction, &state).await?;
        stats_update::move_on::<D>(&mut transaction, &state).await?;
        search_index::move_on::<D>(&mut transaction, &state).await?;
        let kept = sql::<D>("select seq from video_history where save_id = $1 and seq = $2 limit 1");
        self.commit(transaction, kept.bind(save_id).bind(state.seq)).await?;
        Ok(remembered)
    }
}

impl<D: Dialect> SqlStore<D> {
    /// A transaction that reads as long as it takes.
    async fn unhurried(&self) -> Result<Transaction<'static, D>, StoreError> {
        let mut transaction = self.within(self.begin_snapshot()).await?;
        if let Some(unlimited) = D::UNLIMITED_TIME {
            self.within(sql::<D>(unlimited).execute(&mut transaction)).await?;
        }
        Ok(transaction)
    }

    /// Notes the migrations as run where our tables are there and the note of them is gone.
    async fn adopt_schema(&self) -> Result<(), StoreError> {
        if self.file.as_ref().is_none_or(|file| file.exists()) && self.schema_version().await?.is_none() {
            let mut transaction = self.writers.begin_with(D::BEGIN_WRITE).await?;
            if tables::present::<D>(&mut transaction).await?.contains("videos")
                || tables::present::<D>(&mut transaction).await?.contains("video_history")
            {
                D::adopt(&mut transaction).await?;
                transaction.commit().await?;
            }
        }
        self.migrated().await
    }

    async fn mend_tables(&self, repair: &RepairRequest) -> Result<RepairReport, StoreError> {
        let mut transaction = self.begin_write().await?;
        for statement in [D::UNLIMITED_TIME, D::LOCK_EXCLUSIVE].into_iter().flatten() {
            sql::<D>(statement).execute(&mut transaction).await?;
        }
        let made_tables = make_missing::<D>(&mut transaction).await?;
        let made = |table: &str| made_tables.iter().any(|name| name == table);
        if made("store_state") {
            // Positions go on behind every one that was ever given.
            sql::<D>(
                "update store_state
                set seq = (
                    select coalesce(max(w.seq), 0)
                    from (
                        select max(seq) as seq from videos
                        union all
                        select max(replaced_by_seq) as seq from video_history
                    ) as w)",
            )
            .execute(&mut transaction)
            .await?;
        }
        let before = state_of::<D>(&mut transaction).await?;
        if !made("store_state") && repair.expected.as_ref().is_some_and(|expected| *expected != before) {
            return Err(StoreError::Conflict("somebody wrote since it was looked at".to_owned()));
        }
        let found = counted::<D>(&mut transaction).await?;
        let mut repaired = RepairReport {
            state_was_wrong: (found.count, found.digest) != (before.count, before.digest),
            changed_rows: found.changed.len() as u64,
            made_tables,
            state: before.clone(),
        };
        if !repaired.anything() {
            transaction.rollback().await?;
            return Ok(repaired);
        }
        for (id, sha256) in &found.changed {
            sql::<D>("update videos set sha256 = $2 where video_id = $1")
                .bind(id.as_str())
                .bind(sha256.to_string())
                .execute(&mut transaction)
                .await?;
        }
        let seq = take_state::<D>(&mut transaction).await?.seq;
        repaired.state = StoreState { epoch: repair.epoch, seq, count: found.count, digest: found.digest };
        note::<D>(&mut transaction, repair, &before, &repaired).await?;
        let kept = sql::<D>("select cast(1 as bigint) from audit where id = $1").bind(repair.audit_id);
        self.commit(transaction, kept).await?;
        Ok(repaired)
    }
}

/// Makes the tables that are gone; gives their names.
async fn make_missing<D: Dialect>(connection: &mut D::Connection) -> Result<Vec<String>, StoreError> {
    let mut missing = tables::missing::<D>(connection).await?;
    let is_missing = |missing: &[String], table: &str| missing.iter().any(|name| name == table);
    if is_missing(&missing, "videos") && !is_missing(&missing, "mentions") {
        // It refers to the table that is gone, and is derived.
        sql::<D>("drop table mentions").execute(connection).await?;
        missing = tables::missing::<D>(connection).await?;
    }
    tables::make::<D>(connection, &missing).await?;
    if is_missing(&missing, "spoken") || is_missing(&missing, "spoken_words") {
        // One is nothing without the other.
        for statement in [D::FORGET_ALL_WORDS, "delete from spoken"] {
            sql::<D>(statement).execute(connection).await?;
        }
    }
    if is_missing(&missing, "videos") && !is_missing(&missing, "transcripts") {
        for statement in D::TIE {
            sql::<D>(statement).execute(connection).await?;
        }
    }
    Ok(missing)
}

/// Adds up the rows by their documents.
async fn counted<D: Dialect>(connection: &mut D::Connection) -> Result<Counted, StoreError> {
    let mut counted = Counted { count: 0, digest: CollectionDigest::default(), changed: Vec::new() };
    let mut rows =
        sql::<D>("select video_id, sha256, document from videos").fetch::<(String, String, String)>(connection)?;
    while let Some((id, recorded, document)) = rows.try_next().await? {
        let sha256 = Sha256::of(document.as_bytes());
        counted.digest.add(&video_id(&id)?, &sha256);
        counted.count += 1;
        if recorded != sha256.to_string() {
            counted.changed.push((id, sha256));
        }
    }
    Ok(counted)
}

/// Writes the new state, the totals, and the line of the audit.
async fn note<D: Dialect>(
    connection: &mut D::Connection,
    repair: &RepairRequest,
    before: &StoreState,
    repaired: &RepairReport,
) -> Result<(), StoreError> {
    let state = &repaired.state;
    sql::<D>("update store_state set epoch = $1, count = $2, digest = $3 where id = 1")
        .bind(state.epoch)
        .bind(state.count)
        .bind(state.digest.to_string())
        .execute(connection)
        .await?;
    totals::count_anew::<D>(connection, state).await?;
    // The words of the search are behind now, and are made anew by the maintenance.
    stats_update::count_anew::<D>(connection, state).await?;
    let detail = serde_json::json!({ "before": before, "repaired": repaired });
    sql::<D>("insert into audit (id, at, actor, action, subject, detail) values ($1, $2, $3, 'database.repair', $4, $5)")
        .bind(repair.audit_id)
        .bind(columns::time(repair.at))
        .bind(repair.actor)
        .bind(repaired.made_tables.join(" "))
        .bind(detail.to_string())
        .execute(connection)
        .await
        .map(drop)
}

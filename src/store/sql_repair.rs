//! The repair repository.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use uuid::Uuid;

use super::{
    Fingerprint, HistoryOutline, RecoveredVersion, RepairReport, RepairRepository, RepairRequest, SalvageSink,
    Salvaged, SalvagedRow, SnapshotError, StoreError, StoreState, columns,
    dialect::Dialect,
    mentions::advance_mentions,
    read::{parse_id, parse_sha256},
    schema, search,
    sql::sql,
    sql_store::SqlStore,
    state::{next_state, read_state},
    stats,
};
use crate::domain::{CollectionDigest, Sha256};

/// A row of `video_history` without its document.
#[derive(sqlx::FromRow)]
struct OutlineRow {
    video_id: String,
    sha256: String,
    seq: i64,
    reason: String,
    replaced_by_seq: i64,
    replaced_at: DateTime<Utc>,
}

/// The count, digest and checksums of `videos`, computed from the documents.
struct RowScan {
    count: i64,
    digest: CollectionDigest,
    /// The IDs of rows whose stored checksum is wrong, each with the correct checksum.
    wrong_checksums: Vec<(String, Sha256)>,
}

#[async_trait]
impl<D: Dialect> RepairRepository for SqlStore<D> {
    #[tracing::instrument(skip_all)]
    async fn exists(&self) -> Result<bool, StoreError> {
        if self.file.as_ref().is_some_and(|file| !file.exists()) {
            return Ok(false);
        }
        self.with_deadline(async {
            let existing = schema::existing_tables::<D>(&mut *self.pools.get().await?.reader().await?).await?;
            Ok(schema::tables::<D>().iter().any(|table| existing.contains(table.name)))
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn missing_tables(&self) -> Result<Vec<String>, StoreError> {
        self.with_deadline(async { schema::missing_tables::<D>(&mut *self.reader().await?).await }).await
    }

    #[tracing::instrument(skip_all)]
    async fn fingerprint(&self) -> Result<Fingerprint, StoreError> {
        let mut transaction = self.begin_long_snapshot().await?;
        let state = self.with_deadline(read_state::<D>(&mut transaction)).await?;
        let (mut count, mut digest) = (0, CollectionDigest::default());
        let mut rows = sql::<D>("select video_id, sha256 from videos").fetch::<(String, String)>(&mut transaction)?;
        while let Some((id, sha256)) = self.with_deadline(rows.try_next()).await? {
            digest.add(&parse_id(&id)?, &parse_sha256(&sha256)?);
            count += 1;
        }
        Ok(Fingerprint { state, count, digest })
    }

    #[tracing::instrument(skip_all)]
    async fn salvage(&self, sink: &mut dyn SalvageSink) -> Result<Salvaged, SnapshotError> {
        self.adopt_schema().await?;
        let mut transaction = self.begin_long_snapshot().await?;
        let missing_tables = self.with_deadline(schema::missing_tables::<D>(&mut transaction)).await?;
        let exists = |table: &str| !missing_tables.iter().any(|missing| missing == table);
        let mut salvaged = Salvaged::default();
        if exists("store_state") {
            match self.with_deadline(read_state::<D>(&mut transaction)).await {
                Ok(state) => salvaged.state = Some(state),
                Err(error @ StoreError::Unavailable(_)) => return Err(error.into()),
                Err(error) => salvaged.problem = Some(format!("could not read the state: {error}")),
            }
        }
        if exists("videos") {
            let query = "select video_id, sha256, seq, document from videos order by video_id";
            let mut rows = sql::<D>(query).fetch::<(String, String, i64, String)>(&mut transaction)?;
            loop {
                match self.with_deadline(rows.try_next()).await {
                    Ok(None) => break,
                    Ok(Some((id, recorded, seq, document))) => match parse_id(&id) {
                        Ok(video_id) => {
                            let recorded = parse_sha256(&recorded).ok();
                            sink.row(SalvagedRow { video_id, document, recorded, seq }).await?;
                        }
                        Err(error) => salvaged.problem = Some(error.to_string()),
                    },
                    Err(error @ StoreError::Unavailable(_)) => return Err(error.into()),
                    Err(error) => {
                        salvaged.problem = Some(format!("could not read all rows: {error}"));
                        break;
                    }
                }
            }
        }
        salvaged.missing_tables = missing_tables;
        Ok(salvaged)
    }

    #[tracing::instrument(skip_all)]
    async fn history_outline(&self) -> Result<Vec<HistoryOutline>, StoreError> {
        let mut transaction = self.begin_long_snapshot().await?;
        let missing = self.with_deadline(schema::missing_tables::<D>(&mut transaction)).await?;
        if missing.iter().any(|table| table == "video_history") {
            return Ok(Vec::new());
        }
        let mut outlines = Vec::new();
        let mut rows = sql::<D>(
            "select video_id, sha256, seq, reason, replaced_by_seq, replaced_at
            from video_history
            order by replaced_by_seq, id",
        )
        .fetch::<OutlineRow>(&mut transaction)?;
        while let Some(row) = self.with_deadline(rows.try_next()).await? {
            outlines.push(HistoryOutline {
                video_id: parse_id(&row.video_id)?,
                sha256: parse_sha256(&row.sha256)?,
                seq: row.seq,
                reason: row.reason,
                replaced_by_seq: row.replaced_by_seq,
                replaced_at: row.replaced_at,
            });
        }
        Ok(outlines)
    }

    #[tracing::instrument(skip_all)]
    async fn repair(&self, repair: &RepairRequest) -> Result<RepairReport, StoreError> {
        self.adopt_schema().await?;
        let report = self.repair_tables(repair).await?;
        let is_derived = |table: &String| matches!(table.as_str(), "mentions" | "unmeasured_sermons");
        if report.created_tables.iter().any(is_derived) && report.state.count > 0 {
            self.rebuild_mentions().await?;
        }
        Ok(report)
    }

    #[tracing::instrument(skip_all)]
    async fn add_to_history(
        &self,
        versions: &[RecoveredVersion],
        save_id: Uuid,
        actor: &'static str,
        at: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let mut transaction = self.begin_write().await?;
        let state = next_state::<D>(&mut transaction).await?;
        let mut added = 0;
        for version in versions {
            added += sql::<D>(
                "insert into video_history
                    (video_id, sha256, seq, save_id, saved_at, replaced_by_seq, reason, actor, replaced_at, document)
                select $1, $2, $3, $4, $5, $3, 'superseded', $6, $5, $7
                where not exists (select 1 from video_history h where h.video_id = $1 and h.sha256 = $2)
                    and not exists (select 1 from videos v where v.video_id = $1 and v.sha256 = $2)",
            )
            .bind(version.video_id.as_str())
            .bind(Sha256::digest(version.document.as_bytes()).to_string())
            .bind(state.seq)
            .bind(save_id)
            .bind(columns::db_time(at))
            .bind(actor)
            .bind(version.document.as_str())
            .execute(&mut transaction)
            .await?;
        }
        if added == 0 {
            // Gives the write number back.
            transaction.rollback().await?;
            return Ok(0);
        }
        stats::advance::<D>(&mut transaction, &state).await?;
        search::advance::<D>(&mut transaction, &state).await?;
        let written = sql::<D>("select seq from video_history where save_id = $1 and seq = $2 limit 1");
        self.commit(transaction, written.bind(save_id).bind(state.seq)).await?;
        Ok(added)
    }
}

impl<D: Dialect> SqlStore<D> {
    /// Marks all migrations as applied if our tables exist but the table of migrations is missing.
    async fn adopt_schema(&self) -> Result<(), StoreError> {
        if self.file.as_ref().is_none_or(|file| file.exists()) && self.schema_version().await?.is_none() {
            let mut transaction = self.pools.get().await?.begin_write().await?;
            let existing = schema::existing_tables::<D>(&mut transaction).await?;
            if existing.contains("videos") || existing.contains("video_history") {
                D::mark_migrated(&mut transaction).await?;
                transaction.commit().await?;
            }
        }
        self.ensure_migrated().await
    }

    async fn repair_tables(&self, repair: &RepairRequest) -> Result<RepairReport, StoreError> {
        let mut transaction = self.begin_exclusive().await?;
        let created_tables = create_missing_tables::<D>(&mut transaction).await?;
        let state_is_new = created_tables.iter().any(|table| table == "store_state");
        if state_is_new {
            // Continue after the highest write number that was ever used.
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
        let before = read_state::<D>(&mut transaction).await?;
        if !state_is_new && repair.expected.as_ref().is_some_and(|expected| *expected != before) {
            return Err(StoreError::Conflict("another write happened between inspection and repair".to_owned()));
        }
        let actual = scan_rows::<D>(&mut transaction).await?;
        let mut report = RepairReport {
            state_was_wrong: (actual.count, actual.digest) != (before.count, before.digest),
            changed_rows: actual.wrong_checksums.len() as u64,
            created_tables,
            state: before.clone(),
        };
        if !report.changed_anything() {
            transaction.rollback().await?;
            return Ok(report);
        }
        for (id, sha256) in &actual.wrong_checksums {
            sql::<D>("update videos set sha256 = $2 where video_id = $1")
                .bind(id.as_str())
                .bind(sha256.to_string())
                .execute(&mut transaction)
                .await?;
        }
        let seq = next_state::<D>(&mut transaction).await?.seq;
        report.state = StoreState { epoch: repair.epoch, seq, count: actual.count, digest: actual.digest };
        record::<D>(&mut transaction, repair, &before, &report).await?;
        let written = sql::<D>("select cast(1 as bigint) from audit where id = $1").bind(repair.audit_id);
        self.commit(transaction, written).await?;
        Ok(report)
    }
}

/// Creates the missing tables and returns their names.
async fn create_missing_tables<D: Dialect>(connection: &mut D::Connection) -> Result<Vec<String>, StoreError> {
    let mut missing = schema::missing_tables::<D>(connection).await?;
    let is_missing = |missing: &[String], table: &str| missing.iter().any(|name| name == table);
    if is_missing(&missing, "videos") && !is_missing(&missing, "mentions") {
        // Its foreign key refers to the dropped table, and its rows can be rebuilt.
        sql::<D>("drop table mentions").execute(connection).await?;
        missing = schema::missing_tables::<D>(connection).await?;
    }
    if is_missing(&missing, "jobs") && !is_missing(&missing, "job_owners") {
        // Its rows refer to jobs that no longer exist.
        sql::<D>("drop table job_owners").execute(connection).await?;
        missing = schema::missing_tables::<D>(connection).await?;
    }
    schema::create_tables::<D>(connection, &missing).await?;
    if is_missing(&missing, "search_documents") || is_missing(&missing, "search_index") {
        // The two are useless without each other.
        for statement in [D::CLEAR_INDEX, "delete from search_documents"] {
            sql::<D>(statement).execute(connection).await?;
        }
    }
    if is_missing(&missing, "videos") && !is_missing(&missing, "transcripts") {
        for statement in D::ADD_FOREIGN_KEYS {
            sql::<D>(statement).execute(connection).await?;
        }
    }
    Ok(missing)
}

async fn scan_rows<D: Dialect>(connection: &mut D::Connection) -> Result<RowScan, StoreError> {
    let mut scan = RowScan { count: 0, digest: CollectionDigest::default(), wrong_checksums: Vec::new() };
    let mut rows =
        sql::<D>("select video_id, sha256, document from videos").fetch::<(String, String, String)>(connection)?;
    while let Some((id, recorded, document)) = rows.try_next().await? {
        let sha256 = Sha256::digest(document.as_bytes());
        scan.digest.add(&parse_id(&id)?, &sha256);
        scan.count += 1;
        if recorded != sha256.to_string() {
            scan.wrong_checksums.push((id, sha256));
        }
    }
    Ok(scan)
}

/// Writes the new state, the statistics and the audit entry.
async fn record<D: Dialect>(
    connection: &mut D::Connection,
    repair: &RepairRequest,
    before: &StoreState,
    report: &RepairReport,
) -> Result<(), StoreError> {
    let state = &report.state;
    sql::<D>("update store_state set epoch = $1, count = $2, digest = $3 where id = 1")
        .bind(state.epoch)
        .bind(state.count)
        .bind(state.digest.to_string())
        .execute(connection)
        .await?;
    // The search index is now stale. Background maintenance rebuilds it.
    advance_mentions::<D>(connection, state.seq).await?;
    stats::rebuild::<D>(connection, state).await?;
    let detail = serde_json::json!({ "before": before, "repaired": report });
    sql::<D>(
        "insert into audit (id, at, actor, action, subject, detail) values ($1, $2, $3, 'database.repair', $4, $5)",
    )
    .bind(repair.audit_id)
    .bind(columns::db_time(repair.at))
    .bind(&*repair.actor)
    .bind(report.created_tables.join(" "))
    .bind(detail.to_string())
    .execute(connection)
    .await
    .map(drop)
}

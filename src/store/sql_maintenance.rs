//! The maintenance repository.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{
    StoreError, MaintenanceOutcome, MaintenanceEntry, MaintenanceRepository, columns,
    sql::{Dialect, sql},
    sql_store::SqlStore,
};

/// A row of `maintenance`.
#[derive(sqlx::FromRow)]
struct UpkeepRow {
    task: String,
    due_at: DateTime<Utc>,
    lease_until: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    outcome: Option<String>,
    words: Option<String>,
    ok_at: Option<DateTime<Utc>>,
}

#[async_trait]
impl<D: Dialect> MaintenanceRepository for SqlStore<D> {
    async fn maintenance(&self) -> Result<Vec<MaintenanceEntry>, StoreError> {
        self.within(async {
            let mut connection = self.reader().await?;
            let rows: Vec<UpkeepRow> = sql::<D>(
                "select task, due_at, lease_until, started_at, finished_at, outcome, words, ok_at
                from maintenance
                order by task",
            )
            .fetch_all(&mut connection)
            .await?;
            let entry = |row: UpkeepRow| MaintenanceEntry {
                task: row.task,
                due_at: row.due_at,
                held_until: row.lease_until,
                started_at: row.started_at,
                finished_at: row.finished_at,
                ok: row.outcome.map(|outcome| outcome == "ok"),
                words: row.words,
                ok_at: row.ok_at,
            };
            Ok(rows.into_iter().map(entry).collect())
        })
        .await
    }

    async fn schedule_maintenance(
        &self,
        task: &'static str,
        first: DateTime<Utc>,
        latest: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.within(async {
            let mut connection = self.writer().await?;
            sql::<D>(
                "insert into maintenance (task, due_at)
                values ($1, $2)
                on conflict (task) do update set due_at = $3
                where maintenance.due_at > $3",
            )
            .bind(task)
            .bind(columns::time(first))
            .bind(columns::time(latest))
            .execute(&mut connection)
            .await
            .map(drop)
        })
        .await
    }

    async fn claim_maintenance(
        &self,
        task: &'static str,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.within(async {
            let mut connection = self.writer().await?;
            let claimed = sql::<D>(
                "update maintenance
                set holder = $2, lease_until = $4, started_at = $3
                where task = $1 and due_at <= $3 and (lease_until is null or lease_until <= $3)",
            )
            .bind(task)
            .bind(holder)
            .bind(columns::time(now))
            .bind(columns::time(until))
            .execute(&mut connection)
            .await?;
            Ok(claimed == 1)
        })
        .await
    }

    async fn renew_maintenance(&self, task: &'static str, holder: &str, until: DateTime<Utc>) -> Result<bool, StoreError> {
        self.within(async {
            let mut connection = self.writer().await?;
            let renewed = sql::<D>("update maintenance set lease_until = $3 where task = $1 and holder = $2")
                .bind(task)
                .bind(holder)
                .bind(columns::time(until))
                .execute(&mut connection)
                .await?;
            Ok(renewed == 1)
        })
        .await
    }

    async fn finish_maintenance(&self, end: &MaintenanceOutcome) -> Result<(), StoreError> {
        self.within(async {
            let mut connection = self.writer().await?;
            sql::<D>(
                "insert into maintenance (task, due_at, started_at, finished_at, outcome, words, ok_at)
                values ($1, $2, $3, $4, $5, $6, case when $5 = 'ok' then $4 end)
                on conflict (task) do update set
                    due_at = excluded.due_at, holder = null, lease_until = null, started_at = excluded.started_at,
                    finished_at = excluded.finished_at, outcome = excluded.outcome, words = excluded.words,
                    ok_at = coalesce(excluded.ok_at, maintenance.ok_at)",
            )
            .bind(end.task)
            .bind(columns::time(end.due_at))
            .bind(columns::time(end.started_at))
            .bind(columns::time(end.at))
            .bind(if end.ok { "ok" } else { "failed" })
            .bind(columns::text(&end.words))
            .execute(&mut connection)
            .await
            .map(drop)
        })
        .await
    }
}

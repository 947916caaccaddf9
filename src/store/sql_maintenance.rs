//! The maintenance repository.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    MaintenanceEntry, MaintenanceOutcome, MaintenanceRepository, StoreError, columns, dialect::Dialect, sql::sql,
    sql_store::SqlStore,
};

/// A row of `maintenance`.
#[derive(sqlx::FromRow)]
struct MaintenanceRow {
    task: String,
    due_at: DateTime<Utc>,
    lease_until: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    outcome: Option<String>,
    message: Option<String>,
    ok_at: Option<DateTime<Utc>>,
}

#[async_trait]
impl<D: Dialect> MaintenanceRepository for SqlStore<D> {
    #[tracing::instrument(skip_all)]
    async fn maintenance(&self) -> Result<Vec<MaintenanceEntry>, StoreError> {
        self.with_deadline(async {
            let mut connection = self.reader().await?;
            let rows: Vec<MaintenanceRow> = sql::<D>(
                "select task, due_at, lease_until, started_at, finished_at, outcome, message, ok_at
                from maintenance
                order by task",
            )
            .fetch_all(&mut connection)
            .await?;
            let entry = |row: MaintenanceRow| MaintenanceEntry {
                task: row.task,
                due_at: row.due_at,
                held_until: row.lease_until,
                started_at: row.started_at,
                finished_at: row.finished_at,
                ok: row.outcome.map(|outcome| outcome == "ok"),
                message: row.message,
                ok_at: row.ok_at,
            };
            Ok(rows.into_iter().map(entry).collect())
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn schedule_maintenance(
        &self,
        task: &'static str,
        first: DateTime<Utc>,
        latest: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.with_deadline(async {
            let schedule = sql::<D>(
                "insert into maintenance (task, due_at)
                values ($1, $2)
                on conflict (task) do update set due_at = $3
                where maintenance.due_at > $3",
            );
            let schedule = schedule.bind(task).bind(columns::db_time(first)).bind(columns::db_time(latest));
            self.write(schedule).await.map(drop)
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn claim_maintenance(&self, task: &'static str, holder: &str, lease: TimeDelta) -> Result<bool, StoreError> {
        self.with_deadline(async {
            let mut session = self.writer().await?;
            let now = self.time(&mut session).await?;
            let claimed = sql::<D>(
                "update maintenance
                set holder = $2, lease_until = $4, started_at = $3
                where task = $1 and due_at <= $3 and (lease_until is null or lease_until <= $3)",
            )
            .bind(task)
            .bind(holder)
            .bind(columns::db_time(now))
            .bind(columns::db_time(now + lease))
            .execute(&mut session)
            .await?;
            session.commit().await?;
            Ok(claimed == 1)
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn renew_maintenance(&self, task: &'static str, holder: &str, lease: TimeDelta) -> Result<bool, StoreError> {
        self.with_deadline(async {
            let mut session = self.writer().await?;
            let until = self.time(&mut session).await? + lease;
            let renewed = sql::<D>("update maintenance set lease_until = $3 where task = $1 and holder = $2")
                .bind(task)
                .bind(holder)
                .bind(columns::db_time(until))
                .execute(&mut session)
                .await?;
            session.commit().await?;
            Ok(renewed == 1)
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn finish_maintenance(&self, outcome: &MaintenanceOutcome) -> Result<(), StoreError> {
        self.with_deadline(async {
            let finish = sql::<D>(
                "insert into maintenance (task, due_at, started_at, finished_at, outcome, message, ok_at)
                values ($1, $2, $3, $4, $5, $6, case when $5 = 'ok' then $4 end)
                on conflict (task) do update set
                    due_at = excluded.due_at, holder = null, lease_until = null, started_at = excluded.started_at,
                    finished_at = excluded.finished_at, outcome = excluded.outcome, message = excluded.message,
                    ok_at = coalesce(excluded.ok_at, maintenance.ok_at)",
            )
            .bind(outcome.task)
            .bind(columns::db_time(outcome.due_at))
            .bind(columns::db_time(outcome.started_at))
            .bind(columns::db_time(outcome.at))
            .bind(if outcome.ok { "ok" } else { "failed" })
            .bind(columns::without_nul(&outcome.message));
            self.write(finish).await.map(drop)
        })
        .await
    }
}

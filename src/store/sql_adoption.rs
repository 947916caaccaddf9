//! The adoption repository.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::{
    AdoptionEntry, AdoptionLease, AdoptionProgress, AdoptionRepository, NewAdoption, StoreError, columns,
    dialect::Dialect, sql::sql, sql_store::SqlStore, state::read_state,
};

/// The actor in the audit log.
const ACTOR: &str = "adoption";

/// A row of `adoptions`.
#[derive(sqlx::FromRow)]
struct AdoptionRow {
    source: String,
    lease_until: Option<DateTime<Utc>>,
    sermons: i64,
    unreadable: i64,
    problems: String,
    started_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

impl TryFrom<AdoptionRow> for AdoptionEntry {
    type Error = StoreError;

    fn try_from(row: AdoptionRow) -> Result<Self, StoreError> {
        let corrupt = |error: String| StoreError::Corrupt(format!("the adoption of {}: {error}", row.source));
        let progress = AdoptionProgress {
            sermons: u64::try_from(row.sermons).map_err(|error| corrupt(error.to_string()))?,
            unreadable: u64::try_from(row.unreadable).map_err(|error| corrupt(error.to_string()))?,
            problems: serde_json::from_str(&row.problems).map_err(|error| corrupt(error.to_string()))?,
        };
        Ok(Self {
            source: row.source,
            held_until: row.lease_until,
            progress,
            started_at: row.started_at,
            finished_at: row.finished_at,
        })
    }
}

/// Converts an [`AdoptionProgress`] to its column values.
fn stored(progress: &AdoptionProgress) -> (i64, i64, String) {
    let number = |number| i64::try_from(number).unwrap_or(i64::MAX);
    let problems = serde_json::to_string(&progress.problems).expect("a list of strings");
    (number(progress.sermons), number(progress.unreadable), problems)
}

#[async_trait]
impl<D: Dialect> AdoptionRepository for SqlStore<D> {
    #[tracing::instrument(skip_all)]
    async fn adoptions(&self) -> Result<Vec<AdoptionEntry>, StoreError> {
        self.with_deadline(async {
            let mut connection = self.reader().await?;
            let rows: Vec<AdoptionRow> = sql::<D>(
                "select source, lease_until, sermons, unreadable, problems, started_at, finished_at
                from adoptions
                order by source",
            )
            .fetch_all(&mut connection)
            .await?;
            rows.into_iter().map(AdoptionEntry::try_from).collect()
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn begin_adoption(&self, adoption: &NewAdoption) -> Result<bool, StoreError> {
        let mut transaction = self.begin_exclusive().await?;
        let (known,): (i64,) = sql::<D>("select count(*) from adoptions").fetch_one(&mut transaction).await?;
        if known > 0 || read_state::<D>(&mut transaction).await?.seq > 0 {
            transaction.rollback().await?;
            return Ok(false);
        }
        let at = columns::db_time(adoption.at);
        for source in &adoption.sources {
            sql::<D>(
                "insert into adoptions (source, state, sermons, unreadable, problems, started_at)
                values ($1, 'running', 0, 0, '[]', $2)",
            )
            .bind(source.as_str())
            .bind(at)
            .execute(&mut transaction)
            .await?;
        }
        let detail = json!({ "state": "started", "sources": adoption.sources });
        record_audit::<D>(&mut transaction, adoption.audit_id, at, &adoption.sources.join(", "), &detail).await?;
        transaction.commit().await?;
        Ok(true)
    }

    #[tracing::instrument(skip_all)]
    async fn claim_adoption(&self, lease: &AdoptionLease) -> Result<bool, StoreError> {
        self.with_deadline(async {
            let mut session = self.writer().await?;
            let now = self.time(&mut session).await?;
            let claimed = sql::<D>(
                "update adoptions
                set holder = $2, lease_until = $3
                where source = $1 and state = 'running' and (lease_until is null or lease_until <= $4 or holder = $2)",
            )
            .bind(lease.source.as_str())
            .bind(lease.holder.as_str())
            .bind(columns::db_time(now + lease.duration))
            .bind(columns::db_time(now))
            .execute(&mut session)
            .await?;
            session.commit().await?;
            Ok(claimed == 1)
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn renew_adoption(&self, lease: &AdoptionLease, progress: &AdoptionProgress) -> Result<bool, StoreError> {
        self.with_deadline(async {
            let (sermons, unreadable, problems) = stored(progress);
            let mut session = self.writer().await?;
            let until = self.time(&mut session).await? + lease.duration;
            let renewed = sql::<D>(
                "update adoptions
                set lease_until = $3, sermons = $4, unreadable = $5, problems = $6
                where source = $1 and holder = $2 and state = 'running'",
            )
            .bind(lease.source.as_str())
            .bind(lease.holder.as_str())
            .bind(columns::db_time(until))
            .bind(sermons)
            .bind(unreadable)
            .bind(columns::without_nul(&problems))
            .execute(&mut session)
            .await?;
            session.commit().await?;
            Ok(renewed == 1)
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn release_adoption(&self, lease: &AdoptionLease) -> Result<(), StoreError> {
        self.with_deadline(async {
            let release =
                sql::<D>("update adoptions set holder = null, lease_until = null where source = $1 and holder = $2");
            self.write(release.bind(lease.source.as_str()).bind(lease.holder.as_str())).await.map(drop)
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn finish_adoption(
        &self,
        lease: &AdoptionLease,
        progress: &AdoptionProgress,
        audit_id: Uuid,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.with_deadline(async {
            let (sermons, unreadable, problems) = stored(progress);
            let at = columns::db_time(at);
            let mut transaction = self.begin_write().await?;
            let finished = sql::<D>(
                "update adoptions
                set state = 'done', holder = null, lease_until = null, sermons = $3, unreadable = $4, problems = $5,
                    finished_at = $6
                where source = $1 and holder = $2 and state = 'running'",
            )
            .bind(lease.source.as_str())
            .bind(lease.holder.as_str())
            .bind(sermons)
            .bind(unreadable)
            .bind(columns::without_nul(&problems))
            .bind(at)
            .execute(&mut transaction)
            .await?;
            if finished == 0 {
                transaction.rollback().await?;
                return Ok(false);
            }
            let detail = json!({ "state": "finished", "progress": progress });
            record_audit::<D>(&mut transaction, audit_id, at, &lease.source, &detail).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }
}

async fn record_audit<D: Dialect>(
    connection: &mut D::Connection,
    id: Uuid,
    at: DateTime<Utc>,
    subject: &str,
    detail: &serde_json::Value,
) -> Result<(), StoreError> {
    sql::<D>("insert into audit (id, at, actor, action, subject, detail) values ($1, $2, $3, 'database.adopt', $4, $5)")
        .bind(id)
        .bind(at)
        .bind(ACTOR)
        .bind(columns::without_nul(subject))
        .bind(detail.to_string())
        .execute(connection)
        .await
        .map(drop)
}

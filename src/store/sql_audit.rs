//! The audit repository.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{AuditEntry, AuditRepository, StoreError, columns, dialect::Dialect, sql::sql, sql_store::SqlStore};
use crate::domain::VideoId;

/// A row of `audit`.
#[derive(sqlx::FromRow)]
struct AuditRow {
    id: Uuid,
    at: DateTime<Utc>,
    actor: String,
    action: String,
    subject: String,
    detail: String,
}

impl TryFrom<AuditRow> for AuditEntry {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        let detail = serde_json::from_str(&row.detail)
            .map_err(|error| StoreError::Corrupt(format!("the audit entry {}: {error}", row.id)))?;
        Ok(Self { id: row.id, at: row.at, actor: row.actor, action: row.action, subject: row.subject, detail })
    }
}

/// Appends an entry. May run inside the transaction that the entry describes.
pub(super) async fn insert_audit<D: Dialect>(
    connection: &mut D::Connection,
    entry: &AuditEntry,
) -> Result<(), StoreError> {
    sql::<D>(
        "insert into audit (id, at, actor, action, subject, detail)
        values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(entry.id)
    .bind(columns::db_time(entry.at))
    .bind(columns::without_nul(&entry.actor))
    .bind(columns::without_nul(&entry.action))
    .bind(columns::without_nul(&entry.subject))
    .bind(columns::without_nul(&entry.detail.to_string()))
    .execute(connection)
    .await
    .map(drop)
}

#[async_trait]
impl<D: Dialect> AuditRepository for SqlStore<D> {
    #[tracing::instrument(skip_all)]
    async fn record_audit(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.with_deadline(async {
            let mut session = self.writer().await?;
            insert_audit::<D>(&mut session, entry).await?;
            session.commit().await
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn audit(&self, limit: u16) -> Result<Vec<AuditEntry>, StoreError> {
        self.with_deadline(async {
            let mut connection = self.reader().await?;
            let rows: Vec<AuditRow> = sql::<D>(
                "select id, at, actor, action, subject, detail
                from audit
                order by at desc, id desc
                limit $1",
            )
            .bind(i64::from(limit))
            .fetch_all(&mut connection)
            .await?;
            rows.into_iter().map(AuditEntry::try_from).collect()
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn last_with_action(&self, action: &str) -> Result<Option<AuditEntry>, StoreError> {
        self.with_deadline(async {
            let row: Option<AuditRow> = sql::<D>(
                "select id, at, actor, action, subject, detail
                from audit
                where action = $1
                order by at desc, id desc
                limit 1",
            )
            .bind(action)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
            row.map(AuditEntry::try_from).transpose()
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn last_change(&self, id: &VideoId) -> Result<Option<AuditEntry>, StoreError> {
        self.with_deadline(async {
            let row: Option<AuditRow> = sql::<D>(
                "select id, at, actor, action, subject, detail
                from audit
                where subject = $1 and action in ('video.replace', 'video.fill')
                order by at desc, id desc
                limit 1",
            )
            .bind(id.as_str())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
            row.map(AuditEntry::try_from).transpose()
        })
        .await
    }
}

//! Logins of the admin.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{StoreError, columns, dialect::Dialect, sql::sql, sql_store::SqlStore};
use crate::domain::Sha256;

/// Logins of the admin, by the checksum of their secret.
#[async_trait]
pub trait SessionRepository: Send + Sync {
    /// Begins a login, and removes those that have expired.
    async fn begin_session(&self, id: &Sha256, at: DateTime<Utc>, until: DateTime<Utc>) -> Result<(), StoreError>;
    /// Returns whether a login has begun and has not ended or expired.
    async fn has_session(&self, id: &Sha256, now: DateTime<Utc>) -> Result<bool, StoreError>;
    /// Ends a login.
    async fn end_session(&self, id: &Sha256) -> Result<(), StoreError>;
}

impl<D: Dialect> SqlStore<D> {
    async fn insert_session(&self, id: &Sha256, at: DateTime<Utc>, until: DateTime<Utc>) -> Result<(), StoreError> {
        let mut transaction = self.begin_write().await?;
        sql::<D>("delete from sessions where expires_at < $1")
            .bind(columns::db_time(at))
            .execute(&mut transaction)
            .await?;
        sql::<D>("insert into sessions (id, created_at, expires_at) values ($1, $2, $3)")
            .bind(id.to_string())
            .bind(columns::db_time(at))
            .bind(columns::db_time(until))
            .execute(&mut transaction)
            .await?;
        Ok(transaction.commit().await?)
    }
}

#[async_trait]
impl<D: Dialect> SessionRepository for SqlStore<D> {
    #[tracing::instrument(skip_all)]
    async fn begin_session(&self, id: &Sha256, at: DateTime<Utc>, until: DateTime<Utc>) -> Result<(), StoreError> {
        self.with_deadline(self.with_retries(|| self.insert_session(id, at, until))).await
    }

    #[tracing::instrument(skip_all)]
    async fn has_session(&self, id: &Sha256, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.with_deadline(async {
            let (count,) = sql::<D>("select count(*) from sessions where id = $1 and expires_at >= $2")
                .bind(id.to_string())
                .bind(columns::db_time(now))
                .fetch_one::<(i64,)>(&mut *self.reader().await?)
                .await?;
            Ok(count > 0)
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn end_session(&self, id: &Sha256) -> Result<(), StoreError> {
        self.with_deadline(async {
            let end = sql::<D>("delete from sessions where id = $1").bind(id.to_string());
            self.write(end).await.map(drop)
        })
        .await
    }
}

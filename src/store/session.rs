//! Admin and token logins.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{StoreError, columns, dialect::Dialect, sql::sql, sql_store::SqlStore};
use crate::domain::{Principal, Sha256};

/// Logins, identified by the checksum of their secret.
#[async_trait]
pub trait SessionRepository: Send + Sync {
    /// Begins an admin or token login, and removes expired logins.
    async fn begin_session(
        &self,
        id: &Sha256,
        token: Option<Uuid>,
        at: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Returns the holder of this login, or `None` if the login does not exist, has ended or expired, or its token has
    /// been revoked.
    async fn session(&self, id: &Sha256, now: DateTime<Utc>) -> Result<Option<Principal>, StoreError>;
    /// Ends a login.
    async fn end_session(&self, id: &Sha256) -> Result<(), StoreError>;
}

impl<D: Dialect> SqlStore<D> {
    async fn insert_session(
        &self,
        id: &Sha256,
        token: Option<Uuid>,
        at: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_write().await?;
        sql::<D>("delete from sessions where expires_at < $1")
            .bind(columns::db_time(at))
            .execute(&mut transaction)
            .await?;
        sql::<D>("insert into sessions (id, created_at, expires_at, token_id) values ($1, $2, $3, $4)")
            .bind(id.to_string())
            .bind(columns::db_time(at))
            .bind(columns::db_time(until))
            .bind(token)
            .execute(&mut transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    async fn read_session(&self, id: &Sha256, now: DateTime<Utc>) -> Result<Option<Principal>, StoreError> {
        let session = sql::<D>("select token_id from sessions where id = $1 and expires_at >= $2")
            .bind(id.to_string())
            .bind(columns::db_time(now))
            .fetch_optional::<(Option<Uuid>,)>(&mut *self.reader().await?)
            .await?;
        match session {
            None => Ok(None),
            Some((None,)) => Ok(Some(Principal::Admin)),
            Some((Some(token),)) => {
                let token = self.use_token_of_session(token, now).await?;
                Ok(token.map(|token| Principal::Token(Box::new(token))))
            }
        }
    }
}

#[async_trait]
impl<D: Dialect> SessionRepository for SqlStore<D> {
    #[tracing::instrument(skip_all)]
    async fn begin_session(
        &self,
        id: &Sha256,
        token: Option<Uuid>,
        at: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.with_deadline(self.with_retries(|| self.insert_session(id, token, at, until))).await
    }

    #[tracing::instrument(skip_all)]
    async fn session(&self, id: &Sha256, now: DateTime<Utc>) -> Result<Option<Principal>, StoreError> {
        self.with_deadline(self.read_session(id, now)).await
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

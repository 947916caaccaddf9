//! Named tokens for the API.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

use super::{
    AuditEntry, StoreError, columns,
    dialect::Dialect,
    sql::{Sql, sql},
    sql_audit::insert_audit,
    sql_store::SqlStore,
};
use crate::domain::{ApiToken, Sha256, TokenName};

/// Precision of the time of last use, which is written at most once per interval.
const USE_PRECISION: TimeDelta = TimeDelta::minutes(1);

/// Selects the columns of [`TokenRow`].
const SELECT_TOKEN: &str = "
    select t.id, t.name, t.scopes, t.created_at, t.created_by, t.last_used_at, t.revoked_at
    from api_tokens t";

/// A token to create.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// The token.
    pub token: ApiToken,
    /// The checksum of its secret.
    pub sha256: Sha256,
    /// The ID of the audit entry.
    pub audit_id: Uuid,
}

/// Named tokens. Creating or revoking a token is recorded in the audit log, in the same transaction.
#[async_trait]
pub trait TokenRepository: Send + Sync {
    /// Creates a token. Returns `false` if there already is a valid token with this name.
    async fn create_token(&self, new: &NewToken) -> Result<bool, StoreError>;
    /// Returns all tokens, newest first, including revoked ones.
    async fn tokens(&self) -> Result<Vec<ApiToken>, StoreError>;
    /// Returns the valid token with this name.
    async fn token_by_name(&self, name: &TokenName) -> Result<Option<ApiToken>, StoreError>;
    /// Returns the valid token whose secret has this checksum, and records that it was used.
    async fn use_token(&self, sha256: &Sha256, now: DateTime<Utc>) -> Result<Option<ApiToken>, StoreError>;
    /// Revokes a token, which also ends its logins. Returns `None` if there is no valid token with this ID.
    async fn revoke_token(
        &self,
        id: Uuid,
        audit_id: Uuid,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<ApiToken>, StoreError>;
}

/// A row of `api_tokens`, without the checksum.
#[derive(sqlx::FromRow)]
pub(super) struct TokenRow {
    id: Uuid,
    name: String,
    scopes: String,
    created_at: DateTime<Utc>,
    created_by: String,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<TokenRow> for ApiToken {
    type Error = StoreError;

    fn try_from(row: TokenRow) -> Result<Self, StoreError> {
        let corrupt = |error: String| StoreError::Corrupt(format!("the token {}: {error}", row.id));
        Ok(Self {
            id: row.id,
            name: TokenName::parse(&row.name).map_err(|error| corrupt(error.to_string()))?,
            scopes: row.scopes.parse().map_err(|error: crate::domain::ScopesError| corrupt(error.to_string()))?,
            created_at: row.created_at,
            created_by: row.created_by,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        })
    }
}

impl<D: Dialect> SqlStore<D> {
    /// Returns the valid token with this ID and records that it was used.
    pub(super) async fn use_token_of_session(
        &self,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> Result<Option<ApiToken>, StoreError> {
        let mut query = sql::<D>(SELECT_TOKEN);
        query.push(" where t.revoked_at is null and t.id = ").push_bind(id);
        self.read_token_in_use(query, now).await
    }

    async fn read_token_in_use(&self, query: Sql<D>, now: DateTime<Utc>) -> Result<Option<ApiToken>, StoreError> {
        let Some(token) = self.read_token(query).await? else { return Ok(None) };
        if token.last_used_at.is_none_or(|last| last < now - USE_PRECISION)
            && let Err(error) = self.write_use(token.id, now).await
        {
            // The time is for information only, so the request goes ahead.
            tracing::warn!(%error, token = %token.name, "could not record that a token was used");
        }
        Ok(Some(token))
    }

    async fn read_token(&self, query: Sql<D>) -> Result<Option<ApiToken>, StoreError> {
        let row: Option<TokenRow> = query.fetch_optional(&mut *self.reader().await?).await?;
        row.map(ApiToken::try_from).transpose()
    }

    async fn write_use(&self, id: Uuid, now: DateTime<Utc>) -> Result<(), StoreError> {
        sql::<D>(
            "update api_tokens
            set last_used_at = $2
            where id = $1 and (last_used_at is null or last_used_at < $3)",
        )
        .bind(id)
        .bind(columns::db_time(now))
        .bind(columns::db_time(now - USE_PRECISION))
        .execute(&mut *self.writer().await?)
        .await
        .map(drop)
    }

    async fn insert_token(&self, NewToken { token, sha256, audit_id }: &NewToken) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write().await?;
        let inserted = sql::<D>(
            "insert into api_tokens (id, name, sha256, scopes, created_at, created_by)
            values ($1, $2, $3, $4, $5, $6)
            on conflict (name) where revoked_at is null do nothing",
        )
        .bind(token.id)
        .bind(columns::without_nul(token.name.as_str()))
        .bind(sha256.to_string())
        .bind(token.scopes.to_string())
        .bind(columns::db_time(token.created_at))
        .bind(columns::without_nul(&token.created_by))
        .execute(&mut transaction)
        .await?;
        if inserted == 0 {
            transaction.rollback().await?;
            return Ok(false);
        }
        let entry = audit_entry(token, "token.create", *audit_id, &token.created_by, token.created_at);
        insert_audit::<D>(&mut transaction, &entry).await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn write_revocation(
        &self,
        id: Uuid,
        audit_id: Uuid,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<ApiToken>, StoreError> {
        let mut transaction = self.begin_write().await?;
        let revoked = sql::<D>("update api_tokens set revoked_at = $2 where id = $1 and revoked_at is null")
            .bind(id)
            .bind(columns::db_time(at))
            .execute(&mut transaction)
            .await?;
        if revoked == 0 {
            transaction.rollback().await?;
            return Ok(None);
        }
        sql::<D>("delete from sessions where token_id = $1").bind(id).execute(&mut transaction).await?;
        let mut query = sql::<D>(SELECT_TOKEN);
        query.push(" where t.id = ").push_bind(id);
        let token = ApiToken::try_from(query.fetch_one::<TokenRow>(&mut transaction).await?)?;
        insert_audit::<D>(&mut transaction, &audit_entry(&token, "token.revoke", audit_id, actor, at)).await?;
        transaction.commit().await?;
        Ok(Some(token))
    }
}

fn audit_entry(token: &ApiToken, action: &str, audit_id: Uuid, actor: &str, at: DateTime<Utc>) -> AuditEntry {
    AuditEntry {
        id: audit_id,
        at,
        actor: actor.to_owned(),
        action: action.to_owned(),
        subject: token.name.to_string(),
        detail: json!({ "message": format!("scopes: {}", token.scopes), "token": token.id }),
    }
}

#[async_trait]
impl<D: Dialect> TokenRepository for SqlStore<D> {
    #[tracing::instrument(skip_all)]
    async fn create_token(&self, new: &NewToken) -> Result<bool, StoreError> {
        self.with_deadline(self.with_retries(|| self.insert_token(new))).await
    }

    #[tracing::instrument(skip_all)]
    async fn tokens(&self) -> Result<Vec<ApiToken>, StoreError> {
        self.with_deadline(async {
            let mut query = sql::<D>(SELECT_TOKEN);
            query.push(" order by t.created_at desc, t.id desc");
            let rows: Vec<TokenRow> = query.fetch_all(&mut *self.reader().await?).await?;
            rows.into_iter().map(ApiToken::try_from).collect()
        })
        .await
    }

    #[tracing::instrument(skip_all)]
    async fn token_by_name(&self, name: &TokenName) -> Result<Option<ApiToken>, StoreError> {
        let mut query = sql::<D>(SELECT_TOKEN);
        query.push(" where t.revoked_at is null and t.name = ").push_bind(columns::without_nul(name.as_str()));
        self.with_deadline(self.read_token(query)).await
    }

    #[tracing::instrument(skip_all)]
    async fn use_token(&self, sha256: &Sha256, now: DateTime<Utc>) -> Result<Option<ApiToken>, StoreError> {
        let mut query = sql::<D>(SELECT_TOKEN);
        query.push(" where t.revoked_at is null and t.sha256 = ").push_bind(sha256.to_string());
        self.with_deadline(self.read_token_in_use(query, now)).await
    }

    #[tracing::instrument(skip_all)]
    async fn revoke_token(
        &self,
        id: Uuid,
        audit_id: Uuid,
        actor: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<ApiToken>, StoreError> {
        self.with_deadline(self.with_retries(|| self.write_revocation(id, audit_id, actor, at))).await
    }
}

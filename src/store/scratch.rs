//! Temporary databases for restore drills: a file on SQLite, a schema in the same database on PostgreSQL.

use std::{path::Path, sync::Arc};

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, Row as _};

use super::{
    DatabaseSettings, Store, StoreError,
    connect::{connect, postgres_options, postgres_url},
};

/// The prefix of scratch schema names. The locks in `dialect` depend on it.
const PREFIX: &str = "mannameter_drill_";

/// Creates and drops scratch databases.
#[derive(Debug, Clone)]
pub struct ScratchDatabases {
    settings: DatabaseSettings,
}

impl ScratchDatabases {
    /// Creates a factory that uses the settings of the configured database.
    pub fn new(settings: DatabaseSettings) -> Self {
        Self { settings }
    }

    /// Creates an empty database: a schema with this name on PostgreSQL, or this file on SQLite.
    pub async fn create(&self, name: &str, file: &Path) -> Result<Arc<dyn Store>, StoreError> {
        let settings = if self.is_postgres() {
            let schema = schema_name(name)?;
            let mut connection = self.connection().await?;
            let create = format!("create schema {schema}");
            sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut connection).await?;
            connection.close().await?;
            DatabaseSettings { schema: Some(schema), ..self.settings.clone() }
        } else {
            DatabaseSettings { url: format!("sqlite://{}", file.display()), ..self.settings.clone() }
        };
        let store = connect(&settings).map_err(|error| StoreError::Unavailable(error.to_string()))?;
        store.migrate().await?;
        Ok(store)
    }

    /// Drops a scratch schema after its store has been closed. Does nothing on SQLite, where the caller deletes the
    /// file.
    pub async fn drop_database(&self, name: &str) -> Result<(), StoreError> {
        if self.is_postgres() {
            let mut connection = self.connection().await?;
            let drop = format!("drop schema if exists {} cascade", schema_name(name)?);
            sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut connection).await?;
            connection.close().await?;
        }
        Ok(())
    }

    /// Returns the names of all scratch schemas, including those left by other processes.
    pub async fn list(&self) -> Result<Vec<String>, StoreError> {
        if !self.is_postgres() {
            return Ok(Vec::new());
        }
        let mut connection = self.connection().await?;
        // Without parameters, the whole query is a single message, which works through any pooler.
        let query =
            "select nspname::text from pg_namespace where nspname like 'mannameter\\_drill\\_%' order by nspname";
        let rows = sqlx::raw_sql(query).fetch_all(&mut connection).await?;
        let schemas = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()?;
        connection.close().await?;
        Ok(schemas.iter().filter_map(|schema| schema.strip_prefix(PREFIX)).map(str::to_owned).collect())
    }

    fn is_postgres(&self) -> bool {
        self.settings.url.starts_with("postgres")
    }

    async fn connection(&self) -> Result<PgConnection, StoreError> {
        let url = postgres_url(&self.settings.url).unwrap_or_default();
        let options = postgres_options(&url).map_err(StoreError::Unavailable)?;
        let options = options.application_name("mannameter drill");
        let connecting = tokio::time::timeout(self.settings.connect_timeout, options.connect());
        connecting
            .await
            .map_err(|_| StoreError::Unavailable("timed out while connecting".to_owned()))?
            .map_err(StoreError::from)
    }
}

/// Returns the schema for a name, which may contain only lowercase letters, digits and underscores.
fn schema_name(name: &str) -> Result<String, StoreError> {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.is_empty() || name.len() > 40 || !name.bytes().all(is_allowed) {
        return Err(StoreError::Corrupt(format!("invalid name of a scratch database: {name:?}")));
    }
    Ok(format!("{PREFIX}{name}"))
}

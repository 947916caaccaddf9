//! Databases that are used once and dropped: an SQLite file of the caller's, or a schema beside ours on `PostgreSQL`.

use std::{path::Path, str::FromStr as _, sync::Arc};

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, postgres::PgConnectOptions};

use super::{DatabaseSettings, Store, StoreError, connect};

/// What the names of scratch schemas begin with; `sql` gives them locks of their own by it.
const PREFIX: &str = "mannameter_drill_";

/// Makes databases beside ours.
#[derive(Debug, Clone)]
pub struct Scratches {
    settings: DatabaseSettings,
}

impl Scratches {
    /// Beside the database that these settings name.
    pub fn new(settings: DatabaseSettings) -> Self {
        Self { settings }
    }

    /// An empty database: on `PostgreSQL` a new schema of this name, otherwise the file.
    pub async fn make(&self, name: &str, file: &Path) -> Result<Arc<dyn Store>, StoreError> {
        let settings = if self.is_postgres() {
            let schema = schema(name)?;
            let mut connection = self.connection().await?;
            let made = sqlx::raw_sql(AssertSqlSafe(format!("create schema {schema}"))).execute(&mut connection).await;
            made.map_err(StoreError::from)?;
            connection.close().await?;
            DatabaseSettings { schema: Some(schema), ..self.settings.clone() }
        } else {
            DatabaseSettings { url: format!("sqlite://{}", file.display()), ..self.settings.clone() }
        };
        let store = connect(&settings).map_err(|error| StoreError::Unavailable(error.to_string()))?;
        store.migrate().await?;
        Ok(store)
    }

    /// Drops a scratch database whose store is closed. A file is its owner's.
    pub async fn remove(&self, name: &str) -> Result<(), StoreError> {
        if self.is_postgres() {
            let mut connection = self.connection().await?;
            let drop = format!("drop schema if exists {} cascade", schema(name)?);
            sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut connection).await?;
            connection.close().await?;
        }
        Ok(())
    }

    /// The names of those that are there, whoever made them.
    pub async fn left(&self) -> Result<Vec<String>, StoreError> {
        if !self.is_postgres() {
            return Ok(Vec::new());
        }
        let mut connection = self.connection().await?;
        let found: Vec<String> = sqlx::query_scalar(
            "select nspname::text from pg_namespace where starts_with(nspname::text, $1) order by nspname",
        )
        .bind(PREFIX)
        .fetch_all(&mut connection)
        .await?;
        connection.close().await?;
        Ok(found.iter().filter_map(|schema| schema.strip_prefix(PREFIX)).map(str::to_owned).collect())
    }

    fn is_postgres(&self) -> bool {
        self.settings.url.starts_with("postgres")
    }

    async fn connection(&self) -> Result<PgConnection, StoreError> {
        let options = PgConnectOptions::from_str(&self.settings.url)?.application_name("mannameter drill");
        let connecting = tokio::time::timeout(self.settings.connect_timeout, options.connect());
        connecting
            .await
            .map_err(|_| StoreError::Unavailable("no connection could be had in time".to_owned()))?
            .map_err(StoreError::from)
    }
}

/// The schema of this name, which is one of ours: letters, digits and underscores.
fn schema(name: &str) -> Result<String, StoreError> {
    let is_ours = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.is_empty() || name.len() > 40 || !name.bytes().all(is_ours) {
        return Err(StoreError::Corrupt(format!("{name:?} is not the name of a scratch database")));
    }
    Ok(format!("{PREFIX}{name}"))
}

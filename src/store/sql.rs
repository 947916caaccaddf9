//! SQL statements: static text with bound arguments.

use std::borrow::Cow;

use futures_util::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

use super::{
    StoreError,
    dialect::{AnyRow, Bind, Dialect},
};

/// A statement with its arguments.
pub(super) struct Sql<D: Dialect> {
    text: Cow<'static, str>,
    arguments: D::Arguments,
    bind_error: Option<sqlx::Error>,
    bound: usize,
}

/// Starts a statement with this text. Its placeholders are `$1`, `$2` and so on.
pub(super) fn sql<D: Dialect>(text: &'static str) -> Sql<D> {
    Sql { text: Cow::Borrowed(text), arguments: D::Arguments::default(), bind_error: None, bound: 0 }
}

impl<D: Dialect> Sql<D> {
    /// Binds the next placeholder in the text.
    pub(super) fn bind(mut self, value: impl Bind) -> Self {
        self.add(value);
        self
    }

    /// Appends text.
    pub(super) fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Appends a placeholder and binds it.
    pub(super) fn push_bind(&mut self, value: impl Bind) -> &mut Self {
        self.add(value);
        let placeholder = format!("${}", self.bound);
        self.text.to_mut().push_str(&placeholder);
        self
    }

    /// Appends a parenthesized list of placeholders and binds them.
    pub(super) fn push_list<T: Bind>(&mut self, values: impl IntoIterator<Item = T>) -> &mut Self {
        self.push("(");
        for (index, value) in values.into_iter().enumerate() {
            self.push(if index == 0 { "" } else { ", " }).push_bind(value);
        }
        self.push(")")
    }

    /// Executes the statement and returns the number of affected rows.
    pub(super) async fn execute(self, connection: &mut D::Connection) -> Result<u64, StoreError> {
        let (text, arguments) = self.finish()?;
        Ok(D::execute(connection, text, arguments).await?)
    }

    /// Executes a query that returns at most one row. Reads all rows so that the statement finishes.
    pub(super) async fn fetch_optional<R: AnyRow>(
        self,
        connection: &mut D::Connection,
    ) -> Result<Option<R>, StoreError> {
        Ok(self.fetch_all(connection).await?.pop())
    }

    /// Executes a query that always returns a row.
    pub(super) async fn fetch_one<R: AnyRow>(self, connection: &mut D::Connection) -> Result<R, StoreError> {
        self.fetch_optional(connection).await?.ok_or(StoreError::Database(sqlx::Error::RowNotFound))
    }

    /// Executes a query and returns all rows.
    pub(super) async fn fetch_all<R: AnyRow>(self, connection: &mut D::Connection) -> Result<Vec<R>, StoreError> {
        let (text, arguments) = self.finish()?;
        Ok(D::fetch(connection, text, arguments).try_collect().await?)
    }

    /// Executes a query and streams its rows.
    pub(super) fn fetch<'c, R: AnyRow + 'c>(
        self,
        connection: &'c mut D::Connection,
    ) -> Result<BoxStream<'c, Result<R, StoreError>>, StoreError> {
        let (text, arguments) = self.finish()?;
        Ok(D::fetch(connection, text, arguments).map_err(StoreError::from).boxed())
    }

    fn add(&mut self, value: impl Bind) {
        self.bound += 1;
        if let Err(error) = D::add(&mut self.arguments, value) {
            self.bind_error.get_or_insert(error);
        }
    }

    fn finish(self) -> Result<(SqlStr, D::Arguments), StoreError> {
        match self.bind_error {
            Some(error) => Err(StoreError::Database(error)),
            // Built only from static text and placeholders; see `push` and `push_bind`.
            None => Ok((AssertSqlSafe(self.text).into_sql_str(), self.arguments)),
        }
    }
}

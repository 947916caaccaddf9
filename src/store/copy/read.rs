//! Reads the rows to copy from one snapshot, without changing anything.

use futures_util::TryStreamExt as _;
use sqlx::Transaction;

use super::{
    CopyOutline, CopySink, DatabaseCopyError, TableCount, TableRows,
    tables::{
        AdoptionRow, AuditRow, ChurchRow, CopiedRow, HistoryRow, JobRow, OrphanTranscriptRow, RestoreRow, Rows,
        SermonRow, TranscriptRow, for_each_table,
    },
};
use crate::{
    domain::CollectionDigest,
    store::{
        StoreError, StoreState,
        dialect::Dialect,
        read::{parse_id, verify_document},
        schema,
        sql::sql,
        sql_store::{SqlStore, lift_timeout},
        state::read_state,
    },
};

/// Maximum number of rows held in memory at once.
const BATCH_ROWS: usize = 200;

/// Approximate size at which a batch is sent even if it has fewer than [`BATCH_ROWS`] rows.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn read_outline(&self) -> Result<CopyOutline, DatabaseCopyError> {
        let mut transaction = self.begin_unmigrated_snapshot().await?;
        let outline = async {
            let state = read_state::<D>(&mut transaction).await?;
            let tables = count_rows::<D>(&mut transaction).await?;
            Ok(CopyOutline { location: self.location.clone(), state, tables })
        };
        outline.await.map_err(DatabaseCopyError::Source)
    }

    pub(super) async fn read_rows(&self, sink: &mut dyn CopySink) -> Result<StoreState, DatabaseCopyError> {
        let mut transaction = self.begin_unmigrated_snapshot().await?;
        let state = read_state::<D>(&mut transaction).await.map_err(DatabaseCopyError::Source)?;
        let (mut count, mut digest) = (0, CollectionDigest::default());
        let mut check = |row: &SermonRow| {
            digest.add(&parse_id(&row.video_id)?, &verify_document(&row.video_id, &row.document, &row.sha256)?);
            count += 1;
            Ok(())
        };
        self.read_table::<SermonRow>(&mut transaction, sink, &mut check).await?;
        if (count, digest) != (state.count, state.digest) {
            return Err(DatabaseCopyError::Refused(format!(
                "the source has {count} sermons with the digest {digest}, but its counters say {} with {}: another \
                 program changed it; `mannameter recover` shows what can be recovered there",
                state.count, state.digest
            )));
        }
        macro_rules! read_others {
            ($first:ident $checked:ident, $($variant:ident $row:ident),+) => {
                $(self.read_table::<$row>(&mut transaction, sink, &mut |_| Ok(())).await?;)+
            };
        }
        for_each_table!(read_others);
        Ok(state)
    }

    /// Reads a table in batches. The deadline applies to each row, not to the whole table.
    async fn read_table<R: CopiedRow>(
        &self,
        connection: &mut D::Connection,
        sink: &mut dyn CopySink,
        check: &mut (dyn FnMut(&R) -> Result<(), StoreError> + Send),
    ) -> Result<(), DatabaseCopyError>
    where
        Rows: From<Vec<R>>,
    {
        let mut rows = sql::<D>(R::SELECT).fetch::<R>(connection).map_err(DatabaseCopyError::Source)?;
        let (mut batch, mut size, mut last) = (Vec::new(), 0, None);
        loop {
            let next = self.with_deadline(rows.try_next()).await;
            let row = next.map_err(|error| unreadable::<R>(last.as_ref(), error))?;
            let Some(row) = row else { break };
            check(&row).map_err(|error| unreadable::<R>(last.as_ref(), error))?;
            size += row.size();
            last = Some(row.name());
            batch.push(row);
            if batch.len() == BATCH_ROWS || size >= BATCH_BYTES {
                sink.rows(TableRows(std::mem::take(&mut batch).into())).await?;
                size = 0;
            }
        }
        if batch.is_empty() { Ok(()) } else { sink.rows(TableRows(batch.into())).await }
    }

    /// Begins a snapshot of a database without migrating it. Fails unless the database already has the schema of this
    /// release.
    async fn begin_unmigrated_snapshot(&self) -> Result<Transaction<'static, D>, DatabaseCopyError> {
        if let Some(file) = self.file.as_ref().filter(|file| !file.exists()) {
            return Err(DatabaseCopyError::Refused(format!("there is no database at {}", file.display())));
        }
        let newest = D::migrator().iter().map(|migration| migration.version).max();
        let version = self.with_deadline(self.schema_version()).await.map_err(DatabaseCopyError::Source)?;
        let location = &self.location;
        if version.is_none() {
            return Err(DatabaseCopyError::NotOurs);
        }
        if version < newest {
            return Err(DatabaseCopyError::Refused(format!(
                "the schema of {location} is that of an older release; stop the server and run `mannameter migrate` with \
                 DATABASE_URL set to it, then copy again"
            )));
        }
        if version > newest {
            return Err(DatabaseCopyError::Refused(format!(
                "the schema of {location} is that of a newer release; copy with the release that uses it"
            )));
        }
        let beginning = self.with_deadline(async {
            let mut transaction = self.pools.get().await?.begin_snapshot().await?;
            lift_timeout::<D>(&mut transaction).await?;
            let missing = schema::missing_tables::<D>(&mut transaction).await?;
            Ok::<_, StoreError>((transaction, missing))
        });
        let (transaction, missing) = beginning.await.map_err(DatabaseCopyError::Source)?;
        if missing.is_empty() {
            Ok(transaction)
        } else {
            Err(DatabaseCopyError::Refused(schema::missing_message(&missing)))
        }
    }
}

/// Counts the rows of each copied table.
pub(super) async fn count_rows<D: Dialect>(connection: &mut D::Connection) -> Result<Vec<TableCount>, StoreError> {
    let mut tables = Vec::new();
    macro_rules! count_all {
        ($($variant:ident $row:ident),+) => {
            $(
                let (rows,) = sql::<D>($row::COUNT).fetch_one::<(i64,)>(connection).await?;
                let rows = u64::try_from(rows).unwrap_or_default();
                tables.push(TableCount { table: $row::TABLE, noun: $row::NOUN, rows });
            )+
        };
    }
    for_each_table!(count_all);
    Ok(tables)
}

fn unreadable<R: CopiedRow>(last: Option<&String>, error: StoreError) -> DatabaseCopyError {
    let after = last.map_or_else(|| format!("the beginning of the table {}", R::TABLE), Clone::clone);
    DatabaseCopyError::Unreadable { after, error }
}

//! Writes copied rows to an empty database, in one transaction, and verifies them before it commits.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use serde_json::json;
use sha2::{Digest as _, Sha256 as Hasher};
use sqlx::Transaction;

use super::{
    CopyOutline, CopyRepository, CopySink, DatabaseCopyError, NewCopy, TableCount, TableRows,
    read::count_rows,
    tables::{
        AdoptionRow, AuditRow, ChurchRow, CopiedRow, HistoryRow, JobRow, OrphanTranscriptRow, RestoreRow, Rows,
        SermonRow, TranscriptRow, for_each_table,
    },
};
use crate::{
    domain::{CollectionDigest, Sha256},
    store::{
        AuditEntry, StoreError, StoreState,
        dialect::Dialect,
        mentions::mark_mentions_current,
        read::parse_id,
        sql::sql,
        sql_audit::insert_audit,
        sql_store::SqlStore,
        state::{read_state, write_state},
        stats,
    },
};

#[async_trait]
impl<D: Dialect> CopyRepository for SqlStore<D> {
    #[tracing::instrument(skip_all)]
    async fn copy_outline(&self) -> Result<CopyOutline, DatabaseCopyError> {
        self.read_outline().await
    }

    #[tracing::instrument(skip_all)]
    async fn send_rows(&self, sink: &mut dyn CopySink) -> Result<StoreState, DatabaseCopyError> {
        self.read_rows(sink).await
    }

    #[tracing::instrument(skip_all)]
    async fn copy_from(
        &self,
        source: &dyn CopyRepository,
        copy: &NewCopy,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<CopyOutline, DatabaseCopyError> {
        let outline = source.copy_outline().await?;
        let mut transaction = self.begin_exclusive().await.map_err(DatabaseCopyError::Target)?;
        let epoch = check_empty::<D>(&mut transaction, &self.location, &outline.state).await?;
        let mut writer = Writer { transaction, checksums: Checksums::default(), rows: 0, progress };
        let sent = source.send_rows(&mut writer).await?;
        let Writer { mut transaction, checksums, .. } = writer;
        let state = StoreState { epoch, ..sent };
        let tables = verify::<D>(&mut transaction, &state, &checksums).await?;
        let copied = CopyOutline { location: self.location.clone(), state, tables };
        finish::<D>(&mut transaction, &outline.location, &copied, copy).await.map_err(DatabaseCopyError::Target)?;
        let written = sql::<D>("select seq from store_state where epoch = $1 and seq = $2");
        let written = written.bind(copied.state.epoch).bind(copied.state.seq);
        self.commit(transaction, written).await.map_err(DatabaseCopyError::Target)?;
        Ok(copied)
    }
}

/// Fails if the database has ever been written to. Returns the epoch.
async fn check_empty<D: Dialect>(
    connection: &mut D::Connection,
    location: &str,
    source: &StoreState,
) -> Result<i64, DatabaseCopyError> {
    let (state, tables) = async { Ok((read_state::<D>(connection).await?, count_rows::<D>(connection).await?)) }
        .await
        .map_err(DatabaseCopyError::Target)?;
    if state.epoch == source.epoch {
        return Err(DatabaseCopyError::Refused(format!("the source and the target are the same database, {location}")));
    }
    let contents: Vec<_> = tables.iter().filter(|table| table.rows > 0).map(TableCount::describe).collect();
    if state.seq == 0 && contents.is_empty() {
        return Ok(state.epoch);
    }
    let contents =
        if contents.is_empty() { "no rows, but was written to before".to_owned() } else { contents.join(", ") };
    let is_complete = (state.seq, state.count, state.digest) == (source.seq, source.count, source.digest);
    let advice = if is_complete {
        "these are the sermons of the source, so an earlier copy was completed"
    } else {
        "copy into an empty database"
    };
    Err(DatabaseCopyError::Refused(format!("the target {location} is not empty: it has {contents}; {advice}")))
}

impl TableCount {
    /// Describes the number of rows, such as `2 sermons`.
    pub fn describe(&self) -> String {
        let Self { noun, rows, .. } = self;
        match (rows, noun.strip_suffix('y'), noun.split_once(' ')) {
            (1, ..) => format!("1 {noun}"),
            (_, Some(stem), _) => format!("{rows} {stem}ies"),
            (_, _, Some(("transcript", rest))) => format!("{rows} transcripts {rest}"),
            (_, _, Some(("church", rest))) => format!("{rows} church {rest}es"),
            _ => format!("{rows} {noun}s"),
        }
    }
}

/// Receives the rows of the source and inserts them.
struct Writer<'a, D: Dialect> {
    transaction: Transaction<'static, D>,
    checksums: Checksums,
    rows: u64,
    progress: &'a mut (dyn FnMut(u64) + Send),
}

#[async_trait]
impl<D: Dialect> CopySink for Writer<'_, D> {
    async fn rows(&mut self, TableRows(rows): TableRows) -> Result<(), DatabaseCopyError> {
        macro_rules! insert {
            ($($variant:ident $row:ident),+) => {
                match rows {
                    $(Rows::$variant(rows) => self.insert::<$row>(&rows).await?,)+
                }
            };
        }
        for_each_table!(insert);
        (self.progress)(self.rows);
        Ok(())
    }
}

impl<D: Dialect> Writer<'_, D> {
    async fn insert<R: CopiedRow>(&mut self, rows: &[R]) -> Result<(), DatabaseCopyError> {
        for row in rows {
            self.checksums.add(row);
        }
        self.rows += rows.len() as u64;
        let Err(refused) = self.try_insert(rows).await else { return Ok(()) };
        // Insert one by one to find the row at fault.
        for row in rows {
            if let Err(error) = self.try_insert(std::slice::from_ref(row)).await {
                return Err(DatabaseCopyError::Row { row: row.name(), error });
            }
        }
        Err(DatabaseCopyError::Target(refused))
    }

    /// Inserts rows inside a savepoint, so that the transaction can continue if the database rejects them.
    async fn try_insert<R: CopiedRow>(&mut self, rows: &[R]) -> Result<(), StoreError> {
        let connection = &mut *self.transaction;
        sql::<D>("savepoint copied_rows").execute(connection).await?;
        let inserted = R::insert::<D>(connection, rows).await;
        if inserted.is_err() {
            sql::<D>("rollback to savepoint copied_rows").execute(connection).await?;
        }
        sql::<D>("release savepoint copied_rows").execute(connection).await?;
        inserted
    }
}

/// A checksum for each table, over all its rows in order.
#[derive(Default)]
struct Checksums(BTreeMap<&'static str, Hasher>);

impl Checksums {
    fn add<R: CopiedRow>(&mut self, row: &R) {
        row.hash(self.0.entry(R::TABLE).or_default());
    }

    fn of<R: CopiedRow>(&self) -> Sha256 {
        Sha256::from_bytes(self.0.get(R::TABLE).cloned().unwrap_or_default().finalize().into())
    }
}

/// Reads everything back. Fails if the rows differ from those received, or if the digest of the sermons differs from
/// the source's.
async fn verify<D: Dialect>(
    connection: &mut D::Connection,
    state: &StoreState,
    received: &Checksums,
) -> Result<Vec<TableCount>, DatabaseCopyError> {
    let mut tables = Vec::new();
    let (mut count, mut digest) = (0, CollectionDigest::default());
    macro_rules! verify_all {
        ($($variant:ident $row:ident),+) => {
            $(tables.push(verify_table::<D, $row>(connection, received).await?);)+
        };
    }
    for_each_table!(verify_all);
    let mut rows = sql::<D>("select video_id, document from videos")
        .fetch::<(String, String)>(connection)
        .map_err(DatabaseCopyError::Target)?;
    while let Some((id, document)) = rows.try_next().await.map_err(DatabaseCopyError::Target)? {
        digest.add(&parse_id(&id).map_err(DatabaseCopyError::Target)?, &Sha256::digest(document.as_bytes()));
        count += 1;
    }
    if (count, digest) == (state.count, state.digest) {
        return Ok(tables);
    }
    Err(DatabaseCopyError::Mismatch(format!(
        "{count} sermons with the digest {digest} instead of {} with {}",
        state.count, state.digest
    )))
}

async fn verify_table<D: Dialect, R: CopiedRow>(
    connection: &mut D::Connection,
    received: &Checksums,
) -> Result<TableCount, DatabaseCopyError> {
    let (mut written, mut count) = (Checksums::default(), 0);
    let mut rows = sql::<D>(R::SELECT).fetch::<R>(connection).map_err(DatabaseCopyError::Target)?;
    while let Some(row) = rows.try_next().await.map_err(DatabaseCopyError::Target)? {
        written.add(&row);
        count += 1;
    }
    if written.of::<R>() == received.of::<R>() {
        return Ok(TableCount { table: R::TABLE, noun: R::NOUN, rows: count });
    }
    Err(DatabaseCopyError::Mismatch(format!(
        "the table {} has {count} rows, but not those that were written",
        R::TABLE
    )))
}

/// Writes the state, the statistics and the audit entry.
async fn finish<D: Dialect>(
    connection: &mut D::Connection,
    source: &str,
    copied: &CopyOutline,
    copy: &NewCopy,
) -> Result<(), StoreError> {
    let state = &copied.state;
    sql::<D>("update store_state set seq = $1 where id = 1").bind(state.seq).execute(connection).await?;
    write_state::<D>(connection, state).await?;
    mark_mentions_current::<D>(connection, state.seq).await?;
    stats::rebuild::<D>(connection, state).await?;
    let entry = AuditEntry {
        id: copy.audit_id,
        at: copy.at,
        actor: copy.actor.to_owned(),
        action: "database.copy".to_owned(),
        subject: source.to_owned(),
        detail: json!({ "state": state, "tables": copied.tables }),
    };
    insert_audit::<D>(connection, &entry).await
}

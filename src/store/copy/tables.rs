//! The copied tables: their columns, the order of their rows, and checksums of their contents.
//! Mentions, statistics and the search index are not copied, because they can be rebuilt from these tables. Logins and
//! the schedule of the maintenance tasks are not copied either, because they belong to the old database.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256 as Hasher};
use uuid::Uuid;

use super::sermons::insert_sermons;
use crate::store::{
    StoreError,
    dialect::{AnyRow, Bind, Dialect},
    sql::{Sql, sql},
};

/// A value to copy.
pub(super) trait CopiedValue: Bind + Clone {
    /// Returns the approximate size in bytes.
    fn size(&self) -> usize;
    /// Adds the value to a checksum, identically for both databases.
    fn hash(&self, hasher: &mut Hasher);
}

impl CopiedValue for i64 {
    fn size(&self) -> usize {
        size_of::<Self>()
    }

    fn hash(&self, hasher: &mut Hasher) {
        hasher.update(self.to_le_bytes());
    }
}

impl CopiedValue for i32 {
    fn size(&self) -> usize {
        size_of::<Self>()
    }

    fn hash(&self, hasher: &mut Hasher) {
        hasher.update(self.to_le_bytes());
    }
}

impl CopiedValue for DateTime<Utc> {
    fn size(&self) -> usize {
        size_of::<Self>()
    }

    fn hash(&self, hasher: &mut Hasher) {
        hasher.update(self.timestamp_micros().to_le_bytes());
    }
}

impl CopiedValue for Uuid {
    fn size(&self) -> usize {
        size_of::<Self>()
    }

    fn hash(&self, hasher: &mut Hasher) {
        hasher.update(self.as_bytes());
    }
}

impl CopiedValue for String {
    fn size(&self) -> usize {
        self.len()
    }

    fn hash(&self, hasher: &mut Hasher) {
        hash_bytes(self.as_bytes(), hasher);
    }
}

impl CopiedValue for Vec<u8> {
    fn size(&self) -> usize {
        self.len()
    }

    fn hash(&self, hasher: &mut Hasher) {
        hash_bytes(self, hasher);
    }
}

impl<T: CopiedValue> CopiedValue for Option<T>
where
    Self: Bind,
{
    fn size(&self) -> usize {
        self.as_ref().map_or(1, CopiedValue::size)
    }

    fn hash(&self, hasher: &mut Hasher) {
        hasher.update([u8::from(self.is_some())]);
        if let Some(value) = self {
            value.hash(hasher);
        }
    }
}

/// Hashes the length too, so that a byte that moves from one column to the next changes the checksum.
fn hash_bytes(bytes: &[u8], hasher: &mut Hasher) {
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}

/// A row of a copied table.
pub(super) trait CopiedRow: AnyRow + Sync + Sized {
    /// The name of the table.
    const TABLE: &'static str;
    /// The noun for a row, such as `sermon`.
    const NOUN: &'static str;
    /// Counts the rows.
    const COUNT: &'static str;
    /// Selects all rows, in the same order on both databases.
    const SELECT: &'static str;
    /// Begins a statement that inserts rows.
    const INSERT: &'static str;

    /// Describes the row, for messages.
    fn name(&self) -> String;
    /// Returns the approximate size in bytes.
    fn size(&self) -> usize;
    /// Adds all columns to a checksum.
    fn hash(&self, hasher: &mut Hasher);
    /// Appends the values, in parentheses.
    fn push_to<D: Dialect>(&self, statement: &mut Sql<D>);
    /// Inserts rows and everything derived from them.
    fn insert<D: Dialect>(
        connection: &mut D::Connection,
        rows: &[Self],
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        insert_rows::<D, Self>(connection, rows)
    }
}

/// Inserts rows with one statement.
async fn insert_rows<D: Dialect, R: CopiedRow>(connection: &mut D::Connection, rows: &[R]) -> Result<(), StoreError> {
    let mut statement = sql::<D>(R::INSERT);
    for (index, row) in rows.iter().enumerate() {
        statement.push(if index == 0 { "" } else { ", " });
        row.push_to(&mut statement);
    }
    statement.execute(connection).await.map(drop)
}

/// Defines the row of a table: a noun for it, the sort order, the columns, the name of a row, and, if more than the
/// columns are written, the function that inserts rows.
macro_rules! copied_row {
    (
        $row:ident in $table:literal, noun $noun:literal, by $order:literal {
            $first:ident: $first_type:ty $(, $column:ident: $type:ty)* $(,)?
        } named |$it:ident| $name:expr $(, inserted by $insert:ident)?
    ) => {
        #[doc = concat!("A row of `", $table, "`.")]
        #[derive(Debug, sqlx::FromRow)]
        pub(super) struct $row {
            pub(super) $first: $first_type,
            $(pub(super) $column: $type,)*
        }

        impl CopiedRow for $row {
            const TABLE: &'static str = $table;
            const NOUN: &'static str = $noun;
            const COUNT: &'static str = concat!("select count(*) from ", $table);
            const SELECT: &'static str = concat!(
                "select ", stringify!($first) $(, ", ", stringify!($column))*, " from ", $table, " order by ", $order
            );
            const INSERT: &'static str = concat!(
                "insert into ", $table, " (", stringify!($first) $(, ", ", stringify!($column))*, ") values "
            );

            fn name(&self) -> String {
                let $it = self;
                $name
            }

            fn size(&self) -> usize {
                self.$first.size() $(+ self.$column.size())*
            }

            fn hash(&self, hasher: &mut Hasher) {
                self.$first.hash(hasher);
                $(self.$column.hash(hasher);)*
            }

            fn push_to<D: Dialect>(&self, statement: &mut Sql<D>) {
                statement.push("(").push_bind(self.$first.clone());
                $(statement.push(", ").push_bind(self.$column.clone());)*
                statement.push(")");
            }

            $(async fn insert<D: Dialect>(connection: &mut D::Connection, rows: &[Self]) -> Result<(), StoreError> {
                $insert::<D>(connection, rows).await
            })?
        }
    };
}

copied_row! {
    SermonRow in "videos", noun "sermon", by "video_id" {
        video_id: String,
        sha256: String,
        seq: i64,
        save_id: Uuid,
        updated_at: DateTime<Utc>,
        document: String,
        submitted_by: Option<String>,
    } named |row| format!("the sermon {}", row.video_id), inserted by insert_sermons
}

copied_row! {
    TranscriptRow in "transcripts", noun "transcript", by "video_id" {
        video_id: String,
        format: String,
        language: Option<String>,
        sha256: String,
        at: DateTime<Utc>,
        body: Vec<u8>,
    } named |row| format!("the transcript of {}", row.video_id)
}

// The ID is not copied: the target numbers the rows in the same order.
copied_row! {
    HistoryRow in "video_history", noun "history version", by "id" {
        video_id: String,
        sha256: String,
        seq: i64,
        save_id: Uuid,
        replaced_by_seq: i64,
        reason: String,
        actor: String,
        replaced_at: DateTime<Utc>,
        transcript_format: Option<String>,
        transcript_language: Option<String>,
        transcript_sha256: Option<String>,
        transcript_at: Option<DateTime<Utc>>,
        transcript_body: Option<Vec<u8>>,
        document: String,
        saved_at: Option<DateTime<Utc>>,
        title: Option<String>,
        processed_at: Option<DateTime<Utc>>,
        manna: Option<i64>,
    } named |row| format!("version {} of the sermon {}", row.seq, row.video_id)
}

copied_row! {
    OrphanTranscriptRow in "orphan_transcripts", noun "transcript without a sermon", by "id" {
        video_id: String,
        format: String,
        language: Option<String>,
        sha256: String,
        at: DateTime<Utc>,
        body: Vec<u8>,
        orphaned_at: DateTime<Utc>,
    } named |row| format!("the transcript of the removed sermon {}", row.video_id)
}

// Slugs depend on the order in which churches were added, so they cannot be rebuilt.
copied_row! {
    ChurchRow in "churches", noun "church address", by "id" {
        key: String,
        slug: String,
        name: String,
    } named |row| format!("the church {:?}", row.name)
}

copied_row! {
    JobRow in "jobs", noun "job", by "id" {
        id: Uuid,
        video_id: String,
        dedupe_key: String,
        state: String,
        worker: Option<String>,
        lease_until: Option<DateTime<Utc>>,
        attempt: i32,
        lost_leases: i32,
        input: Option<Vec<u8>>,
        steps: String,
        logs: String,
        error: Option<String>,
        result_url: Option<String>,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    } named |row| format!("the job {} for the sermon {}", row.id, row.video_id)
}

copied_row! {
    AuditRow in "audit", noun "audit entry", by "id" {
        id: Uuid,
        at: DateTime<Utc>,
        actor: String,
        action: String,
        subject: String,
        detail: String,
    } named |row| format!("the audit entry {}", row.id)
}

copied_row! {
    RestoreRow in "restores", noun "restore record", by "id" {
        id: Uuid,
        state: String,
        backup: String,
        file_sha256: String,
        snapshot: Option<String>,
        undoes: Option<Uuid>,
        actor: String,
        instance: String,
        before_epoch: Option<i64>,
        before_seq: Option<i64>,
        before_count: Option<i64>,
        before_digest: Option<String>,
        after_epoch: Option<i64>,
        after_seq: Option<i64>,
        after_count: Option<i64>,
        after_digest: Option<String>,
        added: Option<i64>,
        changed: Option<i64>,
        removed: Option<i64>,
        note: Option<String>,
        started_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    } named |row| format!("the restore {}", row.id)
}

copied_row! {
    AdoptionRow in "adoptions", noun "adoption record", by "source" {
        source: String,
        state: String,
        holder: Option<String>,
        lease_until: Option<DateTime<Utc>>,
        sermons: i64,
        unreadable: i64,
        problems: String,
        started_at: DateTime<Utc>,
        finished_at: Option<DateTime<Utc>>,
    } named |row| format!("the adoption of {}", row.source)
}

/// Calls a macro with each variant of [`Rows`] and its row type, in the order in which they are copied. Transcripts
/// refer to sermons, so sermons come first.
macro_rules! for_each_table {
    ($macro:ident) => {
        $macro! {
            Sermons SermonRow, Transcripts TranscriptRow, History HistoryRow,
            OrphanTranscripts OrphanTranscriptRow, Churches ChurchRow, Jobs JobRow, Audit AuditRow,
            Restores RestoreRow, Adoptions AdoptionRow
        }
    };
}
pub(super) use for_each_table;

/// A batch of rows from one table, to be written to another database.
#[derive(Debug)]
pub struct TableRows(pub(super) Rows);

macro_rules! rows {
    ($($variant:ident $row:ident),+) => {
        /// The rows, by table.
        #[derive(Debug)]
        pub(super) enum Rows {
            $(#[doc = concat!("Rows of [`", stringify!($row), "`].")] $variant(Vec<$row>),)+
        }

        $(impl From<Vec<$row>> for Rows {
            fn from(rows: Vec<$row>) -> Self {
                Self::$variant(rows)
            }
        })+
    };
}
for_each_table!(rows);

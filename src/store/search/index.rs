//! Keeps the search index in sync with documents and transcripts.

use crate::{
    domain::{Document, VideoId},
    search::{self, VERSION},
    store::{
        StoreError, StoreState, columns,
        dialect::Dialect,
        gzip,
        read::parse_id,
        sql::sql,
        sql_store::SqlStore,
        state::{lock_state, read_state},
        version::Version,
    },
};

/// Number of sermons to index per transaction when catching up. Writers wait for at most one batch.
const BATCH: i64 = 20;

/// The words to index for a sermon.
#[derive(Debug)]
pub(in crate::store) struct IndexEntry {
    title: String,
    words: String,
    /// The document's source as JSON, or an empty string.
    source: String,
}

impl IndexEntry {
    /// Tokenizes the title, the church, and the captions or, without captions, the text around the references.
    pub(in crate::store) fn new(document: &Document, captions: Option<&[u8]>) -> Self {
        let title = format!("{} {}", columns::without_nul(&document.title), columns::without_nul(&document.channel));
        let words = captions.and_then(search::caption_terms).unwrap_or_else(|| search::reference_terms(document));
        let source = document.source.as_ref().map(|source| serde_json::to_string(source).expect("only text and flags"));
        Self { title: search::index_terms(&title), words, source: source.unwrap_or_default() }
    }
}

/// A sermon whose index entry is missing or outdated.
#[derive(sqlx::FromRow)]
struct StaleRow {
    video_id: String,
    sha256: String,
    document: String,
    transcript_sha256: Option<String>,
    body: Option<Vec<u8>>,
}

impl<D: Dialect> SqlStore<D> {
    /// Indexes all sermons whose entry is stale, in batches, and returns their number.
    pub(super) async fn index_stale_sermons(&self) -> Result<u64, StoreError> {
        let is_current = self.with_deadline(async {
            let mut connection = self.reader().await?;
            is_current::<D>(&mut connection).await
        });
        if is_current.await? {
            return Ok(0);
        }
        self.with_retries(|| self.delete_unusable_entries()).await?;
        let (mut indexed, mut last) = (0, String::new());
        loop {
            match self.with_deadline(self.with_retries(|| self.index_batch(&last))).await? {
                Some((id, batch)) => {
                    last = id;
                    indexed += batch;
                }
                None if last.is_empty() => return Ok(indexed),
                // An earlier sermon may have become stale in the meantime, so start over.
                None => last.clear(),
            }
        }
    }

    /// Deletes all entries if they were made by a different tokenizer. Otherwise, deletes the entries of sermons that
    /// no longer exist.
    async fn delete_unusable_entries(&self) -> Result<(), StoreError> {
        let mut transaction = self.begin_long_write().await?;
        lock_state::<D>(&mut transaction).await?;
        let (version,) =
            sql::<D>("select version from search_state where id = 1").fetch_one::<(i32,)>(&mut transaction).await?;
        let statements = if version == VERSION {
            [D::DELETE_ORPHANED_INDEX_ENTRIES, DELETE_ORPHANED_DOCUMENTS]
        } else {
            [D::CLEAR_INDEX, "delete from search_documents"]
        };
        for statement in statements {
            sql::<D>(statement).execute(&mut transaction).await?;
        }
        sql::<D>("update search_state set version = $1 where id = 1").bind(VERSION).execute(&mut transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// Indexes the next stale sermons after an ID. Returns the last ID and the number of sermons, or `None` if there
    /// are none. If no sermon at all is stale, marks the index as current.
    async fn index_batch(&self, after: &str) -> Result<Option<(String, u64)>, StoreError> {
        let mut transaction = self.begin_write().await?;
        lock_state::<D>(&mut transaction).await?;
        let rows: Vec<StaleRow> = sql::<D>(
            "select v.video_id, v.sha256, v.document, t.sha256 as transcript_sha256, t.body
            from videos v
            left join transcripts t on t.video_id = v.video_id
            left join search_documents d on d.video_id = v.video_id
            where v.video_id > $1
                and (d.id is null or d.document_sha256 <> v.sha256
                    or coalesce(d.transcript_sha256, '') <> coalesce(t.sha256, ''))
            order by v.video_id
            limit $2",
        )
        .bind(after)
        .bind(BATCH)
        .fetch_all(&mut transaction)
        .await?;
        let batch = rows.last().map(|row| (row.video_id.clone(), rows.len() as u64));
        for row in rows {
            let StaleRow { video_id: id, sha256, document, transcript_sha256, body } = row;
            let document: Document = serde_json::from_str(&document)
                .map_err(|error| StoreError::Corrupt(format!("the document of {id}: {error}")))?;
            // A damaged transcript is not indexed. Reading that transcript reports the damage.
            let captions = body.and_then(|body| gzip::decompress(&body).ok());
            let entry = IndexEntry::new(&document, captions.as_deref());
            write_entry::<D>(&mut transaction, &parse_id(&id)?, &sha256, transcript_sha256, &entry).await?;
        }
        if batch.is_none() && after.is_empty() {
            let state = read_state::<D>(&mut transaction).await?;
            sql::<D>("update search_state set epoch = $1, seq = $2 where id = 1")
                .bind(state.epoch)
                .bind(state.seq)
                .execute(&mut transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(batch)
    }
}

/// Deletes the checksums of sermons that no longer exist.
const DELETE_ORPHANED_DOCUMENTS: &str = "
    delete from search_documents
    where not exists (select 1 from videos v where v.video_id = search_documents.video_id)";

/// Returns whether the index is current as of the last write.
async fn is_current<D: Dialect>(connection: &mut D::Connection) -> Result<bool, StoreError> {
    let (current,) = sql::<D>(
        "select count(*)
        from store_state s
        join search_state i on i.epoch = s.epoch and i.seq = s.seq and i.version = $1",
    )
    .bind(VERSION)
    .fetch_one::<(i64,)>(connection)
    .await?;
    Ok(current > 0)
}

/// Marks the index as current if there are no sermons.
pub(in crate::store) async fn initialize<D: Dialect>(connection: &mut D::Connection) -> Result<(), StoreError> {
    sql::<D>(
        "update search_state
        set epoch = s.epoch, seq = s.seq, version = $1
        from store_state s
        where search_state.id = 1 and s.count = 0",
    )
    .bind(VERSION)
    .execute(connection)
    .await
    .map(drop)
}

/// Indexes a version that is being saved. Must run after its transcript has been written.
pub(in crate::store) async fn index<D: Dialect>(
    connection: &mut D::Connection,
    version: &Version<'_>,
) -> Result<(), StoreError> {
    let (id, sha256) = (version.id(), version.sha256.to_string());
    if let Some(transcript_sha256) = version.transcript_sha256() {
        let transcript_sha256 = Some(transcript_sha256.to_owned());
        return write_entry::<D>(connection, id, &sha256, transcript_sha256, &version.index_entry).await;
    }
    // A version without a transcript keeps the stored transcript.
    let stored = sql::<D>("select sha256, body from transcripts where video_id = $1").bind(id.as_str());
    match stored.fetch_optional::<(String, Vec<u8>)>(connection).await? {
        None => write_entry::<D>(connection, id, &sha256, None, &version.index_entry).await,
        Some((transcript_sha256, body)) => {
            let captions = gzip::decompress(&body).ok();
            let entry = IndexEntry::new(version.document(), captions.as_deref());
            write_entry::<D>(connection, id, &sha256, Some(transcript_sha256), &entry).await
        }
    }
}

/// Removes a sermon from the index.
pub(in crate::store) async fn remove<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
) -> Result<(), StoreError> {
    for statement in [D::DELETE_INDEX_ENTRY, "delete from search_documents where video_id = $1"] {
        sql::<D>(statement).bind(id.as_str()).execute(connection).await?;
    }
    Ok(())
}

/// Marks the index as current as of this write, if it was current as of the previous one. If it was not,
/// `catch_up_search_index` repairs it.
pub(in crate::store) async fn advance<D: Dialect>(
    connection: &mut D::Connection,
    state: &StoreState,
) -> Result<(), StoreError> {
    sql::<D>("update search_state set seq = $2 where id = 1 and epoch = $1 and seq = $2 - 1")
        .bind(state.epoch)
        .bind(state.seq)
        .execute(connection)
        .await
        .map(drop)
}

/// Replaces the index entry of a sermon.
async fn write_entry<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
    sha256: &str,
    transcript_sha256: Option<String>,
    entry: &IndexEntry,
) -> Result<(), StoreError> {
    remove::<D>(connection, id).await?;
    let (row,) = sql::<D>(
        "insert into search_documents (video_id, document_sha256, transcript_sha256, source)
        values ($1, $2, $3, $4)
        returning id",
    )
    .bind(id.as_str())
    .bind(sha256)
    .bind(transcript_sha256)
    .bind(columns::without_nul(&entry.source))
    .fetch_one::<(i64,)>(connection)
    .await?;
    sql::<D>(D::INSERT_INDEX_ENTRY)
        .bind(row)
        .bind(entry.title.as_str())
        .bind(entry.words.as_str())
        .execute(connection)
        .await
        .map(drop)
}

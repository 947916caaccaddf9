//! Keeps the words of the search in step with the documents and transcripts that they are derived from.

use super::super::{
    StoreError, StoreState, columns, gzip,
    read::video_id,
    save::Version,
    sql::{Dialect, sql},
    sql_store::SqlStore,
    state::{state_of, take_state},
};
use crate::{
    domain::{Document, VideoId},
    search::{self, VERSION},
};

/// How many sermons one transaction makes anew, so that writers wait only shortly.
const AT_ONCE: i64 = 20;

/// The words of a sermon.
#[derive(Debug, Default)]
pub(in crate::store) struct Words {
    title: String,
    words: String,
}

impl Words {
    /// Those of a document and its captions; without captions, the words around its references.
    pub(in crate::store) fn of(document: &Document, captions: Option<&[u8]>) -> Self {
        let title = search::index(&format!("{} {}", columns::text(&document.title), columns::text(&document.channel)));
        let words = captions.and_then(search::index_captions).unwrap_or_else(|| search::index_references(document));
        Self { title, words }
    }
}

/// A sermon whose words are not those of its document.
#[derive(sqlx::FromRow)]
struct StaleRow {
    video_id: String,
    sha256: String,
    document: String,
    transcript_sha256: Option<String>,
    body: Option<Vec<u8>>,
}

impl<D: Dialect> SqlStore<D> {
    /// Goes through the sermons in the order of ids, some in each transaction.
    pub(super) async fn index_what_is_behind(&self) -> Result<u64, StoreError> {
        let behind = self.within(async {
            let mut connection = self.reader().await?;
            is_behind::<D>(&mut connection).await
        });
        if !behind.await? {
            return Ok(0);
        }
        self.retrying(|| self.begin_anew()).await?;
        let (mut done, mut last) = (0, String::new());
        loop {
            match self.within(self.retrying(|| self.index_some(&last))).await? {
                Some((id, some)) => {
                    last = id;
                    done += some;
                }
                None if last.is_empty() => return Ok(done),
                // Meanwhile somebody may have passed by what lies behind us.
                None => last.clear(),
            }
        }
    }

    /// Forgets words of another version, and those of sermons that are gone.
    async fn begin_anew(&self) -> Result<(), StoreError> {
        let mut transaction = self.within(self.begin_write()).await?;
        if let Some(unlimited) = D::UNLIMITED_TIME {
            sql::<D>(unlimited).execute(&mut transaction).await?;
        }
        take_state::<D>(&mut transaction).await?;
        sql::<D>("update store_state set seq = seq - 1 where id = 1").execute(&mut transaction).await?;
        let (version,) =
            sql::<D>("select version from spoken_state where id = 1").fetch_one::<(i32,)>(&mut transaction).await?;
        let forget = if version == VERSION { FORGET_GONE } else { "delete from spoken" };
        let forget_words = if version == VERSION { D::FORGET_GONE_WORDS } else { D::FORGET_ALL_WORDS };
        for statement in [forget_words, forget] {
            sql::<D>(statement).execute(&mut transaction).await?;
        }
        sql::<D>("update spoken_state set version = $1 where id = 1").bind(VERSION).execute(&mut transaction).await?;
        Ok(transaction.commit().await?)
    }

    /// The next sermons behind an id; gives the last of them, and how many there were. If there is none at all, the words
    /// are those of the write that the database stands at.
    async fn index_some(&self, behind: &str) -> Result<Option<(String, u64)>, StoreError> {
        let mut transaction = self.begin_write().await?;
        take_state::<D>(&mut transaction).await?;
        // Only what is derived is written: the position stays.
        sql::<D>("update store_state set seq = seq - 1 where id = 1").execute(&mut transaction).await?;
        let rows: Vec<StaleRow> = sql::<D>(
            "select v.video_id, v.sha256, v.document, t.sha256 as transcript_sha256, t.body
            from videos v
            left join transcripts t on t.video_id = v.video_id
            left join spoken s on s.video_id = v.video_id
            where v.video_id > $1
                and (s.id is null or s.document_sha256 <> v.sha256
                    or coalesce(s.transcript_sha256, '') <> coalesce(t.sha256, ''))
            order by v.video_id
            limit $2",
        )
        .bind(behind)
        .bind(AT_ONCE)
        .fetch_all(&mut transaction)
        .await?;
        let found = rows.last().map(|row| (row.video_id.clone(), rows.len() as u64));
        for row in rows {
            let StaleRow { video_id: id, sha256, document, transcript_sha256, body } = row;
            let document: Document = serde_json::from_str(&document)
                .map_err(|error| StoreError::Corrupt(format!("the document of {id}: {error}")))?;
            // What cannot be unpacked has no words, and is told where the transcript itself is asked for.
            let captions = body.and_then(|body| gzip::decompress(&body).ok());
            let words = Words::of(&document, captions.as_deref());
            put_words::<D>(&mut transaction, &video_id(&id)?, &sha256, transcript_sha256, &words).await?;
        }
        if found.is_none() && behind.is_empty() {
            let state = state_of::<D>(&mut transaction).await?;
            set_state::<D>(&mut transaction, &state).await?;
        }
        transaction.commit().await?;
        Ok(found)
    }
}

/// Forgets the sermons that are gone.
const FORGET_GONE: &str = "
    delete from spoken
    where not exists (select 1 from videos v where v.video_id = spoken.video_id)";

/// Whether a write passed the words by.
async fn is_behind<D: Dialect>(connection: &mut D::Connection) -> Result<bool, StoreError> {
    let (current,) = sql::<D>(
        "select count(*)
        from store_state s
        join spoken_state w on w.epoch = s.epoch and w.seq = s.seq and w.version = $1",
    )
    .bind(VERSION)
    .fetch_one::<(i64,)>(connection)
    .await?;
    Ok(current == 0)
}

/// In a database without a sermon, all words are there.
pub(in crate::store) async fn begin<D: Dialect>(connection: &mut D::Connection) -> Result<(), StoreError> {
    sql::<D>(
        "update spoken_state
        set epoch = s.epoch, seq = s.seq, version = $1
        from store_state s
        where spoken_state.id = 1 and s.count = 0",
    )
    .bind(VERSION)
    .execute(connection)
    .await
    .map(drop)
}

/// Writes the words of a version that is being saved.
pub(in crate::store) async fn keep<D: Dialect>(
    connection: &mut D::Connection,
    version: &Version<'_>,
) -> Result<(), StoreError> {
    let (id, sha256) = (version.id(), version.sha256.to_string());
    if let Some(sha256_of_words) = version.transcript_sha256() {
        return put_words::<D>(connection, id, &sha256, Some(sha256_of_words.to_owned()), &version.words).await;
    }
    // The captions that are there already stay the words of the sermon.
    let kept = sql::<D>("select sha256, body from transcripts where video_id = $1").bind(id.as_str());
    match kept.fetch_optional::<(String, Vec<u8>)>(connection).await? {
        None => put_words::<D>(connection, id, &sha256, None, &version.words).await,
        Some((of, body)) => {
            let captions = gzip::decompress(&body).ok();
            let words = Words::of(version.document(), captions.as_deref());
            put_words::<D>(connection, id, &sha256, Some(of), &words).await
        }
    }
}

/// Forgets the words of a sermon that is being deleted.
pub(in crate::store) async fn forget<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
) -> Result<(), StoreError> {
    for statement in [D::FORGET_WORDS, "delete from spoken where video_id = $1"] {
        sql::<D>(statement).bind(id.as_str()).execute(connection).await?;
    }
    Ok(())
}

/// Moves the words on to the position that a write has taken, if they stood right before it; `catch_up_search_index` looks
/// after the rest.
pub(in crate::store) async fn move_on<D: Dialect>(
    connection: &mut D::Connection,
    state: &StoreState,
) -> Result<(), StoreError> {
    sql::<D>("update spoken_state set seq = $2 where id = 1 and epoch = $1 and seq = $2 - 1")
        .bind(state.epoch)
        .bind(state.seq)
        .execute(connection)
        .await
        .map(drop)
}

async fn set_state<D: Dialect>(connection: &mut D::Connection, state: &StoreState) -> Result<(), StoreError> {
    sql::<D>("update spoken_state set epoch = $1, seq = $2 where id = 1")
        .bind(state.epoch)
        .bind(state.seq)
        .execute(connection)
        .await
        .map(drop)
}

async fn put_words<D: Dialect>(
    connection: &mut D::Connection,
    id: &VideoId,
    sha256: &str,
    transcript_sha256: Option<String>,
    words: &Words,
) -> Result<(), StoreError> {
    forget::<D>(connection, id).await?;
    let (row,) = sql::<D>(
        "insert into spoken (video_id, document_sha256, transcript_sha256)
        values ($1, $2, $3)
        returning id",
    )
    .bind(id.as_str())
    .bind(sha256)
    .bind(transcript_sha256)
    .fetch_one::<(i64,)>(connection)
    .await?;
    sql::<D>(D::PUT_WORDS)
        .bind(row)
        .bind(words.title.as_str())
        .bind(words.words.as_str())
        .execute(connection)
        .await
        .map(drop)
}
